"""What the examiner of Keras archives says beyond what the samples show."""

from __future__ import annotations

import io
import json

import pytest
from tests.samples.hdf5 import hdf5
from tests.samples.keras import archive, dense, sequential, thing
from tests.samples.look import notes_of
from tests.samples.numpy import zipped

from weighbridge.checks import keras
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject
from weighbridge.formats.keras_config import MAX_FOUND, look

_PLAIN = sequential(dense())


def said(data: bytes) -> list[str]:
    return [f"{finding.check}: {finding.message}" for finding in notes_of("model.keras", data).findings]


CONFIGS = {
    "a tensor with a module": ({"class_name": "__numpy__", "config": {}, "module": "os"}, "with a module"),
    "a function of no text": (thing("function", ["relu"], "builtins"), "no plain part"),
    "a function of another module": (thing("function", "relu", "my.relu"), "no plain part"),
    "a function under another name": (thing("function", "relu", "builtins", "p>relu"), "registered as"),
    "a module of no text": (thing("Dense", {}, None) | {"module": ["os"]}, "no plain part"),
    "a registration of no text": (thing("Dense", {}) | {"registered_name": ["x"]}, "registered as"),
    "a module of a length": (thing("Dense", {}, "keras." + "x" * 300), "no plain part"),
    "a class that is left out": (thing("JaxLayer", {}), "holds code"),
    "weights of words from a file": (thing("TextVectorization", {"idf_weights": "a.txt"}), "names a file"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_configuration_of_more_than_layers(case: str) -> None:
    document, expected = CONFIGS[case]
    assert expected in look(document)[0].message


def test_an_object_without_module_is_looked_up_by_name() -> None:
    assert look({"class_name": "Zeros", "config": {}}) == []
    assert look({"class_name": "Popen", "config": {}})
    assert look(thing("function", "relu", None)) == []


def test_findings_are_bounded() -> None:
    assert MAX_FOUND <= len(look([thing("Lambda", {})] * 5_000)) < 2 * MAX_FOUND


def test_members_that_are_missing_are_named() -> None:
    notes = Notes("model.keras")
    data = zipped({"assets/": b""})
    keras.examine_keras(Subject("model.keras", io.BytesIO(data), len(data), Budget(), examine), notes)
    assert [finding.message for finding in notes.findings] == [
        "there is no config.json",
        "there is no metadata.json",
        "there is not one file of weights",
    ]


def test_weights_of_a_newer_layout_are_unsupported() -> None:
    data = bytearray(hdf5())
    data[8] = 3
    assert any(
        text.startswith("format-unsupported: in model.weights.h5") for text in said(archive(_PLAIN, bytes(data)))
    )


def test_a_configuration_that_is_too_long_is_not_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras, "MAX_CONFIG_BYTES", 10)
    assert any(text.startswith("not-inspected: in config.json") for text in said(archive(_PLAIN)))


def test_assets_are_examined() -> None:
    data = archive(_PLAIN, more={"assets/run.py": b"import os\nos.system('true')\n"})
    assert any(text.startswith("python-code: in assets/run.py") for text in said(data))
    assert said(archive(json.loads(json.dumps(_PLAIN)))) == []
