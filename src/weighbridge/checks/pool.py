"""Pool: all files of a folder through a few workers, largest first; the result does not depend on the order.

Nothing here decides what a finding means.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.checks.answer import Answer, Request
from weighbridge.checks.opening import NotPlainError, open_below
from weighbridge.checks.tree import finding
from weighbridge.checks.worker_process import WORKER, Lost, Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.checks.limits import Limits
    from weighbridge.core.canonical import Json
    from weighbridge.core.finding import Finding
    from weighbridge.core.ports import Progress

MAX_LOSSES: Final = 20
"""Files that may crash or hang; then the rest is denied without a look, so that time stays bounded."""
# Below these, a second process costs more than it saves.
_FILES_WORTH_A_WORKER = 40
_BYTES_WORTH_A_WORKER = 32 << 20


@dataclass(frozen=True, slots=True)
class Task:
    """One file to look at.

    Args:
        path: Its path below the folder.
        size_bytes: Its size as listed.
        what: See `weighbridge.checks.answer.Request`.
    """

    path: str
    size_bytes: int
    what: str = "file"


@dataclass(slots=True)
class Seen:
    """What was seen of all files.

    Args:
        findings: In no order.
        facts: By path, then by name.
        alone: Whether every worker was without network.
    """

    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Mapping[str, Sequence[Json]]] = field(default_factory=dict)
    alone: bool = True


class Pool:
    """Workers for one folder.

    Args:
        folder: A descriptor of the folder.
        limits: Of each worker.
        progress: Told of bytes examined.
        command: The workers' program.
        lost: The check that speaks when there is no answer.
        linked: Files may be links; see `weighbridge.checks.opening.open_below`.
    """

    def __init__(
        self,
        folder: int,
        limits: Limits,
        progress: Progress,
        *,
        command: Sequence[str] = WORKER,
        lost: str = "not-inspected",
        linked: bool = False,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._progress = progress
        self._command = command
        self._lost = lost
        self._linked = linked
        self._lock = threading.Lock()
        self._losses = 0
        self._workers: list[Worker] = []

    def run(self, tasks: Iterable[Task]) -> Seen:
        """Let workers look at every file."""
        ordered = sorted(tasks, key=lambda task: (-task.size_bytes, task.path))
        waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        for task in ordered:
            waiting.put(task)
        seen = Seen()
        count = _workers(len(ordered), sum(task.size_bytes for task in ordered))
        with ThreadPoolExecutor(count, "inspect") as threads:
            work = [threads.submit(self._work, waiting, seen) for _ in range(count)]
            try:
                for done in as_completed(work):
                    done.result()
            except BaseException:
                self._stop(waiting)
                raise
        return seen

    def _stop(self, waiting: queue.SimpleQueue[Task]) -> None:
        """End all workers, so that nobody who interrupts waits for a large file."""
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.get_nowait()
        with self._lock:
            for worker in self._workers:
                worker.kill()

    def _work(self, waiting: queue.SimpleQueue[Task], seen: Seen) -> None:
        with Worker(self._limits, self._command) as worker:
            with self._lock:
                self._workers.append(worker)
            while True:
                try:
                    task = waiting.get_nowait()
                except queue.Empty:
                    break
                answer = self._look(worker, task)
                with self._lock:
                    seen.findings += answer.findings
                    seen.facts[task.path] = answer.facts
                self._progress.advance(task.size_bytes)
            if worker.alone is False:
                seen.alone = False

    def _look(self, worker: Worker, task: Task) -> Answer:
        try:
            file = open_below(self._folder, task.path, linked=self._linked)
        except NotPlainError as error:
            return Answer([finding("special-file", task.path, str(error))])
        except (OSError, ValueError) as error:
            return self._none(task, f"can't be opened: {_reason(error)}")
        try:
            return self._ask(worker, task, file)
        finally:
            os.close(file)

    def _ask(self, worker: Worker, task: Task, file: int) -> Answer:
        before = os.fstat(file)
        if before.st_size != task.size_bytes:
            return self._none(task, f"has {before.st_size} bytes, not {task.size_bytes} as was listed")
        request = Request(task.path, before.st_size, self._limits.seconds(before.st_size), task.what)
        if self._losses >= MAX_LOSSES:
            return self._none(task, f"not looked at: {MAX_LOSSES} other files broke their examination")
        answer = worker.ask(request, file, {task.path})
        if isinstance(answer, Lost):
            with self._lock:
                self._losses += 1
            return self._none(task, answer.why)
        after = os.fstat(file)
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return answer
        changed = finding(self._lost, task.path, "changed while it was examined")
        return Answer([*answer.findings, changed], answer.facts)

    def _none(self, task: Task, why: str) -> Answer:
        return Answer([finding(self._lost, task.path, why)])


def _workers(files: int, size_bytes: int) -> int:
    worth = max(-(-files // _FILES_WORTH_A_WORKER), -(-size_bytes // _BYTES_WORTH_A_WORKER), 1)
    return min(worth, files or 1, os.cpu_count() or 1)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
