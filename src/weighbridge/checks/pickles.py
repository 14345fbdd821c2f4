"""Pickles: what loading one would import, call and change, against the allow-list of globals.

Checks: `pickle-structure`, `pickle-globals`, and `numpy-objects` for arrays in joblib files, and the signals of what a
pickle holds as values. Nothing is unpickled. Containers of pickles, torch's among them, ask `tell` and `look` for
theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.checks import signals
from weighbridge.formats.fault import quoted
from weighbridge.formats.joblib_walk import WRAPPER, walk_joblib
from weighbridge.formats.kinds import Kind
from weighbridge.formats.pickle_globals import ALLOWED, JOBLIB, LEFT_OUT, unlisted
from weighbridge.formats.pickle_report import FaultKind, GlobalUse
from weighbridge.formats.pickle_walk import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.formats.pickle_globals import Allowed
    from weighbridge.formats.pickle_report import Extension, Mutation, PickleReport

_APART = "\0"
# What APPEND and APPENDS may fill beside lists.
_QUEUES = frozenset({"collections.deque()"})


def examine_pickle(subject: Subject, notes: Notes) -> None:
    """One or more plain pickles, or a joblib file."""
    subject.file.seek(0)
    report = walk(subject.file)
    if any(f"{use.module}.{use.name}" == WRAPPER for use in report.globals):
        _examine_joblib(subject, notes, report)
        return
    tell(report, notes, inside=subject.inside)
    strangers(report, notes, inside=subject.inside)
    look(report, subject, notes)


def _examine_joblib(subject: Subject, notes: Notes, plain: PickleReport) -> None:
    """A joblib file, also as a loader sees it that takes the arrays' bytes for opcodes."""
    subject.file.seek(0)
    report = walk_joblib(subject.file)
    tell(report, notes, inside=subject.inside, more=JOBLIB)
    strangers(report, notes, inside=subject.inside)
    look(report, subject, notes)
    told = {(use.module, use.name) for use in unlisted(report, JOBLIB) if isinstance(use, GlobalUse)}
    for use in unlisted(plain, JOBLIB) if not report.faults else ():
        if isinstance(use, GlobalUse) and (use.module, use.name) not in told:
            notes.add(
                "pickle-globals", _named(use) + ", for loaders that read arrays as opcodes", inside=subject.inside
            )


def tell(
    report: PickleReport, notes: Notes, *, inside: str = "", more: Mapping[tuple[str, str], Allowed] | None = None
) -> None:
    """Write down what a walk found.

    Args:
        report: What the walk saw.
        notes: Where to write.
        inside: The member of an archive that the pickle is.
        more: Globals that its loader makes sense of beside those of the list.
    """
    for fault in report.faults:
        check = "numpy-objects" if fault.kind is FaultKind.OBJECTS else "pickle-structure"
        notes.add(check, f"{_plain(fault.message)} [{fault.kind} at byte {fault.offset}]", inside=inside)
    for mutation in report.mutations:
        if not _ordinary(mutation):
            target = quoted(mutation.target)
            notes.add(
                "pickle-structure", f"{mutation.opcode} changes {target} at byte {mutation.offset}", inside=inside
            )
    for use in unlisted(report, more):
        notes.add("pickle-globals", _named(use), inside=inside)
    for nested in report.nested:
        where = f"a pickle of {nested.size} bytes stands in the pickle at byte {nested.offset}"
        if nested.report.faults and nested.report.streams:
            notes.add("pickle-structure", f"{where}, and breaks off", inside=inside)


def strangers(report: PickleReport, notes: Notes, *, inside: str = "") -> None:
    """Write down the objects that a pickle asks its loader for, where no loader supplies any."""
    if report.persistent_ids:
        first = report.persistent_ids[0]
        message = f"it asks for {len(report.persistent_ids)} objects from outside, first at byte {first.offset}"
        notes.add("pickle-structure", message, inside=inside)


def look(report: PickleReport, subject: Subject, notes: Notes) -> None:
    """Look for signals in the texts, bytes and arrays that pickles hold."""
    if report.texts:
        signals.look_text(_APART.join(report.texts), subject, notes, prose=False)
    for start, end in report.spans:
        signals.look_bytes(subject, notes, start=start, end=end)


def _plain(text: str) -> str:
    """A message that may hold hostile names, in printable ASCII."""
    return ascii(text)[1:-1]


def _ordinary(mutation: Mutation) -> bool:
    """Whether picklers write such a change: a state for what was made, items for what appends."""
    if mutation.opcode == "BUILD":
        return mutation.target.endswith("()")
    return mutation.opcode.startswith("APPEND") and mutation.target in _QUEUES


def _named(use: GlobalUse | Extension) -> str:
    """What is refused, and why."""
    if not isinstance(use, GlobalUse):
        return f"extension code {use.code} names a global outside the file [at byte {use.offset}]"
    name = quoted(f"{use.module}.{use.name}")
    pair = (use.module, use.name)
    how = f"is called by {', '.join(use.calls)}" if use.calls else "is named"
    if pair in ALLOWED and use.refused_call is not None:
        return f"{name} {how} with what the allow-list does not admit [at byte {use.refused_call}]"
    why = f": {LEFT_OUT[pair]}" if pair in LEFT_OUT else ""
    return f"{name} {how} and is not on the allow-list{why} [at byte {use.offset}]"


EXAMINERS: dict[Kind, Examiner] = {Kind.PICKLE: examine_pickle, Kind.JOBLIB: examine_pickle}
