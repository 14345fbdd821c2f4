"""Texts: JSON, YAML, TOML, Markdown, templates and plain text, read strictly, then handed on as configuration.

A vocabulary holds whatever its corpus held: odd characters are judged elsewhere, not there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.checks import code, config, licences, signals, tokenizers, yaml_text
from weighbridge.checks.data_sets import is_data_set, is_record
from weighbridge.checks.notes import LIMITED
from weighbridge.core.finding import Severity
from weighbridge.formats import json_text, notebook, text, toml_text
from weighbridge.formats.fault import quoted
from weighbridge.formats.kinds import Kind
from weighbridge.formats.tokenizer import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.formats.fault import Fault

MAX_TEXT_BYTES = 256 << 20
MAX_LINES = 500_000
_MOST_CONTROLS = 50  # one in so many characters
_CHECK = "text-structure"
_LINES = (".jsonl", ".ndjson", ".jsonlines")
# Of a model's card nothing is loaded: only what no honest writer writes is denied there.
_IN_CARDS = frozenset({"tag", "alias"})
_VOCABULARY = re.compile(
    r"tokenizer\.json|.*(?:vocab|merges|tokens?|dict|words?|chars?|characters?|charset|keys|labels?|lexicon|symbols)"
    r"[^.]{0,40}\.(?:txt|json|tsv|csv|jsonl)|.*\.(?:bpe|tiktoken|dict|vocab|model)|.*vocab[^.]{0,40}|merges"
)
_PROSE = re.compile(
    r"(?:readme|licen[cs]e|copying|notice|authors|changelog|contributing|citation|copyright|use_policy|third)[^/]*"
    r"|.*\.(?:md|rst|adoc|bib|cff|tex)|.*licen[cs]e.*\.txt"
)


def examine_json(subject: Subject, notes: Notes) -> None:
    """JSON, or one JSON value a line."""
    data = _whole(subject, notes, json_text.MAX_BYTES)
    if data is None:
        return
    if subject.name.endswith(_LINES):
        _lines(data, subject, notes)
        return
    report = json_text.parse(data)
    _write(report.faults, subject, notes)
    if report.bom:
        notes.add(_CHECK, "begins with a byte order mark", inside=subject.inside, severity=Severity.NOTE)
    if report.nonfinite:
        message = f"{report.nonfinite} numbers are NaN or Infinity, which JSON has not"
        notes.add(_CHECK, message, inside=subject.inside, severity=Severity.NOTE)
    if not report.complete:
        return
    if notebook.is_notebook(report.value):
        code.look_notebook(report.value, subject, notes)
        return
    tokens = tokenizers.look(report.value, subject, notes)
    if not tokens:
        _characters(text.parse(data), subject, notes, strict=True)
    config.look(subject.name, settings_of(report.value), subject, notes)
    source = tokenizers.source_of(report.value) if tokens else None
    records = is_data_set(subject.name, report.value)
    signals.look_text(data.decode(), subject, notes, prose=False, data_set=records, source=source)


def _lines(data: bytes, subject: Subject, notes: Notes) -> None:
    """One JSON value a line (https://jsonlines.org): each is read, the first that is broken is named."""
    found = text.parse(data)
    _write(found.faults, subject, notes)
    lines = data.split(b"\n")
    if len(lines) > MAX_LINES:
        notes.add("not-inspected", f"more than {MAX_LINES} lines", inside=subject.inside)
        return
    records = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        report = json_text.parse(line)
        if report.faults:
            message = f"line {number}: {report.faults[0].message}"
            notes.add(_CHECK, message, inside=subject.inside)
            return
        config.look(subject.name, report.value, subject, notes)
        records = records and is_record(report.value)
    signals.look_text(found.text, subject, notes, prose=False, data_set=records)


def examine_yaml(subject: Subject, notes: Notes) -> None:
    """YAML."""
    found = _read(subject, notes, strict=True)
    if found is None:
        return
    report = yaml_text.parse(found.text.encode("utf-8", "surrogatepass"))
    _write(report.faults, subject, notes)
    if report.complete:
        config.look(subject.name, report.value, subject, notes)
    config.look_text(subject.name, found.text, subject, notes)
    signals.look_text(found.text, subject, notes, prose=False)


def examine_toml(subject: Subject, notes: Notes) -> None:
    """TOML."""
    found = _read(subject, notes, strict=True)
    if found is None:
        return
    report = toml_text.parse(found.text.encode())
    _write(report.faults, subject, notes)
    config.look(subject.name, report.value, subject, notes)
    signals.look_text(found.text, subject, notes, prose=False)


def examine_markdown(subject: Subject, notes: Notes) -> None:
    """Markdown, with the YAML that may stand before it."""
    found = _read(subject, notes, strict=False)
    if found is None:
        return
    head = _front_matter(found.text)
    if head:
        report = yaml_text.parse(head.encode())
        for fault in report.faults:
            severity = None if fault.id in _IN_CARDS else Severity.WARN
            message = f"in the card's YAML: {fault.message} [{fault.id}]"
            notes.add(_CHECK, message, inside=subject.inside, severity=severity)
        if report.complete and report.value is not None:
            config.look(subject.name, report.value, subject, notes)
            licences.look_card(report.value, subject, notes)
    config.look_text(subject.name, found.text, subject, notes)
    licences.look_text(found.text, subject, notes)
    signals.look_text(found.text, subject, notes, prose=True)


def examine_text(subject: Subject, notes: Notes) -> None:
    """Plain text; what its name calls a program is one."""
    if code.is_script(subject.name):
        code.examine_script(subject, notes)
        return
    if subject.name.endswith(_LINES):
        examine_json(subject, notes)
        return
    found = _read(subject, notes, strict=False)
    if found is None:
        return
    config.look_text(subject.name, found.text, subject, notes)
    licences.look_text(found.text, subject, notes)
    words = _VOCABULARY.fullmatch(subject.name)
    source = tokenizers.long_words(found.text.splitlines()) if words else None
    signals.look_text(found.text, subject, notes, prose=_PROSE.fullmatch(subject.name) is not None, source=source)


def examine_template(subject: Subject, notes: Notes) -> None:
    """A template of its own file."""
    found = _read(subject, notes, strict=True)
    if found is None:
        return
    config.look_text(subject.name, found.text, subject, notes)
    signals.look_text(found.text, subject, notes, prose=False)


def _front_matter(whole: str) -> str:
    """The YAML between two lines of dashes at the very beginning; empty if there is none."""
    lines = whole[: yaml_text.MAX_BYTES].splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return ""
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    return "".join(lines[1:end])


def _whole(subject: Subject, notes: Notes, limit: int) -> bytes | None:
    data = subject.whole(limit)
    if data is None:
        notes.add("not-inspected", f"a text of {subject.size_bytes} bytes is not read", inside=subject.inside)
    return data


def _read(subject: Subject, notes: Notes, *, strict: bool) -> text.TextReport | None:
    """The text, its characters judged; None if it is none."""
    data = _whole(subject, notes, MAX_TEXT_BYTES)
    if data is None:
        return None
    found = text.parse(data)
    _write(found.faults, subject, notes)
    if found.faults:
        return None
    if found.encoding == "latin-1":
        notes.add(_CHECK, "is not UTF-8", inside=subject.inside, severity=Severity.WARN)
    if not _VOCABULARY.fullmatch(subject.name):
        _characters(found, subject, notes, strict=strict)
    return found


def _characters(found: text.TextReport, subject: Subject, notes: Notes, *, strict: bool) -> None:
    """Judge characters that people do not see as programs read them; settings more strictly than prose."""
    mild = None if strict else Severity.WARN
    if found.controls:
        message = f"{found.controls} of {len(found.text)} characters are control characters"
        few = Severity.WARN if found.controls * _MOST_CONTROLS <= len(found.text) else None
        notes.add(_CHECK, message, inside=subject.inside, severity=few)
    if found.overrides:
        message = "a bidirectional override: people read another text than programs (CVE-2021-42574)"
        notes.add(_CHECK, message, inside=subject.inside)
    elif found.unbalanced:
        message = f"line {found.unbalanced} leaves a bidirectional embedding open (CVE-2021-42574)"
        notes.add(_CHECK, message, inside=subject.inside, severity=mild)
    elif found.bidi and strict:
        message = f"{found.bidi} bidirectional embeddings"
        notes.add(_CHECK, message, inside=subject.inside, severity=Severity.WARN)
    if found.hidden:
        message = f"{found.hidden} characters that are never shown, such as {quoted(chr(0xE0041))}"
        notes.add(_CHECK, message, inside=subject.inside)


def _write(faults: Iterable[Fault], subject: Subject, notes: Notes) -> None:
    """Write faults down; what was too large to be read was not inspected."""
    notes.faults(_CHECK, faults, inside=subject.inside, instead=LIMITED)


EXAMINERS: Final[Mapping[Kind, Examiner]] = {
    Kind.JSON: examine_json,
    Kind.YAML: examine_yaml,
    Kind.TOML: examine_toml,
    Kind.MARKDOWN: examine_markdown,
    Kind.TEXT: examine_text,
    Kind.TEMPLATE: examine_template,
}
