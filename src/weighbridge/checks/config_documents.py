"""Documents that loaders know by their shape: pipelines, lists of modules, MLmodel, serialised objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import config_names
from weighbridge.checks.config_paths import escape, plain_path
from weighbridge.checks.config_place import Place, texts
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_ROWS: Final = 1_000
_INDEXES: Final = frozenset({"model_index.json", "modular_model_index.json"})
_MLFLOW_CODE: Final = ("code", "python_model", "model_code_path", "python_predict_fn")
_MLFLOW_PATHS: Final = ("data", "model_data", "pickled_model", "saved_model_dir", "model_binary", "model_path")


def pipeline(document: Mapping[object, object], place: Place) -> None:
    """The model_index.json of diffusers: each component is a library and a class (``[library, class]``)."""
    named = document.get("_class_name")
    pipe = isinstance(named, str) and named.endswith(("Pipeline", "Blocks"))
    plain = not isinstance(named, str) or config_names.is_class_name(named)
    if isinstance(named, list) or not plain:
        place.add("remote-code", f"takes its class from a module of the model's own, {quoted(str(named)[:80])}")
    if place.name not in _INDEXES and not pipe:
        return
    for key, value in document.items():
        if isinstance(key, str) and not key.startswith("_") and isinstance(value, list) and len(value) > 1:
            _component(key, value, place)
            _elsewhere(value[2:], place)


def _elsewhere(rest: list[object], place: Place) -> None:
    """Where a modular pipeline loads a component from: a repository of its own for each."""
    for source in rest:
        repository = source.get("repo") if isinstance(source, dict) else None
        if isinstance(repository, str) and repository:
            place.refer(repository, f"makes the loader fetch {quoted(repository)}")


def _component(key: str, value: list[object], place: Place) -> None:
    library, name = value[0], value[1]
    if not (isinstance(library, str) and isinstance(name, str)):
        return
    known = library in config_names.COMPONENT_LIBRARIES and config_names.is_class_name(name)
    if not known:
        place.add("remote-code", f"loads the component {quoted(key)} as {quoted(name)} of {quoted(library)}")


def modules(document: list[object], place: Place) -> None:
    """sentence-transformers' modules.json: each module is a class and a folder."""
    if len(document) > _MAX_ROWS and place.name == "modules.json":
        place.add("not-inspected", f"lists {len(document)} modules; {_MAX_ROWS} were looked at")
    for item in document[:_MAX_ROWS]:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str) or "path" not in item:
            continue
        if not config_names.is_sentence_class(item["type"]):
            place.add("remote-code", f"imports {quoted(item['type'])}, which is none of sentence-transformers' modules")
        path = item["path"]
        if isinstance(path, str) and path not in {"", "."}:
            plain_path(path, place, needed=config_names.stores_files(item["type"]))


def routes(document: Mapping[object, object], place: Place) -> None:
    """sentence-transformers' router_config.json: classes by module."""
    types = document.get("types")
    if isinstance(types, dict) and "structure" in document:
        for text in texts(types):
            if not config_names.is_sentence_class(text):
                place.add("remote-code", f"imports {quoted(text)}, which is none of sentence-transformers' modules")


def mlmodel(document: Mapping[object, object], place: Place) -> None:
    """MLflow's MLmodel: the module that loads it, its code and its data."""
    flavors = document.get("flavors")
    if not isinstance(flavors, dict):
        return
    if len(flavors) > _MAX_ROWS:
        place.add("not-inspected", f"has {len(flavors)} flavours; {_MAX_ROWS} were looked at")
    for name, flavor in list(flavors.items())[:_MAX_ROWS]:
        if isinstance(name, str) and isinstance(flavor, dict):
            _flavor(flavor, Place(place.name, f"flavors.{name[:60]}", "", flavor, place.subject, place.notes))


def _flavor(flavor: Mapping[object, object], place: Place) -> None:
    loader = flavor.get("loader_module")
    if isinstance(loader, str) and loader not in config_names.MLFLOW_LOADERS:
        place.add(
            "remote-code", f"is loaded by the module {quoted(loader)}, which is none of MLflow's loaders of weights"
        )
    for key in _MLFLOW_CODE:
        if texts(flavor.get(key)):
            place.add("remote-code", f"runs the model's own {key}: {quoted(texts(flavor[key])[0])}")
    if isinstance(flavor.get("source_model_revision"), str) and isinstance(flavor.get("source_model_name"), str):
        name = str(flavor["source_model_name"])
        place.refer(name, f"fetches its weights from {quoted(name)}")
    for key in (*_MLFLOW_PATHS, *_MLFLOW_CODE):
        value = flavor.get(key)
        if isinstance(value, str) and escape(value):
            place.add("path-traversal", f"{key} names {quoted(value)}, which {escape(value)}")
    artifacts = flavor.get("artifacts")
    paths = (
        [item.get("path") for item in artifacts.values() if isinstance(item, dict)]
        if isinstance(artifacts, dict)
        else []
    )
    for text in (*texts(flavor.get("env")), *texts(paths)):
        if escape(text):
            place.add("path-traversal", f"names {quoted(text)}, which {escape(text)}")


def serialised(mapping: Mapping[object, object], place: Place) -> None:
    """Objects that a reader builds again: Keras (CVE-2025-1550), LangChain (CVE-2025-68664), skops."""
    name, module = mapping.get("class_name"), mapping.get("module")
    if isinstance(name, str) and "config" in mapping:
        if name in {"Lambda", "__lambda__"}:
            place.add("remote-code", "holds a Keras layer of code")
        elif isinstance(module, str) and not _keras_module(module, name):
            place.add("remote-code", f"makes Keras import {quoted(name)} from {quoted(module)}")
    if isinstance(mapping.get("lc"), int) and mapping.get("type") == "constructor":
        place.add("remote-code", f"makes LangChain build {quoted('.'.join(texts(mapping.get('id')))[:80])}")
    if isinstance(mapping.get("__module__"), str) and isinstance(mapping.get("__class__"), str):
        place.add("remote-code", f"makes a reader import {quoted(str(mapping['__module__']))}")


def _keras_module(module: str, name: str) -> bool:
    if module == "builtins":
        return name not in {"function", "eval", "exec"}
    root = module.partition(".")[0]
    return root in config_names.KERAS_ROOTS or module.startswith("tensorflow.keras.")


def tensors(mapping: Mapping[object, object], place: Place) -> None:
    """External data as ONNX writes it: a location with an offset and a length."""
    location = mapping.get("location")
    if isinstance(location, str) and ("offset" in mapping or "length" in mapping) and escape(location):
        place.add("path-traversal", f"location names {quoted(location)}, which {escape(location)}")
