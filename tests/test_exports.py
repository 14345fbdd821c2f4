"""What the package gives to others, and what importing it or running a command costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import weighbridge
from tests.fakes.hub import FakeHub
from tests.test_docs_support import DOCS, README, REPOSITORY, Session, publish

_HEAVY = ("mlflow", "dvc", "dvc_data", "sqlalchemy", "fastapi", "huggingface_hub", "cryptography", "rich")
_ENDING = f"import atexit, sys; atexit.register(lambda: print('heavy:', *sorted(set({_HEAVY!r}) & sys.modules.keys())))"


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
    packages = {path.stem for path in Path(weighbridge.__file__).parent.iterdir()}
    assert shown - packages <= {*weighbridge.__all__, "TYPE_CHECKING", "annotations"}


def _imported(program: str) -> list[str]:
    """The heavy modules that a program has imported at its end."""
    done = subprocess.run([sys.executable, "-c", f"{_ENDING}\n{program}"], capture_output=True, text=True, check=False)
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
_EVIDENCE = frozenset({"cryptography"})
_MAY_IMPORT = {
    "status --no-registry": _EVIDENCE,
    "status": _EVIDENCE | {"mlflow", "sqlalchemy", "fastapi"},
    "audit --no-registry": _EVIDENCE,
    "audit": _EVIDENCE | {"mlflow", "sqlalchemy", "fastapi"},
    "verify": _EVIDENCE,
    "pull": _EVIDENCE,
    "keys list": frozenset[str](),
    "keys show": _EVIDENCE,
    "outdated": _EVIDENCE | {"huggingface_hub"},
    "diff": _EVIDENCE | {"huggingface_hub"},
    # FastAPI is imported by MLflow itself.
    "register": _EVIDENCE | {"mlflow", "sqlalchemy", "fastapi"},
}


def _program(words: str) -> str:
    return f"from weighbridge.cli import main\nmain({words.split()!r})\n"


def test_a_command_imports_only_what_it_uses(tmp_path: Path) -> None:
    programs = {words: (_program(words), allowed) for words, allowed in _MAY_IMPORT.items()}
    loading = "import weighbridge\nweighbridge.load('minilm')\nweighbridge.verify('minilm')\n"
    programs["weighbridge.load"] = (loading, _EVIDENCE)
    with FakeHub() as hub:
        publish(hub)
        session = Session(tmp_path / "home", hub)
        made = session.run(
            f"mkdir project && cd project && weighbridge init && weighbridge add hf:{REPOSITORY} --name minilm "
            "&& weighbridge approve minilm --stage production"
        )
        assert session.code == 0, made
        for words, (program, allowed) in programs.items():
            output = session.run_python(f"{_ENDING}\n{program}")
            assert session.code == 0, output
            imported = set(output.rpartition("heavy:")[2].split())
            assert imported <= allowed, f"{words} imports {sorted(imported - allowed)}"
