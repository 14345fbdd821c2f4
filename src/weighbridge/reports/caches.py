"""What lies in caches, as lines for people: by cache and by repository or folder. Long lists are cut; JSON has all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.cache_report import sums
from weighbridge.core.cached import State
from weighbridge.core.digest import short
from weighbridge.reports.sizes import size_text
from weighbridge.reports.text import brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.core.cache_report import CachedPlace, CacheReport
    from weighbridge.core.cached import Entry

MAX_LISTED = 10
"""As many files of a group, and as many groups without a finding, are named."""
_NAMED = (State.REVOKED, State.DAMAGED, State.UNREADABLE, State.OUTSIDE, State.UNFINISHED)
_ORDER = (State.APPROVED, State.UNAPPROVED, *_NAMED)


def cache_lines(report: CacheReport) -> list[str]:
    """Each cache, the sum, and what to do next."""
    if not report.places:
        return ["no cache was found; name a folder: weighbridge cache check PATH"]
    lines = [line for place in report.places for line in _place_lines(place, report)]
    lines.append(f"together: {_counts(report.left) or 'nothing is left'}")
    removed = [entry for entry in report.entries if entry.purged]
    if removed:
        lines.append(f"removed: {_count(removed)}")
    return [*lines, *_next_lines(report)]


def _place_lines(place: CachedPlace, report: CacheReport) -> list[str]:
    lines = [f"{place.title} {place.path}"]
    groups: dict[str, list[Entry]] = {}
    for entry, group in zip(place.entries, place.groups, strict=True):
        groups.setdefault(group, []).append(entry)
    quiet = 0
    for group, entries in sorted(groups.items()):
        # Weights before what surrounds them.
        sized = sorted(entries, key=lambda entry: -entry.file.size)
        named = [entry for state in _NAMED for entry in sized if entry.state is state]
        if not named and (quiet := quiet + 1) > MAX_LISTED:
            continue
        lines.append(f"  {group}: {_counts(entries)}")
        lines += [line for entry in named[:MAX_LISTED] for line in _entry_lines(entry, report)]
        if len(named) > MAX_LISTED:
            lines.append(f"    and {len(named) - MAX_LISTED} more: see --json")
    if quiet > MAX_LISTED:
        lines.append(f"  and {quiet - MAX_LISTED} more, in which nothing was found: see --json")
    if not groups:
        lines.append("  nothing lies in it")
    return [*lines, *[f"  ! {path}: {message}" for path, message in place.failures]]


def _entry_lines(entry: Entry, report: CacheReport) -> list[str]:
    """A file, by a name that programs open it by, and why it is told."""
    file = entry.file
    use = file.uses[0] if file.uses else None
    name = f"{use.path} at {brief(use.revision)}" if use and use.path else use.name if use else file.path
    did = "removed" if entry.purged else "would be removed" if report.dry_run and _goes(entry) else ""
    note = f" ({did})" if did else ""
    lines = [f"    {entry.state}  {name}  {size_text(file.size)}{_of(entry)}{note}"]
    problems = entry.faults or ((file.trouble,) if file.trouble else ())
    lines += [f"      {problem}" for problem in problems]
    if entry.kept:
        lines.append(f"      kept: {entry.kept}")
    if file.elsewhere and entry.state is State.REVOKED:
        lines.append(f"      the same bytes have {file.elsewhere} more names outside this folder")
    return lines


def _goes(entry: Entry) -> bool:
    return entry.state is State.REVOKED and not entry.kept


def _of(entry: Entry) -> str:
    known = ", ".join(f"{item.pin.name} {short(item.pin.digest)}" for item in entry.pins)
    return f"  {known}" if known else ""


def _counts(entries: Sequence[Entry]) -> str:
    """How many files are in each state, with their sizes."""
    found = [(state, *sums(entries, state)) for state in _ORDER]
    return ", ".join(f"{files} {state} ({size_text(size)})" for state, files, size in found if files)


def _count(entries: Sequence[Entry]) -> str:
    size = sum(entry.file.size for entry in entries)
    return f"{len(entries)} {'file' if len(entries) == 1 else 'files'} ({size_text(size)})"


def _next_lines(report: CacheReport) -> Iterable[str]:
    """What to do about what is left."""
    left = report.left
    if any(_goes(entry) for entry in left) and not (report.purge and not report.dry_run):
        yield "next: weighbridge cache check --purge removes what is revoked"
    if any(entry.state is State.DAMAGED for entry in left):
        yield "next: do not load what is damaged; remove it by hand, and let its client download it again"
    if any(entry.state is State.UNREADABLE for entry in left):
        yield "next: what could not be read was not judged; run it again, as a user who may read it"
