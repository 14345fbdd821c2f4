"""What a configuration has imported, called or evaluated by its name: classes with arguments, modules, expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.checks import config_names
from weighbridge.checks.config_paths import LOADER_FILES
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.checks.config_place import Place

_KERAS: Final = frozenset({"keras", "tensorflow.keras", "tf_keras", "tf.keras", "tensorflow.python.keras"})
MODULES: Final[Mapping[str, frozenset[str]]] = {
    "megatron_core": frozenset({"megatron.core"}),
    "keras_module": _KERAS,
}
"""Keys that name a module which a loader imports (PEFT, MLflow), with those that honest writers name."""

_LLAMA_INDEX: Final = re.compile(r"llama_index(?:\.\w{1,60}){1,8}\.[A-Z]\w{1,80}")
_RUNTIME: Final = re.compile(r"mlserver_[a-z]{1,20}\.[A-Z]\w{1,40}")
_CALLEES: Final = ("name", "type", "class", "cls", "class_name", "func", "function", "factory", "callable", "object")
_ARGUMENTS: Final = frozenset(
    {"params", "args", "kwargs", "init_args", "init_params", "init_parameters", "init_kwargs", "class_args"}
)
_CLASS_PATH: Final = re.compile(r"(?:[a-z_]\w{0,60}\.){1,12}[A-Z]\w{0,80}")
_PYANNOTE: Final = re.compile(r"pyannote\.audio\.(?:pipelines|models\.\w{1,40})\.[A-Z]\w{1,60}")
_LAYER: Final = re.compile(r"(?:torch\.)?(?:nn\.)?[A-Za-z]\w{0,40}(?:\([\w\s.,=+-]{0,80}\))?")
_GRAPH_PARTS: Final = frozenset({"backbone", "head", "encoder", "decoder", "neck"})
_ROW_ITEMS: Final = 4


def module(value: object, place: Place) -> None:
    """A module that the loader imports by its name."""
    if isinstance(value, str) and value and value not in MODULES[place.key.lower()]:
        place.add("remote-code", f"makes the loader import the module {quoted(value)}")


def constructor(value: object, place: Place) -> None:
    """A class that MLflow's flavour of LlamaIndex imports by its path, and fills."""
    if isinstance(value, str) and value and not _LLAMA_INDEX.fullmatch(value):
        place.add("remote-code", f"makes the loader import and fill {quoted(value)}")


def runtime(value: object, place: Place) -> None:
    """The class that MLServer imports to serve a model: its own packages' alone are known."""
    if place.name == "model-settings.json" and isinstance(value, str) and value and not _RUNTIME.fullmatch(value):
        place.add("remote-code", f"makes MLServer import {quoted(value)}")


def called(mapping: Mapping[object, object], place: Place) -> None:
    """A class by its path beside its arguments: pyannote, Haystack; AllenNLP takes the path alone."""
    arguments = not _ARGUMENTS.isdisjoint(mapping)
    pipeline = arguments and place.where in {"pipeline", "preprocessors"}
    for key in _CALLEES:
        value = mapping.get(key)
        if not isinstance(value, str) or "." not in value or len(value) > 1_000:  # noqa: PLR2004 - no path is longer
            continue
        alone = key == "type" and LOADER_FILES.fullmatch(place.name)
        path = _CLASS_PATH.fullmatch(value) if arguments or alone else None
        if (path or (pipeline and config_names.is_dotted(value))) and not _published(value):
            place.add("remote-code", f"{key} makes the loader import and call {quoted(value)}")


def _published(path: str) -> bool:
    root = path.partition(".")[0]
    known = config_names.is_target(path) or config_names.is_sentence_class(path) or config_names.is_activation(path)
    return known or root in config_names.KERAS_ROOTS or _PYANNOTE.fullmatch(path) is not None


def expression(value: object, place: Place) -> None:
    """An activation that YOLO's loaders evaluate as Python: a layer with plain arguments is one, no more."""
    if isinstance(value, str) and "(" in value and (not _LAYER.fullmatch(value.strip()) or "__" in value):
        place.add("remote-code", f"is evaluated as Python: {quoted(value)}")


def row(items: Sequence[object], place: Place) -> None:
    """A row of a YOLO graph, ``[from, number, module, arguments]``: its texts are evaluated."""
    if len(items) != _ROW_ITEMS or place.where.rpartition(".")[2] not in _GRAPH_PARTS:
        return
    arguments = items[3] if isinstance(items[3], list) else []
    for item in (items[2], *arguments):
        if isinstance(item, str) and not item.isidentifier() and not _is_plain(item):
            place.notes.add(
                "remote-code", f"a layer is evaluated as Python: {quoted(item)}", inside=place.subject.inside
            )


def _is_plain(text: str) -> bool:
    """Whether a text is a layer, a dotted name or a number, which evaluation makes nothing of."""
    return "__" not in text and (_LAYER.fullmatch(text) is not None or re.fullmatch(r"[\w.+-]{0,80}", text) is not None)
