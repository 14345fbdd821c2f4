"""Keys that make a loader run code: each rule with its reason.

A rule gets the value and its place. Whether the code is here, elsewhere or missing makes no difference to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.checks import config_callables, config_names, config_spacy
from weighbridge.checks.config_paths import LOADER_FILES
from weighbridge.checks.config_place import texts, truthy
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.checks.config_place import Place

    Rule = Callable[[object, Place], None]

REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")
_KERNEL: Final = re.compile(r"([^/:\s]+/[^/:@\s]+)(?:@[^/:\s]+)?(?::[^/:\s]+)?")
_FILES: Final = (
    *(".onnx", ".bin", ".pt", ".pth", ".json", ".txt", ".safetensors", ".gguf", ".yaml", ".yml", ".csv", ".wav"),
    *(".png", ".jpg", ".md", ".model", ".npy", ".npz", ".h5", ".tflite", ".parquet", ".toml", ".zip", ".html"),
)


def auto_map(value: object, place: Place) -> None:
    """Classes of the repository's own: ``AutoModel`` to ``module.Class`` or ``owner/name--module.Class``.

    vLLM followed it without being asked to trust it: CVE-2025-66448, CVE-2026-22807.
    """
    for text in texts(value):
        repository, dashes, rest = text.rpartition("--")
        place.add("remote-code", f"makes the loader run {quoted(text)}")
        if dashes:
            place.refer(repository, f"runs code of the other repository {quoted(repository)}")
        elif "." in rest and config_names.is_dotted(rest):
            place.need(rest.rpartition(".")[0].replace(".", "/") + ".py", place.key)


def own_code(value: object, place: Place) -> None:
    """A key whose mere presence names code: custom pipelines, custom generation, tools."""
    for text in texts(value):
        place.add("remote-code", f"makes the loader run {quoted(text)}")
        repository = text.rpartition("--")[0] or text
        if REPOSITORY.fullmatch(repository):
            place.refer(repository, f"runs code of the other repository {quoted(repository)}")
    if value is True or value == 1:
        place.add("remote-code", "makes the loader run code of the model's own")


def trust(value: object, place: Place) -> None:
    """Asks the loader to run a repository's code without asking anybody (CVE-2026-5241, CVE-2026-27893)."""
    word = isinstance(value, str) and value and LOADER_FILES.fullmatch(place.name)
    if truthy(value) or word:
        place.add("remote-code", "asks the loader to run code of the repository")


def attention(value: object, place: Place) -> None:
    """An implementation of attention; a repository's name makes transformers fetch and import it (CVE-2026-4372)."""
    for text in texts(value):
        plain = text.removeprefix("paged|")
        if plain in config_names.ATTENTION or not plain:
            continue
        place.add("remote-code", f"names the implementation {quoted(text)}, which transformers has not")
        kernel = _KERNEL.fullmatch(plain.removeprefix("flash|"))
        if kernel:
            place.refer(kernel[1], f"fetches code of the other repository {quoted(kernel[1])}")


def kernels(value: object, place: Place) -> None:
    """Kernels that are fetched from a repository and imported."""
    for text in texts(value):
        kernel = _KERNEL.fullmatch(text)
        if kernel:
            place.add("remote-code", f"makes the loader import the kernel {quoted(text)}")
            place.refer(kernel[1], f"fetches code of the other repository {quoted(kernel[1])}")


def class_name(value: object, place: Place) -> None:
    """A class of the library's own has a plain name; a path to it is code of somebody else."""
    for text in texts(value):
        path = any(sign in text for sign in "./:\\") or "--" in text
        if path and not config_names.is_sentence_class(text) and not _published(text):
            place.add("remote-code", f"names the class {quoted(text)} by a path")


def _published(text: str) -> bool:
    """Modules of Keras' own libraries, and classes of transformers' with its name before them."""
    root, _, name = text.partition(".")
    known = root in config_names.KERAS_ROOTS or (root == "transformers" and config_names.is_class_name(name))
    return known and config_names.is_dotted(text)


def activation(value: object, place: Place) -> None:
    """An activation that is imported by its path (sentence-transformers' Dense and CrossEncoder)."""
    dotted = isinstance(value, str) and ("." in value or ":" in value)
    if isinstance(value, str) and dotted and not config_names.is_activation(value):
        place.add("remote-code", f"imports {quoted(value)} by its path")


def target(value: object, place: Place) -> None:
    """A callable that is imported by its path and called (Hydra, NeMo: CVE-2025-23304; latent diffusion)."""
    if not isinstance(value, str) or not value or value.lower().endswith(_FILES):
        return
    plain = value.replace(":", ".")
    loose = place.key.lower() == "target"
    if config_names.is_target(plain) or (loose and not config_names.is_dotted(plain)):
        return
    place.add("remote-code", f"makes the loader call {quoted(value)}")


def named_code(value: object, place: Place) -> None:
    """A key of a library that builds objects from text: jsonpickle, pickle's own hooks, import strings."""
    if isinstance(value, str | list | dict) and value:
        shown = value if isinstance(value, str) else type(value).__name__
        place.add("remote-code", f"makes a reader build the object {quoted(shown)}")


def auto_mapping(value: object, place: Place) -> None:
    """Module and class that PEFT imports for the base model; its own allow-list came late."""
    if not isinstance(value, dict) or not value:
        return
    library, name = value.get("parent_library"), value.get("base_model_class")
    if library is None and name is None:
        return
    known = isinstance(library, str) and library.partition(".")[0] in {"transformers", "diffusers"}
    if not known or not isinstance(name, str) or not config_names.is_class_name(name):
        place.add("remote-code", f"makes PEFT import {quoted(str(name))} from {quoted(str(library))}")


def native_library(value: object, place: Place) -> None:
    """A shared library that the loader opens: its code runs."""
    for text in texts(value):
        if text.strip():
            place.add("remote-code", f"makes the loader open the native library {quoted(text)}")


CODE: Final[Mapping[str, Rule]] = {
    "auto_map": auto_map,
    **dict.fromkeys(
        ("custom_generate", "custom_pipeline", "custom_pipelines", "custom_code", "custom_class", "tool_class"),
        own_code,
    ),
    **dict.fromkeys(("dynamic_module", "dynamic_modules", "transformers_modules", "module_file"), own_code),
    **dict.fromkeys(("trust_remote_code", "trust_repo", "hf_trust_remote_code", "allow_remote_code"), trust),
    **dict.fromkeys(
        (
            *("_attn_implementation", "_attn_implementation_internal", "attn_implementation"),
            *("_experts_implementation", "_experts_implementation_internal", "experts_implementation"),
        ),
        attention,
    ),
    **dict.fromkeys(("kernels", "kernel_config", "kernel_mapping", "kernel_layer_mapping", "hub_kernels"), kernels),
    **dict.fromkeys(
        (
            *("architectures", "tokenizer_class", "processor_class", "image_processor_type", "feature_extractor_type"),
            *("video_processor_type", "image_processor_class", "feature_extractor_class", "video_processor_class"),
            *(
                "auto_class",
                "_auto_class",
                "audio_tokenizer_class",
                "config_class",
                "model_class",
                "fast_tokenizer_class",
            ),
        ),
        class_name,
    ),
    **dict.fromkeys(
        ("activation_function", "activation_fn", "sbert_ce_default_activation_function", "default_activation_function"),
        activation,
    ),
    **dict.fromkeys(("_target_", "__target__", "target", "class_path", "_component_", "import_path"), target),
    **dict.fromkeys(
        (
            *("py/object", "py/reduce", "py/function", "py/type", "py/newargs", "py/newargsex", "py/repr", "py/mod"),
            *("__reduce__", "__reduce_ex__", "__setstate__", "__import__", "__builtins__", "__globals__", "$type"),
        ),
        named_code,
    ),
    "auto_mapping": auto_mapping,
    **dict.fromkeys(config_callables.MODULES, config_callables.module),
    "object_constructor": config_callables.constructor,
    "implementation": config_callables.runtime,
    **dict.fromkeys(("activation", "act"), config_callables.expression),
    **dict.fromkeys(
        (
            *("custom_ops_library", "custom_op_library", "register_custom_ops_library", "custom_ops_paths"),
            *("plugin_library", "shared_library", "native_library", "ops_library"),
        ),
        native_library,
    ),
    **dict.fromkeys(config_spacy.REGISTRIES, config_spacy.registered),
}
"""Rules by key, in lower case and with underscores for hyphens."""
