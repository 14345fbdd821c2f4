"""One worker: what hostile files may make of it, and that the one who asks always gets an answer."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weighbridge.checks import worker_process
from weighbridge.checks.answer import Answer, Request
from weighbridge.checks.limits import Limits
from weighbridge.checks.worker_process import Lost, Worker, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = (sys.executable, "-I", str(Path(__file__).parents[2] / "fakes" / "hostile_worker.py"))
LIMITS = Limits(memory_bytes=1 << 30, file_bytes=1 << 20)
TRIED = "the examination tried what it may not and was ended"
MEMORY = "the examination needed more memory than it may have"


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(LIMITS, HOSTILE) as made:
        yield made


def ask(worker: Worker, tmp_path: Path, words: str, seconds: float = 60) -> Answer | Lost:
    path = tmp_path / "file"
    path.write_text(words)
    with path.open("rb") as file:
        return worker.ask(Request("file", len(words), seconds), file.fileno(), {"file"})


def test_it_answers_one_request_after_the_other(worker: Worker, tmp_path: Path) -> None:
    for words in ("one", "two", "three"):
        assert ask(worker, tmp_path, words) == Answer([], {"format": ["text"], "said": [words]})


@pytest.mark.parametrize(
    "act",
    [
        "change-mode",
        "connect",
        "exec",
        "fork",
        "import",
        "kill-parent",
        "native",
        "read",
        "run",
        "start",
        "system",
        "unlimited",
        "unpickle",
        "write",
    ],
)
def test_what_no_examination_needs_ends_it(worker: Worker, tmp_path: Path, act: str) -> None:
    assert ask(worker, tmp_path, act) == Lost(TRIED)
    assert not Path("written-by-a-worker").exists()


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ("allocate", MEMORY),
        ("crash", "the examining process crashed (SIGABRT)"),
        ("end", "the examining process ended with code 3"),
        ("exit", "the examining process ended with code 0"),
        ("flood", "the examining process answered too much"),
        ("garbage", "the examining process answered out of shape"),
        ("other-path", "the examining process answered out of shape"),
    ],
)
def test_an_end_has_its_reason_and_the_next_file_its_process(
    worker: Worker, tmp_path: Path, act: str, why: str
) -> None:
    assert ask(worker, tmp_path, act) == Lost(why)
    assert ask(worker, tmp_path, "next") == Answer([], {"format": ["text"], "said": ["next"]})


@pytest.mark.parametrize("act", ["hang", "spin"])
def test_waiting_ends(worker: Worker, tmp_path: Path, act: str) -> None:
    assert ask(worker, tmp_path, "first") != Lost("")
    assert ask(worker, tmp_path, act, 0.4) == Lost("took longer than 0.4 s")
    assert ask(worker, tmp_path, "next") == Answer([], {"format": ["text"], "said": ["next"]})


@pytest.mark.parametrize("act", ["raise", "recurse", "fill"])
def test_an_examiner_that_raises_did_not_examine(worker: Worker, tmp_path: Path, act: str) -> None:
    answer = ask(worker, tmp_path, act)
    assert isinstance(answer, Answer)
    assert [item.check for item in answer.findings] == ["not-inspected"]


def test_a_file_may_be_unpacked_into_files_of_its_own(worker: Worker, tmp_path: Path) -> None:
    assert ask(worker, tmp_path, "spool") == Answer([], {"format": ["text"], "did": ["spool"]})


def test_hanging_up_is_no_answer(worker: Worker, tmp_path: Path) -> None:
    assert isinstance(ask(worker, tmp_path, "hang-up"), Lost)


def test_what_was_written_ahead_answers_nothing(worker: Worker, tmp_path: Path) -> None:
    assert ask(worker, tmp_path, "lie") == Lost("the examining process answered out of shape")
    assert ask(worker, tmp_path, "next") == Answer([], {"format": ["text"], "said": ["next"]})


def test_a_killed_worker_is_replaced(worker: Worker, tmp_path: Path) -> None:
    ask(worker, tmp_path, "one")
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGTERM)
    worker._process.wait()
    assert ask(worker, tmp_path, "two") == Lost("the examining process crashed (SIGTERM)")
    assert isinstance(ask(worker, tmp_path, "three"), Answer)


@pytest.mark.parametrize(
    "command",
    [("/nowhere/python",), (sys.executable, "-I", "-c", "pass"), (sys.executable, "-I", "-c", "print()")],
)
def test_a_worker_that_does_not_start_is_no_answer(tmp_path: Path, command: tuple[str, ...]) -> None:
    with Worker(LIMITS, command) as made:
        assert ask(made, tmp_path, "one") == Lost("the examining process did not start")


def test_it_is_not_started_for_ever(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    with Worker(LIMITS, (sys.executable, "-I", "-c", f"open({str(marks)!r}, 'a').write('x')")) as made:
        for _ in range(9):
            assert ask(made, tmp_path, "one") == Lost("the examining process did not start")
    assert marks.read_text() == "xxxx"


def test_a_worker_may_be_left_with_the_network(tmp_path: Path) -> None:
    program = (
        "import socket, time\n"
        "link = socket.socket(fileno=0)\n"
        "link.recv(9999)\n"
        "link.sendall(b'ready with network\\n')\n"
        "link.recv(9999)\n"
        "link.shutdown(socket.SHUT_WR)\n"
        "time.sleep(1000)\n"
    )
    with Worker(LIMITS, (sys.executable, "-I", "-c", program)) as made:
        assert ask(made, tmp_path, "one", 20) == Lost("the examining process hung up")
        assert made.alone is False


def test_a_signal_without_a_name_has_a_number() -> None:
    assert worker_process._signal(6) == "SIGABRT"
    assert worker_process._signal(99) == "signal 99"


def test_it_leaves_no_folder_behind(tmp_path: Path) -> None:
    with Worker(LIMITS, HOSTILE) as made:
        ask(made, tmp_path, "one")
        home = Path(made._home)
        assert home.is_dir()
    assert not home.exists()


def test_its_world_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert set(clean_environment("/x")) == {"HOME", "TMPDIR", "LANG", "PATH", "TZ"}
    assert "secret" not in clean_environment("/x").values()


def test_who_was_ended_before_the_start_never_starts(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    with Worker(LIMITS, (sys.executable, "-I", "-c", f"open({str(marks)!r}, 'a').write('x')")) as made:
        made.kill()
        assert ask(made, tmp_path, "one") == Lost("the examining process did not start")
    assert not marks.exists()


def test_who_was_ended_does_not_start_again(worker: Worker, tmp_path: Path) -> None:
    assert isinstance(ask(worker, tmp_path, "one"), Answer)
    worker.kill()
    assert isinstance(ask(worker, tmp_path, "one"), Lost)
    assert ask(worker, tmp_path, "one") == Lost("the examining process did not start")
