"""Many files through a few workers: one that fails takes no other with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter

from weighbridge.checks import pool as pooling
from weighbridge.checks.limits import Limits
from weighbridge.checks.pool import Pool, Seen, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTILE = (sys.executable, "-I", str(Path(__file__).parents[2] / "fakes" / "hostile_worker.py"))
LIMITS = Limits(memory_bytes=1 << 30, file_bytes=1 << 20)


def run(folder: Path, files: Mapping[str, str], sizes: Mapping[str, int] | None = None) -> Seen:
    for path, words in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(words)
    opened = os.open(folder, os.O_RDONLY)
    listed = sizes or {path: len(words) for path, words in files.items()}
    try:
        return Pool(opened, LIMITS, Counter(), command=HOSTILE).run([Task(*item) for item in listed.items()])
    finally:
        os.close(opened)


def why(seen: Seen) -> dict[str, str]:
    return {item.path: f"{item.check}: {item.message}" for item in seen.findings}


def test_every_file_is_looked_at(tmp_path: Path) -> None:
    files = {f"{number % 7}/{number}": f"word {number}" for number in range(100)}
    seen = run(tmp_path, files)
    assert seen.findings == []
    assert {path: facts["said"] for path, facts in seen.facts.items()} == {
        path: [words] for path, words in files.items()
    }


def test_a_file_that_breaks_its_worker_breaks_nothing_else(tmp_path: Path) -> None:
    files = {"a": "crash", "b": "fine", "c": "fork", "d": "fine too", "e": "garbage", "f": "end"}
    seen = run(tmp_path, files)
    assert set(why(seen)) == {"a", "c", "e", "f"}
    assert all(item.check == "not-inspected" for item in seen.findings)
    assert seen.facts["b"]["said"] == ["fine"]
    assert seen.facts["d"]["said"] == ["fine too"]


def test_what_is_not_as_listed_is_not_inspected(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "folder").mkdir()
    sizes = {"there": 5, "grown": 2, "shrunk": 50, "missing": 1, "link": 5, "folder": 1, "../there": 5, "nu\0l": 1}
    seen = run(tmp_path, {"there": "words", "grown": "words", "shrunk": "words"}, sizes)
    assert why(seen) == {
        "grown": "not-inspected: has 5 bytes, not 2 as was listed",
        "shrunk": "not-inspected: has 5 bytes, not 50 as was listed",
        "missing": "not-inspected: can't be opened: No such file or directory",
        "link": "special-file: a link or a special file stands in its place",
        "folder": "special-file: a special file stands in its place",
        "../there": "special-file: the path leaves its folder",
        "nu\0l": "special-file: the path leaves its folder",
    }


def test_a_name_that_is_too_long_is_not_inspected(tmp_path: Path) -> None:
    assert "can't be opened" in why(run(tmp_path, {}, {"x" * 300: 1}))["x" * 300]


class _Changing(Counter):
    """Changes a file as soon as another is done."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def advance(self, size_bytes: int) -> None:
        super().advance(size_bytes)
        self._path.unlink(missing_ok=True)
        self._path.symlink_to("/etc/passwd")


def test_a_file_that_was_swapped_for_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("first")
    (tmp_path / "small").write_text("2nd")
    opened = os.open(tmp_path, os.O_RDONLY)
    pool = Pool(opened, LIMITS, _Changing(tmp_path / "small"), command=HOSTILE)
    seen = pool.run([Task("large", 5), Task("small", 3)])
    os.close(opened)
    assert [item.check for item in seen.findings] == ["special-file"]


def test_a_file_that_changes_meanwhile_is_not_inspected(tmp_path: Path) -> None:
    worker = tmp_path / "worker.py"
    target = tmp_path / "model" / "file"
    target.parent.mkdir()
    target.write_text("words")
    # The file is open for writing since before the lock-down: a stand-in for somebody else's process.
    worker.write_text(
        "from weighbridge.checks.answer import Answer\n"
        "from weighbridge.checks.serving import serve\n"
        f"other = open({str(target)!r}, 'ab', buffering=0)\n"
        "def handle(request, file):\n"
        "    other.write(b'more')\n"
        "    return Answer([], {'format': ['text']})\n"
        "serve(handle)\n"
    )
    opened = os.open(target.parent, os.O_RDONLY)
    seen = Pool(opened, LIMITS, Counter(), command=(sys.executable, "-I", str(worker))).run([Task("file", 5)])
    os.close(opened)
    assert why(seen) == {"file": "not-inspected: changed while it was examined"}


def test_many_files_that_break_their_worker_cost_bounded_time(tmp_path: Path) -> None:
    seen = run(tmp_path, {f"{number:02}": "end" for number in range(30)})
    assert len(seen.findings) == 30
    assert sum("not looked at" in item.message for item in seen.findings) >= 30 - pooling.MAX_LOSSES - 1


class _Interrupted(Counter):
    """Stops everything as soon as the first file is done."""

    def advance(self, size_bytes: int) -> None:
        super().advance(size_bytes)
        raise KeyboardInterrupt


def test_who_interrupts_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "_workers", lambda *_: 2)
    for name, words in {"large": "hang ", "small": "word", "other": "next"}.items():
        (tmp_path / name).write_text(words)
    opened = os.open(tmp_path, os.O_RDONLY)
    pool = Pool(opened, Limits(base_seconds=3600), _Interrupted(), command=HOSTILE)
    with pytest.raises(KeyboardInterrupt):
        pool.run([Task("large", 5), Task("small", 4), Task("other", 4)])
    os.close(opened)


def test_no_file_needs_no_process(tmp_path: Path) -> None:
    assert run(tmp_path, {}).findings == []


@pytest.mark.parametrize(
    ("files", "size_bytes", "count"),
    [(1, 0, 1), (0, 0, 1), (39, 0, 1), (41, 0, 2), (1, 1 << 40, 1), (4, 1 << 40, 4), (1000, 0, 4)],
)
def test_small_work_gets_few_workers(monkeypatch: pytest.MonkeyPatch, files: int, size_bytes: int, count: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert pooling._workers(files, size_bytes) == count
