"""Mutated files of torch, NumPy and joblib: each gives a report, and none goes on for ever or reads wild."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.property.mutations import mutated
from tests.samples.numpy import SAMPLES as NUMPY
from tests.samples.numpy import saved, wrapped
from tests.samples.torch import SAMPLES as TORCH

from weighbridge.checks import numpy, pickles, torch
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject
from weighbridge.formats import npy, torch_legacy
from weighbridge.formats.joblib_walk import walk_joblib
from weighbridge.formats.literal import NotLiteralError, read_literal
from weighbridge.formats.pickle_globals import JOBLIB, unlisted

COUNT = 20_000


def files(samples: dict[str, dict[str, bytes]], ending: str, part: str = "") -> list[bytes]:
    """Every sample of one kind."""
    found = [
        data for case, tree in samples.items() for name, data in tree.items() if name.endswith(ending) and part in case
    ]
    assert len(found) > 2
    return found


def test_twenty_thousand_mutated_arrays_give_a_report() -> None:
    clean = 0
    for data in mutated(files(NUMPY, ".npy"), COUNT):
        report = npy.parse(io.BytesIO(data), len(data))
        assert all(0 <= fault.offset <= len(data) for fault in report.faults)
        if not report.faults and not report.objects:
            clean += 1
            count = int(np.prod(report.shape, dtype=object))
            assert report.data_at + count * report.item_bytes == len(data)
    assert clean > 100


def test_twenty_thousand_mutated_headers_are_read_or_refused() -> None:
    samples = [b"{'descr': [('a', '<f4', (2,))], 'fortran_order': False, 'shape': (2, 3), }", b"{'a': ((), [None])}"]
    refused = 0
    for data in mutated(samples, COUNT):
        try:
            read_literal(data.decode("latin-1"))
        except NotLiteralError:
            refused += 1
    assert 0 < refused < COUNT


def test_twenty_thousand_mutated_joblib_files_give_a_report() -> None:
    clean = 0
    for data in mutated(files(NUMPY, ".joblib"), COUNT):
        report = walk_joblib(data)
        assert report.end <= len(data)
        clean += not report.faults
    assert clean > 100


def test_twenty_thousand_mutated_files_in_the_old_format_give_a_report() -> None:
    clean = 0
    for data in mutated(files(TORCH, ".bin", "old"), COUNT):
        report = torch_legacy.parse(io.BytesIO(data), len(data))
        clean += not report.faults and not report.pickles.faults
    assert clean > 100


EXAMINERS = {
    "torch-zip": (torch.examine_zip, files(TORCH, ".bin", "storage") + files(TORCH, ".pt")),
    "npz": (numpy.examine_npz, [*files(NUMPY, ".npz"), TORCH["torch-storage/good/state-dict"]["pytorch_model.bin"]]),
    "pickle": (pickles.examine_pickle, files(NUMPY, ".joblib")),
}


@pytest.mark.parametrize("name", EXAMINERS)
def test_examiners_raise_on_nothing(name: str) -> None:
    examiner, samples = EXAMINERS[name]
    clean = 0
    for data in mutated(samples, 4_000):
        notes = Notes("file")
        examiner(Subject("file", io.BytesIO(data), len(data), Budget(), examine), notes)
        assert all(finding.message.isascii() for finding in notes.findings)
        clean += not notes.findings
    assert 10 < clean < 400


KINDS = st.sampled_from(["?", "<i2", ">i4", "<u8", "<f2", ">f8", "<c16", "S3", "<U2"])
ARRAYS = arrays.arrays(KINDS.map(np.dtype), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))


@given(ARRAYS)
def test_every_array_is_read_to_its_end(array: np.ndarray) -> None:
    assert npy.parse(io.BytesIO(saved(array)), len(saved(array))).faults == ()
    report = walk_joblib(wrapped(array, array.tobytes(), 2))
    assert report.faults == ()
    assert unlisted(report, JOBLIB) == ()
