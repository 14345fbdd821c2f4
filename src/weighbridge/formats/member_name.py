"""Names of archive members: which of them every program would unpack to the same place below its folder.

Shared by zip and tar. It compares names as text and touches no file system.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_NAME_CHARACTERS = 4096
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def unsafe(name: str) -> str:
    """Why a member's name can't be trusted, in a few words; empty if it can. A folder's may end with one slash."""
    if not name or len(name) > MAX_NAME_CHARACTERS:
        return "is empty or too long"
    if _CONTROL.search(name):
        return "holds control characters"
    if "\\" in name:
        return "holds a backslash"
    if name.startswith("/") or _DRIVE.match(name):
        return "is absolute"
    parts = name.removesuffix("/").split("/")
    if ".." in parts:
        return "leaves its folder"
    return "has empty parts" if "" in parts or "." in parts[1:] else ""


def confusable(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs that some file systems take for one file: equal but for case or the Unicode form of their letters."""
    seen: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.removesuffix("/")).casefold())
        other = seen.setdefault(key, name)
        if other is not name:
            yield other, name
