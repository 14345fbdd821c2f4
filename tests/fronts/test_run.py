"""Unmodified programs inside `weighbridge run`: names of the Hub and the registry give approved bytes, or errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fronts.loaders import TEXT
from tests.fronts.program import environment
from tests.fronts.test_loading import damaged

if TYPE_CHECKING:
    from tests.e2e.chain import Chain
    from tests.fronts.program import Program

pytestmark = pytest.mark.fronts

ANOTHER = Path(sys.prefix) / "another" / "bin" / "python"
MODEL = """
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained("org/llama"), AutoModelForCausalLM.from_pretrained("org/llama")
words = tokenizer({text!r}, return_tensors="pt")
made = model.generate(**words, do_sample=False, max_new_tokens=5)
found = [model(**words).logits.tolist(), tokenizer.decode(made[0])]
"""
SENTENCES = """
from sentence_transformers import SentenceTransformer
found = SentenceTransformer("org/sentences", device="cpu").encode([{text!r}, "yes"]).tolist()
"""
PIPELINE = """
from transformers import pipeline
found = pipeline("text-classification", model="org/classifier")({text!r})
"""
REGISTRY = """
import mlflow
found = mlflow.pyfunc.load_model("models:/sentences@production").predict([{text!r}, "yes"]).tolist()
"""
# A program, the front that does the same with a folder, and the model.
PROGRAMS = {
    "AutoModel": (MODEL, "transformers", "llama"),
    "SentenceTransformer": (SENTENCES, "sentence_transformers", "sentences"),
    "pipeline": (PIPELINE, "pipeline", "classifier"),
    "mlflow.pyfunc": (REGISTRY, "sentence_transformers", "sentences"),
}
END = """
import json
print(json.dumps(found))
"""


def run(project: Chain, folder: Path, code: str, *python: str | Path, expect: int = 0) -> str:
    """What a program prints last inside `weighbridge run`, errors too; its user says nothing else of Weighbridge."""
    path = folder / "program.py"
    path.write_text(code.format(text=TEXT) + END, encoding="utf-8")
    # No library is told to stay offline: it is what runs the program that answers, or refuses.
    told = {name: value for name, value in environment(project).items() if not name.endswith("_OFFLINE")}
    words = [str(part) for part in (*(python or (sys.executable,)), path)]
    command = ("weighbridge", "run", "--quiet", "--stage", "production", "--", *words)
    return project.run(*command, expect=expect, extra={**told, "HF_HOME": str(folder / "hf")})


def found(output: str) -> Any:
    return json.loads(output.splitlines()[-1])


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_unmodified_program_gets_the_approved_bytes(
    project: Chain, program: Program, made: Path, tmp_path: Path, name: str
) -> None:
    code, front, model = PROGRAMS[name]
    assert found(run(project, tmp_path, code)) == program.outputs(front, made / model)


@pytest.mark.parametrize("python", [(ANOTHER,), (sys.executable, "-I")], ids=["another environment", "isolated"])
def test_it_needs_nothing_of_weighbridge_inside_the_program(
    project: Chain, program: Program, made: Path, tmp_path: Path, python: tuple[str | Path, ...]
) -> None:
    code, front, model = PROGRAMS["AutoModel"]
    absent = "import importlib.util\nassert importlib.util.find_spec('weighbridge') is None\n"
    whole = (absent if python[0] == ANOTHER else "") + code
    assert found(run(project, tmp_path, whole, *python)) == program.outputs(front, made / model)


def test_a_model_that_nobody_approved_is_not_to_be_had(project: Chain, tmp_path: Path) -> None:
    assert project.hub is not None
    project.hub.create_repo("org/other", card={"license": "mit"}).commit({"config.json": b'{"model_type": "bert"}'})
    told = run(project, tmp_path, MODEL.replace("org/llama", "org/other"), expect=1)
    assert "org/other" in told


def test_changed_bytes_are_not_to_be_had(project: Chain, tmp_path: Path) -> None:
    with damaged(project.folder("llama") / "config.json"):
        path = tmp_path / "program.py"
        path.write_text("raise SystemExit(7)", encoding="utf-8")
        words = ("--stage", "production", "--model", "llama", "--", sys.executable, str(path))
        told = project.run("weighbridge", "run", *words, expect=20)
    assert "config.json" in told
    assert "weighbridge pull" in told
