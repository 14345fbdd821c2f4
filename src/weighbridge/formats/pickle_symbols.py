"""What stands on the symbolic stack in place of objects.

Constants that may name something are themselves: str, int, bool, None and small tuples. All else is known by its kind
alone. Nothing here is ever called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.formats.pickle_report import Part


class Opaque:
    """An object of a known kind and unknown content; `depth` counts nested tuples."""

    __slots__ = ("depth", "kind")

    def __init__(self, kind: str, depth: int = 0) -> None:
        self.kind = kind
        self.depth = depth


class Fields(Opaque):
    """A dict, with its entries as long as these are few.

    `pairs` are keys and values in turn, `whole` says whether they are all, and `fixed` whether an element type relies
    on them.
    """

    __slots__ = ("fixed", "pairs", "whole")

    def __init__(self) -> None:
        self.kind = "dict"
        self.depth = 0
        self.pairs: list[Symbol] = []
        self.whole = True
        self.fixed = False

    @property
    def items(self) -> dict[str, Symbol] | None:
        """The entries by their keys; None if any is missing or has a key that is no kept text."""
        found = {
            key: value for key, value in zip(self.pairs[::2], self.pairs[1::2], strict=True) if isinstance(key, str)
        }
        plain = all(isinstance(key, str) for key in self.pairs[::2])
        return found if self.whole and plain else None


class Held(Opaque):
    """An object that the loader supplies, with the id that it was asked by."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Part, ...]) -> None:
        super().__init__("persistent")
        self.parts = parts


class Named:
    """A global: what the stream named, and how it was called so far."""

    __slots__ = (
        "calls",
        "condition",
        "count",
        "module",
        "name",
        "offset",
        "opcode",
        "refused_call",
        "state",
        "views",
        "written",
    )

    def __init__(self, pair: tuple[str, str], written: str, opcode: str, offset: int) -> None:
        self.module, self.name = pair
        self.written = written
        self.opcode = opcode
        self.offset = offset
        self.count = 0
        self.calls: set[str] = set()
        self.refused_call: int | None = None
        self.condition: Condition | None = None
        self.state: StateCondition | None = None
        self.views = False

    @property
    def dotted(self) -> str:
        """`module.name`."""
        return f"{self.module}.{self.name}"


class Made:
    """The result of a call of a global.

    `text` is its first argument where that is kept text, `built` whether BUILD gave it a state.
    """

    __slots__ = ("built", "origin", "text")

    def __init__(self, origin: Named, text: str) -> None:
        self.origin = origin
        self.text = text
        self.built = False


Symbol = str | int | None | Opaque | Named | Made | tuple["Symbol", ...]
# Whether a listed global may be called so; None stands for arguments that were not kept.
Condition = Callable[[tuple[Symbol, ...] | None], bool]
# Whether BUILD may give such a state to what was called with that text first.
StateCondition = Callable[[str, Symbol], bool]

BUFFER = Opaque("buffer")
BYTEARRAY = Opaque("bytearray")
BYTES = Opaque("bytes")
FLOAT = Opaque("float")
FROZENSET = Opaque("frozenset")
INTEGER = Opaque("int")
LIST = Opaque("list")
SET = Opaque("set")
TEXT = Opaque("str")
UNKNOWN = Opaque("unknown")

# What a loader can't change in place: an opcode that tries is no work of a pickler.
FIXED = frozenset({BYTES, FLOAT, FROZENSET, INTEGER, TEXT})


def depth_of(symbol: Symbol) -> int:
    """How many tuples nest in a symbol."""
    if symbol.__class__ is tuple:
        return 1 + max(map(depth_of, symbol), default=0)
    return symbol.depth if isinstance(symbol, Opaque) else 0


def is_fixed(symbol: Symbol) -> bool:
    """Whether the object is of a kind that can't be changed in place."""
    if isinstance(symbol, Opaque):
        return symbol in FIXED or symbol.kind == "tuple"
    return not isinstance(symbol, Made)


def describe(symbol: Symbol) -> str:
    """What a symbol is, in a word: `dict`, `module.name` of a global, `module.name()` of a result."""
    if isinstance(symbol, Opaque):
        return symbol.kind
    if isinstance(symbol, Named):
        return symbol.dotted
    if isinstance(symbol, Made):
        return f"{symbol.origin.dotted}()"
    return type(symbol).__name__


def part(symbol: Symbol) -> Part:
    """A constant as it stands, a global as `module.name`, all else as `<kind>`."""
    if symbol is None or isinstance(symbol, str | int):
        return symbol
    return symbol.dotted if isinstance(symbol, Named) else f"<{describe(symbol)}>"
