"""What was read before, and who else may write: notes that cost time where they are wrong, never safety."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3
from tests.e2e.chain import damage
from tests.fakes.store import Counter

from weighbridge.core.errors import StoreError
from weighbridge.core.manifest import FileEntry
from weighbridge.stores import fastread
from weighbridge.stores.fastread import Candidate, differences
from weighbridge.stores.private import exposed, others_may_write, private_folder
from weighbridge.stores.seen import GRANULARITY_NS, SeenFiles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DATA = b"weights" * 1000
HOUR_NS = 3_600 * 10**9


@pytest.fixture
def entry() -> FileEntry:
    return FileEntry("model.bin", len(DATA), "0" * 64, blake3(DATA).hexdigest())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    path = folder / "model.bin"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the files whose bytes were read."""
    found: list[int] = []
    real = fastread._hash

    def counting(handle: int, size: int, *more: Any, ahead: bool) -> str:
        found.append(size)
        return real(handle, size, *more, ahead=ahead)

    monkeypatch.setattr(fastread, "_hash", counting)
    return found


@pytest.fixture
def _an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files made by a test are old enough to be noted."""
    monkeypatch.setattr(fastread, "now_ns", lambda: time.time_ns() + HOUR_NS)


def look(tmp_path: Path, file: Path, entry: FileEntry) -> dict[str, str]:
    """What a process of its own would find."""
    return differences([Candidate(str(file), entry)], "blake3", Counter(), SeenFiles(tmp_path / "seen", file.parent))


@pytest.mark.usefixtures("_an_hour_later")
def test_an_unchanged_file_is_read_once(tmp_path: Path, file: Path, entry: FileEntry, reads: list[int]) -> None:
    progress = Counter()
    for _ in range(3):
        seen = SeenFiles(tmp_path / "seen", file.parent)
        assert not differences([Candidate(str(file), entry)], "blake3", progress, seen)
    assert reads == [len(DATA)]
    assert progress.done == 3 * len(DATA)


def test_a_file_that_changed_just_now_is_read_again(
    tmp_path: Path, file: Path, entry: FileEntry, reads: list[int]
) -> None:
    for _ in range(2):
        assert not look(tmp_path, file, entry)
    assert len(reads) == 2


def test_what_is_younger_than_the_coarsest_clock_is_not_noted(tmp_path: Path, file: Path) -> None:
    status = file.stat()
    seen = SeenFiles(tmp_path / "seen", file.parent)
    for since, known in ((status.st_ctime_ns + GRANULARITY_NS, False), (status.st_ctime_ns + GRANULARITY_NS + 1, True)):
        seen.note("model.bin", status, since, "a" * 64)
        seen.save()
        assert SeenFiles(tmp_path / "seen", file.parent).has("model.bin", status, "a" * 64) is known


@pytest.mark.usefixtures("_an_hour_later")
@pytest.mark.parametrize("how", ["flipped", "replaced", "touched", "linked", "shorter"])
def test_a_changed_file_is_read_again(tmp_path: Path, file: Path, entry: FileEntry, reads: list[int], how: str) -> None:
    assert not look(tmp_path, file, entry)
    before = file.stat()
    if how == "flipped":
        damage(file)
    elif how == "replaced":
        other = file.with_name("other")
        other.write_bytes(bytes(len(DATA)))
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        other.replace(file)
    elif how == "touched":
        os.utime(file, ns=(1, 1))
    elif how == "linked":
        (tmp_path / "second").hardlink_to(file)
    else:
        file.write_bytes(DATA[:-1])
    found = look(tmp_path, file, entry)
    assert bool(found) is (how in {"flipped", "replaced", "shorter"})
    assert len(reads) == (1 if how == "shorter" else 2)


@pytest.mark.usefixtures("_an_hour_later")
def test_a_file_that_was_once_right_under_another_hash_is_read(
    tmp_path: Path, file: Path, entry: FileEntry, reads: list[int]
) -> None:
    assert not look(tmp_path, file, entry)
    other = FileEntry(entry.path, entry.size, entry.sha256, "f" * 64)
    assert f"blake3 {entry.blake3} instead of {'f' * 64}" in look(tmp_path, file, other)["model.bin"]
    assert len(reads) == 2


@pytest.mark.usefixtures("_an_hour_later")
@pytest.mark.parametrize("notes", [b"", b"{", b"[]", b'{"schema": "weighbridge.seen/2"}', b"\xff", b"null"])
def test_damaged_notes_cost_a_reading_and_are_mended(
    tmp_path: Path, file: Path, entry: FileEntry, reads: list[int], notes: bytes
) -> None:
    assert not look(tmp_path, file, entry)
    (kept,) = (tmp_path / "seen").iterdir()
    kept.write_bytes(notes)
    for _ in range(2):
        assert not look(tmp_path, file, entry)
    assert len(reads) == 2


@pytest.mark.usefixtures("_an_hour_later")
def test_notes_that_others_may_write_are_worth_nothing(
    tmp_path: Path, file: Path, entry: FileEntry, reads: list[int]
) -> None:
    assert not look(tmp_path, file, entry)
    (tmp_path / "seen").chmod(0o777)
    assert not look(tmp_path, file, entry)
    assert len(reads) == 2


@pytest.mark.usefixtures("_an_hour_later")
def test_where_notes_can_not_be_kept_every_byte_is_read(
    tmp_path: Path, file: Path, entry: FileEntry, reads: list[int]
) -> None:
    (tmp_path / "seen").write_text("a file in the folder's place")
    for _ in range(2):
        assert not look(tmp_path, file, entry)
    assert len(reads) == 2


def test_the_largest_file_is_read_first(tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    candidates = []
    for number, size in enumerate((10, 3000, 200)):
        path = tmp_path / str(number)
        path.write_bytes(bytes(size))
        entry = FileEntry(str(number), size, "0" * 64, blake3(bytes(size)).hexdigest())
        candidates.append(Candidate(str(path), entry))
    assert not differences(candidates, "blake3", Counter())
    assert reads == [3000, 200, 10]


@pytest.mark.parametrize(("sizes", "alone"), [((9,), True), ((9, 9), False), ((9, 4, 4), True), ((9, 5, 4), False)])
def test_files_that_keep_all_cores_busy_get_one_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], *, alone: bool
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    entries = [FileEntry(str(number), size, "0" * 64, "0" * 64) for number, size in enumerate(sizes)]
    said = []

    def look(*_: object, alone: bool) -> None:
        said.append(alone)

    monkeypatch.setattr(fastread, "same_bytes", look)
    assert not differences([Candidate(str(tmp_path), entry) for entry in entries], "blake3", Counter())
    assert said == [alone] * len(sizes)


def _modes(folder: Path, modes: Iterable[tuple[str, int]]) -> None:
    for name, mode in modes:
        (folder / name).chmod(mode)


def test_what_another_user_may_change_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    file = folder / "file"
    file.write_bytes(b"x")
    _modes(tmp_path, [("a", 0o755), ("a/b", 0o755), ("a/b/file", 0o644)])
    assert exposed(folder, [file.name]) is None
    for name, mode in (("a", 0o777), ("a/b", 0o757), ("a/b/file", 0o646)):
        before = (tmp_path / name).stat().st_mode
        (tmp_path / name).chmod(mode)
        assert exposed(folder, [file.name]) == tmp_path / name
        (tmp_path / name).chmod(before & 0o7777)
    (tmp_path / "a").chmod(0o1777)
    assert exposed(folder, [file.name, "missing"]) is None


def test_a_link_is_as_safe_as_where_it_leads(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir(mode=0o755)
    elsewhere.mkdir()
    (elsewhere / "object").write_bytes(b"x")
    (folder / "file").symlink_to(elsewhere / "object")
    elsewhere.chmod(0o755)
    (elsewhere / "object").chmod(0o444)
    assert exposed(folder, ["file"]) is None
    elsewhere.chmod(0o777)
    assert exposed(folder, ["file"]) == elsewhere


def test_what_belongs_to_another_user_may_be_changed_by_them(tmp_path: Path) -> None:
    status = list(tmp_path.stat())
    owner = 4
    for uid, others in ((os.getuid(), False), (0, False), (54_321, True)):
        status[owner] = uid
        assert others_may_write(os.stat_result(status)) is others


def test_a_private_folder_below_one_of_others_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "shared" / "cache"
    assert private_folder(root, "models").is_dir()
    (tmp_path / "shared").chmod(0o777)
    with pytest.raises(StoreError, match=r"may write to .*shared") as error:
        private_folder(root)
    assert error.value.code == "cache-unsafe"
