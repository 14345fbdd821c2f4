"""Under which arguments a listed global may be called, and which state its result may get.

A condition sees symbols, never objects: what it can't see it refuses. Which condition holds for what stands in
`pickle_globals`.
"""

from __future__ import annotations

import re
from typing import Final

from weighbridge.formats.pickle_symbols import BYTES, Made, Named, Symbol

_Arguments = tuple[Symbol, ...] | None

# What an element type may be called with: a type letter and a size. Longer texts are a small language of their own, and
# an array of objects ("O") whose type is given another state holds pointers out of the stream's bytes.
_DTYPE = re.compile(r"([biufcSUV])([0-9]{1,6})\Z")
_LATIN_1 = frozenset({"latin1", "latin-1"})
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
    return int(match[2]) * (4 if match[1] == "U" else 1)


def dtype_state(text: str, state: Symbol) -> bool:
    """Byte order, no fields, and the very size and flags that the text implies: no others, for numpy believes them."""
    match = _DTYPE.match(text)
    if match is None or not isinstance(state, tuple) or len(state) != len(("version", "order", *range(6))):
        return False
    size = int(match[2])
    implied = {"S": (size, 1, 0), "V": (size, 1, 0), "U": (4 * size, 4, 8)}.get(match[1], (-1, -1, 0))
    return state[0] == 3 and state[1] in {"<", ">", "|"} and state[2:] == (None, None, None, *implied)  # noqa: PLR2004


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
