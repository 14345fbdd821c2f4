"""Walk a pickle as CPython's C unpickler reads it, protocols 0 to 5, and execute none of it.

Streams that follow each other are walked too, each with a memo of its own as every call of `pickle.load` has. A stream
that loaders could read differently (FRAME and content that disagree, CPython gh-154848) is a fault. This module does
not judge: see `pickle_globals`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.pickle_findings import Broken, Findings
from weighbridge.formats.pickle_globals import conditions_of
from weighbridge.formats.pickle_machine import NO_FRAME, Machine
from weighbridge.formats.pickle_opcodes import HANDLERS, STOP
from weighbridge.formats.pickle_reader import Ended, Reader, TooLong
from weighbridge.formats.pickle_report import Fault, FaultKind, GlobalUse, Limits, Nested, PickleReport, Stream
from weighbridge.formats.pickle_symbols import part

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.pickle_opcodes import Handler
    from weighbridge.formats.pickle_reader import Source
    from weighbridge.formats.pickle_symbols import Condition, Named, StateCondition

    Conditions = Callable[[str, str], tuple[Condition | None, StateCondition | None]]
    LookInside = Callable[[bytes, int], None]
    Trace = list[tuple[int, int]]

# How many opcodes run between two looks at the limits that only grow slowly.
_BETWEEN = 4096


@dataclass(frozen=True, slots=True)
class Dialect:
    """An unpickler that does more than the plain one: its machine and its opcodes."""

    machine: Callable[[Reader, Findings, Conditions, LookInside], Machine]
    handlers: tuple[Handler, ...]


PLAIN = Dialect(Machine, HANDLERS)


def walk(
    source: Source,
    limits: Limits | None = None,
    *,
    streams: int | None = None,
    trace: Trace | None = None,
    dialect: Dialect = PLAIN,
) -> PickleReport:
    """Read every pickle in `source` without executing any.

    Args:
        source: Bytes, or a file open for reading at the first pickle; it is read forward only.
        limits: What the walk may hold and do.
        streams: End after so many pickles, where `report.end` then is; without it, all bytes must be pickles.
        trace: Takes the code and offset of each opcode.
        dialect: Whose unpickler it is for.

    Raises:
        OSError: The file can't be read. Nothing in the bytes raises: it is a fault in the report.
    """
    return _Walk(source, limits or Limits(), trace, 0, dialect).run(streams)


class _Walk:
    """One input, from its first byte to its end or a fault that ends it."""

    def __init__(
        self, source: Source, limits: Limits, trace: Trace | None, depth: int, dialect: Dialect = PLAIN
    ) -> None:
        self.reader = Reader(source)
        self.limits = limits
        self.found = Findings(limits)
        self.streams: list[Stream] = []
        self.opcodes = 0
        self.trace = trace
        self.depth = depth
        self.dialect = dialect

    def run(self, streams: int | None) -> PickleReport:
        """Walk the streams and put the report together."""
        while streams is None or len(self.streams) < streams:
            if len(self.streams) >= self.limits.streams:
                self._fault(FaultKind.LIMIT, self.reader.offset, f"more than {self.limits.streams} streams")
                break
            if not self._stream() or (streams is None and self.reader.at_end()):
                break
        found = self.found
        return PickleReport(
            globals=tuple(map(_use, found.named.values())),
            persistent_ids=tuple(found.persistent_ids.values()),
            extensions=tuple(found.extensions.values()),
            mutations=tuple(found.mutations.values()),
            streams=tuple(self.streams),
            nested=tuple(found.nested),
            views=tuple(found.views),
            texts=tuple(found.texts),
            spans=tuple(found.spans),
            faults=tuple(found.faults),
            end=self.reader.offset,
        )

    def _fault(self, kind: FaultKind, offset: int, message: str) -> None:
        self.found.faults.append(Fault(kind, offset, message))

    def _stream(self) -> bool:
        """Walk one stream; False when it is broken."""
        start, before = self.reader.offset, self.opcodes
        machine = self.dialect.machine(self.reader, self.found, conditions_of, self._look_inside)
        machine.at = start
        try:
            self._opcodes(machine)
            result = machine.pop()
        except Ended:
            self._fault(FaultKind.TRUNCATED, machine.at, "the bytes end before STOP")
        except TooLong:
            message = f"a line is longer than {self.limits.line_bytes} bytes"
            self._fault(FaultKind.LIMIT, machine.at, message)
        except Broken as broken:
            self._fault(broken.kind, machine.at, broken.message)
            if machine.frame_end < self.reader.offset:
                self._fault(FaultKind.FRAME, machine.at, "an opcode crosses the end of its frame")
        else:
            count = self.opcodes - before
            self.streams.append(Stream(start, self.reader.offset, machine.protocol, count, part(result)))
            return True
        if self.streams:
            self._fault(FaultKind.TRAILING, start, "what follows the STOP is not a whole pickle")
        return False

    def _opcodes(self, machine: Machine) -> None:
        """Run opcodes to the STOP."""
        while not self._batch(machine):
            if self.opcodes > self.limits.opcodes:
                raise Broken(FaultKind.LIMIT, f"more than {self.limits.opcodes} opcodes")
            if len(machine.stack) > self.limits.stack:
                raise Broken(FaultKind.LIMIT, f"more than {self.limits.stack} objects on the stack")
        if machine.frame_end not in (NO_FRAME, self.reader.offset):
            machine.fault(FaultKind.FRAME, "STOP is not the end of its frame")

    def _batch(self, machine: Machine) -> bool:
        """Run some opcodes; True at the STOP. The one loop where each name looked up counts."""
        reader, trace, handlers, done = self.reader, self.trace, self.dialect.handlers, 0
        try:
            for done in range(1, _BETWEEN + 1):  # noqa: B007 - counted when an opcode ends the stream, too
                position = reader.position
                if position >= len(reader.buffer):
                    machine.at = reader.base + position
                    reader.fill(1)
                    position = 0
                code = reader.buffer[position]
                machine.at = reader.base + position
                reader.position = position + 1
                if trace is not None:
                    trace.append((code, machine.at))
                if code == STOP:
                    return True
                handlers[code](machine)
                if machine.frame_end <= reader.base + reader.position:
                    machine.leave_frame()
        finally:
            self.opcodes += done
        return False

    def _look_inside(self, data: bytes, offset: int) -> None:
        """Walk bytes that start like a pickle, and note them when they are one or name a global before they break."""
        self.found.looked_into += 1
        if self.found.looked_into > self.limits.nested_count or self.depth >= self.limits.nested_depth:
            raise Broken(FaultKind.LIMIT, "too many pickles within pickles")
        limits = dataclasses.replace(self.limits, opcodes=max(0, self.limits.opcodes - self.opcodes))
        inner = _Walk(data, limits, None, self.depth + 1)
        inner.found.looked_into = self.found.looked_into
        report = inner.run(None)
        self.opcodes += inner.opcodes
        self.found.looked_into = inner.found.looked_into
        if any(fault.kind is FaultKind.LIMIT for fault in report.faults):
            self._fault(FaultKind.LIMIT, offset, "a pickle within the pickle is too much to look into")
        if report.streams or report.globals:
            self.found.nested.append(Nested(offset, len(data), report))


def _use(named: Named) -> GlobalUse:
    return GlobalUse(
        module=named.module,
        name=named.name,
        opcode=named.opcode,
        offset=named.offset,
        count=named.count,
        calls=tuple(sorted(named.calls)),
        refused_call=named.refused_call,
        written=named.written,
    )
