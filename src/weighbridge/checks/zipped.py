"""Zipped: the members of a zip archive that an examiner looks into itself, with what is wrong with the archive.

What breaks the zip format is `zip-structure`. The budget that all archives of one file share is charged here.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.checks.notes import LIMITED
from weighbridge.formats import zip_directory
from weighbridge.formats.fault import StopError, quoted
from weighbridge.formats.slice import Slice
from weighbridge.formats.zip_member import open_member, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.formats.zip_directory import Member, ZipReport


def directory(subject: Subject, notes: Notes) -> ZipReport:
    """The archive's directory, its faults written down."""
    report = zip_directory.parse(subject.file, subject.size_bytes)
    notes.faults("zip-structure", report.faults, inside=subject.inside)
    if report.encrypted:
        notes.add("format-unsupported", "members are encrypted", inside=subject.inside)
    return report


def spent(subject: Subject, notes: Notes) -> bool:
    """Whether no further member may be looked at, which is a finding."""
    if subject.budget.members > 0:
        return False
    notes.add("not-inspected", "more members than are looked at", inside=subject.inside)
    return True


@contextmanager
def opened(subject: Subject, member: Member, notes: Notes) -> Iterator[Subject | None]:
    """A member as a subject of its own, for a while; None, and a finding, if it can't be unpacked within the budget."""
    if spent(subject, notes):
        yield None
        return
    budget = subject.budget
    budget.members -= 1
    content = open_member(subject.file, member, budget.unpacked_bytes)
    if member.method:
        budget.unpacked_bytes -= content.size_bytes
    inner = subject.member(member.name, content.file, content.size_bytes)
    notes.faults("zip-structure", content.faults, inside=inner.inside, instead=LIMITED)
    try:
        yield None if content.faults else inner
    finally:
        if not isinstance(content.file, Slice):
            content.file.close()


def check(subject: Subject, member: Member, notes: Notes) -> None:
    """Hold a member's contents against its size and CRC without looking at what they are."""
    try:
        for piece in pieces(subject.file, member, subject.budget.unpacked_bytes):
            if member.method:
                subject.budget.unpacked_bytes -= len(piece)
    except StopError as error:
        notes.faults("zip-structure", [error.fault], inside=subject.inside)


def named(member: Member) -> str:
    """A member's name for a message."""
    return quoted(member.name)
