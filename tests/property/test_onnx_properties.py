from __future__ import annotations

import io
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.unit.formats.onnx_samples import BAD, GOOD, field, graph, model, node, pair, tensor, with_tensor

from weighbridge.formats import onnx
from weighbridge.formats.onnx_schema import BITS
from weighbridge.formats.onnx_tensor import unsafe_location

MUTANTS = 20_000
EACH = 1000
SMALL_BYTES = 3000


def read(data: bytes) -> onnx.OnnxReport:
    return onnx.parse(io.BytesIO(data), len(data))


def check(data: bytes) -> bool:
    """See that what is accepted is sound; whether it is accepted."""
    report = read(data)
    assert report.complete or report.faults
    if not report.faults:
        assert report.graphs
        assert not report.unknown_fields
        assert all(unsafe_location(location) is None for location in report.locations), data
    return not report.faults


def test_mutants_give_a_report_and_accepted_ones_are_sound() -> None:
    files = [data for data in [*GOOD.values(), *(data for _, data in BAD.values())] if len(data) < SMALL_BYTES]
    seen = Counter(map(check, mutated(files, MUTANTS)))
    for seed, data in enumerate(GOOD.values()):
        seen.update(map(check, mutated([data], EACH, seed)))
    assert seen[True] > EACH // 4
    assert seen[False] > MUTANTS // 2


@given(st.binary(max_size=300))
def test_any_bytes_give_a_report(data: bytes) -> None:
    assert not check(data)
    assert check(model() + data) is (data == b"")


TEXTS = st.dictionaries(st.text(max_size=10), st.text(max_size=200), max_size=5)


@given(TEXTS, st.lists(st.sampled_from(["Add", "Mul", "If"]), max_size=20))
def test_metadata_and_operators_come_back(texts: dict[str, str], operators: list[str]) -> None:
    data = model(graph(*map(node, operators)), *(pair(14, key, text) for key, text in texts.items()))
    report = read(data)
    assert report.faults == ()
    assert dict(report.metadata) == texts
    assert {name: count for _, name, count in report.operators} == Counter(operators)


@given(st.sampled_from(sorted(BITS)), st.lists(st.integers(0, 5), max_size=4), st.integers(-2, 2))
def test_raw_data_has_the_size_of_its_shape(kind: int, sizes: list[int], more: int) -> None:
    elements = 1
    for size in sizes:
        elements *= size
    needed = -(-elements * BITS[kind] // 8)
    length = max(0, needed + more)
    report = read(with_tensor(tensor(kind, tuple(sizes), field(9, bytes(length)))))
    assert (report.faults == ()) is (length == needed)
