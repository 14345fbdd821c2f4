"""What the worker does with a request, in this process."""

from __future__ import annotations

import gc
import io
import json
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from weighbridge.checks import ruleset, sandbox, serving, worker
from weighbridge.checks.answer import TREE, Answer, Request, answer_from
from weighbridge.checks.tree import Tree, finding
from weighbridge.core.digest import is_digest
from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.core.finding import Finding

TREE_DATA = json.dumps({"files": {"a": 1}, "facts": {"a": {"format": ["text"]}}, "source": "", "metadata": {}}).encode()


def _finds(subject: Subject, notes: Notes) -> None:
    notes.fact("format", "text")
    notes.add("credential", f"{subject.size_bytes} bytes")


def _fails(subject: Subject, notes: Notes) -> None:
    _finds(subject, notes)
    raise RecursionError


def _starves(subject: Subject, notes: Notes) -> None:
    raise MemoryError(subject.path, notes.path)


def _one(tree: Tree) -> Iterator[Finding]:
    yield finding("missing-file", ".", str(dict(tree.files)))


def _broken(tree: Tree) -> Iterator[Finding]:
    yield from _one(tree)
    raise KeyError


def _starved(tree: Tree) -> Iterator[Finding]:
    yield from _one(tree)
    raise MemoryError


def handled(data: bytes, what: str = "file") -> Answer:
    return worker.handle(Request("a", len(data), 1, what), io.BytesIO(data))


def test_a_file_is_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "examine", _finds)
    assert handled(b"abc") == Answer([finding("credential", "a", "3 bytes")], {"format": ["text"]})


def test_what_was_found_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "examine", _fails)
    assert [item.check for item in handled(b"abc").findings] == ["credential", "not-inspected"]


def test_a_lack_of_memory_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "examine", _starves)
    with pytest.raises(MemoryError):
        handled(b"abc")
    monkeypatch.setattr(worker, "TREE_CHECKS", (_starved,))
    with pytest.raises(MemoryError):
        handled(TREE_DATA, TREE)


def test_a_tree_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TREE_CHECKS", (_broken, _one))
    assert [item.check for item in handled(TREE_DATA, TREE).findings] == ["not-inspected", "missing-file"]


def test_a_worker_without_requests_ends() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        assert serving._receive(theirs) == (b"", [])


def test_a_request_may_come_in_pieces() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"one ")
        ours.sendall(b"line\n")
        assert serving._receive(theirs) == (b"one line\n", [])


def test_a_worker_serves_until_nobody_asks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Neither limits nor alarms must stay with this process.
    watched: list[float] = []
    monkeypatch.setattr(sandbox, "lock_down", lambda _: True)
    monkeypatch.setattr(serving, "_watch", watched.append)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    (tmp_path / "file").write_bytes(b"{}")
    request = Request("file", 2, 1)
    ours, theirs = socket.socketpair()
    with ours, (tmp_path / "file").open("rb") as file:
        ours.sendall(b'{"memory_bytes": 1, "file_bytes": 2, "open_files": 3}\n')
        thread = threading.Thread(target=serving.serve, args=(worker.handle, theirs.detach()))
        thread.start()
        assert ours.recv(100) == serving.READY_ALONE
        socket.send_fds(ours, [request.line()], [file.fileno()])
        answer = answer_from(ours.recv(1 << 16), request, {"file"})
        ours.shutdown(socket.SHUT_WR)
        thread.join()
    assert answer is not None
    assert answer.facts["format"] == ["json"]
    assert watched == [1.0]


def test_a_worker_that_nobody_talks_to_ends() -> None:
    ours, theirs = socket.socketpair()
    descriptor = theirs.detach()
    ours.close()
    serving.serve(worker.handle, descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_limits_are_read_strictly() -> None:
    with pytest.raises(IntegrityError):
        serving._limits(b"{}")
    limits = serving._limits(b'{"memory_bytes": 1, "file_bytes": 2, "open_files": 3}')
    assert (limits.memory_bytes, limits.file_bytes, limits.open_files) == (1, 2, 3)


def test_what_a_handle_raises_is_a_finding() -> None:
    def handle(request: Request, file: object) -> Answer:
        raise OSError(request.path, file)

    answer = serving._answer(handle, Request("a", 1, 1), io.BytesIO())
    assert [(item.check, item.path) for item in answer.findings] == [("not-inspected", "a")]


def test_the_ruleset_covers_parsers_checks_and_libraries() -> None:
    assert is_digest(ruleset.ruleset())
    names = {path.name for path in ruleset._files()}
    assert {"catalogue.py", "pickle_walk.py", "ruleset.py", "picklescan_worker.py"} <= names
    assert ruleset.installed("picklescan")
    assert ruleset.installed("no-such-library") == ""
