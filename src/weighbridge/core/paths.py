"""Which paths a manifest may hold, and why others are refused.

A path must mean the same file on every system that Weighbridge, Git, DVC and the loaders run on.
The rules are those of docs/concepts.md; this module never touches a file system.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_SEGMENT_BYTES = 255
# git~1 is how NTFS abbreviates .git (CVE-2014-9390).
RESERVED_SEGMENTS = frozenset({".git", ".hg", ".dvc", ".dvcignore", "git~1"})
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: with or without an extension.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
)
# ASCII without controls, backslash and colon: in form C, and nothing in it hides or reorders.
_PLAIN = re.compile(r"[ -9;-\[\]-~]*")
# CVE-2021-42574 (Trojan Source): characters that reorder what a reviewer sees.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Categories: control, line separator, paragraph separator, surrogate.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Cs"})


def _character_fault(path: str) -> str | None:
    for character in path:
        if character in "\\:":
            return f"contains {character!r}"
        if character in _BIDI:
            return "contains a bidirectional control character"
        if unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
            return "contains a control character"
    return None


def _visible(segment: str) -> str:
    """The segment without format characters: HFS+ ignores them in names (CVE-2014-9390)."""
    if segment.isascii():
        return segment
    return "".join(character for character in segment if unicodedata.category(character) != "Cf")


@lru_cache(maxsize=4096)
def _segment_fault(segment: str) -> str | None:
    folded = _visible(segment).casefold()
    if segment in {"", ".", ".."}:
        return f"has the segment {segment!r}"
    if folded in RESERVED_SEGMENTS:
        return f"is named or below {folded}"
    if segment[-1] in ". ":
        return "has a segment that ends in a dot or a space"
    if folded.split(".")[0].rstrip(" ") in _DEVICES:
        return "is the name of a Windows device"
    if len(segment.encode("utf-8")) > MAX_SEGMENT_BYTES:
        return f"has a segment over {MAX_SEGMENT_BYTES} bytes"
    return None


def fault(path: str) -> str | None:
    """Why one path can't stand in a manifest, in words; None if it can."""
    if not path:
        return "is empty"
    if not _PLAIN.fullmatch(path):
        found = _character_fault(path)
        if found:
            return found
        if unicodedata.normalize("NFC", path) != path:
            return "is not in Unicode normalisation form C"
    return next((text for text in map(_segment_fault, path.split("/")) if text), None)


def _fold(path: str) -> str:
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _clashes(paths: Iterable[str]) -> dict[str, str]:
    """Paths that are equal under case folding, or that need one name as file and as folder."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        files[_fold(path)].append(path)
    faults: dict[str, str] = {}
    spelled: dict[str, str] = {}
    good: set[str] = set()
    for folded, same in files.items():
        for path in same[1:]:
            faults[path] = f"collides with {same[0]!r} where case or form is ignored"
        parent = same[0].rpartition("/")[0]
        if not parent or parent in good:
            continue
        segments = same[0].split("/")
        folders = folded.split("/")
        for depth in range(1, len(folders)):
            folder, original = "/".join(folders[:depth]), "/".join(segments[:depth])
            if folder in files:
                faults[same[0]] = f"needs {files[folder][0]!r} to be a folder, but it is a file"
            elif spelled.setdefault(folder, original) != original:
                faults[same[0]] = f"has a folder that collides with {spelled[folder]!r}"
        if same[0] not in faults:
            good.add(parent)
    return faults


def check(paths: Iterable[str], *, ignored: Callable[[str], bool] | None = None) -> None:
    """Refuse a set of paths if any of them can't stand in a manifest.

    Args:
        paths: Relative POSIX paths, after include and exclude patterns.
        ignored: Says whether the repository's ``.dvcignore`` would drop a path.

    Raises:
        IntegrityError: With every offender, its fault and the ``--exclude`` options that leave them out.
    """
    listed = list(paths)
    faults = {path: text for path in listed if (text := fault(path))}
    faults.update({path: text for path, text in _clashes(listed).items() if path not in faults})
    if ignored is not None:
        faults.update({path: "is dropped by .dvcignore" for path in listed if path not in faults and ignored(path)})
    if not faults:
        return
    shown = "; ".join(f"{path!r} {text}" for path, text in sorted(faults.items()))
    # People paste this into a shell: a hostile name must not become a command there.
    options = " ".join(f"--exclude {shlex.quote(glob_literal(path))}" for path in sorted(faults))
    raise IntegrityError(
        f"{len(faults)} path(s) can't be governed: {shown}",
        code="bad-path",
        hint=f"leave them out, if the model works without them: {options}",
        details={"paths": dict(sorted(faults.items()))},
    )


def glob_literal(path: str) -> str:
    """A printable glob pattern that matches this path, and no other if the path is printable."""
    shown = (character if character.isprintable() else "?" for character in path)
    return "".join(f"[{own}]" if own in "*?[" else new for own, new in zip(path, shown, strict=True))
