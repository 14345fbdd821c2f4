"""Under which arguments a listed global may be called, and which state its result may get.

A condition sees symbols, never objects: what it can't see it refuses. Which condition holds for what stands in
`pickle_globals`.
"""

from __future__ import annotations

import math
import re
from typing import Final

from weighbridge.formats.pickle_symbols import BYTES, Fields, Made, Named, Symbol

_Arguments = tuple[Symbol, ...] | None

# What an element type may be called with: a type letter and a size. Longer texts are a small language of their own, and
# an array of objects ("O") whose type is given another state holds pointers out of the stream's bytes.
_DTYPE = re.compile(r"(?:([biufcSUV])([0-9]{1,6})|([mM])(8))\Z")
_LATIN_1 = frozenset({"latin1", "latin-1"})
_ALIGNMENTS = frozenset({1, 2, 4, 8, 16})
# Of NumPy's flags of element types those of fields without objects: NEEDS_INIT, NEEDS_PYAPI and ALIGNED_STRUCT.
_FLAGS = frozenset(init | python | aligned for init in (0, 8) for python in (0, 16) for aligned in (0, 128))
_FAR: Final = 1 << 31
_LONG: Final = 1 << 20
_NDARRAY: Final = "numpy.ndarray"


def never(_: _Arguments) -> bool:
    """Named as a value only: a class or a constant that another call takes."""
    return False


def nothing(arguments: _Arguments) -> bool:
    """Called without arguments."""
    return arguments == ()


def latin_1(arguments: _Arguments) -> bool:
    """Text and the one codec that picklers write for bytes: other codec names import modules of `encodings`."""
    return arguments is not None and len(arguments) > 1 and arguments[1:] in {(codec,) for codec in _LATIN_1}


def bytes_alone(arguments: _Arguments) -> bool:
    """No size, which would allocate at will: nothing, bytes, or text with its codec."""
    if arguments is None or len(arguments) not in (0, 1, 2):
        return False
    if len(arguments) == 1:
        first = arguments[0]
        return first is BYTES or (isinstance(first, Made) and first.origin.dotted == "_codecs.encode")
    return not arguments or latin_1(arguments)


def short_range(arguments: _Arguments) -> bool:
    """Bounds and a step of few numbers: a set or list of a longer range would fill the memory."""
    numbers = [number for number in arguments or () if isinstance(number, int) and abs(number) <= _FAR]
    if arguments is None or len(numbers) != len(arguments) or not 1 <= len(numbers) <= len(("start", "stop", "step")):
        return False
    return numbers[2:] != [0] and len(range(*numbers)) <= _LONG


def dtype(arguments: _Arguments) -> bool:
    """A letter and a size."""
    if not arguments or not isinstance(arguments[0], str):
        return False
    return _DTYPE.match(arguments[0]) is not None


def item_bytes(text: str) -> int | None:
    """How many bytes an element of that type has; None if it is no letter and size."""
    match = _DTYPE.match(text)
    if match is None:
        return None
    return int(match[2] or match[4]) * (4 if match[1] == "U" else 1)


def dtype_state(text: str, state: Symbol) -> bool:
    """Byte order, and the very size, flags and fields that the text implies: no others, for numpy believes them."""
    match = _DTYPE.match(text)
    if match is None or not isinstance(state, tuple):
        return False
    if match[3]:
        return _time(state)
    if len(state) != len(("version", "order", *range(6))):
        return False
    if state[0] != 3 or state[1] not in {"<", ">", "|"}:  # noqa: PLR2004 - the version
        return False
    size = int(match[2])
    implied = {"S": (size, 1, 0), "V": (size, 1, 0), "U": (4 * size, 4, 8)}.get(match[1], (-1, -1, 0))
    return state[2:] == (None, None, None, *implied) or (match[1] == "V" and _compound(size, state[2:]))


def _time(state: tuple[Symbol, ...]) -> bool:
    """Whether a state is that of points or spans of time: plain, with `(metadata, (unit, count, divisor, event))`.

    There is no metadata: None, or an empty dict before NumPy 2.
    """
    *plain, more = state or (None,)
    if tuple(plain) not in {(4, order, None, None, None, -1, -1, 0) for order in "<>"}:
        return False
    if not isinstance(more, tuple) or len(more) != len(("metadata", "unit")):
        return False
    metadata, unit = more
    none = metadata.items == {} if isinstance(metadata, Fields) else metadata is None
    if not none or not isinstance(unit, tuple):
        return False
    return len(unit) == len(("unit", "count", "divisor", "event")) and all(isinstance(one, int) for one in unit[1:])


def _compound(size: int, state: tuple[Symbol, ...]) -> bool:
    """Whether an element of so many bytes is made of others, none of them an object, and all within its bytes."""
    base, names, fields, itemsize, alignment, flags = state
    if itemsize != size or alignment not in _ALIGNMENTS or flags not in _FLAGS:
        return False
    if base is not None:
        return names is None and fields is None and _repeated(base) == size
    items = fields.items if isinstance(fields, Fields) else None
    if items is None or not isinstance(names, tuple) or len(names) != len(items) or {*names} != items.keys():
        return False
    return all(_within(field, size) for field in items.values())


def _repeated(base: Symbol) -> int | None:
    """How many bytes `(element type, shape)` stands for; None if it is none."""
    if not isinstance(base, tuple) or len(base) != len(("element", "shape")) or not isinstance(base[1], tuple):
        return None
    counts = [count for count in base[1] if isinstance(count, int) and count >= 0]
    element = _element_bytes(base[0])
    return None if element is None or len(counts) != len(base[1]) else element * math.prod(counts)


def _within(field: Symbol, size: int) -> bool:
    """Whether `(element type, offset)` lies within so many bytes."""
    if not isinstance(field, tuple) or len(field) != len(("element", "offset")):
        return False
    element, offset = _element_bytes(field[0]), field[1]
    return element is not None and isinstance(offset, int) and 0 <= offset <= size - element


def _element_bytes(symbol: Symbol) -> int | None:
    if not isinstance(symbol, Made) or symbol.origin.dotted != "numpy.dtype":
        return None
    return item_bytes(symbol.text)


def empty_array(arguments: _Arguments) -> bool:
    """`(ndarray, (0,), b"b")`: the array is filled by BUILD."""
    if arguments is None or not arguments or not isinstance(arguments[0], Named):
        return False
    return arguments[0].dotted == _NDARRAY and arguments[1:2] == ((0,),)


# Functions of torch._utils that make a tensor of what they are given, and nothing else.
_REBUILDS = frozenset(
    {
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
        "torch._utils._rebuild_qtensor",
        "torch._utils._rebuild_device_tensor_from_numpy",
    }
)
_TENSOR_CLASSES = frozenset({"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter"})
# Classes whose instances object.__new__ makes: no constructor of theirs is passed by.
_PLAIN_CLASSES = frozenset({"argparse.Namespace", "types.SimpleNamespace", "joblib.numpy_pickle.NumpyArrayWrapper"})
_FACTORIES = frozenset(
    {f"builtins.{name}" for name in ("bool", "dict", "float", "int", "list", "set", "str", "tuple")}
    | {"collections.Counter", "collections.OrderedDict"}
)
_MEMBER = re.compile(r"[A-Z][A-Z0-9_]*\Z")


def known_rebuild(arguments: _Arguments) -> bool:
    """`(function, class, arguments, state)` calls the function: one that rebuilds a tensor."""
    if arguments is None or len(arguments) != len(("function", "class", "arguments", "state")):
        return False
    function, cls = arguments[:2]
    if not isinstance(function, Named) or not isinstance(cls, Named):
        return False
    return function.dotted in _REBUILDS and cls.dotted in _TENSOR_CLASSES


def plain_instance(arguments: _Arguments) -> bool:
    """`(class, object, None)` of protocols 0 and 1: an instance without a constructor's call."""
    if arguments is None or len(arguments) != len(("class", "base", "state")):
        return False
    cls, base, state = arguments
    plain = isinstance(cls, Named) and cls.dotted in _PLAIN_CLASSES
    return plain and isinstance(base, Named) and base.dotted == "builtins.object" and state is None


def known_factory(arguments: _Arguments) -> bool:
    """A class of Python's that makes an empty value of itself, or nothing, before whatever the dict holds."""
    if arguments is None:
        return False
    factory = arguments[0] if arguments else None
    return factory is None or (isinstance(factory, Named) and factory.dotted in _FACTORIES)


def by_value(arguments: _Arguments) -> bool:
    """A member of an enumeration, looked up by its value; more arguments would make a new enumeration."""
    return arguments is not None and len(arguments) == 1 and isinstance(arguments[0], str | int)


def enum_member(arguments: _Arguments) -> bool:
    """`getattr(enumeration, "MEMBER")`, as Python 3.11 wrote members at first."""
    if arguments is None or len(arguments) != len(("enumeration", "name")):
        return False
    enumeration, name = arguments
    if not isinstance(enumeration, Named) or not isinstance(name, str) or not _MEMBER.match(name):
        return False
    return enumeration.condition is by_value


def stateless(_: str, state: Symbol) -> bool:
    """No state at all: a tensor would view a storage anew, past its bounds, and others call what they hold."""
    del state
    return False
