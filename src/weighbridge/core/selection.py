"""Which files of a repository are governed: include and exclude patterns, and the default for duplicates.

A repository often holds the same weights for several frameworks. Where a folder has safetensors weights, the other
formats of those weights are left out unless all are asked for. What is left out is recorded, never forgotten.
This module does not judge whether a file is safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from weighbridge.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.listing import RemoteFile

# The base names that frameworks give to the main weights of a folder.
_MAIN = r"(?:pytorch_model|tf_model|flax_model|rust_model|model)"
_SHARD = r"(?:[.-]\d+-of-\d+)?"
_OTHER_SUFFIX = r"\.(?:bin|pt|pth|h5|msgpack|ot|ckpt|onnx|onnx_data|tflite|gguf)"
_INDEX = r"(?:\.index\.json)?"
_MAIN_SAFETENSORS = re.compile(_MAIN + _SHARD + r"\.safetensors")
_MAIN_OTHER = re.compile(_MAIN + _SHARD + r"\.(?:bin|pt|pth|h5|msgpack|ot|ckpt)" + _INDEX)
_SAME_STEM = re.compile(r"(?P<stem>.+?)" + _SHARD + _OTHER_SUFFIX + _INDEX)
_SAFETENSORS = re.compile(r"(?P<stem>.+?)" + _SHARD + r"\.safetensors")
# Folders in which exporters put a whole copy of the parent's model.
_EXPORT_FOLDERS = frozenset({"onnx", "openvino", "coreml", "tflite"})


@dataclass(frozen=True, slots=True)
class Selection:
    """What to take of a repository.

    Args:
        include: Patterns; when there are any, only matching files are taken.
        exclude: Patterns; matching files are left out, also if included.
        all_formats: Take duplicates in other frameworks' formats too.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    all_formats: bool = False

    def split(self, files: Iterable[RemoteFile]) -> tuple[tuple[RemoteFile, ...], tuple[RemoteFile, ...]]:
        """The files to take and those to leave out, each in the order given.

        Raises:
            UsageError: Nothing is left to take.
        """
        listed = list(files)
        duplicates = frozenset() if self.all_formats else _duplicates(file.path for file in listed)
        taken: list[RemoteFile] = []
        omitted: list[RemoteFile] = []
        for file in listed:
            wanted = (
                any(_matches(file.path, pattern) for pattern in self.include)
                if self.include
                else file.path not in duplicates
            )
            wanted = wanted and not any(_matches(file.path, pattern) for pattern in self.exclude)
            (taken if wanted else omitted).append(file)
        if not taken:
            raise UsageError(
                f"no file is left of {len(listed)}", code="nothing-selected", hint="check --include and --exclude"
            )
        return tuple(taken), tuple(omitted)


def _matches(path: str, pattern: str) -> bool:
    """Whether a path matches a shell pattern; a pattern that ends in / takes the whole folder."""
    return fnmatchcase(path, pattern + "*" if pattern.endswith("/") else pattern)


def _folder_and_name(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _duplicates(paths: Iterable[str]) -> frozenset[str]:
    """The paths that hold, in another format, weights whose safetensors are there too."""
    listed = list(paths)
    with_main: set[str] = set()
    stems: set[tuple[str, str]] = set()
    for folder, name in map(_folder_and_name, listed):
        found = _SAFETENSORS.fullmatch(name)
        if found:
            stems.add((folder, found["stem"]))
            if _MAIN_SAFETENSORS.fullmatch(name):
                with_main.add(folder)

    def is_duplicate(path: str) -> bool:
        folder, name = _folder_and_name(path)
        same = _SAME_STEM.fullmatch(name)
        parent, last = _folder_and_name(folder)
        return (
            (folder in with_main and _MAIN_OTHER.fullmatch(name) is not None)
            or (same is not None and (folder, same["stem"]) in stems)
            or (last in _EXPORT_FOLDERS and parent in with_main)
        )

    return frozenset(filter(is_duplicate, listed))
