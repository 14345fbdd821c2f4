from __future__ import annotations

import io
import random

from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.samples.signals import PICKLE, README, SAMPLES, SOURCE, elf
from tests.samples.weights import SAMPLES as WEIGHTS
from tests.unit.checks.test_signals import CODE, ORDINARY, TOKENS

from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.signals import look_bytes, look_text
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.weights import examine_gguf, examine_onnx, examine_safetensors
from weighbridge.core.catalogue import CATALOGUE

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
        clean = 0
        for data in mutated(samples, MUTANTS // 3):
            notes = Notes("model" + end)
            examiner(Subject("model" + end, io.BytesIO(data), len(data), Budget(), examine), notes)
            clean += not notes.findings
            assert {found.check for found in notes.findings} <= CATALOGUE.keys()
        assert MUTANTS // 300 < clean < MUTANTS // 10


@given(st.binary(max_size=400), st.sampled_from([b"\n" + SOURCE, elf(), PICKLE]))
def test_no_bytes_before_a_payload_hide_it(data: bytes, payload: bytes) -> None:
    assert "embedded-payload" in {found.check for found in look(data + payload).findings}


@given(st.text(max_size=400), st.sampled_from(TOKENS))
def test_no_text_before_a_token_hides_it(text: str, token: str) -> None:
    found = look(f"{text}\n{token}".encode("utf-8", "replace")).findings
    assert "credential" in {each.check for each in found}


@given(st.integers(0, 2**32))
def test_noise_is_no_payload(seed: int) -> None:
    data = random.Random(seed).randbytes(20_000)  # noqa: S311 - repeatable, not secret
    notes = Notes("a")
    look_bytes(Subject("a", io.BytesIO(data), len(data), Budget(), examine), notes)
    assert notes.findings == []
