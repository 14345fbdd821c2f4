"""Walk a joblib file: a pickle between whose opcodes the bytes of arrays stand.

Behind the BUILD of each `NumpyArrayWrapper` joblib's unpickler reads as many bytes as shape and element type ask for,
padded since joblib 1.2 by up to 16 bytes whose count comes first. The walk reads the wrapper's state, passes over just
those bytes and goes on. An array of objects is a pickle of its own; the walk ends there. Compression is undone before
this module is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_conditions import item_bytes
from weighbridge.formats.pickle_machine import NO_FRAME, Broken, Machine
from weighbridge.formats.pickle_opcodes import HANDLERS
from weighbridge.formats.pickle_report import FaultKind
from weighbridge.formats.pickle_symbols import Made, Named, Opaque, Symbol, describe
from weighbridge.formats.pickle_walk import Dialect, walk

if TYPE_CHECKING:
    from weighbridge.formats.pickle_reader import Source
    from weighbridge.formats.pickle_report import Limits, PickleReport

WRAPPER: Final = "joblib.numpy_pickle.NumpyArrayWrapper"
_FIELDS = frozenset({"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"})
_SUBCLASSES = frozenset({"numpy.ndarray", "numpy.memmap"})
_ALIGNMENT = 16
_MAX_DIMENSIONS = 64
_MAX_BYTES = 1 << 62
_ARRAY: Final = Opaque("array")


class Fields(Opaque):
    """A dict whose few entries under short texts are kept; `whole` says whether these are all."""

    __slots__ = ("items", "whole")

    def __init__(self) -> None:
        super().__init__("dict")
        self.items: dict[str, Symbol] = {}
        self.whole = True

    def take(self, pairs: list[Symbol]) -> None:
        """Keep entries given as key, value, key, value and so on."""
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if isinstance(key, str) and key in _FIELDS:
                self.items[key] = value
            else:
                self.whole = False


class _JoblibMachine(Machine):
    """A machine that keeps what the states of array wrappers say, and reads the arrays behind them."""

    def store(self, opcode: str, start: int, kind: str) -> None:
        """Give everything from `start` to the object below it."""
        target = self.stack[start - 1] if self.fence < start <= len(self.stack) else None
        if isinstance(target, Fields) and kind == "dict" and (len(self.stack) - start) % 2 == 0:
            target.take(self.stack[start:])
        super().store(opcode, start, kind)

    def build(self, state: Symbol) -> None:
        """Give a state to the top; an array wrapper becomes its array."""
        super().build(state)
        target = self.top()
        if isinstance(target, Made) and target.origin.dotted == WRAPPER:
            self._array(state)
            self.stack[-1] = _ARRAY

    def _array(self, state: Symbol) -> None:
        """Pass over the array of a wrapper."""
        if not isinstance(state, Fields) or not state.whole:
            raise _wrong(f"the state of an array is {describe(state)} or has other fields")
        if self.frame_end not in (NO_FRAME, self.reader.offset):
            raise Broken(FaultKind.FRAME, "an array begins within a frame")
        self.frame_end = NO_FRAME
        size = _size_of(state.items)
        alignment = state.items.get("numpy_array_alignment_bytes")
        if alignment is not None:
            self._padding(alignment)
        self.reader.skip(size)

    def _padding(self, alignment: Symbol) -> None:
        if alignment != _ALIGNMENT:
            raise _wrong(f"arrays are aligned to {_ALIGNMENT} bytes")
        count = self.reader.take(1)[0]
        if count > _ALIGNMENT or self.reader.take(count).strip(b"\xff"):
            raise _wrong("the padding before an array is none that joblib writes")


def _wrong(message: str) -> Broken:
    return Broken(FaultKind.ARRAY, message)


def _size_of(fields: dict[str, Symbol]) -> int:
    """How many bytes an array has."""
    subclass, shape, dtype = fields.get("subclass"), fields.get("shape"), fields.get("dtype")
    if not isinstance(subclass, Named) or subclass.dotted not in _SUBCLASSES:
        raise _wrong(f"an array of the class {describe(subclass)}")
    if not isinstance(dtype, Made) or dtype.origin.dotted != "numpy.dtype":
        raise _wrong(f"an array whose element type is {describe(dtype)}")
    if dtype.text.startswith("O"):
        raise Broken(FaultKind.OBJECTS, "an array of objects: a pickle, which is not read on")
    size = item_bytes(dtype.text)
    if size is None:
        raise _wrong("an array whose element type is not known")
    if not isinstance(shape, tuple) or len(shape) > _MAX_DIMENSIONS or fields.get("order") not in {"C", "F"}:
        raise _wrong("an array whose shape or order is not known")
    for count in shape:
        if not isinstance(count, int) or not 0 <= count <= _MAX_BYTES:
            raise _wrong("an array with a dimension that is no count")
        size *= count
    if size > _MAX_BYTES:
        raise _wrong("an array larger than any file")
    return size


def _empty_dict(m: Machine) -> None:
    m.stack.append(Fields())


def _dict(m: Machine) -> None:
    pairs = m.since_mark()
    if len(pairs) % 2:
        raise Broken(FaultKind.STACK, "odd number of items for DICT")
    fields = Fields()
    fields.take(pairs)
    m.stack.append(fields)


_OWN: Final = {ord("}"): _empty_dict, ord("d"): _dict}
JOBLIB_DIALECT: Final = Dialect(_JoblibMachine, tuple(_OWN.get(code, HANDLERS[code]) for code in range(256)))


def walk_joblib(source: Source, limits: Limits | None = None) -> PickleReport:
    """Read the one pickle of a joblib file, and pass over its arrays, without executing any of it.

    Args:
        source: Bytes, or a file open for reading at its start; it is read forward only.
        limits: What the walk may hold and do.

    Raises:
        OSError: The file can't be read.
    """
    return walk(source, limits, dialect=JOBLIB_DIALECT)
