"""What lint tells of a whole repository: which of its references keep a merge out, and which are excused.

A reference is excused by an exception in its file, by a baseline, or since it was there before. Neither an exception
nor a baseline excuses a revoked model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.linted import ERRORS, Ruling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from weighbridge.core.canonical import Json
    from weighbridge.core.ignore import Ignore
    from weighbridge.core.linted import Linted

    Shown = Callable[[str], str]

Identity = tuple[str, str, str, str, str]
ROW: Final = ("path", "rule", "verdict", "model", "revision", "count")
"""The keys of a baseline's row: an identity, and how often it occurs."""


@dataclass(frozen=True, slots=True)
class Told:
    """A reference with what it means for a merge.

    Args:
        linted: What is said of it.
        level: ``error``, ``note``, or empty for nothing to tell.
        excused: Why it does not count although it would; empty if it counts.
    """

    linted: Linted
    level: str
    excused: str = ""

    def to_json(self, shown: Shown) -> dict[str, Json]:
        """Its published JSON.

        Args:
            shown: Gives a path as it is to be read.
        """
        path = shown(self.linted.mention.spot.path)
        return {
            **self.linted.to_json(),
            "path": path,
            "level": self.level or "none",
            "excused": self.excused or None,
        }


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a file that is no reference: it can't be read, or an exception in it is wrong.

    Args:
        path: The file.
        line: Counted from 1; 0 for the whole file.
        message: One sentence.
        level: ``error`` or ``note``.
        cell: The notebook's cell, counted from 1; None outside of notebooks.
    """

    path: str
    line: int
    message: str
    level: str
    cell: int | None = None

    def to_json(self, shown: Shown) -> dict[str, Json]:
        """Its published JSON.

        Args:
            shown: Gives a path as it is to be read.
        """
        return {
            "path": shown(self.path),
            "line": self.line,
            "cell": self.cell,
            "level": self.level,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class LintReport:
    """All that lint tells.

    Args:
        told: Every reference, in the order of places.
        remarks: What else is to be told.
        files: How many files were read.
        trust: Whose word counts: ``local``, a trust file's digest, or empty without a project.
    """

    told: tuple[Told, ...]
    remarks: tuple[Remark, ...]
    files: int
    trust: str

    @property
    def errors(self) -> tuple[Told, ...]:
        """What keeps the merge out."""
        return tuple(each for each in self.told if each.level == "error" and not each.excused)

    @property
    def notes(self) -> tuple[Told, ...]:
        """What is told, and keeps nothing out."""
        return tuple(each for each in self.told if each.level == "note" and not each.excused)

    @property
    def fails(self) -> bool:
        """Whether the merge must not land."""
        return bool(self.errors) or any(each.level == "error" for each in self.remarks)

    def to_json(self, shown: Shown) -> dict[str, Json]:
        """Its published JSON.

        Args:
            shown: Gives a path as it is to be read.
        """
        return {
            "verdict": "deny" if self.fails else "allow",
            "trust": self.trust or None,
            "files": self.files,
            "references": [each.to_json(shown) for each in self.told],
            "remarks": [each.to_json(shown) for each in self.remarks],
        }


def identity(linted: Linted) -> Identity:
    """What makes a reference the same one when lines move."""
    mention = linted.mention
    texts = (mention.spot.path, mention.rule, str(linted.ruling), mention.ref, mention.revision or "")
    # A file name of other bytes than UTF-8 has surrogates, which JSON files must not.
    path, rule, verdict, model, revision = (text.encode("utf-8", "backslashreplace").decode() for text in texts)
    return path, rule, verdict, model, revision


def tell(linted: Linted, *, strict: bool) -> Told:
    """What a reference means for a merge.

    Args:
        linted: What is said of it.
        strict: Whether what can't be told keeps a merge out, too.
    """
    if linted.ruling in ERRORS or (strict and linted.ruling is Ruling.UNRESOLVED):
        return Told(linted, "error")
    return Told(linted, "" if linted.ruling is Ruling.GOVERNED else "note")


def excuse_ignored(
    told: Sequence[Told], ignored: Mapping[str, Sequence[tuple[int | None, Ignore]]], today: date
) -> tuple[list[Told], list[Remark]]:
    """References with the exceptions of their files taken into account, and what is to be told of those.

    Args:
        told: The references.
        ignored: The exceptions of each file, each with its cell.
        today: The day of asking.
    """
    used: set[tuple[str, int | None, Ignore]] = set()
    left = []
    for each in told:
        linted, spot = each.linted, each.linted.mention.spot
        matching = [
            item
            for cell, item in ignored.get(spot.path, ())
            if (cell, item.line) == (spot.cell, spot.line)
            and item.covers(linted.mention.rule, str(linted.ruling))
            and each.level
        ]
        used |= {(spot.path, spot.cell, item) for item in matching}
        left.append(_ignored(each, matching, today) if matching else each)
    remarks = [
        _remark(path, cell, item)
        for path, several in ignored.items()
        for cell, item in several
        if item.problem or (path, cell, item) not in used
    ]
    return left, remarks


def _ignored(told: Told, matching: Sequence[Ignore], today: date) -> Told:
    item = max(matching, key=lambda each: each.until)
    linted = told.linted
    if linted.ruling is Ruling.REVOKED:
        return replace(told, linted=replace(linted, message=f"{linted.message}; an exception does not excuse that"))
    if item.until < today:
        return replace(told, linted=replace(linted, message=f"{linted.message}; its exception ended on {item.until}"))
    return replace(told, excused=f"until {item.until}: {item.reason}")


def _remark(path: str, cell: int | None, item: Ignore) -> Remark:
    if item.problem:
        return Remark(path, item.at, f"an exception holds for nothing: {item.problem}", "error", cell)
    return Remark(path, item.at, f"an exception for {', '.join(item.rules)} has nothing to excuse", "note", cell)


def excuse_known(told: Sequence[Told], known: Counter[Identity], why: str) -> tuple[list[Told], Counter[Identity]]:
    """References with those excused that were there before, and what of those is no longer there.

    Args:
        told: The references.
        known: How often each was there.
        why: What the excuse says.
    """
    left = Counter(known)
    found = []
    for each in told:
        name = identity(each.linted)
        if each.level and not each.excused and left[name] > 0:
            left[name] -= 1
            found.append(replace(each, excused=why))
        else:
            found.append(each)
    return found, +left


def excuse_moved(told: Sequence[Told], left: Counter[Identity], why: str) -> list[Told]:
    """References with those excused that were there before in another file: the path alone differs.

    Args:
        told: The references.
        left: What was there before and is no longer there, as `excuse_known` tells.
        why: What the excuse says.
    """
    moved: Counter[tuple[str, ...]] = Counter()
    for name, count in left.items():
        moved[name[1:]] += count
    found = []
    for each in told:
        elsewhere = identity(each.linted)[1:]
        if each.level and not each.excused and moved[elsewhere] > 0:
            moved[elsewhere] -= 1
            found.append(replace(each, excused=why))
        else:
            found.append(each)
    return found


def baseline(told: Iterable[Told]) -> list[Json]:
    """What a baseline keeps of the references that keep a merge out, sorted, so that it merges line by line."""
    kept = (each for each in told if each.level and not each.excused and each.linted.ruling is not Ruling.REVOKED)
    counted = Counter(identity(each.linted) for each in kept)
    return [dict(zip(ROW, (*name, counted[name]), strict=True)) for name in sorted(counted)]


def read_baseline(rows: Sequence[Json]) -> Counter[Identity]:
    """How often each reference of a baseline was there.

    Raises:
        ValueError: A row is not as `baseline` writes it.
    """
    found: Counter[Identity] = Counter()
    for row in rows:
        match row:
            case {
                "path": str(path),
                "rule": str(rule),
                "verdict": str(verdict),
                "model": str(model),
                "revision": str(revision),
                "count": int(count),
            } if _is_row(row) and count is not True and count > 0 and verdict != Ruling.REVOKED:
                found[path, rule, verdict, model, revision] += count
            case _:
                raise ValueError(f"{row!r} is no row of a baseline")
    return found


def _is_row(row: Json) -> bool:
    return isinstance(row, dict) and row.keys() == set(ROW)
