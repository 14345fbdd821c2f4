"""The signature of a derived MLmodel is the one that MLflow itself writes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.test_flavours import BERT, MINILM, SENTENCES, classifier, derived, signature
from weighbridge.plugins.flavours import _IMAGE_TASKS, _TEXT_TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.fronts

IMAGES: Mapping[str, bytes] = {**BERT, "preprocessor_config.json": b"{}"}
TASKS = (*_TEXT_TASKS, *_IMAGE_TASKS)
# Each as an MLmodel holds it, by task; that of sentence-transformers last.
ASKING = """
import json, sys
from types import SimpleNamespace
from mlflow.sentence_transformers import _get_default_signature
from mlflow.transformers.signature import infer_or_get_default_signature
found = {task: infer_or_get_default_signature(SimpleNamespace(task=task)).to_dict() for task in sys.argv[1:]}
print(json.dumps({**found, "sentence-similarity": _get_default_signature().to_dict()}))
"""


@pytest.fixture(scope="module")
def theirs() -> dict[str, dict[str, Any]]:
    """What MLflow writes where no example is given."""
    done = subprocess.run([sys.executable, "-c", ASKING, *TASKS], check=True, capture_output=True, text=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return {
        task: {name: json.loads(text) if text else text for name, text in parts.items()}
        for task, parts in found.items()
    }


@pytest.mark.parametrize("task", TASKS)
def test_a_pipeline_has_it(theirs: Mapping[str, dict[str, Any]], task: str) -> None:
    wanted = theirs[task]
    if task == "zero-shot-classification":
        # The one difference: requests that leave the template to the pipeline stay right.
        assert wanted["inputs"][2]["name"] == "hypothesis_template"
        wanted["inputs"][2]["required"] = False
    assert signature(derived(IMAGES, classifier(task))) == wanted


def test_sentence_transformers_have_it(theirs: Mapping[str, dict[str, Any]]) -> None:
    assert signature(derived(MINILM, SENTENCES)) == theirs["sentence-similarity"]
