"""Recognise pickles: by a short walk, since older protocols have no magic and look like text.

What is a pickle for any loader must be one here. Bytes that no text is made of need less proof than text: a letter and
a full stop is a pickle, and a sentence too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.kinds import Kind
from weighbridge.formats.pickle_report import FaultKind, Limits
from weighbridge.formats.pickle_walk import walk
from weighbridge.formats.slice import Slice

if TYPE_CHECKING:
    from weighbridge.formats.pickle_report import PickleReport
    from weighbridge.formats.window import Readable

TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C
"""The first pickle of what torch.save wrote before its zip format: torch.serialization.MAGIC_NUMBER."""

_LIMITS: Final = Limits(opcodes=50_000, stack=50_000, memo=2**32, nested_count=0)
# With a mark it is a pickle whatever follows, and only the first constant is asked for.
_MARKED_LIMITS: Final = Limits(opcodes=100, stack=50_000, memo=2**32, nested_count=0)
_PROTO: Final = b"\x80"
_NEWEST_PROTOCOL = 5
_JOBLIB: Final = re.compile(rb"c(?=joblib\.numpy_pickle(?:_compat)?\n)|\x8c\x13(?=joblib\.numpy_pickle)")
_WORD: Final = b"joblib.numpy_pickle"
_BLANK_BYTES = 64
_SEARCH_BYTES = 1 << 20
_MAX_SEARCHED_BYTES = 256 << 20


def kind_of(file: Readable, size_bytes: int, head: bytes, *, text: bool, named: bool) -> Kind | None:
    """Which pickle a file is; None if it is none.

    Args:
        file: The file.
        size_bytes: Its size.
        head: Its first bytes.
        text: Whether all of it is text.
        named: Whether its name is that of a text: then it is one, unless loading it as a pickle would import.
    """
    marked = head.startswith(_PROTO) and len(head) > 1 and head[1] <= _NEWEST_PROTOCOL
    report = _report(file, size_bytes, _MARKED_LIMITS if marked else _LIMITS)
    if not (marked or (_is_text_pickle(report, size_bytes, file, named=named) if text else _is_pickle(report))):
        return None
    if report.streams and report.streams[0].result == TORCH_MAGIC:
        return Kind.TORCH_LEGACY
    return Kind.JOBLIB if _names_joblib(file, size_bytes) else Kind.PICKLE


def hides_pickle(file: Readable, size_bytes: int) -> bool:
    """Whether an unpickler would import something from a file of another kind before it gave up."""
    report = _report(file, size_bytes, _LIMITS)
    return any(use.calls for use in report.globals) or bool(report.globals and report.streams) or _leaves_frame(report)


def _report(file: Readable, size_bytes: int, limits: Limits) -> PickleReport:
    return walk(Slice(file, 0, size_bytes), limits, streams=1)


def _is_pickle(report: PickleReport) -> bool:
    """Whether bytes that are no text are a pickle: whole, or broken after it named something."""
    return bool(report.streams or report.globals) or _goes_on(report) or _leaves_frame(report)


def _goes_on(report: PickleReport) -> bool:
    """Whether the walk found nothing wrong before it had walked enough."""
    return any(fault.kind is FaultKind.LIMIT for fault in report.faults)


def _leaves_frame(report: PickleReport) -> bool:
    """Whether the walk ended where an unpickler goes on with other bytes: an argument crosses the end of a frame."""
    return any(fault.kind is FaultKind.FRAME for fault in report.faults)


def _is_text_pickle(report: PickleReport, size_bytes: int, file: Readable, *, named: bool) -> bool:
    """Whether text is a pickle: with a call in it, or to its end."""
    if any(use.calls for use in report.globals) or (report.streams and (report.globals or report.extensions)):
        return True
    if _goes_on(report):
        return True
    if named or not report.streams:
        return False
    rest = Slice(file, 0, size_bytes)
    rest.seek(report.end)
    return not rest.read(_BLANK_BYTES).strip()


def _names_joblib(file: Readable, size_bytes: int) -> bool:
    """Whether the bytes name joblib's wrapper of arrays; its own examiner judges what they mean."""
    part = Slice(file, 0, min(size_bytes, _MAX_SEARCHED_BYTES))
    before = b""
    while piece := part.read(_SEARCH_BYTES):
        data = before + piece
        if _WORD in data and _JOBLIB.search(data):
            return True
        before = piece[-64:]
    return False
