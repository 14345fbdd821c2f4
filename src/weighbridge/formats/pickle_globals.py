"""The globals that ordinary model files name, per framework, each with its reason; all others are refused.

An entry is here only when it can neither execute code nor touch files, whatever it is called with: where that holds for
some arguments only, its condition says which. Pairs are exact: a module or a prefix is never allowed, for importing is
executing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_symbols import BYTES, Made, Named, Symbol

if TYPE_CHECKING:
    from weighbridge.formats.pickle_report import Extension, GlobalUse, PickleReport
    from weighbridge.formats.pickle_symbols import Condition, StateCondition

_Arguments = tuple[Symbol, ...] | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Why a global may be named, when it may be called, and which state its result may get; None stands for always."""

    framework: str
    reason: str
    condition: Condition | None = None
    state: StateCondition | None = None


# What an element type may be called with: a type letter and a size. Longer texts are a small language of their own, and
# an array of objects ("O") whose type is given another state holds pointers out of the stream's bytes.
_DTYPE = re.compile(r"([biufcSUV])([0-9]{1,6})\Z")
_LATIN_1 = frozenset({"latin1", "latin-1"})
_REBUILD: Final = "torch._utils"
_NDARRAY: Final = "numpy.ndarray"


def _never(_: _Arguments) -> bool:
    """Named as a value only: a class or a constant that another call takes."""
    return False


def _nothing(arguments: _Arguments) -> bool:
    return arguments == ()


def _latin_1(arguments: _Arguments) -> bool:
    """Text and the one codec that picklers write for bytes: other codec names import modules of `encodings`."""
    return arguments is not None and len(arguments) > 1 and arguments[1:] in {(codec,) for codec in _LATIN_1}


def _bytes_alone(arguments: _Arguments) -> bool:
    """No size, which would allocate at will: nothing, bytes, or text with its codec."""
    if arguments is None or len(arguments) not in (0, 1, 2):
        return False
    if len(arguments) == 1:
        first = arguments[0]
        return first is BYTES or (isinstance(first, Made) and first.origin.dotted == "_codecs.encode")
    return not arguments or _latin_1(arguments)


def _dtype(arguments: _Arguments) -> bool:
    if not arguments or not isinstance(arguments[0], str):
        return False
    return _DTYPE.match(arguments[0]) is not None


def _dtype_state(text: str, state: Symbol) -> bool:
    """Byte order, no fields, and the very size and flags that the text implies: no others, for numpy believes them."""
    match = _DTYPE.match(text)
    if match is None or not isinstance(state, tuple) or len(state) != len(("version", "order", *range(6))):
        return False
    size = int(match[2])
    implied = {"S": (size, 1, 0), "V": (size, 1, 0), "U": (4 * size, 4, 8)}.get(match[1], (-1, -1, 0))
    return state[0] == 3 and state[1] in {"<", ">", "|"} and state[2:] == (None, None, None, *implied)  # noqa: PLR2004


def _empty_array(arguments: _Arguments) -> bool:
    """`(ndarray, (0,), b"b")`: the array is filled by BUILD."""
    if arguments is None or not arguments or not isinstance(arguments[0], Named):
        return False
    return arguments[0].dotted == _NDARRAY and arguments[1:2] == ((0,),)


def _known_rebuild(arguments: _Arguments) -> bool:
    """`(function, class, arguments, state)` calls the function: it must be an unconditional one of `torch._utils`."""
    if arguments is None or len(arguments) != len(("function", "class", "arguments", "state")):
        return False
    function, cls = arguments[:2]
    if not isinstance(function, Named) or not isinstance(cls, Named):
        return False
    entry = ALLOWED.get((function.module, function.name))
    classes = {"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter"}
    return entry is not None and function.module == _REBUILD and entry.condition is None and cls.dotted in classes


def _rows(
    framework: str,
    module: str,
    names: str,
    reason: str,
    condition: Condition | None = None,
    state: StateCondition | None = None,
) -> dict[tuple[str, str], Allowed]:
    return {(module, name): Allowed(framework, reason, condition, state) for name in names.split()}


_STORAGES: Final = (
    "DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage "
    "ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage QInt32Storage "
    "QUInt4x2Storage QUInt2x4Storage"
)
_DTYPES: Final = (
    "float64 double float32 float float16 half bfloat16 int64 long int32 int int16 short int8 uint8 uint16 uint32 "
    "uint64 bool complex32 complex64 complex128 qint8 quint8 qint32 quint4x2 quint2x4 float8_e4m3fn float8_e5m2 "
    "float8_e4m3fnuz float8_e5m2fnuz"
)
_QSCHEMES: Final = (
    "per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric per_channel_affine_float_qparams"
)

ALLOWED: Final[dict[tuple[str, str], Allowed]] = {
    **_rows("python", "collections", "OrderedDict", "a dict; called with pairs or nothing"),
    **_rows("python", "collections", "Counter", "a dict of numbers, in the states of learning-rate schedules"),
    **_rows("python", "builtins", "set frozenset", "a collection of what the stream already holds"),
    **_rows("python", "builtins", "complex", "a number"),
    **_rows("python", "builtins", "bytes", "the empty bytes of protocol 2", _nothing),
    **_rows("python", "builtins", "bytearray", "bytes that may change; a size is refused", _bytes_alone),
    **_rows(
        "python", "_codecs", "encode", "bytes below protocol 3, as text in latin-1; other codecs refused", _latin_1
    ),
    **_rows("torch", _REBUILD, "_rebuild_tensor _rebuild_tensor_v2", "a view of a storage; torch checks its bounds"),
    **_rows("torch", _REBUILD, "_rebuild_tensor_v3", "a view of a storage with an element type"),
    **_rows("torch", _REBUILD, "_rebuild_parameter", "wraps a tensor as a parameter"),
    **_rows("torch", _REBUILD, "_rebuild_parameter_with_state", "a parameter with plain attributes"),
    **_rows("torch", _REBUILD, "_rebuild_qtensor", "a quantised view of a storage"),
    **_rows(
        "torch", _REBUILD, "_rebuild_device_tensor_from_numpy", "copies an array to a device; reads that array alone"
    ),
    **_rows("torch", "torch._tensor", "_rebuild_from_type_v2", "calls a function: a listed one only", _known_rebuild),
    **_rows("torch", "torch", "Size", "a tuple of numbers"),
    **_rows("torch", "torch", "device", "the name of a device, parsed by torch"),
    **_rows("torch", "torch", "Tensor", "the class that a rebuilding names", _never),
    **_rows("torch", "torch._tensor", "Tensor", "the class that a rebuilding names", _never),
    **_rows("torch", "torch.nn.parameter", "Parameter", "the class that a rebuilding names", _never),
    **_rows("torch", "torch", _STORAGES, "the element type of a storage, within a persistent id", _never),
    **_rows("torch", "torch.storage", "UntypedStorage TypedStorage", "a storage without element type", _never),
    **_rows("torch", "torch", _DTYPES, "an element type: a constant", _never),
    **_rows("torch", "torch", _QSCHEMES, "a scheme of quantisation: a constant", _never),
    **_rows("torch", "torch.serialization", "_get_layout", "looks a name up in a fixed table"),
    **_rows("numpy", "numpy", "ndarray", "the class that a reconstruction names", _never),
    **_rows("numpy", "numpy", "dtype", "an element type, from a letter and a size", _dtype, _dtype_state),
    **_rows("numpy", "numpy.core.multiarray", "_reconstruct", "an empty array that BUILD fills", _empty_array),
    **_rows("numpy", "numpy._core.multiarray", "_reconstruct", "an empty array that BUILD fills", _empty_array),
    **_rows("numpy", "numpy.core.multiarray", "scalar", "one number from its bytes"),
    **_rows("numpy", "numpy._core.multiarray", "scalar", "one number from its bytes"),
    **_rows("numpy", "numpy.core.numeric", "_frombuffer", "an array over bytes that the stream holds"),
    **_rows("numpy", "numpy._core.numeric", "_frombuffer", "an array over bytes that the stream holds"),
}

# What is asked for often and stays out, with the reason.
LEFT_OUT: Final[dict[tuple[str, str], str]] = {
    ("builtins", "getattr"): "reaches any function from any listed object: it makes the list worthless",
    ("builtins", "eval"): "executes text",
    ("builtins", "exec"): "executes text",
    ("builtins", "__import__"): "imports any module",
    ("builtins", "open"): "opens, and empties, files",
    ("builtins", "object"): "only of use to copyreg._reconstructor",
    ("copyreg", "_reconstructor"): "makes an instance of any class past its constructor; state dicts don't need it",
    ("functools", "partial"): "calls what it was given with more arguments, past the conditions of this list",
    ("operator", "attrgetter"): "as builtins.getattr",
    ("operator", "methodcaller"): "calls any method of any listed object",
    ("pkgutil", "resolve_name"): "imports any module and reaches anything in it",
    ("importlib", "import_module"): "imports any module",
    ("collections", "defaultdict"): "calls a factory of the stream's choice",
    ("torch.storage", "_load_from_bytes"): "runs torch.load over bytes without weights_only: a pickle within a pickle",
    ("torch._utils", "_rebuild_nested_tensor"): "views a buffer without checking its bounds",
    ("torch._utils", "_rebuild_sparse_tensor"): "its indices are checked by weights_only loading alone",
    ("torch._utils", "_rebuild_wrapper_subclass"): "makes instances of any listed class",
    ("torch.jit._script", "unpackage_script_module"): "holds code",
    ("numpy.core.multiarray", "fromfile"): "reads files",
    ("joblib.numpy_pickle", "NDArrayWrapper"): "loads a file that the stream names, object arrays too",
    (
        "joblib.numpy_pickle",
        "NumpyArrayWrapper",
    ): "its array stands between the opcodes, where a plain walk can't follow",
}


def conditions_of(module: str, name: str) -> tuple[Condition | None, StateCondition | None]:
    """The conditions on calls and states of a listed global; None without one, and for what isn't listed."""
    entry = ALLOWED.get((module, name))
    return (entry.condition, entry.state) if entry else (None, None)


def unlisted(report: PickleReport) -> tuple[GlobalUse | Extension, ...]:
    """Other globals, calls outside their condition, and extension codes, of nested pickles too."""
    refused: list[GlobalUse | Extension] = [
        use for use in report.globals if (use.module, use.name) not in ALLOWED or use.refused_call is not None
    ]
    refused += report.extensions
    for nested in report.nested:
        refused += unlisted(nested.report)
    return tuple(refused)
