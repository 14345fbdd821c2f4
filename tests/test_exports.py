"""What the package gives to others, and what importing it or running a command costs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import weighbridge
from tests.fakes.hub import FakeHub
from tests.test_docs_support import DOCS, README, REPOSITORY, Session, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAVY = ("mlflow", "dvc", "dvc_data", "sqlalchemy", "fastapi", "huggingface_hub", "cryptography", "rich")
_LISTED = f"sorted(set({_HEAVY!r}) & sys.modules.keys())"


def test_the_public_names_are_few_and_sorted() -> None:
    assert len(weighbridge.__all__) <= 20
    assert weighbridge.__all__ == sorted(weighbridge.__all__)
    assert len(set(weighbridge.__all__)) == len(weighbridge.__all__)


@pytest.mark.parametrize("name", weighbridge.__all__)
def test_a_public_name_is_there_and_explained(name: str) -> None:
    value = getattr(weighbridge, name)
    assert name == "__version__" or (value.__doc__ or "").strip()
    pages = "".join(page.read_text(encoding="utf-8") for page in [README, *DOCS.glob("*.md")])
    assert name == "__version__" or f"`{name}`" in pages or f"weighbridge.{name}" in pages


def test_nothing_else_is_public() -> None:
    shown = {name for name in vars(weighbridge) if not name.startswith("_")}
    packages = {"core", "cli", "config", "custody", "durable", "ledgers", "plugins", "registries", "reports"}
    packages |= {"signers", "sources", "stores", "wiring", "workspace"}
    assert shown - packages <= {*weighbridge.__all__, "TYPE_CHECKING", "annotations"}


def _imported(program: str) -> list[str]:
    """The heavy modules that a program has imported at its end."""
    ending = f"import atexit, sys; atexit.register(lambda: print('heavy:', *{_LISTED}))"
    done = subprocess.run([sys.executable, "-c", f"{ending}\n{program}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("heavy:")[2].split()


@pytest.mark.parametrize(
    "program",
    [
        "import weighbridge",
        "import weighbridge.cli",
        "from weighbridge.cli import main; main(['--version'])",
        "from weighbridge.cli import main; main(['--help'])",
    ],
)
def test_starting_imports_nothing_heavy(program: str) -> None:
    assert _imported(program) == []


# What each command may import in a project that is in order: of what it uses, and no more.
_EVIDENCE = {"cryptography"}
_MAY_IMPORT = {
    "status": _EVIDENCE,
    "audit": _EVIDENCE,
    "verify": _EVIDENCE,
    "keys list": set(),
    "keys show": _EVIDENCE,
    "outdated": {*_EVIDENCE, "huggingface_hub"},
    "diff": {*_EVIDENCE, "huggingface_hub"},
    "pull": {*_EVIDENCE},
    # FastAPI is imported by MLflow itself.
    "register": {*_EVIDENCE, "mlflow", "sqlalchemy", "fastapi"},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with FakeHub() as hub:
        publish(hub)
        session = Session(tmp_path_factory.mktemp("exports") / "home", hub)
        session.run("mkdir project && cd project && weighbridge init")
        output = session.run(f"weighbridge add hf:{REPOSITORY} --name minilm")
        assert session.code == 0, output
        output = session.run("weighbridge approve minilm --stage production")
        assert session.code == 0, output
        yield session


@pytest.mark.parametrize("words", _MAY_IMPORT)
def test_a_command_imports_only_what_it_uses(project: Session, words: str) -> None:
    ending = f"import atexit, sys; atexit.register(lambda: print('heavy:', *{_LISTED}))"
    program = f"{ending}\nfrom weighbridge.cli import main\nmain({words.split()!r})\n"
    output = project.run_python(program)
    assert project.code == 0, output
    assert set(output.rpartition("heavy:")[2].split()) <= _MAY_IMPORT[words]


def test_loading_imports_no_mlflow_dvc_or_hub(project: Session) -> None:
    ending = f"import atexit, sys; atexit.register(lambda: print('heavy:', *{_LISTED}))"
    output = project.run_python(
        f"{ending}\nimport weighbridge\nweighbridge.load('minilm')\nweighbridge.verify('minilm')\n"
    )
    assert project.code == 0, output
    assert set(output.rpartition("heavy:")[2].split()) <= _EVIDENCE
