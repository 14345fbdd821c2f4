"""Every front loads what was approved, as it was; nothing that was changed, not approved, or taken back."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.chain import damage
from tests.fronts.conftest import approve
from tests.fronts.loaders import FRONTS
from tests.fronts.program import Program, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.chain import Chain

pytestmark = pytest.mark.fronts

BERT = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
FILES = {
    "llama": ("chat_template.jinja", "config.json", "generation_config.json", *BERT[1:]),
    "classifier": BERT,
    "sentences": (
        *("1_Pooling/config.json", "config.json", "config_sentence_transformers.json"),
        *("model.safetensors", "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json"),
    ),
    "onnx": ("model.onnx",),
    "torchhub": ("hubconf.py", "weights.pth"),
}
# By way of the registry, which tells errors in its own way.
REGISTRY = tuple(front for front in FRONTS if front.startswith("mlflow"))
# MLflow has no flavour for it: there is nothing that its loader could load.
WITHOUT_FLAVOUR = ("mlflow.pyfunc of torch.hub",)
LOADING = tuple(front for front in FRONTS if front not in WITHOUT_FLAVOUR)
CASES = [(front, path) for front in LOADING for path in FILES[FRONTS[front][0]]]


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """One bit of a file is another; size, mode and time stay."""
    damage(path)
    try:
        yield
    finally:
        damage(path)


def test_the_table_of_files_is_whole(project: Chain) -> None:
    for name, paths in FILES.items():
        folder = project.folder(name)
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert set(paths) == found, name


@pytest.mark.parametrize("front", LOADING)
def test_the_approved_model_is_the_original(program: Program, made: Path, front: str) -> None:
    first = program.outputs(front)
    assert first == program.outputs(front, made / FRONTS[front][0])
    # What was loaded can be loaded again: no loader left anything in the folder.
    assert program.outputs(front) == first


def said(error: dict[str, Any], front: str, code: str) -> str:
    """The text of a refusal, which has the reason's code and the next step."""
    text: str = error["text"]
    assert ("MlflowException" if front in REGISTRY else "WeighbridgeError") in error["kinds"]
    assert f"[{code}]" in text
    assert "next: " in text.lower()
    return text


@pytest.mark.parametrize(("front", "path"), CASES, ids=str)
def test_one_changed_byte_is_refused(program: Program, project: Chain, front: str, path: str) -> None:
    with damaged(project.folder(FRONTS[front][0]) / path):
        error = program.refusal(front)
    text = said(error, front, "bytes-differ")
    assert front in REGISTRY or "IntegrityError" in error["kinds"]
    assert path in text
    assert re.search(r"[0-9a-f]{64} instead of [0-9a-f]{64}", text)
    assert "weighbridge pull" in text


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in FILES for path in FILES[name]])
def test_the_command_line_refuses_it_too(project: Chain, name: str, path: str) -> None:
    with damaged(project.folder(name) / path):
        error = project.json("verify", name, "--stage", "production", expect=20)["error"]
    assert any(problem.startswith(path) for problem in error["details"]["problems"])


@pytest.mark.parametrize("front", WITHOUT_FLAVOUR)
def test_what_has_no_flavour_is_refused_in_words(program: Program, front: str) -> None:
    text = program.refusal(front)["text"]
    assert "MLmodel" in text


COMPILING = """
import torch, weighbridge
torch.hub.load(str(weighbridge.load("torchhub", stage="production")), "tiny", source="local")
"""


def test_code_that_python_compiled_beside_the_model_is_refused(program: Program, project: Chain) -> None:
    """Nobody approved those bytes, and Python would run them in place of the approved ones."""
    project.run(sys.executable, "-c", COMPILING, extra={**environment(project), "PYTHONDONTWRITEBYTECODE": ""})
    assert "__pycache__" in said(program.refusal("torch.hub"), "torch.hub", "bytes-differ")
    project.weighbridge("pull", "torchhub")
    assert program.outputs("torch.hub")


@pytest.fixture(scope="module")
def asking(undecided: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(undecided, tmp_path_factory.mktemp("asking") / "log") as program:
        yield program


NAMED = tuple(front for front in FRONTS if front not in REGISTRY or front.endswith("by version"))


def test_what_nobody_approved_and_what_was_taken_back_is_refused(undecided: Chain, asking: Program) -> None:
    for front in NAMED:
        said(asking.refusal(front), front, "no-approval")
    for front in set(REGISTRY) - set(NAMED):
        assert "alias production not found" in asking.refusal(front)["text"]
    approve(undecided)
    assert asking.outputs("safetensors.numpy")
    undecided.weighbridge("revoke", *FILES, "--stage", "production", "--reason", "no more")
    for front in NAMED:
        said(asking.refusal(front), front, "revoked")
    for front in set(REGISTRY) - set(NAMED):
        assert "alias production not found" in asking.refusal(front)["text"]
