"""Progress bars on a terminal, silence elsewhere."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from weighbridge.core.ports import Progress


class Bars:
    """A bar for each piece of work, on stderr."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: RichProgress | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, total_bytes: int) -> None:
        """Show a new bar."""
        from rich.console import Console  # noqa: PLC0415  only where bytes move
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        with self._lock:
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            shown = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._shown, self._task = shown, shown.add_task(what, total=total_bytes or None)
            shown.start()

    def advance(self, size_bytes: int) -> None:
        """Move the bar."""
        with self._lock:
            if self._shown is not None and self._task is not None:
                self._shown.advance(self._task, size_bytes)

    def end(self) -> None:
        """Take the bar away."""
        with self._lock:
            if self._shown is not None:
                self._shown.stop()
            self._shown = None


def progress(*, as_json: bool) -> Progress:
    """Bars if somebody watches, else silence."""
    return Bars() if sys.stderr.isatty() and not as_json else Silent()
