"""The unpickler's stack, marks and memo over symbols, with what it would import, call and change.

The rules are those of CPython's `Modules/_pickle.c`; where the loaders of the field differ from it or from each other,
a stream that could tell them apart is a fault. Nothing is imported or called.
"""

from __future__ import annotations

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import TYPE_CHECKING, NoReturn

from weighbridge.formats.pickle_findings import Broken
from weighbridge.formats.pickle_report import Extension, Fault, FaultKind, Mutation, PersistentId, View
from weighbridge.formats.pickle_symbols import (
    UNKNOWN,
    Fields,
    Held,
    Made,
    Named,
    Opaque,
    Symbol,
    depth_of,
    describe,
    is_fixed,
    part,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.pickle_findings import Findings
    from weighbridge.formats.pickle_reader import Reader
    from weighbridge.formats.pickle_symbols import Condition, StateCondition

# Longer tuples are known by their kind alone.
_KEPT_ITEMS = 64
_KEPT_DEPTH = 3
# Below protocol 3 the unpickler renames what Python 2 called otherwise; from 3 on it does not.
_RENAMED_BELOW = 3
# Farther than any frame can end.
NO_FRAME = 1 << 65
_DICTS = frozenset(
    {
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "lightning.fabric.utilities.data.AttributeDict",
        "lightning_fabric.utilities.data.AttributeDict",
        "pytorch_lightning.utilities.parsing.AttributeDict",
    }
)
# Functions whose first arguments are a storage, a start, a size and a stride.
_VIEWS = frozenset(
    f"torch._utils.{name}"
    for name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_qtensor")
)
_ELEMENT = 6
_INDIRECT = "torch._tensor._rebuild_from_type_v2"
_RECONSTRUCTOR = "copyreg._reconstructor"


class Machine:
    """One stream's state.

    Args:
        reader: The bytes.
        found: Where everything seen is noted.
        conditions_of: Under which a listed global may be called, and its result be given a state by BUILD.
        look_inside: What is done with bytes that start like a pickle, at an offset.
    """

    def __init__(
        self,
        reader: Reader,
        found: Findings,
        conditions_of: Callable[[str, str], tuple[Condition | None, StateCondition | None]],
        look_inside: Callable[[bytes, int], None],
    ) -> None:
        self.reader = reader
        self.found = found
        self.limits = found.limits
        self.stack: list[Symbol] = []
        self.marks: list[int] = []
        self.fence = 0
        self.memo: dict[int, Symbol] = {}
        self.seen: dict[tuple[bytes, bytes, int], Named] = {}
        self.protocol = 0
        self.at = 0
        self.frame_end = NO_FRAME
        self._conditions_of = conditions_of
        self.look_inside = look_inside

    def fault(self, kind: FaultKind, message: str) -> None:
        """Note a fault after which the walk can go on."""
        if len(self.found.faults) >= self.limits.faults:
            raise Broken(FaultKind.LIMIT, f"more than {self.limits.faults} faults")
        self.found.faults.append(Fault(kind, self.at, message))

    def leave_frame(self) -> None:
        """The frame is over: exactly here, or loaders disagree about what the bytes mean."""
        if self.reader.offset != self.frame_end:
            self.fault(FaultKind.FRAME, "an opcode crosses the end of its frame")
        self.frame_end = NO_FRAME

    # The stack.

    def pop(self) -> Symbol:
        """Take the top, which must lie above the last mark."""
        if len(self.stack) <= self.fence:
            self.underflow()
        return self.stack.pop()

    def top(self) -> Symbol:
        """The top, which must lie above the last mark."""
        if len(self.stack) <= self.fence:
            self.underflow()
        return self.stack[-1]

    def underflow(self) -> NoReturn:
        """The stack has too little for the opcode."""
        if self.marks:
            raise Broken(FaultKind.STACK, "unexpected MARK found")
        raise Broken(FaultKind.STACK, "stack underflow")

    def mark(self) -> None:
        """Set a mark."""
        if len(self.marks) >= self.limits.stack:
            raise Broken(FaultKind.LIMIT, f"more than {self.limits.stack} marks")
        self.fence = len(self.stack)
        self.marks.append(self.fence)

    def unmark(self) -> int:
        """Take the last mark away and return where it stood."""
        if not self.marks:
            raise Broken(FaultKind.MARK, "no MARK found")
        found = self.marks.pop()
        self.fence = self.marks[-1] if self.marks else 0
        return found

    def since_mark(self) -> list[Symbol]:
        """Take everything above the last mark, and the mark."""
        start = self.unmark()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def last(self, count: int) -> list[Symbol]:
        """Take the last few objects."""
        start = len(self.stack) - count
        if start < self.fence:
            self.underflow()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    # Keeping: what is kept is what may name something.

    def keep(self, size: int) -> bool:
        """Whether there is room for so many more bytes."""
        self.found.kept_bytes += size + 64
        return self.found.kept_bytes <= self.limits.kept_bytes

    def tuple_of(self, items: list[Symbol]) -> Symbol:
        """A tuple, with its items when it is small."""
        depth = 1
        for item in items:
            if item.__class__ is tuple or item.__class__ is Opaque:
                depth = max(depth, 1 + depth_of(item))
        if depth > self.limits.tuple_depth:
            raise Broken(FaultKind.LIMIT, f"tuples nest deeper than {self.limits.tuple_depth}")
        if depth <= _KEPT_DEPTH and len(items) <= _KEPT_ITEMS and self.keep(8 * len(items)):
            return tuple(items)
        return Opaque("tuple", depth)

    def frozen_set_of(self, items: list[Symbol]) -> Symbol:
        """A frozen set, which nests and hashes as tuples do."""
        kept = self.tuple_of(items)
        return Opaque("frozenset", depth_of(kept))

    # The memo.

    def put(self, index: int) -> None:
        """Remember the top."""
        stack = self.stack
        if len(stack) <= self.fence:
            self.underflow()
        if index > self.limits.memo:
            raise Broken(FaultKind.LIMIT, f"memo index {index} is above {self.limits.memo}")
        self.memo[index] = stack[-1]

    def get(self, index: int) -> None:
        """Push what was remembered."""
        try:
            self.stack.append(self.memo[index])
        except KeyError:
            raise Broken(FaultKind.MEMO, f"nothing was stored at memo index {index}") from None

    # What loading would import.

    def name(self, module: str, name: str, opcode: str) -> Named:
        """The global that the stream names, under the name that Python 3 imports it by."""
        pair = (module, name)
        if self.protocol < _RENAMED_BELOW:
            pair = NAME_MAPPING.get(pair) or (IMPORT_MAPPING.get(module, module), name)
        key = (*pair, opcode)
        use = self.found.named.get(key)
        if use is None:
            self.found.bound(self.found.named)
            use = self.found.named[key] = Named(pair, f"{module}.{name}", opcode, self.at)
            use.condition, use.state = self._conditions_of(*pair)
            use.views = use.dotted in _VIEWS or use.dotted == _INDIRECT
        use.count += 1
        return use

    def stack_global(self) -> None:
        """STACK_GLOBAL: both names must be known, wherever they came from."""
        name, module = self.pop(), self.pop()
        if isinstance(name, str) and isinstance(module, str):
            self.stack.append(self.name(module, name, "STACK_GLOBAL"))
            return
        wrong = [symbol for symbol in (module, name) if not isinstance(symbol, str)]
        self.fault(FaultKind.UNRESOLVED, f"STACK_GLOBAL names a global by {' and '.join(map(describe, wrong))}")
        self.stack.append(UNKNOWN)

    def extension(self, code: int) -> None:
        """An extension code: whatever the loading process has registered."""
        if code <= 0:
            raise Broken(FaultKind.EXTENSION, f"extension code {code} is not positive")
        if code not in self.found.extensions:
            self.found.bound(self.found.extensions)
            self.found.extensions[code] = Extension(self.at, code)
            self.fault(FaultKind.EXTENSION, f"extension code {code} names something outside the stream")
        self.stack.append(UNKNOWN)

    def persistent(self, identity: Symbol) -> None:
        """An object that the loader supplies by its id."""
        parts = tuple(map(part, identity)) if isinstance(identity, tuple) else (part(identity),)
        # 1 and True are different ids.
        key = (*parts, *map(type, parts))
        if key not in self.found.persistent_ids:
            if len(self.found.persistent_ids) >= self.limits.memo:
                raise Broken(FaultKind.LIMIT, f"more than {self.limits.memo} persistent ids")
            if not self.keep(sum(len(one) for one in parts if isinstance(one, str))):
                raise Broken(FaultKind.LIMIT, "the persistent ids are too long to keep")
            self.found.persistent_ids[key] = PersistentId(self.at, parts)
        self.stack.append(Held(self.found.persistent_ids[key].parts))

    # What loading would call.

    def call(self, opcode: str, callee: Symbol, arguments: Symbol) -> None:
        """A call: of a global, or it is a fault; the result is pushed."""
        kept = arguments if isinstance(arguments, tuple) else None
        if kept is None and not (isinstance(arguments, Opaque) and arguments.kind == "tuple"):
            self.fault(FaultKind.CALL, f"{opcode} with {describe(arguments)} in place of a tuple")
        if not isinstance(callee, Named):
            self.fault(FaultKind.CALL, f"{opcode} calls {describe(callee)}, which is not a named global")
            self.stack.append(UNKNOWN)
            return
        callee.calls.add(opcode)
        if callee.refused_call is None and callee.condition and not callee.condition(kept):
            callee.refused_call = self.at
        if callee.views:
            self._note_view(callee, kept)
        self.stack.append(_made(callee, kept))

    def _note_view(self, callee: Named, arguments: tuple[Symbol, ...] | None) -> None:
        """Note the tensor that a call rebuilds, also a call that is an argument of another."""
        if callee.dotted == _INDIRECT:
            if not arguments or not isinstance(arguments[0], Named) or not arguments[0].views:
                return
            callee, inner = arguments[0], arguments[2:3]
            arguments = inner[0] if inner and isinstance(inner[0], tuple) else None
        if len(self.found.views) >= self.limits.memo:
            raise Broken(FaultKind.LIMIT, f"more than {self.limits.memo} tensors")
        storage, start, size, stride = (*(arguments or ()), None, None, None, None)[:4]
        view = View(
            self.at,
            callee.dotted,
            storage.parts if isinstance(storage, Held) else None,
            start if isinstance(start, int) else None,
            _numbers(size),
            _numbers(stride),
            part(arguments[_ELEMENT]) if arguments and len(arguments) > _ELEMENT else None,
        )
        self.found.views.append(view)

    # What loading would change.

    def change(self, opcode: str, target: Symbol, kind: str) -> None:
        """Note a change in place of anything but what the opcode is for."""
        if isinstance(target, Opaque) and target.kind == kind:
            return
        if is_fixed(target):
            self.fault(FaultKind.TARGET, f"{opcode} would change {describe(target)}")
        if kind == "dict" and isinstance(target, Made) and target.origin.dotted in _DICTS:
            return
        key = (opcode, describe(target))
        past = self.found.mutations.get(key)
        if past is None:
            self.found.bound(self.found.mutations)
        self.found.mutations[key] = Mutation(*key, past.offset if past else self.at, past.count + 1 if past else 1)

    def build(self, state: Symbol) -> None:
        """Give a state to the top."""
        target = self.top()
        if isinstance(target, Opaque) and target.kind in {"dict", "list", "set"}:
            self.fault(FaultKind.TARGET, f"BUILD would change {describe(target)}")
        self.change("BUILD", target, "")
        if not isinstance(target, Made):
            return
        if target.built:
            # The first state may have brought a `__setstate__` of its own, which the second would be given to.
            self.fault(FaultKind.TARGET, f"BUILD would change {describe(target)} a second time")
        target.built = True
        for item in state if isinstance(state, tuple) else ():
            if isinstance(item, Fields):
                item.fixed = True
        origin = target.origin
        if origin.refused_call is None and origin.state and not origin.state(target.text, state):
            origin.refused_call = self.at

    def store(self, opcode: str, start: int, kind: str) -> None:
        """Give everything from `start` to the object below it."""
        if start > len(self.stack) or start <= self.fence:
            self.underflow()
        if start == len(self.stack):
            return
        if kind == "dict" and (len(self.stack) - start) % 2:
            raise Broken(FaultKind.STACK, f"odd number of items for {opcode}")
        target = self.stack[start - 1]
        self.change(opcode, target, kind)
        if target.__class__ is Fields:
            self.enter(target, self.stack[start:])
        del self.stack[start:]

    def enter(self, fields: Fields, entries: list[Symbol]) -> None:
        """Keep entries of a dict, keys and values in turn, if they are few."""
        if fields.fixed:
            self.fault(FaultKind.TARGET, "the fields of an element type would be changed")
        if not fields.whole:
            return
        count = len(fields.pairs) + len(entries)
        if count <= 2 * _KEPT_ITEMS and self.keep(8 * count):
            fields.pairs = [*fields.pairs, *entries] if fields.pairs else entries
        else:
            fields.whole, fields.pairs = False, []


def _numbers(symbol: Symbol) -> tuple[int, ...] | None:
    """A tuple of numbers; None for all else."""
    if not isinstance(symbol, tuple):
        return None
    numbers = tuple(item for item in symbol if isinstance(item, int))
    return numbers if len(numbers) == len(symbol) else None


def _made(callee: Named, arguments: tuple[Symbol, ...] | None) -> Made:
    """The result of a call; `copyreg._reconstructor` makes an instance of the class that it is given."""
    first = arguments[0] if arguments else None
    if isinstance(first, Named) and callee.dotted == _RECONSTRUCTOR:
        return Made(first, "")
    return Made(callee, first if isinstance(first, str) else "")
