from __future__ import annotations

import io
import tarfile

import pytest
from tests.unit.formats.fault_lists import promised
from tests.unit.formats.tar_samples import END, header, member, pax, written

from weighbridge.formats import tar, tar_header
from weighbridge.formats.tar import TarReport, parse

LONG = "n" * 150 + ".txt"
A = member(b"a.txt")


def read(data: bytes) -> TarReport:
    return parse(io.BytesIO(data), len(data))


GOOD = {
    "pax": written(tarfile.PAX_FORMAT, ("a/b.json", LONG, "ü.txt")),
    "gnu": written(tarfile.GNU_FORMAT, ("a/b.json", LONG)),
    "ustar": written(tarfile.USTAR_FORMAT, ("a/b.json", "p" * 120 + "/" + "q" * 90)),
    "empty": END,
    "dot": member(b"./", b"", b"5") + member(b"./a.txt") + END,
    "oldest": header(b"a.txt", 2, b"\0") + b"x\n".ljust(512, b"\0") + END,
    "dates": pax({b"mtime": b"1.5", b"SCHILY.xattr.user": b"x"}) + A + END,
    "dates of all": pax({b"comment": b"made by git"}, b"g") + A + END,
    "large number": header(b"a.txt", b"\x80" + (2).to_bytes(11, "big")) + b"x\n".ljust(512, b"\0") + END,
    "size again": pax({b"size": b"2"}) + A + END,
    "old folder": member(b"d/", b"", b"\0") + END,
}

BAD = {
    "cut": ("truncated", A[:600]),
    "too large": ("truncated", header(b"a", 4000) + END),
    "checksum": ("checksum", b"b" + A[1:] + END),
    "number": ("header", header(b"a", b"99999999999\0") + END),
    "prefix of old": ("header", header(b"a", prefix=b"b", magic=b"ustar  \0") + END),
    "encoding": ("name-encoding", member(b"\xff") + END),
    "traversal": ("name-path", member(b"../a") + END),
    "absolute": ("name-path", member(b"/etc/a") + END),
    "prefix": ("name-path", member(b"a", prefix=b"../b") + END),
    "backslash": ("name-path", member(b"a\\b") + END),
    "no name": ("name-path", member(b"") + END),
    "twice": ("duplicate-name", A + member(b"./a.txt") + END),
    "symbolic link": ("file-type", header(b"a", 0, b"2", link=b"/etc/passwd") + END),
    "hard link": ("file-type", header(b"a", 0, b"1", link=b"b") + END),
    "device": ("file-type", header(b"a", 0, b"3") + END),
    "sparse": ("sparse", header(b"a", 0, b"S") + END),
    "pax sparse": ("sparse", pax({b"GNU.sparse.major": b"1"}) + A + END),
    "folder data": ("folder-data", member(b"d", b"hidden", b"5") + END),
    "folder data by name": ("folder-data", member(b"d/", b"hidden") + END),
    "two sizes": ("size", pax({b"size": b"1024"}) + member(b"a", bytes(512)) + bytes(512) + END),
    "no size": ("extension", pax({b"size": b"-1"}) + A + END),
    "link name": ("extension", pax({b"linkpath": b"x"}) + A + END),
    "path of all": ("extension", pax({b"path": b"x"}, b"g") + A + END),
    "two paths": ("extension", member(b"L", b"x\0", b"L") + pax({b"path": b"y"}) + A + END),
    "two long names": ("extension", 2 * member(b"L", b"x\0", b"L") + A + END),
    "two extensions": ("extension", 2 * pax({b"mtime": b"1"}) + A + END),
    "for nobody": ("extension", pax({b"mtime": b"1"}) + END),
    "no record": ("extension", member(b"pax", b"mtime=1\n", b"x") + A + END),
    "record beyond": ("extension", member(b"pax", b"99 mtime=1\n", b"x") + A + END),
    "record of nothing": ("extension", member(b"pax", b"0 ", b"x") + A + END),
    "no end": ("end", A),
    "half an end": ("end", A + bytes(512)),
    "behind the end": ("trailing", A + END + A),
    "limit": ("limit", member(b"pax", bytes(2 << 20), b"x") + END),
    "too many": ("too-many-faults", b"".join(member(b"../%d" % each) for each in range(120)) + END),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_tools_write_has_no_fault(case: str) -> None:
    report = read(GOOD[case])
    assert report.faults == ()
    assert report.complete
    with tarfile.open(fileobj=io.BytesIO(GOOD[case])) as reference:
        files = [info for info in reference.getmembers() if info.isfile()]
        assert [each.name for each in report.members] == [info.name.removeprefix("./") for info in files]
        assert [(each.size_bytes, each.data_at) for each in report.members] == [
            (info.size, info.offset_data) for info in files
        ]


@pytest.mark.parametrize("case", BAD)
def test_what_readers_see_differently_is_a_fault(case: str) -> None:
    expected, data = BAD[case]
    assert expected in {fault.id for fault in read(data).faults}


def test_each_promised_fault_has_a_sample() -> None:
    assert {expected for expected, _ in BAD.values()} == promised(tar)


def test_more_headers_than_are_read_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar, "MAX_MEMBERS", 1)
    assert [fault.id for fault in read(A + member(b"b") + END).faults] == ["limit"]


def test_the_first_names_are_told_as_far_as_headers_go() -> None:
    data = A + member(b"b") + b"rest".ljust(512)
    assert tar_header.first_names(io.BytesIO(data), len(data)) == {"a.txt", "b"}
    assert tar_header.first_names(io.BytesIO(A), len(A)) == {"a.txt"}
