from __future__ import annotations

import io
import random

from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.samples.signals import README, SAMPLES
from tests.samples.weights import SAMPLES as WEIGHTS
from tests.unit.checks.test_signals import CODE, ORDINARY, TOKENS

from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.signals import look_bytes, look_text
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.weights import examine_gguf, examine_onnx, examine_safetensors

MUTANTS = 20_000
SMALL_BYTES = 12_000


def look(data: bytes) -> Notes:
    notes = Notes("config.json")
    subject = Subject("config.json", io.BytesIO(data), len(data), Budget(), examine)
    look_bytes(subject, notes)
    text = data.decode("utf-8", "replace")
    look_text(text, subject, notes, prose=False)
    look_text(text, subject, notes, prose=True)
    return notes


def test_mutants_are_looked_at() -> None:
    texts = [*CODE, *ORDINARY, *TOKENS, README.decode()]
    samples = [text.encode() for text in texts if len(text) < 1000]
    samples += [data for files in SAMPLES.values() for data in files.values() if len(data) < 1000]
    found = sum(bool(look(data).findings) for data in mutated(samples, MUTANTS))
    assert MUTANTS // 10 < found < MUTANTS


def test_mutants_of_weights_are_examined() -> None:
    by_end = {".safetensors": examine_safetensors, ".gguf": examine_gguf, ".onnx": examine_onnx}
    files = [item for files in WEIGHTS.values() for item in files.items() if len(item[1]) < SMALL_BYTES]
    for end, examiner in by_end.items():
        samples = [data for name, data in files if name.endswith(end)]
        for data in mutated(samples, MUTANTS // 3):
            notes = Notes("model" + end)
            examiner(Subject("model" + end, io.BytesIO(data), len(data), Budget(), examine), notes)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    look(data)


@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    look(text.encode("utf-8", "replace"))


@given(st.integers(0, 2**32))
def test_noise_is_no_payload(seed: int) -> None:
    data = random.Random(seed).randbytes(20_000)  # noqa: S311 - repeatable, not secret
    notes = Notes("a")
    look_bytes(Subject("a", io.BytesIO(data), len(data), Budget(), examine), notes)
    assert notes.findings == []
