"""Samples of ways around the gate: files that loaders read otherwise than their names and first bytes suggest."""

from __future__ import annotations

import json
import pickle
import struct
import zlib
from typing import Final

_TEXT_PICKLE: Final = b"{}\n0cpydoc\npipepager\n(S'x'\nS'true'\ntR."
"""What C reads as a number, popped, then a call of a module that nobody blocks."""


def _written(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


def _config(**settings: object) -> dict[str, bytes]:
    return {"config.json": _written({"model_type": "bert", **settings})}


def _text(name: str, start: bytes) -> dict[str, bytes]:
    return {name: _TEXT_PICKLE.replace(b"{}", start)}


def _word(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def _wrapper(length: int) -> bytes:
    """A joblib array of bytes, protocol 2."""
    dtype = _named("numpy", "dtype") + _word("i1") + b"\x89\x88\x87R(K\x03" + _word("|") + b"NNNJ\xff\xff\xff\xff"
    fields = (
        _word("subclass") + _named("numpy", "ndarray"),
        _word("shape") + b"J" + struct.pack("<i", length) + b"\x85",
        _word("order") + _word("C"),
        _word("dtype") + dtype + b"J\xff\xff\xff\xffK\0tb",
        _word("allow_mmap") + b"\x89",
    )
    return _named("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}(" + b"".join(fields) + b"ub"


def _two_faced(opcodes: bytes) -> bytes:
    """An array for joblib, whose bytes are opcodes for `pickle.load`, behind a harmless call of `getattr`."""
    member = _named("builtins", "getattr") + b"q\x64" + _named("transformers.trainer_utils", "IntervalStrategy")
    plain = _named("argparse", "Namespace") + b"q\x66"
    start = b"\x80\x02(" + member + _word("EPOCH") + b"\x86R" + plain
    return start + _wrapper(len(opcodes)) + opcodes + b"t."


_REACH: Final = b"h\x64h\x66" + _word("__init__") + b"\x86Rt."


def _modules(count: int, last: str) -> dict[str, bytes]:
    row = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Normalize"}
    return {"modules.json": _written([*([row] * count), {**row, "type": last}])}


def _adapter(**settings: object) -> dict[str, bytes]:
    return {"adapter_config.json": _written({"peft_type": "LORA", "r": 8, "base_model_name_or_path": None, **settings})}


_YOLO: Final = """\
nc: 80
activation: {activation}
backbone:
  - [-1, 1, {module}, [64, 3, 2]]
  - [-1, 1, nn.Upsample, [None, 2, 'nearest']]
head:
  - [[17, 20, 23], 1, Detect, [nc, anchors]]
"""
_PYANNOTE: Final = "version: 3.1.0\npipeline:\n  name: {}\n  params:\n    clustering: AgglomerativeClustering\n"
_SPACY: Final = '[nlp]\nlang = "en"\nbefore_creation = {}\n\n[components.tagger]\nsource = {}\n'


def _yolo(activation: str = "nn.SiLU()", module: str = "Conv") -> dict[str, bytes]:
    return {"yolo.yaml": _YOLO.format(activation=activation, module=module).encode()}


def _unet(**source: object) -> dict[str, bytes]:
    part = [None, None, {"type_hint": ["diffusers", "UNet2DConditionModel"], **source}]
    return {"modular_model_index.json": _written({"_class_name": "ModularPipeline", "unet": part})}


def _template(text: str) -> dict[str, bytes]:
    return {"tokenizer_config.json": _written({"chat_template": text, "bos_token": "<s>"})}


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2, len(value)]) + value


def _shaped(dimension: str) -> bytes:
    """An ONNX model of nothing but an input with one dimension."""
    tensor = b"\x08\x01" + _field(2, _field(1, _field(2, dimension.encode())))
    graph = _field(2, b"main") + _field(11, _field(1, b"x") + _field(2, _field(1, tensor)))
    return b"\x08\x08" + _field(7, graph) + _field(8, _field(1, b"") + b"\x10\x11")


SAMPLES: Final[dict[str, dict[str, bytes]]] = {
    # What C reads and no pickler writes.
    **{
        f"pickle-structure/bad/text-{name}": _text("pytorch_model.bin", start)
        for name, start in {
            "sign": b"I+1",
            "blank": b"I 1",
            "hexadecimal": b"I0x1",
            "underscore": b"I1_0",
            "octal": b"I010",
            "nul": b"I1\0any",
            "long": b"L+1L",
            "float": b"FINFINITY",
            "escape": b"S'\\z'",
            "index": b"Np+1",
        }.items()
    },
    "pickle-structure/good/text-plain": {"notes.bin": b"I am a text. It is none of a pickle's.\n"},
    "pickle-structure/good/integers": {"numbers.pkl": pickle.dumps([1, -1, 10**30, 0.5, "\\z"], 0)},
    "pickle-globals/bad/array-of-opcodes": {"model.pkl": _two_faced(_REACH)},
    "pickle-globals/good/array-beside-enumeration": {"model.pkl": _two_faced(b"\x01\x02\x03")},
    "archive-structure/bad/joblib-letters": {"model.dat": b"ZF0x10" + b" " * 20 + zlib.compress(b"N.", 0)},
    # What Python takes for true or false.
    "remote-code/bad/trust-number": _config(keypoint_detector_config={"trust_remote_code": 2}),
    "remote-code/bad/trust-word": _config(trust_remote_code="False"),
    "remote-code/bad/trust-among-numbers": _config(extra={**{str(n): n for n in range(99)}, "trust_remote_code": 1}),
    "remote-code/good/trust-none": _config(trust_remote_code=False, numbers={str(n): n for n in range(99)}),
    "dangerous-config/bad/weights-only-zero": _config(weights_only=0),
    "dangerous-config/bad/proxies": {
        "sentence_bert_config.json": _written({"model_args": {"proxies": {"https": "a"}}})
    },
    "dangerous-config/good/weights-only": _config(weights_only=True, proxies=None),
    # What hides behind many.
    "remote-code/bad/auto-map-behind-many": _config(auto_map={**{str(n): None for n in range(2000)}, "A": "own.Own"}),
    "not-inspected/bad/many-modules": _modules(1000, "own_module.Own"),
    # Callables and modules by their names.
    "remote-code/bad/peft-module": _adapter(megatron_core="own_module", megatron_config={"a": 1}),
    "remote-code/good/peft-module": _adapter(megatron_core="megatron.core", megatron_config=None),
    "remote-code/bad/mlflow-keras-module": {"data/keras_module.txt": b"own_module"},
    "remote-code/good/mlflow-keras-module": {"data/keras_module.txt": b"tensorflow.keras\n"},
    "remote-code/bad/pyannote-class": {"config.yaml": _PYANNOTE.format("own_module.Own").encode()},
    "remote-code/bad/pyannote-function": {"config.yaml": _PYANNOTE.format("os.system").encode()},
    "remote-code/bad/pyannote-below": {"config.yaml": _PYANNOTE.format("pyannote.audio.core.io.os.system").encode()},
    "remote-code/good/pyannote": {"config.yaml": _PYANNOTE.format("pyannote.audio.pipelines.VoiceActivity").encode()},
    "remote-code/bad/haystack": {
        "pipeline.yaml": b"components:\n  a:\n    type: own.part.Own\n    init_parameters: {}\n"
    },
    "remote-code/bad/allennlp": {"config.json": _written({"model": {"type": "own.part.Own"}})},
    "remote-code/bad/yolo-activation": _yolo(activation="print(1) or nn.SiLU()"),
    "remote-code/bad/yolo-module": _yolo(module="'[nn.Conv2d][0]'"),
    "remote-code/good/yolo": _yolo(),
    "remote-code/good/yolo-leaky": _yolo(activation="nn.LeakyReLU(0.1)", module="nn.Conv2d"),
    "remote-code/bad/spacy-inline": {"config.cfg": _SPACY.format('{"@callbacks":"own.start.v1"}', "null").encode()},
    "remote-code/bad/llama-index": {
        "settings.json": _written({"a": {"object_constructor": "own.Own", "object_kwargs": {}}})
    },
    "remote-code/good/llama-index": {
        "settings.json": _written(
            {"a": {"object_constructor": "llama_index.core.prompts.base.Own", "object_kwargs": {}}}
        )
    },
    "remote-code/bad/mlserver": {"model-settings.json": _written({"name": "a", "implementation": "own.Own"})},
    "remote-code/good/mlserver": {
        "model-settings.json": _written({"name": "a", "implementation": "mlserver_sklearn.SKLearnModel"})
    },
    "remote-code/bad/component-of-four": {
        "model_index.json": _written({"_class_name": "OwnPipeline", "unet": ["own", "Own", None, None]})
    },
    "foreign-reference/bad/hub-scheme": {
        "open_clip_config.json": _written({"model_cfg": {"vision_cfg": {"timm_model_name": "hf-hub:other/model"}}})
    },
    "onnx-structure/bad/dimension-call": {"model.onnx": _shaped("batch * __import__('os').getpid()")},
    "onnx-structure/bad/dimension-name": {"model.onnx": _shaped("(floor:=print, floor(1))")},
    "onnx-structure/good/dimension": {"model.onnx": _shaped("floor(height/2 - 1) + Max(1, past_length)")},
    "onnx-structure/good/dimension-name": {"model.onnx": _shaped("DynamicDimension.0[?]")},
    # Other places.
    "foreign-reference/bad/gliner": {"gliner_config.json": _written({"model_name": "other/model"})},
    "foreign-reference/good/gliner": {
        "gliner_config.json": _written({"model_name": "other/model", "encoder_config": {"model_type": "bert"}})
    },
    "foreign-reference/bad/oneformer": {
        "preprocessor_config.json": _written({"repo_path": "other/classes", "class_info_file": "a.json"})
    },
    "foreign-reference/bad/spacy-source": {"config.cfg": _SPACY.format("null", '"other_model"').encode()},
    "foreign-reference/bad/modular": _unet(repo="other/model", subfolder="unet"),
    "foreign-reference/bad/backbone-configuration": _config(backbone="other/model", use_pretrained_backbone=False),
    "foreign-reference/good/backbone": _config(backbone="resnet50", use_pretrained_backbone=False),
    "path-traversal/bad/named-weights": _config(transformers_weights="../other/model.safetensors"),
    "path-traversal/bad/subfolder": {"sentence_bert_config.json": _written({"model_args": {"subfolder": "../other"}})},
    "path-traversal/bad/git-folder": {"model.safetensors.index.json": _written({"weight_map": {"a": ".git/a.bin"}})},
    "path-traversal/good/subfolder": {"sentence_bert_config.json": _written({"model_args": {"subfolder": "onnx"}})},
    "dangerous-requirement/bad/archive-of-a-package": {
        "pyproject.toml": b'[tool.poetry.dependencies]\nown = {url = "https://files.invalid/own-1.0.tar.gz"}\n'
    },
    "dangerous-requirement/good/package": {"pyproject.toml": b'[tool.poetry.dependencies]\nown = {version = "1.0"}\n'},
    "dangerous-config/bad/project-command": {"MLproject": b'name: own\nentry_points:\n  main:\n    command: "true"\n'},
    # Graphs as text.
    "format-unsupported/bad/graph-behind-comment": {"saved_model.pbtxt": b"#" + b" " * 70_000 + b"\nmeta_graphs {}"},
    "format-unsupported/bad/graph-angled": {"saved_model.pbtxt": b'meta_graphs: [<graph_def <node <op: "PyFunc">>>]'},
    "format-unsupported/good/triton": {"config.pbtxt": b'name: "a"\ninput [ { name: "x" dims: [ 1 ] } ]\n'},
    # Templates.
    "template-ssti/bad/token-as-key": _template("{{ ''[bos_token[0:9]] }}"),
    "template-ssti/bad/endless-text": _template("{{ 'a' * 9999999999 }}"),
    "template-ssti/bad/text-over-and-over": _template("{{ 'a' * 9999 * 9999 * 9999 }}"),
    "template-ssti/bad/power": _template("{{ 9 ** 9 ** 9 }}"),
    "template-ssti/good/indentation": _template(
        "{{ ' ' * 8 }}{% for m in messages %}{{ ' ' * loop.index }}{% endfor %}"
    ),
    "template-ssti/good/token": _template("{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}"),
}
