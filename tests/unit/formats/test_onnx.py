from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from tests.unit.formats.fault_lists import promised
from tests.unit.formats.hollow import HollowFile
from tests.unit.formats.onnx_samples import BAD, GOOD, dims, field, graph, model, node, varint

from weighbridge.formats import onnx, protobuf
from weighbridge.formats.onnx_tensor import ExternalData

if TYPE_CHECKING:
    from types import ModuleType


def read(data: bytes) -> onnx.OnnxReport:
    return onnx.parse(io.BytesIO(data), len(data))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_has_no_faults(name: str) -> None:
    report = read(GOOD[name])
    assert (report.faults, report.complete) == ((), True)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_its_fault(name: str) -> None:
    rule, data = BAD[name]
    faults = read(data).faults
    assert rule in {fault.id for fault in faults}
    assert all(0 <= fault.offset <= len(data) and fault.message.isascii() for fault in faults)


def test_each_rule_has_a_bad_sample() -> None:
    assert {rule for rule, _ in BAD.values()} == promised(onnx)


def test_the_report_says_what_the_file_says() -> None:
    report = read(GOOD["function, training, sparse, metadata"])
    assert (report.ir_version, report.producer) == (8, ("maker", "1.0"))
    assert report.opsets == (("", 17),)
    assert report.metadata == (("k", "v\u00e9"),)
    assert report.operators == (
        ("", "Add", 1),
        ("", "Constant", 1),
        ("ai.onnx.training", "Adam", 1),
        ("my.own", "Twice", 1),
    )
    assert report.functions == (("my.own", "Twice", ""),)
    assert report.custom_domains == ("my.own",)
    assert (report.graphs, report.nodes, report.tensors, report.trainings) == (3, 4, 2, 1)


def test_external_data_is_listed() -> None:
    report = read(GOOD["external data"])
    first = report.external[0]
    assert first == ExternalData("w", "weights.bin", 4096, 8, "a" * 40, 8, first.at)
    assert report.locations == ("./sub/w_1.onnx.data", "weights.bin")


def test_subgraphs_are_walked_over() -> None:
    report = read(GOOD["subgraphs"])
    assert (report.graphs, report.nodes) == (21, 21)
    # The model and its graph; node, attribute and graph 20 times; an input's type down to a dimension.
    assert report.depth == 2 + 3 * 20 + 5


def test_unknown_fields_are_counted() -> None:
    report = read(model() + field(99, "x") * 3 + varint(98 << 3 | 1) + bytes(8) + varint(97 << 3 | 5) + bytes(4))
    assert report.unknown_fields == (("Model", 97, 1), ("Model", 98, 1), ("Model", 99, 3))
    assert report.complete


def test_what_came_before_a_break_is_kept() -> None:
    report = read(model() + b"\x0e")
    assert (report.ir_version, report.nodes, report.complete) == (8, 1, False)


def test_tensors_are_not_read() -> None:
    size = 2**40
    # The raw data is the last field, and its bytes go on to the end of the file.
    raw = varint(9 << 3 | 2) + varint(size)
    tensor = dims(size) + field(2, 3) + raw
    initializer = varint(5 << 3 | 2) + varint(len(tensor) + size) + tensor
    head = field(1, 2) + varint(7 << 3 | 2) + varint(len(initializer) + size) + initializer
    file = HollowFile(head)
    assert onnx.parse(file, len(head) + size).faults == ()
    assert file.read_bytes <= 4 * 2**18


@pytest.mark.parametrize(
    "inside",
    [
        field(7, graph(*[node(f"Op{number}") for number in range(25_000)])),
        b"".join(field(8, field(1, f"d{number}") + field(2, 1)) for number in range(30_000)),
        b"".join(field(14, field(1, f"{number}" * 100) + field(2, "v" * 2000)) for number in range(1000)),
        b"".join(field(number, 1) for number in range(100, 3000)),
        field(7, field(5, field(1, b"\x01" * 1_000_000))),
    ],
    ids=["operators", "operator sets", "metadata", "unknown fields", "sizes"],
)
def test_what_is_kept_is_bounded(inside: bytes) -> None:
    tracemalloc.start()
    report = read(inside)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.faults
    assert peak < 30_000_000


@pytest.mark.parametrize(
    ("module", "limit", "value", "sample"),
    [
        (protobuf, "MAX_FIELDS", 100, "subgraphs"),
        (protobuf, "MAX_KEPT_BYTES", 1000, "subgraphs"),
        (protobuf, "MAX_DEPTH", 10, "subgraphs"),
        (onnx, "MAX_OPERATORS", 0, "function, training, sparse, metadata"),
        (onnx, "MAX_OPERATORS", 0, "function alone"),
        (onnx, "MAX_LISTED", 1, "external data"),
    ],
)
def test_limits_hold(monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str, value: int, sample: str) -> None:
    monkeypatch.setattr(module, limit, value)
    report = read((GOOD | {"function alone": field(25, field(1, "f"))})[sample])
    assert report.faults[-1].id in {"limit", "nesting"}
    assert not report.complete
