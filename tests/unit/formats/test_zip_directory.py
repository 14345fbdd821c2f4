from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.samples.torch import state_dict, tensor, torch_zip
from tests.unit.formats.fault_lists import promised
from tests.unit.formats.zip_samples import (
    Part,
    archive,
    central_entry,
    descriptor,
    directory_of,
    end_record,
    end_records_64,
)

from weighbridge.formats import zip_directory, zip_member
from weighbridge.formats.zip_directory import ZipReport, parse

if TYPE_CHECKING:
    from collections.abc import Callable

FOLLOWS, UTF8 = 0x0008, 0x0800
A = Part(b"a.txt")
B = Part(b"b.txt", b"y" * 300, deflated=True)
TORCH = Part(b"m/data/0", b"z" * 8, flags=FOLLOWS | UTF8, descriptor=descriptor(b"z" * 8))
NO_SIZES: dict[str, int | bytes] = {"crc": 0, "packed": 0, "size": 0}
PADDING: dict[str, int | bytes] = {"extra": b"FB\x03\0ZZZ"}


def read(data: bytes) -> ZipReport:
    return parse(io.BytesIO(data), len(data))


def ids(data: bytes) -> set[str]:
    return {fault.id for fault in read(data).faults}


def streamed(part: Part, follows: bytes | None = None) -> Part:
    """As torch writes it: padding in the local header, the sizes behind the member."""
    behind = part.descriptor if follows is None else follows
    return Part(part.name, part.data, flags=part.flags, local=NO_SIZES | PADDING, descriptor=behind)


def extra(number: int, data: bytes) -> dict[str, int | bytes]:
    return {"extra": struct.pack("<2H", number, len(data)) + data}


def full(*values: int) -> dict[str, int | bytes]:
    """A header whose sizes stand in the zip64 field."""
    return {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF, **extra(1, struct.pack(f"<{len(values)}Q", *values))}


BEFORE, LENGTH, OFFSET = directory_of(A, B)

GOOD = {
    "plain": archive(A, B),
    "empty": archive(),
    "folder": archive(Part(b"d/", b"", attributes=0o040755 << 16), Part(b"d/a")),
    "unicode": archive(Part("ü".encode(), flags=UTF8)),
    "comment": archive(A, comment=b"made by hand\n"),
    "torch": archive(streamed(TORCH), B),
    "wide descriptor": archive(streamed(TORCH, descriptor(TORCH.data, wide=True)), A),
    "bare descriptor": archive(streamed(TORCH, descriptor(TORCH.data, signed=False))),
    "sizes in both": archive(Part(b"a", b"12", flags=FOLLOWS, descriptor=descriptor(b"12"))),
    "zip64 local": archive(Part(b"a", b"12", local=full(2, 2))),
    "zip64 repeated": archive(Part(b"a", b"12", local=extra(1, struct.pack("<2Q", 2, 2)))),
    "zip64 both": archive(Part(b"a", b"12", local=full(2, 2), central=full(2, 2))),
    "zip64 end": BEFORE + end_records_64(2, LENGTH, OFFSET),
    "zip64 end repeated": BEFORE + end_records_64(2, LENGTH, OFFSET, small=2),
    "long extra": archive(Part(b"a", local=extra(0x4246, b"Z" * 600))),
    "padded extra": archive(Part(b"a", local={"extra": b"\0\0\0"})),
    "unicode name": archive(Part(b"a", central=extra(0x7075, b"\1\0\0\0\0a"))),
}

BAD = {
    "no end": ("end-record", archive(A, end=b"")),
    "cut end": ("end-record", archive(A)[:-3]),
    "behind the end": ("end-record", archive(A) + b"\0"),
    "two ends": ("end-record", archive(A, gap=end_record(1, 1, 1, b"0" * 73)[:22])),
    "binary comment": ("comment", archive(A, comment=b"\x80\x02\0")),
    "disk": ("disk", archive(A, end=end_record(1, 51, 38, disk=1))),
    "member's disk": ("disk", archive(Part(b"a", central={"disk": 1}))),
    "prefix": ("prefix", archive(A, prefix=b"#!/bin/sh\n")),
    "gap": ("hole", archive(A, gap=b"evil")),
    "hidden member": ("hole", archive(Part(b"a", after=archive(A)[:30]), B)),
    "before the first": (
        "hole",
        archive(Part(b"a.txt", central={"offset": 4}), prefix=b"1234", end=b"") + end_record(1, 51, 41),
    ),
    "no directory": ("directory", BEFORE + end_record(2, LENGTH + 10, OFFSET)),
    "broken entry": ("directory", archive(A).replace(b"PK\1\2", b"PK\1\3")),
    "long directory": ("directory", archive(A, end=b"") + b"1234" + end_record(1, 55, 37)),
    "one name twice": ("duplicate-name", archive(A, A)),
    "bomb": ("ratio", archive(Part(b"a", deflated=True, local={"size": 1 << 30}, central={"size": 1 << 30}))),
    "local name": ("local-header", archive(Part(b"a", local={"name": b"b"}))),
    "local flags": ("local-header", archive(Part(b"a", local={"flags": 2}))),
    "local method": ("local-header", archive(Part(b"a", local={"method": 8}))),
    "local size": ("local-header", archive(Part(b"a", local={"size": 1}))),
    "local crc": ("local-header", archive(Part(b"a", local={"crc": 1}))),
    "streamed size": ("local-header", archive(Part(b"a", flags=FOLLOWS, local=NO_SIZES | {"size": 9}))),
    "streamed zip64": ("local-header", archive(Part(b"a", flags=FOLLOWS, local=NO_SIZES | extra(1, b"12345678")))),
    "no local header": ("local-header", archive(Part(b"a", central={"offset": 3}))),
    "local beyond": ("local-header", archive(Part(b"a", central={"offset": 5000}))),
    "beyond the end": ("truncated", archive(Part(b"a", central={"packed": 500, "size": 500}))),
    "no descriptor": ("descriptor", archive(streamed(TORCH, b""))),
    "long descriptor": ("descriptor", archive(streamed(TORCH, descriptor(TORCH.data) + bytes(20)))),
    "overlap": ("overlap", archive(Part(b"a", central={"packed": 20, "size": 20}), B)),
    "same place": ("overlap", archive(A, Part(b"b", central={"offset": 0}))),
    "traversal": ("name-path", archive(Part(b"../a"))),
    "absolute": ("name-path", archive(Part(b"/a"))),
    "drive": ("name-path", archive(Part(b"c:a"))),
    "backslash": ("name-path", archive(Part(b"..\\a"))),
    "nul": ("name-path", archive(Part(b"a.txt\0.pkl"))),
    "empty name": ("name-path", archive(Part(b""))),
    "dots": ("name-path", archive(Part(b"a/./b"))),
    "encoding": ("name-encoding", archive(Part("ü".encode()))),
    "broken utf-8": ("name-encoding", archive(Part(b"\xff", flags=UTF8))),
    "flags": ("flags", archive(Part(b"a", flags=0x8000))),
    "version": ("version", archive(Part(b"a", central={"needs": 99}))),
    "method": ("method", archive(Part(b"a", local={"method": 12}, central={"method": 12}))),
    "stored sizes": ("method", archive(Part(b"a", local={"size": 1}, central={"size": 1}))),
    "link": ("file-type", archive(Part(b"a", attributes=0o120777 << 16))),
    "device": ("file-type", archive(Part(b"a", attributes=0o020666 << 16))),
    "folder data": ("folder-data", archive(Part(b"d/", b"hidden"))),
    "extra too long": ("extra", archive(Part(b"a", local={"extra": b"FB\xff\0"}))),
    "extra rest": ("extra", archive(Part(b"a", central={"extra": b"PK"}))),
    "extra twice": ("extra", archive(Part(b"a", central={"extra": 2 * b"\1\0\0\0"}))),
    "other name": ("extra", archive(Part(b"a", central=extra(0x7075, b"\1\0\0\0\0b")))),
    "zip64 left over": ("zip64", archive(Part(b"a", b"12", local=full(2, 2, 7)))),
    "zip64 contradicts": ("zip64", archive(Part(b"a", b"12", central=extra(1, struct.pack("<Q", 7))))),
    "zip64 record length": ("zip64", BEFORE + end_records_64(2, LENGTH, OFFSET, rest=60)),
    "zip64 locator": ("zip64", BEFORE + end_records_64(2, LENGTH, OFFSET, at=7)),
    "zip64 count": ("zip64", BEFORE + end_records_64(2, LENGTH, OFFSET, small=1)),
    "zip64 disk": ("disk", BEFORE + end_records_64(2, LENGTH, OFFSET, disks=2)),
    "zip64 no record": ("zip64", b"PK\6\7" + bytes(16) + end_record(0, 0, 0)),
    "limit": ("limit", BEFORE + end_records_64(200_000, LENGTH, OFFSET)),
    "too many": ("too-many-faults", archive(*(Part(b"../%d" % number) for number in range(120)))),
}


@pytest.mark.parametrize("case", GOOD)
def test_archives_that_all_readers_understand_alike_have_no_fault(case: str) -> None:
    report = read(GOOD[case])
    assert report.faults == ()
    assert report.complete
    with zipfile.ZipFile(io.BytesIO(GOOD[case])) as reference:
        names = [(info.filename, info.file_size) for info in reference.infolist()]
        assert [(member.name, member.size_bytes) for member in report.members] == names
        assert [member.folder for member in report.members] == [info.is_dir() for info in reference.infolist()]


@pytest.mark.parametrize("case", BAD)
def test_what_can_be_read_in_two_ways_is_a_fault(case: str) -> None:
    expected, data = BAD[case]
    assert expected in ids(data)


def test_each_promised_fault_has_a_sample() -> None:
    assert {expected for expected, _ in BAD.values()} == promised(zip_directory)


@pytest.mark.parametrize(
    "part",
    [
        Part(b"a", flags=0x0001),
        Part(b"a", flags=0x0041),
        Part(b"a", local={"method": 99}, central={"method": 99}),
        Part(b"a", central=extra(0x9901, bytes(7))),
    ],
)
def test_encryption_is_told(part: Part) -> None:
    report = read(archive(part))
    assert report.encrypted
    content = zip_member.open_member(io.BytesIO(archive(part)), report.members[0], 100)
    assert [fault.id for fault in content.faults] == ["encrypted"]


def save(arrays: Callable[..., None]) -> bytes:
    target = io.BytesIO()
    arrays(target, a=np.arange(10), b=np.zeros((0, 3)))
    return target.getvalue()


@pytest.mark.parametrize("data", [save(np.savez), save(np.savez_compressed)])
def test_numpy_s_archives_are_read(data: bytes) -> None:
    report = read(data)
    assert report.faults == ()
    with zipfile.ZipFile(io.BytesIO(data)) as reference:
        for member in report.members:
            content = zip_member.open_member(io.BytesIO(data), member, 1000)
            assert content.faults == ()
            assert content.file.read(-1) == reference.read(member.name)


class Unseekable(io.RawIOBase):
    """A pipe: zipfile puts the sizes behind each member."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        assert isinstance(data, bytes)
        self.data += data
        return len(data)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_streamed_archives_are_read(method: int, wide: bool) -> None:  # noqa: FBT001 - drawn
    pipe = Unseekable()
    with zipfile.ZipFile(pipe, "w", method) as target, target.open("a", "w", force_zip64=wide) as member:
        member.write(b"1234" * 100)
    report = read(pipe.data)
    assert report.faults == ()
    assert zip_member.open_member(io.BytesIO(pipe.data), report.members[0], 400).faults == ()


def test_a_torch_file_is_read() -> None:
    data = torch_zip(state_dict(tensor()), {"0": bytes(24)})
    assert read(data).faults == ()


def test_a_directory_of_other_offsets_is_not_followed_beyond_the_file() -> None:
    entry = central_entry(Part(b"a", central={"offset": 0xFFFFFFFF, **extra(1, b"\xff" * 8)}), 0)
    assert ids(entry + end_record(1, len(entry), 0)) == {"local-header"}
