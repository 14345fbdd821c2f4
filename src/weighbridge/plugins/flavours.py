"""Flavours: the MLmodel that MLflow's loaders need, derived from a signed pin by a fixed table.

Third-party repositories carry no MLmodel, and one that did would name the Python module that MLflow imports and the
code that it runs. So none is ever read: not from a server and not from a model. What stands here is derived on the
client from the pin and from its verified JSON files, and says the same for the same pin everywhere. A model that could
make a loader run Python code of its own gets no flavour: MLflow's sentence-transformers loader always trusts remote
code. This module reads no file and imports no MLflow.
"""

from __future__ import annotations

import json
import posixpath
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.core.digest import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import Pin

MLMODEL = "MLmodel"
MAX_DOCUMENT_BYTES = 1 << 20
"""A larger document is not read; then no flavour is derived."""
# Large tables of words and shards, read by parsers that name no code.
_TABLES_OF_WORDS = frozenset({"tokenizer.json", "vocab.json", "added_tokens.json", "special_tokens_map.json"})
# Keys by which transformers runs code that a model brings or names (dynamic_module_utils), when told to trust it.
_CODE_KEYS = frozenset({"auto_map", "custom_pipelines", "custom_generate"})
# Keys whose dotted values sentence-transformers imports (util.import_from_string): modules, routers, activations.
_CLASS_KEYS = frozenset({"type", "types", "activation_function", "activation_fn", "tokenizer_class"})
_IMPORTABLE = ("sentence_transformers.", "torch.nn.")

_SENTENCE_FOLDER = "model.sentence_transformer"
_MODEL_FOLDER = "model"
# Task -> (auto class, pipeline class), where MLflow's pyfunc supports the pipeline. The auto classes are part of
# transformers itself, so its loader never asks the model for code (model_io._load_model: trust_remote stays False).
_TEXT_TASKS = {
    "feature-extraction": ("AutoModel", "FeatureExtractionPipeline"),
    "fill-mask": ("AutoModelForMaskedLM", "FillMaskPipeline"),
    "question-answering": ("AutoModelForQuestionAnswering", "QuestionAnsweringPipeline"),
    "text-classification": ("AutoModelForSequenceClassification", "TextClassificationPipeline"),
    "text-generation": ("AutoModelForCausalLM", "TextGenerationPipeline"),
    "token-classification": ("AutoModelForTokenClassification", "TokenClassificationPipeline"),
    "zero-shot-classification": ("AutoModelForSequenceClassification", "ZeroShotClassificationPipeline"),
}
_IMAGE_TASKS = {"image-classification": ("AutoModelForImageClassification", "ImageClassificationPipeline")}
# Task -> columns of its input and of its output, each a name and a type; an empty name stands for the only column.
# The same as MLflow writes when no example is given, so its server takes the same requests: without a signature it
# hands a list of texts on as an array, which pipelines refuse.
_TEXT = (("", "string"),)
_LABELS = (("label", "string"), ("score", "double"))
_TEMPLATE = "hypothesis_template"
_COLUMNS = {
    "fill-mask": (_TEXT, _TEXT),
    "image-classification": (_TEXT, _LABELS),
    "question-answering": ((("question", "string"), ("context", "string")), _TEXT),
    "text-classification": (_TEXT, _LABELS),
    "text-generation": (_TEXT, _TEXT),
    "token-classification": (_TEXT, _TEXT),
    "zero-shot-classification": (
        (("sequences", "string"), ("candidate_labels", "string"), (_TEMPLATE, "string")),
        (("sequence", "string"), ("labels", "string"), ("scores", "double")),
    ),
}
# MLflow asks for it, though the pipeline has one of its own: requests without it were right before, and stay so.
_OPTIONAL = frozenset({_TEMPLATE})
_TOKENIZERS = frozenset(
    {"tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model"}
)

Flavors: TypeAlias = "dict[str, dict[str, Json]]"


@dataclass(frozen=True, slots=True)
class Derived:
    """What MLflow needs beside the model's own files.

    Args:
        mlmodel: The content of the MLmodel file; None where no flavour fits.
        links: More names for files of the pin: new path by the pin's path, relative to the download folder.
        reason: Why there is no flavour, in words; empty where there is one.
    """

    mlmodel: Mapping[str, Json] | None
    links: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fit:
    flavors: Flavors
    links: dict[str, str]
    signature: dict[str, Json] | None = None


def is_reserved(path: str) -> bool:
    """Whether a pin's file has a name that MLflow would take for its own: any ``MLmodel``, or its meta file."""
    folded = path.casefold()
    return posixpath.basename(folded) == MLMODEL.casefold() or folded == "registered_model_meta"


def _paths(pin: Pin) -> frozenset[str]:
    return frozenset(file.entry.path for file in pin.files)


def is_document(path: str) -> bool:
    """Whether `derive` has to see the verified bytes of a file: every JSON that configures a loader."""
    name = posixpath.basename(path).casefold()
    return name.endswith(".json") and name not in _TABLES_OF_WORDS and not name.endswith(".index.json")


def _strings(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def _named_code(value: Json) -> str | None:
    """The first thing in a document by which a loader could find code elsewhere than in its own library."""
    if isinstance(value, list):
        return next((found for item in value if (found := _named_code(item))), None)
    if not isinstance(value, dict):
        return None
    for key, item in value.items():
        if key in _CODE_KEYS:
            return key
        if key in _CLASS_KEYS:
            foreign = (text for text in _strings(item) if "." in text and not text.startswith(_IMPORTABLE))
            found = next(foreign, None)
            if found:
                return f"{key} {found!r}"
        found = _named_code(item)
        if found:
            return found
    return None


def _code_fault(pin: Pin, documents: Mapping[str, bytes]) -> str | None:
    """Why a loader could run code that the model brings or names; None where it could not."""
    for path in sorted(_paths(pin)):
        # A script at the root is inert unless a document names it; loaders look into folders (custom_generate/).
        if "/" in path and path.casefold().endswith(".py"):
            return f"{path} is code that a loader may look for"
        if not is_document(path):
            continue
        if path not in documents:
            return f"{path} is too large to look into"
        try:
            found = _named_code(json.loads(documents[path]))
        except (ValueError, RecursionError):
            return f"{path} is not readable JSON"
        if found:
            return f"{path} names code of its own: {found}"
    return None


def _pyfunc(loader: str, python: str, **more: Json) -> dict[str, Json]:
    return {"loader_module": loader, "python_version": python, **more}


def _columns(columns: Iterable[tuple[str, str]]) -> str:
    """Columns as MLflow's schema writes them."""
    named = ((kind, {"name": name} if name else {}, name not in _OPTIONAL) for name, kind in columns)
    return json.dumps([{"type": kind, **more, "required": required} for kind, more, required in named])


def _numbers(name: str) -> str:
    """An embedding as MLflow's schema writes it."""
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}
    return json.dumps([{**({"name": name} if name else {}), **tensor}])


def _signature(inputs: str, outputs: str) -> dict[str, Json]:
    return {"inputs": inputs, "outputs": outputs, "params": None}


def _signature_of(task: str) -> dict[str, Json]:
    """What `mlflow.transformers` writes for a task of the table."""
    if task == "feature-extraction":
        return _signature(_columns(_TEXT), _numbers("double"))
    inputs, outputs = _COLUMNS[task]
    return _signature(_columns(inputs), _columns(outputs))


def _sentence_transformers(pin: Pin, python: str) -> _Fit | None:
    if not {"modules.json", "config.json"} <= _paths(pin):
        return None
    flavors: Flavors = {
        "python_function": _pyfunc("mlflow.sentence_transformers", python, data=_SENTENCE_FOLDER),
        "sentence_transformers": {"code": None, "source_model_name": pin.ref.name},
    }
    # What mlflow.sentence_transformers writes when no example is given (_get_default_signature).
    signature = _signature(_columns(_TEXT), _numbers(""))
    return _Fit(flavors, {f"{_SENTENCE_FOLDER}/{path}": path for path in _paths(pin)}, signature)


def _transformers(pin: Pin, python: str) -> _Fit | None:
    task, paths = str(pin.metadata.get("pipeline_tag", "")), _paths(pin)
    if task in _TEXT_TASKS and paths & _TOKENIZERS:
        (model, pipeline), component, auto = _TEXT_TASKS[task], "tokenizer", "AutoTokenizer"
    elif task in _IMAGE_TASKS and "preprocessor_config.json" in paths:
        (model, pipeline), component, auto = _IMAGE_TASKS[task], "image_processor", "AutoImageProcessor"
    else:
        return None
    if "config.json" not in paths:
        return None
    flavor: dict[str, Json] = {
        "code": None,
        "components": [component],
        f"{component}_type": auto,
        "instance_type": pipeline,
        "model_binary": _MODEL_FOLDER,
        "pipeline_model_type": model,
        "source_model_name": pin.ref.name,
        "task": task,
    }
    flavors: Flavors = {"python_function": _pyfunc("mlflow.transformers", python), "transformers": flavor}
    links = {f"{_MODEL_FOLDER}/{path}": path for path in paths}
    small = {path for path in paths if "/" not in path and path.endswith((".json", ".txt", ".jinja", ".model"))}
    links.update({f"components/{component}/{path}": path for path in small if not path.endswith(".index.json")})
    return _Fit(flavors, links, _signature_of(task))


def _onnx(pin: Pin, python: str) -> _Fit | None:
    found = [path for path in _paths(pin) if path.casefold().endswith(".onnx")]
    if len(found) != 1:
        return None
    folder, data = posixpath.split(found[0])
    # mlflow.onnx looks for MLmodel beside the model file, so the file and its external data need names at the root.
    links = {posixpath.basename(path): path for path in _paths(pin) if folder and posixpath.dirname(path) == folder}
    flavors: Flavors = {
        "onnx": {"code": None, "data": data, "providers": ["CUDAExecutionProvider", "CPUExecutionProvider"]},
        "python_function": _pyfunc("mlflow.onnx", python, data=data),
    }
    return _Fit(flavors, links)


_TABLE = {
    "sentence-transformers": (_sentence_transformers,),
    "transformers": (_transformers, _onnx),
    "onnx": (_onnx,),
    "": (_onnx,),
}


def derive(pin: Pin, documents: Mapping[str, bytes], *, mlflow_version: str, python_version: str) -> Derived:
    """The MLmodel of a pin, and the further names that its files need.

    Args:
        pin: The signed pin.
        documents: Verified bytes of the pin's files that `is_document` names, by path.
        mlflow_version: Of the MLflow that will read it.
        python_version: Of the Python that will load it.
    """
    library = str(pin.metadata.get("library") or pin.metadata.get("library_name") or "")
    fault = _code_fault(pin, documents)
    if fault:
        return Derived(None, reason=fault)
    fits = (rule(pin, python_version) for rule in _TABLE.get(library, ()))
    fit = next((found for found in fits if found is not None), None)
    if fit is None:
        return Derived(None, reason=f"no flavour fits library {library!r} with these files")
    taken = sorted(set(fit.links) & _paths(pin))
    if taken or any(is_reserved(path) for path in fit.links):
        return Derived(None, reason=f"the flavour needs names that the model has itself: {', '.join(taken)}")
    return Derived(_mlmodel(pin, fit, mlflow_version), dict(sorted(fit.links.items())))


def _mlmodel(pin: Pin, fit: _Fit, mlflow_version: str) -> dict[str, Json]:
    model: dict[str, Json] = {
        "flavors": {name: dict(values) for name, values in fit.flavors.items()},
        "metadata": {"weighbridge": {"digest": pin.digest, "name": pin.name, "project": pin.project}},
        "mlflow_version": mlflow_version,
        "model_size_bytes": pin.size,
        "model_uuid": uuid.uuid5(uuid.NAMESPACE_URL, f"weighbridge://sha256/{pin.digest.removeprefix(PREFIX)}").hex,
        # MLflow would write the time of loading here: the same pin must say the same everywhere.
        "utc_time_created": "1970-01-01 00:00:00.000000",
    }
    if fit.signature is not None:
        model |= {"is_signature_from_type_hint": False, "signature": fit.signature, "type_hint_from_example": False}
    return model
