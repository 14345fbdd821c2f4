"""Code: programs among the files, listed with what they import and call, and denied until a person has reviewed them.

The list is for the reviewer; nothing is allowed because it is absent from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import signals
from weighbridge.formats import json_text, notebook, python_code, text
from weighbridge.formats.fault import quoted
from weighbridge.formats.kinds import Kind
from weighbridge.formats.script_code import is_script, words_of_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.core.canonical import Json
    from weighbridge.formats.python_code import CodeReport

MAX_SCRIPT_BYTES = 16 << 20
_CHECK = "python-code"
_IN_FACT = 200
_IN_FACT_CHARACTERS = 60
_IN_MESSAGE = 12

__all__ = ["EXAMINERS", "examine_notebook", "examine_python", "examine_script", "is_script", "look_notebook"]


def examine_python(subject: Subject, notes: Notes) -> None:
    """A Python source file."""
    data = subject.whole(python_code.MAX_BYTES)
    if data is None:
        _too_large(subject, notes)
        return
    report = python_code.parse(data)
    said = _said(report)
    if subject.name == "hubconf.py":
        entries = [name for name in report.functions if not name.startswith("_")]
        needed = dict(report.constants).get("dependencies", ())
        said = f"torch.hub entry points: {_few(entries)}; dependencies: {_few(needed)}; {said}"
    _add(f"Python code; {said}", report, subject, notes)
    _signals(data, subject, notes)


def examine_script(subject: Subject, notes: Notes) -> None:
    """A script or a source file of another language."""
    data = subject.whole(MAX_SCRIPT_BYTES)
    if data is None:
        _too_large(subject, notes)
        return
    words = words_of_note(data.decode("utf-8", "replace"))
    notes.add(_CHECK, f"program code; words of note: {_few(words)}", inside=subject.inside)
    _fact((), words, notes)
    _signals(data, subject, notes)


def examine_notebook(subject: Subject, notes: Notes) -> None:
    """A Jupyter notebook."""
    data = subject.whole(json_text.MAX_BYTES)
    if data is None:
        _too_large(subject, notes)
        return
    report = json_text.parse(data)
    notes.faults("text-structure", report.faults, inside=subject.inside)
    look_notebook(report.value, subject, notes)


def look_notebook(value: object, subject: Subject, notes: Notes) -> None:
    """Judge what a notebook's JSON holds."""
    found = notebook.read(value)
    notes.faults("text-structure", found.faults, inside=subject.inside)
    signals.look_text(found.prose, subject, notes, prose=True)
    if not found.code.strip() and not found.shell:
        return
    report = python_code.parse_text(found.code)
    shell = f"; for the shell: {quoted(' | '.join(found.shell[:_IN_MESSAGE]))}" if found.shell else ""
    _add(f"a notebook with code; {_said(report)}{shell}", report, subject, notes)
    signals.look_text(found.code, subject, notes, prose=True)


def _too_large(subject: Subject, notes: Notes) -> None:
    notes.add(_CHECK, f"program code of {subject.size_bytes} bytes, too much to be listed", inside=subject.inside)
    notes.add("not-inspected", f"a program of {subject.size_bytes} bytes is not read", inside=subject.inside)


def _said(report: CodeReport) -> str:
    if report.faults:
        return f"it can't be listed: {report.faults[0].message}"
    return f"calls of note: {_few(report.calls)}; imports: {_few(report.imports)}"


def _add(message: str, report: CodeReport, subject: Subject, notes: Notes) -> None:
    notes.add(_CHECK, message, inside=subject.inside)
    _fact(report.imports, report.calls, notes)


def _fact(imports: Iterable[str], calls: Iterable[str], notes: Notes) -> None:
    notes.fact("code", {"imports": _kept(imports), "calls": _kept(calls)})


def _kept(names: Iterable[str]) -> list[Json]:
    kept: list[Json] = [_plain(name) for name in names]
    return kept[:_IN_FACT]


def _signals(data: bytes, subject: Subject, notes: Notes) -> None:
    found = text.parse(data)
    if found.bidi:
        message = "code with bidirectional characters: people read another program than runs (CVE-2021-42574)"
        notes.add("text-structure", message, inside=subject.inside)
    signals.look_text(data.decode("utf-8", "replace"), subject, notes, prose=True)


def _few(names: Iterable[str]) -> str:
    listed = [_plain(name) for name in names]
    more = f" and {len(listed) - _IN_MESSAGE} more" if len(listed) > _IN_MESSAGE else ""
    return (", ".join(listed[:_IN_MESSAGE]) or "none") + more


def _plain(name: str) -> str:
    """A name from hostile code as printable ASCII, without the quotes."""
    return ascii(name[:_IN_FACT_CHARACTERS])[1:-1]


EXAMINERS: Final[Mapping[Kind, Examiner]] = {
    Kind.PYTHON: examine_python,
    Kind.SCRIPT: examine_script,
    Kind.NOTEBOOK: examine_notebook,
}
