"""What the streams of one input yield while they are walked: tables and lists, each bounded.

It becomes a `pickle_report.PickleReport`; nothing here judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.pickle_report import FaultKind

if TYPE_CHECKING:
    from collections.abc import Sized

    from weighbridge.formats.pickle_report import Extension, Fault, Limits, Mutation, Nested, PersistentId, View
    from weighbridge.formats.pickle_symbols import Named

# Values that stand no farther apart are reported as one stretch.
_CLOSE_BYTES = 4096


class Broken(Exception):  # noqa: N818 - ends a stream, becomes its fault
    """The unpickler would stop here, or the walk does."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Findings:
    """What all streams of one input yield, in order of first use."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.named: dict[tuple[str, str, str], Named] = {}
        self.persistent_ids: dict[tuple[object, ...], PersistentId] = {}
        self.extensions: dict[int, Extension] = {}
        self.mutations: dict[tuple[str, str], Mutation] = {}
        self.nested: list[Nested] = []
        self.views: list[View] = []
        self.texts: list[str] = []
        self.text_bytes = 0
        self.spans: list[tuple[int, int]] = []
        self.faults: list[Fault] = []
        self.looked_into = 0
        self.kept_bytes = 0

    def report(self, text: str) -> bool:
        """Let the report hold a text, if there is room."""
        room = self.text_bytes + len(text) <= self.limits.reported_bytes
        if room:
            self.text_bytes += len(text)
            self.texts.append(text)
        return room

    def span(self, start: int, end: int) -> None:
        """Let the report say where values stand: with the last, if that is close or there are too many."""
        if self.spans and (start - self.spans[-1][1] < _CLOSE_BYTES or len(self.spans) >= self.limits.uses):
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((start, end))

    def bound(self, table: Sized) -> None:
        """Refuse one more entry of a full table."""
        if len(table) >= self.limits.uses:
            raise Broken(FaultKind.LIMIT, f"more than {self.limits.uses} entries of one kind")
