from __future__ import annotations

import io
import tracemalloc

import pytest
from tests.unit.formats.fault_lists import promised
from tests.unit.formats.hollow import HollowFile
from tests.unit.formats.safetensors_samples import BAD, GOOD, entry, pack, reference_read

from weighbridge.formats import safetensors


def read(data: bytes) -> safetensors.SafetensorsReport:
    return safetensors.parse(io.BytesIO(data), len(data))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_has_no_faults_and_the_reference_opens_it(name: str) -> None:
    report = read(GOOD[name])
    assert (report.faults, report.complete) == ((), True)
    tensors = {name: (info["dtype"], tuple(info["shape"])) for name, info in reference_read(GOOD[name])}
    assert {tensor.name: tensor.shape for tensor in report.tensors} == {
        key: shape for key, (_, shape) in tensors.items()
    }


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_its_fault(name: str) -> None:
    rule, data = BAD[name]
    faults = read(data).faults
    assert rule in {fault.id for fault in faults}
    assert all(0 <= fault.offset <= len(data) and fault.message.isascii() for fault in faults)


def test_each_rule_has_a_bad_sample() -> None:
    assert {rule for rule, _ in BAD.values()} == promised(safetensors)


def test_the_report_says_what_the_header_says() -> None:
    report = read(pack({"__metadata__": {"k": "v\u00e9"}, "w": entry("BF16", (2, 3), 0, 12)}, bytes(12)))
    assert report.metadata == (("k", "v\u00e9"),)
    assert report.tensors == (safetensors.Tensor("w", "BF16", (2, 3), 0, 12),)


def test_what_came_before_a_break_is_kept() -> None:
    report = read(pack('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":oops}', b"1"))
    assert [tensor.name for tensor in report.tensors] == ["a"]
    assert not report.complete


def test_tensors_are_not_read() -> None:
    size = 2**40
    head = pack({"a": entry(shape=(size,), end=size)})
    file = HollowFile(head)
    assert safetensors.parse(file, len(head) + size).faults == ()
    assert file.read_bytes <= 2 * 2**18


def test_a_file_shorter_than_its_size_is_truncated() -> None:
    data = pack("{}    ")
    report = safetensors.parse(io.BytesIO(data[:-2]), len(data))
    assert [fault.id for fault in report.faults] == ["truncated"]


@pytest.mark.parametrize(
    "inside",
    [
        "[" * 4_000_000,
        '{"a":' * 800_000,
        '"' + "\\n" * 2_000_000,
        '"' + "x" * 4_000_000,
        '{"shape":[' + "1," * 2_000_000,
    ],
    ids=["lists", "objects", "escapes", "text", "numbers"],
)
def test_hostile_headers_need_little_more_than_their_own_size(inside: str) -> None:
    data = pack('{"a":' + inside)
    tracemalloc.start()
    report = read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.faults
    assert peak < 3 * len(data) + 5_000_000


def test_many_tensors_are_bounded() -> None:
    one = '"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    limit = safetensors.MAX_TENSORS
    report = read(pack("{" + ",".join(one % number for number in range(limit + 1)) + "}"))
    assert [fault.id for fault in report.faults] == ["limit"]
    assert len(report.tensors) == limit
