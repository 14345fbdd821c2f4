"""Merge: two sides of a repository as far as they govern, and what is found when one is to become the other.

The base is what the team has; the merge is what somebody wants it to be, and hostile until shown otherwise. This module
holds values; the rules stand beside it in ``merge_*``. Nothing here reads files.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from weighbridge.core.errors import DeniedError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.core.canonical import Json

CONFIG: Final = "weighbridge.toml"
MAX_SHOWN: Final = 120
DOCS_URL: Final = "https://weighbridge.dev/docs/check"


class Kind(StrEnum):
    """What Git keeps under a path."""

    FILE = "file"
    PROGRAM = "executable file"
    LINK = "symbolic link"
    SUBMODULE = "submodule"
    OTHER = "special file"


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands under one path of one side.

    Args:
        kind: What it is.
        id: Equal for equal content: Git's name of the blob.
        size_bytes: The size of its content.
    """

    kind: Kind
    id: str
    size_bytes: int


@dataclass(frozen=True)
class Tree:
    """One side.

    Args:
        entries: What concerns governance, by path in the repository, ``/`` between parts.
        content: Gives the bytes of one of its files; a WeighbridgeError if they can't be had.
    """

    entries: Mapping[str, Entry]
    content: Callable[[str], bytes]

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.entries)

    def below(self, folder: str) -> list[str]:
        """Every path below a folder that ends in ``/``, sorted."""
        start = bisect_left(self._sorted, folder)
        return list(takewhile(lambda path: path.startswith(folder), islice(self._sorted, start, None)))

    def has(self, path: str) -> bool:
        """Whether a plain file stands there."""
        entry = self.entries.get(path)
        return entry is not None and entry.kind in {Kind.FILE, Kind.PROGRAM}


@dataclass(frozen=True)
class Sides:
    """What is compared.

    Args:
        base: What the team has.
        merge: What it would have after the merge.
        home: The project's folder in the repository: empty, or ending in ``/``.
        models: The folder of the models in the repository, ending in ``/``, as the base's configuration says.
    """

    base: Tree
    merge: Tree
    home: str
    models: str

    def changed(self, path: str) -> bool:
        """Whether the merge has something else there."""
        return self.base.entries.get(path) != self.merge.entries.get(path)

    @cached_property
    def paths(self) -> list[str]:
        """Every path of either side at which they differ, sorted."""
        return sorted(path for path in self.base.entries.keys() | self.merge.entries.keys() if self.changed(path))


class Weight(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class MergeFinding:
    """One thing that a merge would change.

    Args:
        code: Stable, in kebab case; docs/check.md has them all.
        path: The file, or the dotted key of weighbridge.toml in it after a colon.
        weight: Whether it is only told, refuses the merge, or says that evidence is broken.
        message: One sentence.
        hint: The next step.
    """

    code: str
    path: str
    weight: Weight
    message: str
    hint: str

    def to_json(self) -> dict[str, Json]:
        """The finding's published JSON."""
        return {
            "code": self.code,
            "path": shown(self.path),
            "weight": str(self.weight),
            "message": self.message,
            "hint": self.hint,
            "url": DOCS_URL,
        }


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What becomes of one pin of a model, under the base's trust.

    Args:
        name: The governed name.
        kind: ``added``, ``updated``, ``removed``, ``approved``, ``asked`` or ``revoked``.
        before: The revision that was pinned; empty where none was.
        after: The revision that is pinned; empty where none is.
        digest: The digest that it is about.
        stage: The stage; empty where no stage is concerned.
        people: Ids of those who said so, sorted.
        text: More, in words.
    """

    name: str
    kind: str
    before: str = ""
    after: str = ""
    digest: str = ""
    stage: str = ""
    people: tuple[str, ...] = ()
    text: str = ""

    def to_json(self) -> dict[str, Json]:
        """The change's published JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "digest": self.digest,
            "stage": self.stage,
            "people": list(self.people),
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What is said of a merge.

    Args:
        base: The base's commit.
        head: The merge's commit; empty for the working tree.
        trust: Under whose rules it was judged.
        findings: What was found, the heaviest first.
        models: What becomes of models.
        left_out: What was not looked at, in words.
    """

    base: str
    head: str
    trust: str
    findings: tuple[MergeFinding, ...]
    models: tuple[ModelChange, ...]
    left_out: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 where nothing but notes was found, 10 with findings, 20 where evidence is broken."""
        weights = {item.weight for item in self.findings}
        if Weight.BROKEN in weights:
            return IntegrityError.exit_code
        return DeniedError.exit_code if Weight.REFUSED in weights else 0

    @property
    def verdict(self) -> str:
        """``allow``, ``deny`` or ``broken``."""
        return {0: "allow", DeniedError.exit_code: "deny"}.get(self.exit_code, "broken")

    def to_json(self) -> dict[str, Json]:
        """The report's published JSON."""
        return {
            "verdict": self.verdict,
            "base": self.base,
            "head": self.head or None,
            "trust": self.trust,
            "findings": [item.to_json() for item in self.findings],
            "models": [item.to_json() for item in self.models],
            "left_out": list(self.left_out),
        }


def shown(text: str) -> str:
    """Foreign text of bounded length that can be printed: what is not UTF-8 is replaced."""
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return _sound(cut)


def _sound(text: str) -> str:
    """Text without the halves of letters that stand for bytes that are not UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def note(rule: str, path: str, message: str, hint: str = "see that this is meant") -> MergeFinding:
    """Something that people must see."""
    return MergeFinding(rule, path, Weight.NOTE, _sound(message), _sound(hint))


def refused(rule: str, path: str, message: str, hint: str) -> MergeFinding:
    """Something that a merge must not bring."""
    return MergeFinding(rule, path, Weight.REFUSED, _sound(message), _sound(hint))


def broken(rule: str, path: str, message: str, hint: str) -> MergeFinding:
    """Evidence, or a lock, that is not what it says."""
    return MergeFinding(rule, path, Weight.BROKEN, _sound(message), _sound(hint))
