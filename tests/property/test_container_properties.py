from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.samples.containers import TORCH, ZIP
from tests.unit.formats.recognise_samples import FILES
from tests.unit.formats.tar_samples import pax
from tests.unit.formats.test_tar import GOOD as TARS
from tests.unit.formats.test_zip_directory import GOOD as ZIPS

from weighbridge.formats import compressed, tar, zip_directory
from weighbridge.formats.kinds import Kind
from weighbridge.formats.polyglot import second
from weighbridge.formats.recognise import contradiction, recognise
from weighbridge.formats.zip_member import open_member

MUTANTS = 20_000
LIMIT_BYTES = 1 << 16
TEXT = b"some words, and some more words\n" * 20
PACKED = {
    Kind.GZIP: gzip.compress(TEXT, mtime=0),
    Kind.ZLIB: zlib.compress(TEXT),
    Kind.BZIP2: bz2.compress(TEXT),
    Kind.XZ: lzma.compress(TEXT),
    Kind.LZMA: lzma.compress(TEXT, lzma.FORMAT_ALONE),
}


def reference_zip(data: bytes) -> list[tuple[str, bytes]] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        return None


def test_what_is_read_of_a_mutated_zip_is_what_python_reads() -> None:
    seen: Counter[bool] = Counter()
    for data in mutated([*ZIPS.values(), ZIP, TORCH], MUTANTS):
        file = io.BytesIO(data)
        report = zip_directory.parse(file, len(data))
        contents = [open_member(file, member, LIMIT_BYTES) for member in report.members]
        faultless = report.complete and not report.faults and not any(each.faults for each in contents)
        seen[faultless] += 1
        if faultless and not report.encrypted:
            read = [(member.name, each.file.read(-1)) for member, each in zip(report.members, contents, strict=True)]
            assert read == reference_zip(data), data
    assert seen[True] > MUTANTS // 50
    assert seen[False] > MUTANTS // 2


def reference_tar(data: bytes) -> list[tuple[str, int, int]] | None:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            files = [info for info in archive.getmembers() if not info.isdir()]
    except (tarfile.TarError, ValueError, OverflowError):
        return None
    return [(info.name.removeprefix("./"), info.size, info.offset_data) for info in files]


def test_what_is_read_of_a_mutated_tar_is_what_python_reads() -> None:
    seen: Counter[bool] = Counter()
    small = [data[: data.find(bytes(1024)) + 1536] for data in TARS.values()]
    samples = [*small, pax({b"path": b"other.txt", b"mtime": b"1"}) + TARS["oldest"]]
    for data in mutated(samples, MUTANTS):
        report = tar.parse(io.BytesIO(data), len(data))
        seen[not report.faults] += 1
        if not report.faults:
            assert report.complete
            assert [(each.name, each.size_bytes, each.data_at) for each in report.members] == reference_tar(data)
    assert seen[True] > MUTANTS // 50
    assert seen[False] > MUTANTS // 4


@pytest.mark.parametrize("kind", PACKED)
def test_mutated_streams_unpack_to_their_content_or_are_faults(kind: Kind) -> None:
    whole = 0
    for data in mutated([PACKED[kind]], MUTANTS // 4):
        result = compressed.unpack(kind, io.BytesIO(data), len(data), LIMIT_BYTES)
        with result.file as file:
            content = file.read()
        assert len(content) == result.size_bytes <= LIMIT_BYTES
        assert result.faults or kind is Kind.LZMA or content == TEXT * (len(content) // len(TEXT))
        whole += not result.faults and bool(content)
    assert 50 < whole < MUTANTS // 8


def test_any_mutant_is_something_by_any_name() -> None:
    names = list(FILES)
    samples = [data for _, data in FILES.values() if len(data) < 2000]
    seen: Counter[Kind] = Counter()
    wrong = doubled = 0
    for number, data in enumerate(mutated(samples, MUTANTS)):
        name = names[number % len(names)]
        kind = recognise(io.BytesIO(data), len(data), name)
        assert (kind is Kind.EMPTY) == (not data)
        seen[kind] += 1
        wrong += bool(contradiction(kind, name))
        doubled += bool(second(kind, io.BytesIO(data), len(data)))
    assert len(seen) > len(Kind) // 2
    assert MUTANTS // 4 < wrong < MUTANTS
    assert 0 < doubled < MUTANTS // 2


@given(st.binary(max_size=400), st.sampled_from(sorted(FILES)))
def test_any_bytes_are_one_thing_wherever_the_file_was_left(data: bytes, name: str) -> None:
    file = io.BytesIO(data)
    kind = recognise(file, len(data), name)
    assert (kind is Kind.EMPTY) == (not data)
    said = second(kind, file, len(data))
    assert not said or said.startswith(f"it is {kind}, and ")
    file.seek(0, io.SEEK_END)
    assert recognise(file, len(data), name) is kind


@given(st.lists(st.tuples(st.text(st.characters(codec="ascii", min_codepoint=97), max_size=9), st.binary(max_size=50))))
def test_what_zipfile_writes_has_no_fault(members: list[tuple[str, bytes]]) -> None:
    target = io.BytesIO()
    names = {name or "x": data for name, data in members if name.isalpha() or not name}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    report = zip_directory.parse(target, len(target.getvalue()))
    assert report.faults == ()
    assert [member.name for member in report.members] == list(names)
