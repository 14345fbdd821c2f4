"""Mutated HDF5 files, Keras archives and configurations: each gives a report."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.samples.hdf5 import hdf5, message, text_attribute
from tests.samples.keras import SAMPLES

from weighbridge.checks.examine import examine
from weighbridge.checks.keras import examine_keras
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject
from weighbridge.formats import hdf5 as parser
from weighbridge.formats.keras_config import look

WORDS = st.sampled_from(
    ["class_name", "module", "config", "registered_name", "function", "Dense", "keras", "__lambda__"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4),
    max_leaves=30,
)


def test_twenty_thousand_mutated_hdf5_files_give_a_report() -> None:
    samples = [hdf5(), hdf5(message(1, bytes([1, 0]) + bytes(6)), message(0x0C, text_attribute()))]
    clean = 0
    for data in mutated(samples, 20_000):
        report = parser.parse(io.BytesIO(data), len(data))
        assert len(report.faults) <= 1
        assert report.faults or report.data_bytes <= len(data)
        clean += not report.faults
    assert clean > 100


def test_mutated_archives_give_findings() -> None:
    samples = [files["model.keras"] for files in SAMPLES.values()]
    clean = 0
    for data in mutated(samples, 4_000):
        notes = Notes("model.keras")
        examine_keras(Subject("model.keras", io.BytesIO(data), len(data), Budget(), examine), notes)
        assert all(finding.message.isascii() for finding in notes.findings)
        clean += not notes.findings
    assert 10 < clean < 400


@given(VALUES)
def test_any_configuration_is_looked_through(document: Any) -> None:
    assert all(found.message.isascii() for found in look(document))
