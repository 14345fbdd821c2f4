"""A model as a text names it, and what tells names of models from paths and other files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOLE: Final = "\ue000"
"""Stands in a text for what only running the program would tell; a private character, so that no text has it."""
_MAX_HUB_PART: Final = 96
_HEX: Final = frozenset("0123456789abcdef")
_COMMIT_DIGITS: Final = 40

WEIGHTS: Final = (
    ".safetensors",
    ".gguf",
    ".ggml",
    ".llamafile",
    ".pt",
    ".pth",
    ".ckpt",
    ".onnx",
    ".keras",
    ".tflite",
    ".nemo",
    ".pdparams",
    ".caffemodel",
    ".mlmodel",
    ".weights",
)
"""Files that hold a model, whatever they are called."""
_PERHAPS_WEIGHTS: Final = (".bin", ".h5", ".hdf5", ".pkl", ".joblib", ".pb", ".npz", ".msgpack", ".tar", ".tgz", ".zip")
ENDINGS: Final = (*WEIGHTS, *_PERHAPS_WEIGHTS)
"""How all files end that can hold a model."""
_SAYS_MODEL: Final = ("model", "weight", "checkpoint", "ckpt", "pretrained")
_OTHER_FILES: Final = (
    *(".py", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".txt", ".csv", ".tsv", ".parquet", ".md", ".sh", ".gz"),
    *(".xml", ".html", ".js", ".ts", ".png", ".jpg", ".wav", ".mp3", ".sql", ".log", ".db", ".proto", ".ipynb"),
)
_FOLDERS: Final = frozenset(
    {
        *("models", "model", "data", "datasets", "checkpoints", "checkpoint", "ckpt", "ckpts", "output", "outputs"),
        *(
            "weights",
            "results",
            "runs",
            "artifacts",
            "build",
            "dist",
            "tmp",
            "cache",
            "mnt",
            "out",
            "exp",
            "src",
            "lib",
        ),
        *(
            "experiments",
            "saves",
            "saved_models",
            "trained_models",
            "pretrained",
            "pretrained_models",
            "assets",
            "logs",
            "opt",
        ),
        *("application", "text", "image", "audio", "video", "font", "multipart", "work", "workspace", "app", "tests"),
        *("apps", "components", "schemas", "entities", "core", "common", "shared", "modules", "packages", "internal"),
        *("static", "public", "db", "domain", "resources", "conf", "config", "configs", "scripts", "docs", "examples"),
        *("templates", "home", "usr", "var", "etc", "root", "local", "content", "kaggle", "drive"),
    }
)
"""First parts of a path in a project, or of a media type: nobody's name on the Hub."""


@dataclass(frozen=True, slots=True)
class Named:
    """A model, as a text names it.

    Args:
        scheme: The kind of source.
        model: As that source names it; None if only running the program would tell.
        revision: What the text itself says of a revision; None if nothing.
        is_open: Whether it has a revision that can't be told.
        can_pin: Whether this place takes a revision.
    """

    scheme: str
    model: str | None
    revision: str | None = None
    is_open: bool = False
    can_pin: bool = True


def is_local(text: str) -> bool:
    """Whether a text is a path of the machine's own, as a program that takes either would see it."""
    if text.startswith(("./", "../", "/", "~", "file:", "\\")) or text in {".", ".."} or "\\" in text:
        return True
    if text[1:3] == ":/" or text.count("/") > 1:
        return True
    lowered = text.lower()
    if lowered.endswith((*WEIGHTS, *_OTHER_FILES)):
        return True
    return "/" in text and lowered.partition("/")[0] in _FOLDERS


def is_weights(path: str) -> bool:
    """Whether the last part of a path names a file of weights."""
    lowered = path.lower().rstrip("/")
    if lowered.endswith(WEIGHTS):
        return True
    return lowered.endswith(_PERHAPS_WEIGHTS) and any(word in lowered for word in _SAYS_MODEL)


def is_hub_name(text: str, *, with_owner: bool = False) -> bool:
    """Whether a text has the form of a Hub repository: ``owner/name``, or a bare name as the oldest ones have."""
    parts = text.split("/")
    if len(parts) > 2 or (with_owner and len(parts) != 2):  # noqa: PLR2004 - owner and name
        return False
    return all(map(_is_hub_part, parts)) and not text.endswith(".git")


def _is_hub_part(part: str) -> bool:
    if not part or len(part) > _MAX_HUB_PART or not part.isascii() or ".." in part or "--" in part:
        return False
    return part[0] not in "-." and part[-1] not in "-." and all(mark.isalnum() or mark in "-_." for mark in part)


def is_commit(text: str) -> bool:
    """Whether a text is a full Git commit."""
    return len(text) == _COMMIT_DIGITS and set(text) <= _HEX
