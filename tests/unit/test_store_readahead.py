"""Reading ahead: the same bytes in the same order, whatever the file's size, and less where there is less."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from weighbridge.stores.readahead import BUFFER_BYTES, LEAST_BYTES, blocks, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = [
    0,
    1,
    BUFFER_BYTES - 1,
    BUFFER_BYTES,
    BUFFER_BYTES + 1,
    LEAST_BYTES - 1,
    LEAST_BYTES,
    LEAST_BYTES + 1,
    3 * LEAST_BYTES,
    3 * LEAST_BYTES + BUFFER_BYTES + 5,
]


def content(size: int) -> bytes:
    """Bytes in which no part looks like another."""
    return b"".join(number.to_bytes(8, "big") for number in range(size // 8 + 1))[:size]


@pytest.fixture
def handle(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def write(handle: int, data: bytes) -> None:
    assert os.pwrite(handle, data, 0) == len(data)


@pytest.mark.parametrize("size", SIZES)
def test_all_bytes_come_in_order(handle: int, size: int) -> None:
    data = content(size)
    write(handle, data + b"more")
    assert b"".join(map(bytes, blocks(handle, size))) == data
    target = memoryview(bytearray(size))
    assert b"".join(map(bytes, fill(handle, target))) == data
    assert bytes(target) == data


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_shorter_file_gives_what_it_has(handle: int, size: int) -> None:
    data = content(size // 2)
    write(handle, data)
    assert b"".join(map(bytes, blocks(handle, size))) == data
    assert b"".join(map(bytes, fill(handle, memoryview(bytearray(size))))) == data


@pytest.mark.parametrize("size", [BUFFER_BYTES, 3 * LEAST_BYTES])
def test_a_disk_that_fails_is_told(tmp_path: Path, size: int) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(IsADirectoryError):
        list(blocks(folder, size))
    with pytest.raises(IsADirectoryError):
        list(fill(folder, memoryview(bytearray(size))))
    os.close(folder)


def test_who_stops_half_way_leaves_no_thread(handle: int) -> None:
    write(handle, content(3 * LEAST_BYTES))
    for reading in (blocks(handle, 3 * LEAST_BYTES), fill(handle, memoryview(bytearray(3 * LEAST_BYTES)))):
        next(reading)
        reading.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("weighbridge-read")]
