"""Opening one file so that what is read is what was verified."""

from __future__ import annotations

import io
import mmap
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from tests.e2e.chain import damage

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.core.manifest import FileEntry
from weighbridge.stores import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

SIZES = [0, 1, 4096, (4 << 20) + 17]


def make(folder: Path, size: int) -> tuple[Path, FileEntry, bytes]:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    path = folder / "file.bin"
    path.write_bytes(data)
    return path, FileEntry("sub/file.bin", size, "0" * 64, blake3(data).hexdigest()), data


def _sealed(path: Path, entry: FileEntry) -> bytes:
    with opened.sealed(path, entry) as file:
        return file.read()


def _stream(path: Path, entry: FileEntry) -> bytes:
    with opened.stream(path, entry) as file:
        return file.read()


def _once(path: Path, entry: FileEntry) -> bytes:
    with opened.OnceVerified().open(path, entry) as file:
        return file.read()


WAYS: dict[str, Callable[[Path, FileEntry], bytes]] = {
    "sealed": _sealed,
    "stream": _stream,
    "once": _once,
    "memory": lambda path, entry: bytes(opened.in_memory(path, entry)),
    "mapped": lambda path, entry: bytes(opened.mapped(path, entry)),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_right_bytes_are_given(tmp_path: Path, way: str, size: int) -> None:
    path, entry, data = make(tmp_path, size)
    assert WAYS[way](path, entry) == data


@pytest.mark.parametrize("way", WAYS)
def test_a_changed_byte_is_refused_with_file_and_digests(tmp_path: Path, way: str) -> None:
    path, entry, _ = make(tmp_path, SIZES[-1])
    damage(path)
    with pytest.raises(IntegrityError) as error:
        WAYS[way](path, entry)
    found = blake3(path.read_bytes()).hexdigest()
    assert error.value.code == "bytes-differ"
    assert f"sub/file.bin is not what was pinned: has other bytes: blake3 {found} instead of {entry.blake3}" in str(
        error.value
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", ["missing", "longer", "shorter", "folder", "fifo"])
def test_something_else_is_refused(tmp_path: Path, way: str, what: str) -> None:
    path, entry, data = make(tmp_path, 4096)
    path.unlink()
    if what == "longer":
        path.write_bytes(data + b"x")
    elif what == "shorter":
        path.write_bytes(data[:-1])
    elif what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    with pytest.raises(IntegrityError) as error:
        WAYS[way](path, entry)
    assert error.value.code == "bytes-differ"


@pytest.mark.parametrize("way", WAYS)
def test_a_disk_that_fails_is_told(tmp_path: Path, way: str) -> None:
    _, entry, _ = make(tmp_path, 1)
    with pytest.raises(StoreError):
        WAYS[way](tmp_path / ("x" * 300), entry)


def test_a_sealed_copy_can_be_mapped_and_changed_by_nobody(tmp_path: Path) -> None:
    path, entry, data = make(tmp_path, 4096)
    with opened.sealed(path, entry) as file:
        damage(path)
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            assert memory[:] == data
        other = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDWR)
        for change in (lambda: os.write(other, b"x"), lambda: os.truncate(other, 1), lambda: os.truncate(other, 9999)):
            with pytest.raises(PermissionError):
                change()
        os.close(other)
        file.seek(10)
        assert file.read() == data[10:]


FORKING = """
import os, sys
from pathlib import Path
from weighbridge.core.manifest import FileEntry
from weighbridge.stores import opened
memory = getattr(opened, sys.argv[1])(Path(sys.argv[2]), FileEntry("file.bin", 4096, "0" * 64, sys.argv[3]))
before = bytes(memory)
if not os.fork():
    memory[:] = bytes(4096)
    os._exit(0)
os.wait()
print(bytes(memory) == before != bytes(4096))
"""


@pytest.mark.parametrize("way", ["in_memory", "mapped"])
def test_a_child_of_this_process_changes_nothing_for_it(tmp_path: Path, way: str) -> None:
    path, entry, data = make(tmp_path, 4096)
    words = [sys.executable, "-c", FORKING, way, str(path), entry.blake3]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout == "True\n"
    assert path.read_bytes() == data


def test_a_stream_withholds_its_end_until_all_is_right(tmp_path: Path) -> None:
    path, entry, data = make(tmp_path, 10_000)
    damage(path)
    with opened.VerifiedStream(path, entry) as file:
        first = file.read(9_999)
        assert first != data[:9_999]
        buffer = bytearray(b"?")
        with pytest.raises(IntegrityError):
            file.readinto(buffer)
        assert buffer == b"\0"


def test_a_stream_is_read_once_from_first_to_last(tmp_path: Path) -> None:
    path, entry, data = make(tmp_path, 100)
    with opened.VerifiedStream(path, entry) as file:
        assert file.readable()
        assert not file.seekable()
        assert file.readinto(bytearray()) == 0
        assert file.readall() == data
        assert file.read(1) == b""
        with pytest.raises(io.UnsupportedOperation):
            file.seek(0)
    file.close()


def test_a_file_cut_short_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path, entry, _ = make(tmp_path, 8192)
    with opened.VerifiedStream(path, entry) as file:
        file.read(10)
        os.truncate(path, 10)
        with pytest.raises(IntegrityError, match="has 10 bytes instead of 8192"):
            file.read(1)


def test_a_file_is_hashed_again_when_it_changed(tmp_path: Path) -> None:
    path, entry, data = make(tmp_path, 4096)
    files = opened.OnceVerified()

    def take() -> BinaryIO:
        return files.open(path, entry)

    for _ in range(2):
        with take() as file:
            assert file.read() == data
    damage(path)
    with pytest.raises(IntegrityError):
        take()


def test_an_old_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, entry, data = make(tmp_path, 4096)
    hashed: list[str] = []
    real: Callable[[FileEntry], blake3] = opened._hasher

    def counting(entry: FileEntry) -> blake3:
        hashed.append(entry.path)
        return real(entry)

    later = path.stat().st_ctime_ns + 10**12
    monkeypatch.setattr(opened, "_hasher", counting)
    monkeypatch.setattr(opened, "now_ns", lambda: later)
    files = opened.OnceVerified()
    for _ in range(3):
        with files.open(path, entry) as file:
            assert file.read() == data
    assert hashed == ["sub/file.bin"]


def test_no_room_is_told_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, entry, _ = make(tmp_path, 10)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "sendfile", full)
    with pytest.raises(StoreError) as error:
        opened.sealed(path, entry)
    assert error.value.code == "no-memory"
    assert "stream=True" in error.value.hint
