"""Torch's old format: five pickles, then the storages one after the other to the end of the file.

The pickles are a magic number, a protocol number, facts of the machine, the object, and the keys of the storages in the
order in which they follow, each as a count of elements (8 bytes, little endian) and the elements.

Faults: `header`, `keys`, `truncated`, `count`, `trailing`, and those of `torch_storage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats import torch_storage
from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.pickle_findings import Broken
from weighbridge.formats.pickle_machine import Machine
from weighbridge.formats.pickle_opcodes import HANDLERS
from weighbridge.formats.pickle_report import FaultKind
from weighbridge.formats.pickle_walk import Dialect, walk
from weighbridge.formats.window import Window

if TYPE_CHECKING:
    from weighbridge.formats.pickle_findings import Findings
    from weighbridge.formats.pickle_reader import Reader
    from weighbridge.formats.pickle_report import PickleReport
    from weighbridge.formats.pickle_symbols import Symbol
    from weighbridge.formats.pickle_walk import Conditions, LookInside
    from weighbridge.formats.window import Readable

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
_PICKLES = 5
_COUNT_BYTES = 8


@dataclass(frozen=True, slots=True)
class LegacyReport:
    """What an old torch file holds: its five pickles as one walk saw them, and what is wrong behind and between."""

    pickles: PickleReport
    faults: tuple[Fault, ...]


def parse(file: Readable, size_bytes: int) -> LegacyReport:
    """Read the file; an error of the file object itself passes through."""
    file.seek(0)
    pickles = walk(file, streams=_PICKLES)
    faults = Faults()
    if not pickles.faults:
        try:
            _storages(Window(file, size_bytes), pickles, faults)
        except StopError as error:
            faults.stop(error)
    return LegacyReport(pickles, faults.all())


def _storages(window: Window, pickles: PickleReport, faults: Faults) -> None:
    results = tuple(stream.result for stream in pickles.streams)
    if results[:2] != (MAGIC, PROTOCOL) or results[2] != "<dict>" or results[4] != "<list>":
        faults.add("header", "the pickles before and behind the object are not torch's", 0)
    named, wrong = torch_storage.storages(pickles)
    for fault in (*wrong, *torch_storage.views(pickles, named)):
        faults.add(fault.id, fault.message, fault.offset)
    start = pickles.streams[_PICKLES - 1].start
    keys = _keys(window.take(start, pickles.end - start))
    at = pickles.end
    there: dict[str, int] = {}
    for key in keys:
        count = int.from_bytes(window.take(at, _COUNT_BYTES), "little", signed=True)
        size, item = named.get(key, (0, 1))
        if key in there or count < 0 or count * item != size:
            raise StopError("count", f"storage {quoted(key)} is not as long as its tensors say", at)
        there[key] = size
        at += _COUNT_BYTES + size
    for fault in torch_storage.against(named, there):
        faults.add(fault.id, fault.message, at)
    if at > window.size_bytes:
        raise StopError("truncated", "the last storage ends behind the file", at)
    if at < window.size_bytes:
        raise StopError("trailing", f"{window.size_bytes - at} bytes follow the storages", at)


class _Lister(Machine):
    """A machine that keeps what is appended to lists."""

    def __init__(
        self, items: list[Symbol], reader: Reader, found: Findings, conditions_of: Conditions, look_inside: LookInside
    ) -> None:
        super().__init__(reader, found, conditions_of, look_inside)
        self._items = items

    def store(self, opcode: str, start: int, kind: str) -> None:
        """Give everything from `start` to the object below it."""
        if kind == "list":
            self._items += self.stack[start:]
            if len(self._items) > self.limits.memo:
                raise Broken(FaultKind.LIMIT, f"more than {self.limits.memo} items of a list")
        super().store(opcode, start, kind)


def _keys(data: bytes) -> list[str]:
    """The texts of the one list that a pickle without faults is."""
    items: list[Symbol] = []
    walk(data, dialect=Dialect(lambda *parts: _Lister(items, *parts), HANDLERS))
    keys = [item for item in items if isinstance(item, str)]
    if len(keys) != len(items):
        raise StopError("keys", "a storage's key is no text", 0)
    return keys
