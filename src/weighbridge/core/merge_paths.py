"""Which paths of a repository govern, and what may stand there: plain files under their own names.

A symbolic link, a submodule or an executable in place of a governing file is refused, and so is a path that some file
system takes for such a file (other case, other Unicode form, invisible characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final

from weighbridge.core.merge import CONFIG, Kind, MergeFinding, note, refused, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.merge import Sides

LOCK: Final = "lock.json"
EVIDENCE: Final = "evidence"
PIPELINE: Final = "dvc.yaml"
POINTER: Final = ".dvc"
ATTRIBUTES: Final = ".gitattributes"
GIT_IGNORE: Final = ".gitignore"
DVC_IGNORE: Final = ".dvcignore"
MODULES: Final = ".gitmodules"
STATE: Final = ".weighbridge/"
_GATES: Final = (
    ".github/workflows/",
    ".github/actions/",
    ".gitlab-ci.yml",
    ".gitlab/",
    ".pre-commit-config.yaml",
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
)
_RULES: Final = frozenset({PIPELINE, ATTRIBUTES, DVC_IGNORE})
_UNSAFE: Final = frozenset({"", ".", "..", ".git"})
_DVC_FOLDER: Final = re.compile(r"(?:^|.*/)\.dvc/")


def folded(path: str) -> str:
    """A path as a file system may take it that knows no case or normalises names."""
    if path.isascii():
        return path.lower()
    text = unicodedata.normalize("NFKC", path)
    return "".join(item for item in text if unicodedata.category(item) != "Cf").casefold()


def governs(path: str, home: str, models: str) -> bool:
    """Whether a path, exactly as written, is one that governs.

    Args:
        path: A path in the repository.
        home: The project's folder: empty, or ending in ``/``.
        models: The folder of the models, ending in ``/``.
    """
    name = path.rpartition("/")[2]
    return (
        path == home + CONFIG
        or name in _RULES
        or name.endswith(POINTER)
        or _DVC_FOLDER.match(path) is not None
        or path.startswith((models, f"{home}{STATE}", *_GATES))
        or path == MODULES
        or (name == GIT_IGNORE and f"{models}x".startswith(path.removesuffix(name)))
        # A link or a submodule may stand in place of a folder.
        or f"{path}/" in {home, models}
        or models.startswith(f"{path}/")
    )


def concerns(path: str, home: str, models: str) -> bool:
    """Whether a path has to be looked at: it governs, some file system may take it so, or nothing may be called so."""
    if not _UNSAFE.isdisjoint(path.split("/")):
        return True
    return governs(path, home, models) or governs(folded(path), folded(home), folded(models))


def model_of(path: str, models: str) -> str:
    """The name of the model in whose folder a path lies; empty if in none."""
    name, slash, _ = path.removeprefix(models).partition("/")
    return name if path.startswith(models) and slash else ""


def place_findings(sides: Sides) -> Iterator[MergeFinding]:
    """What the merge puts where only plain files of ours may stand."""
    spellings = Counter(map(folded, sides.merge.entries))
    for path in sides.paths:
        entry = sides.merge.entries.get(path)
        if entry is None:
            continue
        if not _UNSAFE.isdisjoint(path.split("/")):
            yield refused("unsafe-path", path, "no file may be called so", "take it out of the merge")
        elif _is_lookalike(path, sides, spellings):
            message = f"{shown(path)!r} is another spelling of a file that governs: some systems read it in its place"
            yield refused("lookalike-path", path, message, "rename it, or take it out of the merge")
        elif path.startswith(f"{sides.home}{STATE}"):
            message = "what one clone remembers is in the merge: others would take it for their own"
            yield refused("state-in-git", path, message, f"git rm -r --cached {sides.home}{STATE}")
        elif path == MODULES and entry.kind is Kind.FILE:
            yield note("submodules-changed", path, "submodules bring files that are not looked at here")
        elif entry.kind is Kind.PROGRAM and not is_gate(path):
            yield refused("file-mode", path, "a governing file became executable", "git update-index --chmod=-x FILE")
        elif entry.kind not in {Kind.FILE, Kind.PROGRAM}:
            message = f"a {entry.kind} stands where a plain file governs"
            yield refused("file-kind", path, message, "put the file itself there")


def _is_lookalike(path: str, sides: Sides, spellings: Counter[str]) -> bool:
    """Whether some file system takes a path for another one that governs."""
    if not governs(path, sides.home, sides.models) or spellings[folded(path)] > 1:
        return True
    name = model_of(path, sides.models)
    first = path.removeprefix(f"{sides.models}{name}/").partition("/")[0]
    return bool(name) and first not in {LOCK, EVIDENCE} and folded(first) in {LOCK, EVIDENCE}


def is_gate(path: str) -> bool:
    """Whether a file says what runs in CI or before a commit."""
    return path.startswith(_GATES)
