from __future__ import annotations

import io
import zlib

import pytest
from tests.unit.formats.fault_lists import promised
from tests.unit.formats.zip_samples import Part, archive

from weighbridge.formats import zip_member
from weighbridge.formats.slice import Slice
from weighbridge.formats.zip_directory import parse
from weighbridge.formats.zip_member import Content, open_member

LONG = bytes(600_000)


def opened(part: Part, data: bytes | None = None, limit_bytes: int = 1 << 20) -> Content:
    whole = archive(part) if data is None else data
    return open_member(io.BytesIO(whole), parse(io.BytesIO(whole), len(whole)).members[0], limit_bytes)


def deflated(data: bytes, size_bytes: int) -> Part:
    """A member whose packed bytes are these, whatever they are."""
    changes: dict[str, int | bytes] = {"method": 8, "size": size_bytes, "crc": zlib.crc32(LONG[:size_bytes])}
    return Part(b"a", data, local=changes, central=changes)


def packed(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


BAD = {
    "other crc": ("crc", Part(b"a", b"12", local={"crc": 7}, central={"crc": 7})),
    "larger": ("size", Part(b"a", b"12", True, local={"size": 1}, central={"size": 1})),
    "smaller": ("size", Part(b"a", b"12", True, local={"size": 3}, central={"size": 3})),
    "no deflate": ("deflate", deflated(b"\xff\xff\xff", 3)),
    "cut deflate": ("deflate", deflated(packed(LONG)[:-4], len(LONG))),
    "behind deflate": ("deflate", deflated(packed(b"") + b"hidden", 0)),
    "far behind deflate": ("deflate", deflated(packed(b"") + bytes(300_000), 0)),
    "method": ("method", Part(b"a", local={"method": 14}, central={"method": 14})),
    "limit": ("limit", Part(b"a", bytes(2 << 20), True)),
}


@pytest.mark.parametrize("case", BAD)
def test_a_member_that_is_not_as_promised_is_a_fault(case: str) -> None:
    expected, part = BAD[case]
    assert [fault.id for fault in opened(part).faults] == [expected]


def test_each_promised_fault_is_tested() -> None:
    assert {expected for expected, _ in BAD.values()} | {"encrypted", "truncated"} == promised(zip_member)


def test_a_file_that_shrinks_is_truncated() -> None:
    whole = archive(Part(b"a", b"12345"))
    member = parse(io.BytesIO(whole), len(whole)).members[0]
    assert [fault.id for fault in open_member(io.BytesIO(whole[: member.data_at + 2]), member, 9).faults] == [
        "truncated"
    ]


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("data", [b"", b"1", LONG, bytes(range(256)) * 4096])
def test_contents_come_out_whole(data: bytes, pack: bool) -> None:  # noqa: FBT001 - drawn
    content = opened(Part(b"a", data, deflated=pack))
    assert content.faults == ()
    assert content.size_bytes == len(data)
    content.file.seek(0)
    assert content.file.read() == data


def test_a_stored_member_is_not_copied_nor_limited() -> None:
    content = opened(Part(b"a", LONG), limit_bytes=1)
    assert isinstance(content.file, Slice)
    assert content.faults == ()


def test_a_slice_reads_like_a_file() -> None:
    part = Slice(io.BytesIO(b"0123456789"), 2, 5)
    assert (part.read(2), part.tell(), part.read(), part.read(1)) == (b"23", 2, b"456", b"")
    assert (part.seek(-2, io.SEEK_END), part.read()) == (3, b"56")
    part.seek(1)
    assert (part.seek(1, io.SEEK_CUR), part.seek(-9), part.seek(99), part.read()) == (2, 0, 99, b"")
