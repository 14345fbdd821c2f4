"""Paths in configuration: each must be a plain relative name inside the model's folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from weighbridge.checks.config_place import Place

MAX_SHARDS = 1_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://?")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_VARIABLE: Final = re.compile(r"\$\{|\$\(|\$[A-Za-z_]|%[A-Za-z_]{1,40}%")
_SENSITIVE: Final = re.compile(
    r"/(?:etc|proc|sys|dev|boot)/|/(?:var/)?run/|/\.(?:ssh|aws|kube|gnupg|docker|netrc|env|bashrc|profile|pypirc|config)\b"
    r"|/id_(?:rsa|ed25519)|/authorized_keys|/cron|/\.git-credentials|/huggingface/(?:token|stored_tokens)$",
    re.IGNORECASE,
)
# Written by the machine that saved the model; loaders put the real file in their place.
_LEFTOVERS: Final = frozenset({"special_tokens_map_file", "tokenizer_file"})
_TRAINING: Final = (
    *("train", "valid", "val", "test", "eval", "data", "output", "log", "save", "cache", "checkpoint", "ckpt"),
    *("resume", "result", "root", "wandb", "model_name", "pretrained", "base_model", "hf", "best_model", "overwrite"),
    *(
        "_name",
        "name",
        "tokenizer_name",
        "work",
        "export",
        "tmp",
        "image",
        "dataset",
        "corpus",
        "annotation",
        "artifact",
        "uri",
    ),
)
# Of two sorts of folders and files a model names, loaders open the one and only trainers the other.
_DATA: Final = _words("""
    audio audios wav wavs video videos images photo photos corpora datasets sample samples speaker speakers recording
    recordings annotations label labels logs logging history report results run runs home project workspace experiment
""")
_LOADED: Final = _words("""
    adapter checkpoint config decoder detector embedding embeddings encoder extractor index lora merges model models
    module modules onnx plugin preprocessor processor prompt state template tokenizer tokens unet vae vocab vocabulary
    vocoder weight weights
""")
_FOLDERS: Final = ("_dir", "_folder")
_ENDINGS: Final = ("_file", "_filename", "_file_name", "_path", *_FOLDERS)
_EXACT: Final = frozenset(
    {
        "filename",
        "file_name",
        "merges",
        "index_path",
        "passages_path",
        "vocab",
        "spm",
        "lora_path",
        "weights_name",
        "weight_name",
    }
    | {"transformers_weights", "subfolder", "variant"}
)
LOADER_FILES: Final = re.compile(
    r"(?:config|generation_config|tokenizer_config|tokenizer|special_tokens_map|preprocessor_config|processor_config"
    r"|image_processor_config|feature_extractor_config|video_preprocessor_config|adapter_config|model_index"
    r"|modular_model_index|modules|sentence_bert_config|config_sentence_transformers|scheduler_config|genai_config"
    r"|open_clip_config|quantize_config|quantization_config|router_config|added_tokens|params|mlc-chat-config"
    r"|pipeline_config|model_config|unet_config|vae_config|ort_config)\.(?:json|ya?ml)|.*\.index\.json|mlmodel"
)
"""Files that loaders read by these names."""


def escape(path: str) -> str:
    """Why a path is not a plain relative name inside the folder; empty if it is one."""
    plain = unquote(path)
    parts = [part.strip() for part in re.split(r"[/\\]", plain)]
    rules = (
        (any(ord(sign) < 32 or ord(sign) == 127 for sign in plain), "holds control characters"),  # noqa: PLR2004 - ASCII's
        (_SCHEME.match(plain), "is a URL"),
        (plain.startswith(("/", "\\")) or _DRIVE.match(plain), "is absolute"),
        (plain.startswith("~"), "begins in a home folder"),
        (".." in parts, "leaves the folder"),
        (".git" in map(str.lower, parts), "lies among what git keeps, no part of a model"),
        (_VARIABLE.search(plain), "holds a variable"),
    )
    return next((reason for broken, reason in rules if broken), "")


def weight_map(value: object, place: Place) -> None:
    """An index of shards: every file must be a plain name inside, and exist (transformers issue on traversal)."""
    if not isinstance(value, dict):
        return
    files = {item for item in value.values() if isinstance(item, str)}
    for file in sorted(files)[:MAX_SHARDS]:
        plain_path(file, place)
    if len(files) > MAX_SHARDS:
        place.add("not-inspected", f"names {len(files)} files; {MAX_SHARDS} were looked at")


def plain_path(value: str, place: Place, *, needed: bool = True) -> None:
    """A path that a loader opens below the document's folder."""
    reason = escape(value) or ("has backslashes" if "\\" in value else "")
    if reason:
        place.add("path-traversal", f"names {quoted(value)}, which {reason}")
    elif needed:
        place.need(value, place.key)


def setting(value: str, key: str, place: Place) -> None:
    """A setting whose name says that it is a path.

    Args:
        value: What it says.
        key: Its name in lower case, with underscores.
        place: Where it stands.
    """
    if not (key.endswith(_ENDINGS) or key in _EXACT) or len(value) > 4_096:  # noqa: PLR2004 - no path is longer
        return
    reason = escape(value)
    if not reason:
        return
    if reason == "is a URL":
        _address(value, key, place)
    elif _SENSITIVE.search(unquote(value).replace("\\", "/")):
        place.add("path-traversal", f"names {quoted(value)}, a file of the machine")
    elif _read_by_loaders(key, place) and (key not in _LEFTOVERS or reason == "leaves the folder"):
        place.add("path-traversal", f"names {quoted(value)}, which {reason}")


def _read_by_loaders(key: str, place: Place) -> bool:
    """Whether a loader opens what the key names; provenance such as ``audio_folder`` is nobody's but the trainer's."""
    if key.startswith(_TRAINING) or LOADER_FILES.fullmatch(place.name) is None:
        return False
    words = set(key.split("_"))
    return bool(words & _LOADED) if key.endswith(_FOLDERS) or words & _DATA else True


def _address(value: str, key: str, place: Place) -> None:
    """A URL where a file's name belongs: the loader reads the machine, or fetches from elsewhere."""
    if value.lower().startswith("file:") and not key.startswith(_TRAINING):
        place.add("path-traversal", f"names {quoted(value)}, a file of the machine")
    elif _read_by_loaders(key, place) and key.endswith(("_file", "_filename", "_file_name", "_path")):
        place.refer(value, f"names {quoted(value)}, which is fetched from elsewhere")
