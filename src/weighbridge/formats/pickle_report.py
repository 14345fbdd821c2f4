"""What a walk over a pickle found: plain values, without judgement.

This module does not decide what may pass; `pickle_globals` holds the allow-list and the policy decides.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

# A persistent id's parts: constants as they stand, globals as `module.name`, all else as `<kind>`.
Part = str | int | None


class FaultKind(enum.StrEnum):
    """Why a stream can't be trusted to mean what was read."""

    TRUNCATED = "truncated"
    OPCODE = "opcode"
    PROTOCOL = "protocol"
    STACK = "stack"
    MARK = "mark"
    MEMO = "memo"
    ARGUMENT = "argument"
    FRAME = "frame"
    UNRESOLVED = "unresolved"
    EXTENSION = "extension"
    BUFFER = "buffer"
    CALL = "call"
    TARGET = "target"
    LIMIT = "limit"
    TRAILING = "trailing"
    ARRAY = "array"
    OBJECTS = "objects"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one walk may hold and do; more is a fault, never a pass.

    Args:
        opcodes: Opcodes in all streams together.
        stack: Objects (and marks) on the stack.
        memo: Entries of the memo, and its highest index: the C unpickler allocates up to twice the index.
        text_bytes: A longer string is validated but not kept, so it can't name a global.
        kept_bytes: Strings and tuples kept in all.
        reported_bytes: Longer strings that the report holds, in all.
        line_bytes: The longest argument that ends at a newline.
        uses: Different globals, and different entries of each other list of the report.
        faults: After so many the walk ends.
        streams: Pickles one after the other.
        tuple_depth: Nested tuples: hashing deeper ones overflows the C stack of a loader.
        nested_bytes: The longest bytes object that is looked into when it starts like a pickle.
        nested_count: How many bytes objects are looked into.
        nested_depth: How deep pickles in pickles are followed.
    """

    opcodes: int = 10_000_000
    stack: int = 1_000_000
    memo: int = 1_000_000
    text_bytes: int = 1024
    kept_bytes: int = 128 * 2**20
    reported_bytes: int = 4 * 2**20
    line_bytes: int = 16 * 2**20
    uses: int = 4096
    faults: int = 64
    streams: int = 4096
    tuple_depth: int = 64
    nested_bytes: int = 4 * 2**20
    nested_count: int = 4096
    nested_depth: int = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason not to trust the stream, with the position of the opcode in bytes."""

    kind: FaultKind
    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class GlobalUse:
    """One global that loading would import.

    Args:
        module: The module, after the renaming that Python 3 applies below protocol 3.
        name: The attribute, dotted when it is a path of attributes.
        opcode: How it was named: GLOBAL, STACK_GLOBAL or INST.
        offset: Where it was named first.
        count: How often it was named.
        calls: The opcodes that called it, sorted; empty when it was never called.
        refused_call: Where it was called first with arguments, or its result was given a state, that the allow-list
            doesn't admit; or None.
        written: `module.name` as the stream has it.
    """

    module: str
    name: str
    opcode: str
    offset: int
    count: int
    calls: tuple[str, ...]
    refused_call: int | None
    written: str


@dataclass(frozen=True, slots=True)
class PersistentId:
    """One object that the loader is asked to supply; `parts` is the id's tuple, or the id alone."""

    offset: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """A code of the process-wide `copyreg` registry: the stream doesn't show what it names."""

    offset: int
    code: int


@dataclass(frozen=True, slots=True)
class Mutation:
    """An opcode that changes an object in place, by what it changed.

    Args:
        opcode: BUILD, or SETITEM(S), APPEND(S), ADDITEMS on something other than a dict, list or set.
        target: What was changed: `list`, `module.name()` for the result of a call, `<persistent>`, …
        offset: Where first.
        count: How often.
    """

    opcode: str
    target: str
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class View:
    """One tensor over a storage, as a function of `torch._utils` would rebuild it; None for what is not known.

    Args:
        offset: The byte of the call.
        function: `module.name`.
        storage: The parts of the storage's persistent id.
        start: Its first element.
        size: Its shape.
        stride: Steps in elements, one a dimension.
        element: `module.name` of its element type, where the call names one.
    """

    offset: int
    function: str
    storage: tuple[Part, ...] | None
    start: int | None
    size: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    element: Part


@dataclass(frozen=True, slots=True)
class Stream:
    """One pickle: `start` to `end` in bytes, its last PROTO (0 without one), and its result.

    `result` is the constant that the stream yields, or `<kind>`.
    """

    start: int
    end: int
    protocol: int
    opcodes: int
    result: Part


@dataclass(frozen=True, slots=True)
class Nested:
    """A bytes or text object that is itself a pickle; nothing says that anybody loads it."""

    offset: int
    size: int
    report: PickleReport


@dataclass(frozen=True, slots=True)
class PickleReport:
    """Everything that loading would name or call, and every fault.

    `end` is where the walk ended. `protocol` is the highest of the complete streams. Without faults, each stream was
    read to its STOP. Lists are in the order of first use. `texts` are strings of 20 bytes or more, and `spans` is
    where, from byte to byte, longer ones, bytes and arrays stand, those that are close together at once.
    """

    globals: tuple[GlobalUse, ...]
    persistent_ids: tuple[PersistentId, ...]
    extensions: tuple[Extension, ...]
    mutations: tuple[Mutation, ...]
    streams: tuple[Stream, ...]
    nested: tuple[Nested, ...]
    views: tuple[View, ...]
    texts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    faults: tuple[Fault, ...]
    end: int

    @property
    def protocol(self) -> int:
        """The highest protocol of the complete streams."""
        return max((stream.protocol for stream in self.streams), default=0)

    @property
    def stream_count(self) -> int:
        """How many pickles were complete."""
        return len(self.streams)

    @property
    def item_stores_on_others(self) -> tuple[Mutation, ...]:
        """SETITEM and SETITEMS on something that isn't a dict: what CVE-2026-24747 needs."""
        return tuple(mutation for mutation in self.mutations if mutation.opcode.startswith("SETITEM"))
