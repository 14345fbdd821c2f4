"""Walk a joblib file: a pickle between whose opcodes the bytes of arrays stand.

Behind the BUILD of each `NumpyArrayWrapper` joblib's unpickler reads as many bytes as shape and element type ask for,
padded since joblib 1.2 by up to 16 bytes whose count comes first. The walk reads the wrapper's state, passes over just
those bytes and goes on. An array of objects is a pickle of its own; the walk ends there. Compression is undone before
this module is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_conditions import item_bytes
from weighbridge.formats.pickle_findings import Broken
from weighbridge.formats.pickle_machine import NO_FRAME, Machine
from weighbridge.formats.pickle_opcodes import HANDLERS
from weighbridge.formats.pickle_report import FaultKind
from weighbridge.formats.pickle_symbols import Fields, Made, Named, Opaque, Symbol, describe
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


class _JoblibMachine(Machine):
    """A machine that reads the arrays behind the states of their wrappers."""

    def build(self, state: Symbol) -> None:
        """Give a state to the top; an array wrapper becomes its array."""
        super().build(state)
        target = self.top()
        if isinstance(target, Made) and target.origin.dotted == WRAPPER:
            self._array(state)
            self.stack[-1] = _ARRAY

    def _array(self, state: Symbol) -> None:
        """Pass over the array of a wrapper."""
        items = state.items if isinstance(state, Fields) else None
        if items is None or not items.keys() <= _FIELDS:
            raise _wrong(f"the state of an array is {describe(state)} or has other fields")
        if self.frame_end not in (NO_FRAME, self.reader.offset):
            raise Broken(FaultKind.FRAME, "an array begins within a frame")
        self.frame_end = NO_FRAME
        size = _size_of(items)
        alignment = items.get("numpy_array_alignment_bytes")
        if alignment is not None:
            self._padding(alignment)
        self.reader.skip(size)
        self.found.span(self.at, self.reader.offset)

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


JOBLIB_DIALECT: Final = Dialect(_JoblibMachine, HANDLERS)


def walk_joblib(source: Source, limits: Limits | None = None) -> PickleReport:
    """Read the one pickle of a joblib file, and pass over its arrays, without executing any of it.

    Args:
        source: Bytes, or a file open for reading at its start; it is read forward only.
        limits: What the walk may hold and do.

    Raises:
        OSError: The file can't be read.
    """
    return walk(source, limits, dialect=JOBLIB_DIALECT)
