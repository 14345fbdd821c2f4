"""Promises: which kinds a file's name may stand for. Loaders choose by name, attackers know it.

Names that several programs use for different formats (.bin, .model, .dat) promise little; those of one format promise
it alone. Texts, and names without an ending that is listed, promise nothing.
"""

from __future__ import annotations

from typing import Final

from weighbridge.formats.kinds import UNSUPPORTED, Kind
from weighbridge.formats.recognise_text import TEXTS

PICKLES: Final = frozenset({Kind.PICKLE, Kind.JOBLIB, Kind.TORCH_ZIP, Kind.TORCH_LEGACY, Kind.TORCHSCRIPT})
"""Kinds that hold pickles, and are examined for it."""

_PACKED: Final = frozenset({Kind.GZIP, Kind.BZIP2, Kind.XZ, Kind.LZMA, Kind.ZLIB, Kind.ZSTD, Kind.LZ4})
ZIPS: Final = frozenset(
    {Kind.ZIP, Kind.TORCH_ZIP, Kind.TORCHSCRIPT, Kind.NPZ, Kind.KERAS, Kind.SKOPS, Kind.MAR, Kind.COREML, Kind.NEMO}
) | {Kind.ENCRYPTED}
"""Kinds of zip archives."""

_MODELS: Final = PICKLES | {Kind.ZIP, Kind.TAR, Kind.ENCRYPTED}
_LOOSE: Final = _MODELS | {
    *(Kind.GGUF, Kind.ONNX, Kind.NPY, Kind.SENTENCEPIECE, Kind.TEXT, Kind.JSON),
    *(Kind.FASTTEXT, Kind.TFLITE, Kind.FLATBUFFER, Kind.MSGPACK, Kind.SAVEDMODEL, Kind.HDF5, Kind.UNKNOWN),
}

_KINDS: Final[dict[str, frozenset[Kind]]] = {
    ".safetensors": frozenset({Kind.SAFETENSORS}),
    ".gguf": frozenset({Kind.GGUF}),
    ".onnx": frozenset({Kind.ONNX}),
    ".ort": frozenset({Kind.FLATBUFFER}),
    ".npy": frozenset({Kind.NPY}),
    ".npz": frozenset({Kind.NPZ}),
    ".keras": frozenset({Kind.KERAS, Kind.HDF5}),
    ".h5 .hdf5": frozenset({Kind.HDF5}),
    ".tflite .lite": frozenset({Kind.TFLITE}),
    ".msgpack": frozenset({Kind.MSGPACK}),
    ".parquet": frozenset({Kind.PARQUET}),
    ".tfrecord": frozenset({Kind.TFRECORD}),
    ".pt .pth .ckpt .t7": _MODELS | {Kind.TEXT, Kind.UNKNOWN},
    ".pkl .pickle .joblib .p .pckl": PICKLES | _PACKED,
    ".pdparams .pdopt": PICKLES,
    ".bin .model .dat .data .mdl .weights": _LOOSE,
    ".pth.tar .pt.tar": _MODELS,
    ".spm": frozenset({Kind.SENTENCEPIECE}),
    ".skops": frozenset({Kind.SKOPS}),
    ".nemo": frozenset({Kind.NEMO, Kind.TAR, Kind.GZIP, Kind.ZIP}),
    ".mar": frozenset({Kind.MAR, Kind.GZIP}),
    ".mlmodel": frozenset({Kind.COREML}),
    ".pb": frozenset({Kind.SAVEDMODEL, Kind.ONNX, Kind.UNKNOWN}),
    ".pmml": frozenset({Kind.PMML}),
    ".xml": frozenset({Kind.XML, Kind.OPENVINO, Kind.PMML, Kind.SVG, Kind.HTML}),
    ".html .htm": frozenset({Kind.HTML}),
    ".svg": frozenset({Kind.SVG}),
    ".pdf": frozenset({Kind.PDF}),
    ".zip": ZIPS,
    ".tar": frozenset({Kind.TAR, Kind.NEMO}),
    ".gz": frozenset({Kind.GZIP, Kind.ZLIB}),
    ".tgz": frozenset({Kind.GZIP}),
    ".bz2 .tbz2": frozenset({Kind.BZIP2}),
    ".xz .txz": frozenset({Kind.XZ}),
    ".lzma": frozenset({Kind.LZMA}),
    ".7z": frozenset({Kind.SEVEN_ZIP}),
    ".rar": frozenset({Kind.RAR}),
    ".zst": frozenset({Kind.ZSTD}),
    ".png .jpg .jpeg .gif .webp .bmp .tif .tiff .ico": frozenset({Kind.IMAGE}),
    ".wav .flac .ogg .mp3 .oga .opus": frozenset({Kind.AUDIO}),
    ".json": frozenset({Kind.JSON, Kind.NOTEBOOK}),
    ".jsonl .ndjson": frozenset({Kind.JSON, Kind.TEXT}),
    ".ipynb": frozenset({Kind.NOTEBOOK}),
    ".yaml .yml": frozenset({Kind.YAML}),
    ".toml": frozenset({Kind.TOML}),
    ".md .markdown": frozenset({Kind.MARKDOWN}),
    ".jinja .jinja2 .j2": frozenset({Kind.TEMPLATE}),
    ".py": frozenset({Kind.PYTHON}),
    ".txt .csv .tsv .vocab .merges .bpe .license .rst .cfg .ini": TEXTS - {Kind.LFS_POINTER},
}
_BY_SUFFIX: Final = {suffix: kinds for suffixes, kinds in _KINDS.items() for suffix in suffixes.split()}
_NEVER_EMPTY: Final = frozenset(
    {".safetensors", ".gguf", ".onnx", ".npy", ".npz", ".keras", ".h5", ".hdf5", ".tflite"}
    | {".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"}
)
_ANYWHERE: Final = frozenset({Kind.LFS_POINTER, Kind.ENCRYPTED})


def contradiction(kind: Kind, name: str) -> str:
    """Why the name promises another format, in one sentence; empty if it does not.

    Args:
        kind: What the file is.
        name: The last part of its name, in lower case.
    """
    suffix = _suffix(name)
    promised = _BY_SUFFIX.get(suffix)
    if promised is None or kind in promised or kind in _ANYWHERE:
        return ""
    if kind is Kind.EMPTY:
        return f"a {suffix} file can't be empty" if suffix in _NEVER_EMPTY else ""
    return f"the name ends in {suffix}, the content is {_article(kind)}"


def _suffix(name: str) -> str:
    parts = name.split(".")[1:]
    double = "." + ".".join(parts[-2:])
    return double if double in _BY_SUFFIX else "." + parts[-1] if parts else ""


def _article(kind: Kind) -> str:
    return (
        "of no known format" if kind is Kind.UNKNOWN else f"{kind}" + (" (not examined)" if kind in UNSUPPORTED else "")
    )
