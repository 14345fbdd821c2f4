"""Kinds: the formats that files are recognised as, whatever their names say.

Only names and the split into examined and unsupported; `weighbridge.formats.recognise` looks at bytes.
"""

from __future__ import annotations

import enum
from typing import Final


class Kind(enum.StrEnum):
    """What a file is."""

    EMPTY = "empty"
    SAFETENSORS = "safetensors"
    GGUF = "gguf"
    ONNX = "onnx"
    PICKLE = "pickle"
    TORCH_ZIP = "torch-zip"
    TORCH_LEGACY = "torch-legacy"
    TORCHSCRIPT = "torchscript"
    NPY = "npy"
    NPZ = "npz"
    JOBLIB = "joblib"
    KERAS = "keras"
    JSON = "json"
    YAML = "yaml"
    TOML = "toml"
    MARKDOWN = "markdown"
    TEXT = "text"
    TEMPLATE = "template"
    NOTEBOOK = "notebook"
    PYTHON = "python"
    SCRIPT = "script"
    SENTENCEPIECE = "sentencepiece"
    IMAGE = "image"
    AUDIO = "audio"
    SVG = "svg"
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    LZMA = "lzma"
    ZLIB = "zlib"
    LFS_POINTER = "lfs-pointer"
    # Never examined: denied as `format-unsupported`.
    HDF5 = "hdf5"
    SAVEDMODEL = "savedmodel"
    CAFFE = "caffe"
    TFLITE = "tflite"
    COREML = "coreml"
    OPENVINO = "openvino"
    FASTTEXT = "fasttext"
    SKOPS = "skops"
    NEMO = "nemo"
    MAR = "mar"
    SEVEN_ZIP = "7z"
    RAR = "rar"
    ZSTD = "zstd"
    LZ4 = "lz4"
    ENCRYPTED = "encrypted"
    EXECUTABLE = "executable"
    BYTECODE = "bytecode"
    R_DATA = "r-data"
    PMML = "pmml"
    XML = "xml"
    HTML = "html"
    PDF = "pdf"
    FLATBUFFER = "flatbuffer"
    MSGPACK = "msgpack"
    PARQUET = "parquet"
    TFRECORD = "tfrecord"
    UNKNOWN = "unknown"


UNSUPPORTED: Final = frozenset(list(Kind)[list(Kind).index(Kind.HDF5) :])
"""Recognised at most; what is inside is not looked at."""
