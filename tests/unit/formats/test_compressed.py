from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import TYPE_CHECKING

import pytest
from tests.unit.formats.fault_lists import promised

from weighbridge.formats import compressed
from weighbridge.formats.compressed import unpack
from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = bytes(range(256)) * 3000
PACK: dict[Kind, Callable[[bytes], bytes]] = {
    Kind.GZIP: lambda data: gzip.compress(data, mtime=0),
    Kind.ZLIB: zlib.compress,
    Kind.BZIP2: bz2.compress,
    Kind.XZ: lzma.compress,
    Kind.LZMA: lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}
PACKED = {kind: pack(CONTENT) for kind, pack in PACK.items()}
SEVERAL = [Kind.GZIP, Kind.BZIP2, Kind.XZ]


def unpacked(kind: Kind, data: bytes, limit_bytes: int = 1 << 20) -> tuple[bytes, list[str]]:
    result = unpack(kind, io.BytesIO(data), len(data), limit_bytes)
    with result.file as file:
        content = file.read()
    assert len(content) == result.size_bytes
    return content, [fault.id for fault in result.faults]


def test_every_kind_is_tested() -> None:
    assert set(PACK) == compressed.KINDS


@pytest.mark.parametrize("content", [b"", b"1", CONTENT])
@pytest.mark.parametrize("kind", PACK)
def test_contents_come_out_whole(kind: Kind, content: bytes) -> None:
    assert unpacked(kind, PACK[kind](content)) == (content, [])


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_streams_are_one_content(kind: Kind) -> None:
    assert unpacked(kind, PACK[kind](b"1") + PACK[kind](b"2") + PACKED[kind]) == (b"12" + CONTENT, [])


@pytest.mark.parametrize("kind", PACK)
def test_what_follows_is_trailing(kind: Kind) -> None:
    assert unpacked(kind, PACKED[kind] + b"evil")[1] in (["trailing"], ["truncated"])
    assert unpacked(kind, PACKED[kind] + bytes(300_000))[1] == ["trailing"]


@pytest.mark.parametrize("kind", PACK)
def test_a_broken_stream_gives_what_came_before(kind: Kind) -> None:
    assert unpacked(kind, PACKED[kind][:-6])[1] == ["truncated"]
    middle = len(PACKED[kind]) // 2
    broken = PACKED[kind][:middle] + b"\xff" * 64 + PACKED[kind][middle + 64 :]
    assert unpacked(kind, broken)[1] != []


@pytest.mark.parametrize("kind", PACK)
def test_no_more_than_the_limit_is_unpacked(kind: Kind) -> None:
    content, faults = unpacked(kind, PACK[kind](bytes(3 << 20)), 1 << 20)
    assert faults == ["limit"]
    assert len(content) <= 1 << 20


def test_streams_are_counted() -> None:
    assert unpacked(Kind.GZIP, gzip.compress(b"", mtime=0) * 5000)[1] == ["limit"]


def test_a_decoder_may_not_ask_for_more_memory_than_is_given() -> None:
    greedy = lzma.compress(b"1", lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 30}])
    assert unpacked(Kind.LZMA, greedy)[1] == ["stream"]


def test_what_unpacks_to_far_more_than_it_was_is_a_fault() -> None:
    assert unpacked(Kind.GZIP, gzip.compress(bytes(70 << 20), mtime=0), 80 << 20)[1] == ["ratio"]


def test_the_faults_are_those_that_are_promised() -> None:
    assert promised(compressed) == {"truncated", "stream", "trailing", "limit", "ratio"}
