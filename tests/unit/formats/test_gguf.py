from __future__ import annotations

import io
import tracemalloc

import pytest
from tests.unit.formats.fault_lists import promised
from tests.unit.formats.gguf_samples import ARRAY, BAD, GOOD, STRING, P
from tests.unit.formats.hollow import HollowFile

from weighbridge.formats import gguf
from weighbridge.formats.ggml_types import TYPES


def read(data: bytes) -> gguf.GgufReport:
    return gguf.parse(io.BytesIO(data), len(data))


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
    assert {rule for rule, _ in BAD.values()} == promised(gguf)


@pytest.mark.parametrize("name", ["little endian", "big endian", "version 2"])
def test_the_report_says_what_the_file_says(name: str) -> None:
    report = read(GOOD[name])
    entries = {entry.key: entry for entry in report.entries}
    assert report.big_endian is (name == "big endian")
    assert report.version == (2 if name == "version 2" else 3)
    assert (entries["a.v7"].value, entries["a.v5"].value, entries["a.v12"].value) == (True, 1, 1.0)
    assert (entries["a.list12"].type, entries["a.list12"].count) == ("float64", 3)
    assert (entries["tokenizer.ggml.tokens"].count, entries["tokenizer.ggml.tokens"].value) == (300, None)
    assert entries["general.tags"].value == ("a", "b")
    assert [(each.name, each.shape, each.size_bytes) for each in report.tensors] == [
        ("token_embd.weight", (5, 3), 60),
        ("blk.0.attn_q.weight", (64, 2), 136),
        ("scalar", (), 8),
    ]


def test_templates_and_texts_are_extracted() -> None:
    report = read(GOOD["little endian"])
    templates = (
        ("tokenizer.chat_template", "{{ messages }}"),
        ("tokenizer.chat_template.tool_use", "{{ tools }}"),
    )
    assert report.templates == templates
    assert report.texts == (("general.name", "T\u00e9st"), ("general.tags", "a"), ("general.tags", "b"), *templates)


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_has_the_size_of_its_blocks(kind: int) -> None:
    block = TYPES[kind]
    data = bytes(-(-2 * block.size_bytes // 32) * 32)
    report = read(P.file([], [P.tensor("a", (block.elements, 2), kind)], data))
    assert report.faults == ()
    assert report.tensors[0].size_bytes == 2 * block.size_bytes


def test_the_text_after_a_bad_one_in_a_list_is_still_read() -> None:
    entries = [P.entry("a", ARRAY, P.texts(b"\xff", "b")), P.entry("c", STRING, P.text("d"))]
    report = read(P.file(entries, []))
    assert report.texts == (("a", "b"), ("c", "d"))
    assert report.complete


def test_tensors_are_not_read() -> None:
    size = 2**40
    head = P.file([], [P.tensor("a", (size,), 24)])
    file = HollowFile(head)
    assert gguf.parse(file, len(head) + size).faults == ()
    assert file.read_bytes <= 2 * 2**18


def test_long_arrays_are_passed_over_in_little_memory() -> None:
    numbers = P.entry("a", ARRAY, P.number("I", 0) + P.number("Q", 2**36))
    head = P.head(0, 1) + numbers
    file = HollowFile(head)
    tracemalloc.start()
    report = gguf.parse(file, len(head) + 2**36)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.faults == ()
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("kind", "count", "each"), [(STRING, 9_000_000, 8), (ARRAY, 1_000_000, 12)], ids=["empty texts", "empty arrays"]
)
def test_the_work_on_arrays_is_bounded(kind: int, count: int, each: int) -> None:
    head = P.head(0, 1) + P.entry("a", ARRAY, P.number("I", kind) + P.number("Q", count))
    report = gguf.parse(HollowFile(head), len(head) + count * each)
    assert [fault.id for fault in report.faults] == ["limit"]


def test_kept_texts_are_bounded() -> None:
    entries = [P.entry(f"a{number}", STRING, P.text("x" * 30_000_000)) for number in range(3)]
    report = read(P.file(entries, []))
    assert [fault.id for fault in report.faults] == ["limit"]
    assert len(report.entries) == 2


def test_a_vocabulary_larger_than_one_chunk_is_passed_over() -> None:
    texts = [str(number) * 20 for number in range(20_000)]
    report = read(P.file([P.entry("a", ARRAY, P.texts(*texts)), P.entry("b", STRING, P.text("c"))], []))
    assert report.faults == ()
    assert report.texts == (("b", "c"),)
