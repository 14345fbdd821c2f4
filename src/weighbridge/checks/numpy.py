"""NumPy: single arrays and archives of them; an array of objects is a pickle and is told as one.

Checks: `numpy-structure`, `numpy-objects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.checks import signals, zipped
from weighbridge.checks.pickles import look, strangers, tell
from weighbridge.formats import npy
from weighbridge.formats.kinds import Kind
from weighbridge.formats.pickle_walk import walk

if TYPE_CHECKING:
    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject


def examine_npy(subject: Subject, notes: Notes) -> None:
    """One array."""
    report = npy.parse(subject.file, subject.size_bytes)
    notes.faults("numpy-structure", report.faults, inside=subject.inside)
    if report.objects:
        notes.add("numpy-objects", "an array of objects: loading it unpickles the file", inside=subject.inside)
        subject.file.seek(report.data_at)
        found = walk(subject.file)
        tell(found, notes, inside=subject.inside)
        strangers(found, notes, inside=subject.inside)
        look(found, subject, notes)
    else:
        signals.look_bytes(subject, notes, start=report.data_at)


def examine_npz(subject: Subject, notes: Notes) -> None:
    """An archive of arrays: whatever else it holds, `numpy.load` hands out as bytes, and nobody expects it."""
    report = zipped.directory(subject, notes)
    for member in report.members:
        if member.folder or not member.name.endswith(".npy"):
            notes.add("numpy-structure", f"member {zipped.named(member)} is no array", inside=subject.inside)
    for member in report.members:
        with zipped.opened(subject, member, notes) as inner:
            if inner is not None and member.name.endswith(".npy"):
                examine_npy(inner, notes)
            elif inner is not None and not member.folder:
                subject.examine(inner, notes)


EXAMINERS: dict[Kind, Examiner] = {Kind.NPY: examine_npy, Kind.NPZ: examine_npz}
