"""Beginnings of files of every kind, with a name that stands for it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickle
import struct
import zlib

from tests.samples.containers import SAFETENSORS, TAR, TORCH
from tests.unit.formats import tar_samples
from tests.unit.formats.onnx_samples import GOOD as ONNX
from tests.unit.formats.zip_samples import Part, archive

from weighbridge.formats.kinds import Kind
from weighbridge.formats.records import crc32c


def masked(data: bytes) -> int:
    """The CRC that stands behind each number of a TFRecord file."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


MAGIC = 0x1950A86A20F9469CFC6C
PIECE = b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02"
RECORD = struct.pack("<Q", 3) + struct.pack("<L", masked(struct.pack("<Q", 3)))
JOBLIB = b"\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\nq\0)\x81q\1}"


def zipped(*names: str) -> bytes:
    return archive(*(Part(name.encode()) for name in names))


FILES: dict[str, tuple[Kind, bytes]] = {
    "empty": (Kind.EMPTY, b""),
    "model.safetensors": (Kind.SAFETENSORS, SAFETENSORS),
    "model.gguf": (Kind.GGUF, b"GGUF\3\0\0\0" + bytes(16)),
    "model.onnx": (Kind.ONNX, next(iter(ONNX.values()))),
    "5.pkl": (Kind.PICKLE, pickle.dumps([1], 5)),
    "2.pkl": (Kind.PICKLE, pickle.dumps([1], 2)),
    "1.pkl": (Kind.PICKLE, pickle.dumps({"a": (1, 2.5)}, 1)),
    "0.pkl": (Kind.PICKLE, pickle.dumps({"a": [1, 2]}, 0)),
    "long.pkl": (Kind.PICKLE, pickle.dumps(list(range(60_000)), 0)),
    "called.pkl": (Kind.PICKLE, b"cos\nsystem\n(S'true'\ntRthis breaks off"),
    "evil.txt": (Kind.PICKLE, b"cos\nsystem\n(S'true'\ntR."),
    "model.joblib": (Kind.JOBLIB, JOBLIB),
    "legacy.pt": (Kind.TORCH_LEGACY, pickle.dumps(MAGIC, 2) + pickle.dumps(1001, 2)),
    "model.pt": (Kind.TORCH_ZIP, TORCH),
    "script.pt": (Kind.TORCHSCRIPT, zipped("m/data.pkl", "m/code/__torch__.py", "m/constants.pkl")),
    "mobile.ptl": (Kind.TORCHSCRIPT, zipped("m/constants.pkl", "m/bytecode.pkl", "m/code/a.py")),
    "a.npy": (Kind.NPY, b"\x93NUMPY\1\0" + bytes(120)),
    "a.npz": (Kind.NPZ, zipped("a.npy", "b.npy")),
    "none.npz": (Kind.NPZ, archive()),
    "model.keras": (Kind.KERAS, zipped("config.json", "metadata.json", "model.weights.h5")),
    "model.mar": (Kind.MAR, zipped("MAR-INF/MANIFEST.json", "handler.py")),
    "model.skops": (Kind.SKOPS, zipped("schema.json", "1.npy")),
    "model.mlpackage": (Kind.COREML, zipped("Data/com.apple.CoreML/model.mlmodel")),
    "zipped.nemo": (Kind.NEMO, zipped("model_config.yaml", "model_weights.ckpt")),
    "model.nemo": (
        Kind.NEMO,
        tar_samples.member(b"./model_config.yaml") + tar_samples.member(b"./model_weights.ckpt") + tar_samples.END,
    ),
    "letter.docx": (Kind.ZIP, zipped("[Content_Types].xml", "word/document.xml")),
    "locked.zip": (Kind.ENCRYPTED, archive(Part(b"a", flags=1))),
    "prefixed.zip": (Kind.ZIP, b"\0\1\2\3" + zipped("a.txt")),
    "model.tar": (Kind.TAR, TAR),
    "a.gz": (Kind.GZIP, gzip.compress(b"1", mtime=0)),
    "a.bz2": (Kind.BZIP2, bz2.compress(b"1")),
    "a.xz": (Kind.XZ, lzma.compress(b"1")),
    "a.lzma": (Kind.LZMA, lzma.compress(b"1", lzma.FORMAT_ALONE)),
    "a.z": (Kind.ZLIB, zlib.compress(b"1")),
    "long.z": (Kind.ZLIB, zlib.compress(bytes(range(256)) * 1000, 0)),
    "spiece.model": (Kind.SENTENCEPIECE, PIECE * 3),
    "model.json": (Kind.JSON, b'{"a": 1}'),
    "bom.json": (Kind.JSON, b"\xef\xbb\xbf[1]"),
    "broken.json": (Kind.JSON, b'{"a": '),
    "lines.jsonl": (Kind.JSON, b'{"a": 1}\n{"a": 2}\n'),
    "nameless": (Kind.JSON, b'{"a": [1, 2]}'),
    "deep": (Kind.JSON, b"[" * 100_000),
    "large": (Kind.JSON, b'["' + b"x" * (9 << 20)),
    "mlmodel": (Kind.YAML, b"flavors: {}\n"),
    "conda.yaml": (Kind.YAML, b"channels: []\n"),
    "pyproject.toml": (Kind.TOML, b"[project]\n"),
    "readme.md": (Kind.MARKDOWN, b"# Model\n"),
    "page.md": (Kind.MARKDOWN, b"<div align=center>Model</div>\n"),
    "chat_template.jinja": (Kind.TEMPLATE, b"{{ messages }}"),
    "book.ipynb": (Kind.NOTEBOOK, b'{"cells": [], "nbformat": 4}'),
    "book.json": (Kind.NOTEBOOK, b'{"cells": [], "nbformat": 4}'),
    "modeling.py": (Kind.PYTHON, b"import os\n"),
    "main.py": (Kind.PYTHON, b"#!/usr/bin/env python3\n"),
    "run.sh": (Kind.SCRIPT, b"echo\n"),
    "run": (Kind.SCRIPT, b"#!/bin/sh\n"),
    "index.txt": (Kind.SCRIPT, b"<?php echo 1;"),
    "dockerfile": (Kind.SCRIPT, b"FROM scratch\n"),
    "vocab.txt": (Kind.TEXT, "[PAD]\ncafé\n\x1c\n".encode()),
    "latin.txt": (Kind.TEXT, "Lizenz für jeden, überall.\n".encode("latin-1")),
    "license": (Kind.TEXT, b"Copyright (c) 2014 by its authors, who grant the following rights to everybody.\n" * 3),
    "words.txt": (Kind.TEXT, b"cat\ncow\ndog\n"),
    "gguf.txt": (Kind.TEXT, b"GGUF is a format.\n"),
    "power.txt": (Kind.TEXT, b"x^2\n"),
    "braces": (Kind.TEXT, b"{ not json"),
    "model.bin": (Kind.LFS_POINTER, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    "logo.png": (Kind.IMAGE, b"\x89PNG\r\n\x1a\n" + bytes(20)),
    "photo.jpg": (Kind.IMAGE, b"\xff\xd8\xff\xe0" + bytes(20)),
    "moving.gif": (Kind.IMAGE, b"GIF89a" + bytes(20)),
    "a.webp": (Kind.IMAGE, b"RIFF\4\0\0\0WEBP" + bytes(20)),
    "a.bmp": (Kind.IMAGE, b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(40)),
    "a.tiff": (Kind.IMAGE, b"II*\0" + bytes(20)),
    "a.ico": (Kind.IMAGE, b"\0\0\1\0\1\0" + bytes(20)),
    "a.wav": (Kind.AUDIO, b"RIFF\4\0\0\0WAVE" + bytes(20)),
    "a.flac": (Kind.AUDIO, b"fLaC" + bytes(20)),
    "a.mp3": (Kind.AUDIO, b"\xff\xfb\x90" + bytes(20)),
    "a.svg": (Kind.SVG, b'<?xml version="1.0"?><svg></svg>'),
    "model.h5": (Kind.HDF5, b"\x89HDF\r\n\x1a\n" + bytes(20)),
    "saved_model.pb": (Kind.SAVEDMODEL, b"\x08\x01\x12\x02\x0a\0"),
    "frozen.pb": (Kind.SAVEDMODEL, b"\x0a\x06\x0a\x01x\x12\x01y\x22\0"),
    "graph.pbtxt": (Kind.SAVEDMODEL, b'node { name: "x" op: "PyFunc" }\n'),
    "saved_model.pbtxt": (Kind.SAVEDMODEL, b"schema: 1\nmeta_graphs {\n  graph_def { } }\n"),
    "deploy.prototxt": (Kind.CAFFE, b'layer { name: "x" type: "Python" }\n'),
    "config.pbtxt": (Kind.TEXT, b'backend: "onnxruntime"\ninput [ { name: "a" } ]\n'),
    "a.tflite": (Kind.TFLITE, b"\x1c\0\0\0TFL3" + bytes(20)),
    "a.mlmodel": (Kind.COREML, b"\x08\x04\x12\x00\xa2\x1f\x00"),
    "net.xml": (Kind.OPENVINO, b'<?xml version="1.0"?>\n<net name="a"><layers></layers></net>'),
    "fast.bin": (Kind.FASTTEXT, b"\xba\x16\x4f\x2f" + bytes(20)),
    "a.7z": (Kind.SEVEN_ZIP, b"7z\xbc\xaf\x27\x1c" + bytes(20)),
    "a.rar": (Kind.RAR, b"Rar!\x1a\x07\1\0"),
    "a.zst": (Kind.ZSTD, b"\x28\xb5\x2f\xfd" + bytes(20)),
    "skipped.zst": (Kind.ZSTD, b"\x51\x2a\x4d\x18" + bytes(20)),
    "a.lz4": (Kind.LZ4, b"\x04\x22\x4d\x18" + bytes(20)),
    "a.so": (Kind.EXECUTABLE, b"\x7fELF" + bytes(60)),
    "a.exe": (Kind.EXECUTABLE, b"MZ\x90\0" + bytes(60)),
    "a.llamafile": (Kind.EXECUTABLE, b"MZqFpD='\n\0" + bytes(60)),
    "a.pyc": (Kind.BYTECODE, b"\xa7\r\r\n" + bytes(12) + b"\xe3"),
    "a.class": (Kind.BYTECODE, b"\xca\xfe\xba\xbe\0\0\0\x34"),
    "a.rds": (Kind.R_DATA, b"X\n\0\0\0\3" + bytes(20)),
    "ascii.rds": (Kind.R_DATA, b"A\n3\n262657\n197888\n5\nUTF-8\n"),
    "ascii.rda": (Kind.R_DATA, b"RDA3\nA\n3\n"),
    "a.pmml": (Kind.PMML, b"<?xml version='1.0'?><PMML></PMML>"),
    "a.xml": (Kind.XML, b"<a/>"),
    "page.html": (Kind.HTML, b"<!doctype html><p>"),
    "nameless.page": (Kind.HTML, b"<html><p>"),
    "a.pdf": (Kind.PDF, b"%PDF-1.7\n"),
    "a.ort": (Kind.FLATBUFFER, b"\x1c\0\0\0ORTM" + bytes(20)),
    "flax_model.msgpack": (Kind.MSGPACK, b"\x81\xa6params\x80" + bytes(4)),
    "large.msgpack": (Kind.MSGPACK, b"\xde\x00\x10\xa6params\x80" + bytes(4)),
    "a.parquet": (Kind.PARQUET, b"PAR1\0\0PAR1"),
    "a.tfrecord": (Kind.TFRECORD, RECORD + b"abc\0\0\0\0"),
    "cut.safetensors": (Kind.SAFETENSORS, b"\xff" * 20),
    "cut.onnx": (Kind.ONNX, next(iter(ONNX.values()))[:20] + b"\0\xff\xff"),
    "broken.onnx": (Kind.ONNX, b"\0\xff\0\xfe\0"),
    "short.zst": (Kind.ZSTD, b"\x28\xb5\x2f\xfd\xff\xff"),
    "bzip2.txt": (Kind.TEXT, b"BZh9 is how bzip2 begins.\n"),
    "large.json": (Kind.JSON, b'{"a": "' + b"x" * (9 << 20)),
    "large.model": (Kind.SENTENCEPIECE, PIECE * 21_000),
    "long-latin.txt": (Kind.TEXT, b"\xfc" + b"z" * (3 << 20)),
    "false.end": (Kind.UNKNOWN, b"\xffPK\5\6" + b"\1" * 60),
    "unknown": (Kind.UNKNOWN, bytes(range(256))),
    "utf-16.txt": (Kind.UNKNOWN, "text".encode("utf-16")),
    "many-controls": (Kind.UNKNOWN, b"\1\2\3\4\5\6\7\x0b a"),
}
