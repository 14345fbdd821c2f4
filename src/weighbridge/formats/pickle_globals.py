"""The globals that ordinary model files name, per framework, each with its reason; all others are refused.

An entry is here only when it can neither execute code nor touch files, whatever it is called with: where that holds for
some arguments only, its condition says which, and where it holds for some opcodes only, those are listed. Pairs are
exact: a module or a prefix is never allowed, for importing is executing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats import pickle_conditions as only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.formats.pickle_report import Extension, GlobalUse, PickleReport
    from weighbridge.formats.pickle_symbols import Condition, StateCondition


@dataclass(frozen=True, slots=True)
class Allowed:
    """Why a global may be named, when it may be called, and which state its result may get; None stands for always.

    Args:
        framework: Whose it is.
        reason: Why it is harmless.
        condition: Under which arguments it may be called.
        state: Which state BUILD may give to its result.
        opcodes: By which opcodes it may be called.
    """

    framework: str
    reason: str
    condition: Condition | None = None
    state: StateCondition | None = None
    opcodes: frozenset[str] | None = None


def _rows(
    framework: str,
    module: str,
    names: str,
    reason: str,
    condition: Condition | None = None,
    state: StateCondition | None = None,
    opcodes: frozenset[str] | None = None,
) -> dict[tuple[str, str], Allowed]:
    return {(module, name): Allowed(framework, reason, condition, state, opcodes) for name in names.split()}


_MADE = frozenset({"NEWOBJ"})
# Harmless in the calls that these admit, and not as a value that others may call.
_CALLED: Final = frozenset({only.enum_member, only.known_factory, only.plain_instance})
_REBUILD: Final = "torch._utils"
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

_TENSORS: Final = (
    "DoubleTensor FloatTensor HalfTensor BFloat16Tensor LongTensor IntTensor "
    "ShortTensor CharTensor ByteTensor BoolTensor"
)
_SCALARS: Final = (
    "bool bool_ int8 int16 int32 int64 uint8 uint16 uint32 "
    "uint64 float16 float32 float64 complex64 complex128 str_ bytes_"
)
_PATHS: Final = "PosixPath WindowsPath PurePosixPath PureWindowsPath"
_ATTRIBUTES: Final = "a dict whose keys are attributes too, a hook among them: hence it gets no state"
_ENUM: Final = "an enumeration: a member by its value"
_SAMPLERS: Final = "BatchSamplers MultiDatasetBatchSamplers"


def _classes(framework: str, module: str, name: str) -> dict[tuple[str, str], Allowed]:
    """A class of settings: made past its constructor alone."""
    reason = "a record whose attributes BUILD sets, past its constructor; it has no hooks"
    return _rows(framework, module, name, reason, only.nothing, opcodes=_MADE)


ALLOWED: Final[dict[tuple[str, str], Allowed]] = {
    **_rows("python", "collections", "OrderedDict", "a dict; called with pairs or nothing"),
    **_rows("python", "collections", "Counter", "a dict of numbers, in the states of learning-rate schedules"),
    **_rows("python", "builtins", "set frozenset", "a collection of what the stream already holds"),
    **_rows("python", "builtins", "complex", "a number"),
    **_rows("python", "builtins", "bytes", "the empty bytes of protocol 2", only.nothing),
    **_rows("python", "builtins", "bytearray", "bytes that may change; a size is refused", only.bytes_alone),
    **_rows(
        "python", "_codecs", "encode", "bytes below protocol 3, as text in latin-1; other codecs refused", only.latin_1
    ),
    **_rows(
        "torch",
        _REBUILD,
        "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3",
        "a view of a storage, whose bounds are checked beside this list",
        state=only.stateless,
    ),
    **_rows("torch", _REBUILD, "_rebuild_meta_tensor_no_storage", "a shape without numbers"),
    **_rows("torch", _REBUILD, "_rebuild_parameter", "wraps a tensor as a parameter", state=only.stateless),
    **_rows("torch", _REBUILD, "_rebuild_parameter_with_state", "with plain attributes", state=only.stateless),
    **_rows("torch", _REBUILD, "_rebuild_qtensor", "a quantised view of a storage", state=only.stateless),
    **_rows(
        "torch", _REBUILD, "_rebuild_device_tensor_from_numpy", "copies an array to a device; reads that array alone"
    ),
    **_rows(
        "torch",
        "torch._tensor",
        "_rebuild_from_type_v2",
        "calls a function: a listed one only",
        only.known_rebuild,
        only.stateless,
    ),
    **_rows("torch", "torch", "Size", "a tuple of numbers"),
    **_rows("torch", "torch", "device", "the name of a device, parsed by torch"),
    **_rows("torch", "torch", "Tensor", "the class that a rebuilding names", only.never),
    **_rows("torch", "torch._tensor", "Tensor", "the class that a rebuilding names", only.never),
    **_rows("torch", "torch.nn.parameter", "Parameter", "the class that a rebuilding names", only.never),
    **_rows("torch", "torch", _STORAGES, "the element type of a storage, within a persistent id", only.never),
    **_rows("torch", "torch.storage", "UntypedStorage TypedStorage", "a storage without element type", only.never),
    **_rows("torch", "torch", _DTYPES, "an element type: a constant", only.never),
    **_rows("torch", "torch", _QSCHEMES, "a scheme of quantisation: a constant", only.never),
    **_rows("torch", "torch.serialization", "_get_layout", "looks a name up in a fixed table"),
    **_rows("numpy", "numpy", "ndarray", "the class that a reconstruction names", only.never),
    **_rows("numpy", "numpy", "dtype", "an element type, from a letter and a size", only.dtype, only.dtype_state),
    **_rows("numpy", "numpy.core.multiarray", "_reconstruct", "an empty array that BUILD fills", only.empty_array),
    **_rows("numpy", "numpy._core.multiarray", "_reconstruct", "an empty array that BUILD fills", only.empty_array),
    **_rows("numpy", "numpy.core.multiarray", "scalar", "one number from its bytes"),
    **_rows("numpy", "numpy._core.multiarray", "scalar", "one number from its bytes"),
    **_rows("numpy", "numpy.core.numeric", "_frombuffer", "an array over bytes that the stream holds"),
    **_rows("numpy", "numpy._core.numeric", "_frombuffer", "an array over bytes that the stream holds"),
    **_rows(
        "python", "builtins", "bool dict float int list object str tuple", "a class of Python, as a value", only.never
    ),
    **_rows("python", "builtins", "getattr", "a member of a listed enumeration by its name alone", only.enum_member),
    **_rows("python", "builtins", "range", "numbers by their bounds and step, not many", only.short_range),
    **_rows("python", "builtins", "slice", "bounds and a step: it holds no items"),
    **_rows("python", "collections", "defaultdict", "a dict whose missing values are empty ones", only.known_factory),
    **_rows("python", "collections", "deque", "a list that grows at both ends"),
    **_rows("python", "copyreg", "_reconstructor", "an empty instance of a listed plain class", only.plain_instance),
    **_rows("python", "argparse", "Namespace", "plain attributes", only.nothing),
    **_rows("python", "types", "SimpleNamespace", "plain attributes", only.nothing),
    **_rows("python", "pathlib", _PATHS, "a path as a value: it is not opened"),
    **_rows("python", "pathlib._local", _PATHS, "a path as a value: it is not opened"),
    **_rows("python", "datetime", "date datetime time timedelta timezone", "a point or span of time"),
    **_rows("python", "uuid", "UUID", "a number of 128 bits"),
    **_rows("torch", "torch.torch_version", "TorchVersion", "a version as text"),
    **_rows("torch", "torch", _TENSORS, "an element type's old name: a constant", only.never),
    **_rows("numpy", "numpy", _SCALARS, "an element type's class: a constant", only.never),
    **_rows("lightning", "lightning.fabric.utilities.data", "AttributeDict", _ATTRIBUTES, state=only.stateless),
    **_rows("lightning", "lightning_fabric.utilities.data", "AttributeDict", _ATTRIBUTES, state=only.stateless),
    **_rows(
        "lightning", "pytorch_lightning.utilities.parsing", "AttributeDict", "a dict whose keys are attributes too"
    ),
    **_classes("transformers", "transformers.training_args", "TrainingArguments"),
    **_classes("transformers", "transformers.training_args_seq2seq", "Seq2SeqTrainingArguments"),
    **_classes("transformers", "transformers.trainer_pt_utils", "AcceleratorConfig"),
    **_classes("sentence_transformers", "sentence_transformers.training_args", "SentenceTransformerTrainingArguments"),
    **_classes(
        "sentence_transformers",
        "sentence_transformers.sentence_transformer.training_args",
        "SentenceTransformerTrainingArguments",
    ),
    **_rows("sentence_transformers", "sentence_transformers.training_args", _SAMPLERS, _ENUM, only.by_value),
    **_rows("sentence_transformers", "sentence_transformers.base.sampler", _SAMPLERS, _ENUM, only.by_value),
    **_classes("trl", "trl.trainer.sft_config", "SFTConfig"),
    **_classes("trl", "trl.trainer.dpo_config", "DPOConfig"),
    **_classes("trl", "trl.trainer.grpo_config", "GRPOConfig"),
    **_classes("trl", "trl.trainer.kto_config", "KTOConfig"),
    **_classes("trl", "trl.trainer.reward_config", "RewardConfig"),
    **_rows(
        "lightning",
        "pytorch_lightning.callbacks.model_checkpoint",
        "ModelCheckpoint",
        "a key of the states of callbacks",
        only.never,
    ),
    **_rows(
        "lightning",
        "pytorch_lightning.callbacks.early_stopping",
        "EarlyStopping",
        "a key of the states of callbacks",
        only.never,
    ),
    **_classes("transformers", "accelerate.state", "PartialState"),
    **_rows("transformers", "transformers.training_args", "OptimizerNames ParallelMode", _ENUM, only.by_value),
    **_rows(
        "transformers",
        "transformers.trainer_utils",
        "EvaluationStrategy FSDPOption HubStrategy IntervalStrategy SaveStrategy SchedulerType",
        _ENUM,
        only.by_value,
    ),
    **_rows("transformers", "transformers.debug_utils", "DebugOption", _ENUM, only.by_value),
    **_rows("transformers", "accelerate.utils.dataclasses", "DistributedType DynamoBackend", _ENUM, only.by_value),
}

# Globals that joblib's own unpickler alone makes sense of: see `joblib_walk`.
JOBLIB: Final[dict[tuple[str, str], Allowed]] = {
    **_rows("numpy", "numpy", "memmap", "the class of the array that a wrapper stands for", only.never),
    **_rows(
        "joblib",
        "joblib.numpy_pickle",
        "NumpyArrayWrapper",
        "shape and type of the array that stands behind it; read and checked by the walk",
        only.nothing,
        opcodes=_MADE,
    ),
}

# What is asked for often and stays out, with the reason.
LEFT_OUT: Final[dict[tuple[str, str], str]] = {
    ("builtins", "eval"): "executes text",
    ("builtins", "exec"): "executes text",
    ("builtins", "__import__"): "imports any module",
    ("builtins", "open"): "opens, and empties, files",
    ("functools", "partial"): "calls what it was given with more arguments, past the conditions of this list",
    ("operator", "attrgetter"): "as builtins.getattr",
    ("operator", "methodcaller"): "calls any method of any listed object",
    ("pkgutil", "resolve_name"): "imports any module and reaches anything in it",
    ("importlib", "import_module"): "imports any module",
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
    entry = ALLOWED.get((module, name)) or JOBLIB.get((module, name))
    return (entry.condition, entry.state) if entry else (None, None)


def unlisted(
    report: PickleReport, more: Mapping[tuple[str, str], Allowed] | None = None
) -> tuple[GlobalUse | Extension, ...]:
    """Other globals, calls outside their condition, and extension codes, of nested pickles too.

    Args:
        report: What the walk saw.
        more: Entries beside `ALLOWED`, for the pickle itself and not for those within it.
    """
    refused: list[GlobalUse | Extension] = [use for use in report.globals if not _listed(use, more or {})]
    refused += report.extensions
    for nested in report.nested:
        refused += unlisted(nested.report)
    return tuple(refused)


def _listed(use: GlobalUse, more: Mapping[tuple[str, str], Allowed]) -> bool:
    pair = (use.module, use.name)
    entry = ALLOWED.get(pair) or more.get(pair)
    if entry is None or use.refused_call is not None:
        return False
    if entry.condition in _CALLED and not use.calls:
        return False
    return entry.opcodes is None or entry.opcodes.issuperset(use.calls)
