"""Archives: every member of zip, tar and compressed files is recognised and examined like a file of its own.

What can be read in two ways, or leaves the archive, is `zip-structure` or `archive-structure`; what is not unpacked
within the budget is `not-inspected`. Nothing is written under a member's name.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from weighbridge.checks import zipped
from weighbridge.checks.notes import LIMITED
from weighbridge.formats import compressed, tar
from weighbridge.formats.fault import quoted
from weighbridge.formats.kinds import Kind
from weighbridge.formats.member_name import confusable
from weighbridge.formats.slice import Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

MAX_UNPACKED_BYTES: Final = 512 << 20
"""The most that one compressed file may unpack to: it goes through a temporary file."""

_SUFFIXES: Final = (".gz", ".bz2", ".xz", ".lzma", ".z")
_TAR_SUFFIXES: Final = (".tgz", ".tbz2", ".txz")


@contextmanager
def _deeper(subject: Subject, notes: Notes) -> Iterator[bool]:
    """Go one level down; False, and a finding, if that is too deep."""
    budget = subject.budget
    budget.depth -= 1
    if budget.depth < 0:
        notes.add("not-inspected", "archives are nested too deep", inside=subject.inside)
    try:
        yield budget.depth >= 0
    finally:
        budget.depth += 1


def _same_place(check: str, names: Iterable[str], subject: Subject, notes: Notes) -> None:
    for one, other in confusable(names):
        notes.add(check, f"{quoted(one)} and {quoted(other)} are one file on some systems", inside=subject.inside)


def examine_zip(subject: Subject, notes: Notes) -> None:
    """A zip archive that is no model of a known kind: whatever is in it."""
    report = zipped.directory(subject, notes)
    _same_place("zip-structure", (member.name for member in report.members), subject, notes)
    bomb = any(fault.id == "ratio" for fault in report.faults)
    with _deeper(subject, notes) as allowed:
        for member in report.members if allowed and not bomb else ():
            if member.folder:
                continue
            if zipped.spent(subject, notes):
                break
            with zipped.opened(subject, member, notes) as inner:
                if inner is not None:
                    subject.examine(inner, notes)


def examine_tar(subject: Subject, notes: Notes) -> None:
    """A tar archive: its members are read where they lie."""
    report = tar.parse(subject.file, subject.size_bytes)
    notes.faults("archive-structure", report.faults, inside=subject.inside)
    _same_place("archive-structure", (member.name for member in report.members), subject, notes)
    with _deeper(subject, notes) as allowed:
        for member in report.members if allowed else ():
            if zipped.spent(subject, notes):
                break
            subject.budget.members -= 1
            part = Slice(subject.file, member.data_at, member.size_bytes)
            subject.examine(subject.member(member.name, part, member.size_bytes), notes)


def _compressed(kind: Kind) -> Callable[[Subject, Notes], None]:
    def examine(subject: Subject, notes: Notes) -> None:
        budget = subject.budget
        limit = min(MAX_UNPACKED_BYTES, budget.unpacked_bytes)
        with _deeper(subject, notes) as allowed:
            if not allowed:
                return
            content = compressed.unpack(kind, subject.file, subject.size_bytes, limit)
            with content.file:
                budget.unpacked_bytes -= content.size_bytes
                notes.faults("archive-structure", content.faults, inside=subject.inside, instead=LIMITED)
                subject.examine(subject.member(_inner_name(subject.name), content.file, content.size_bytes), notes)

    return examine


def _inner_name(name: str) -> str:
    """The name of what a compressed file holds: its own without the ending."""
    stem, dot, ending = name.rpartition(".")
    if dot + ending in _TAR_SUFFIXES:
        return f"{stem}.tar"
    return stem if dot + ending in _SUFFIXES and stem else name


def examine_pointer(subject: Subject, notes: Notes) -> None:
    """A pointer that Git LFS left in place of a file: the file itself was never fetched."""
    lines = subject.head(1024).decode("utf-8", "replace").split("\n")
    fields = dict(line.split(" ", 1) for line in lines if " " in line)
    missing = quoted(fields.get("size", "?"))
    notes.add("lfs-pointer", f"a Git LFS pointer; the file of {missing} bytes is not here", inside=subject.inside)


EXAMINERS = {
    Kind.ZIP: examine_zip,
    Kind.TAR: examine_tar,
    Kind.LFS_POINTER: examine_pointer,
    **{kind: _compressed(kind) for kind in compressed.KINDS},
}
