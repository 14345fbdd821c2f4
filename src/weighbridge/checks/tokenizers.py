"""Tokenizers: vocabularies in which two tokens share an id, and sentencepiece models that break their format."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from weighbridge.checks import signals
from weighbridge.core.finding import Severity
from weighbridge.formats import sentencepiece
from weighbridge.formats.kinds import Kind
from weighbridge.formats.tokenizer import (
    MILD,
    is_tokenizer,
    is_vocabulary,
    tokenizer_faults,
    vocabulary_faults,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

MAX_WORD = 100
_VOCABULARY = re.compile(r".*vocab.*\.json|added_tokens\.json|encoder\.json")


def look(value: object, subject: Subject, notes: Notes) -> bool:
    """Judge a JSON value if it is a tokenizer or a vocabulary; return whether it is one."""
    if not isinstance(value, dict):
        return False
    if is_tokenizer(value):
        faults = tokenizer_faults(value)
    elif _VOCABULARY.fullmatch(subject.name) and is_vocabulary(value):
        faults = vocabulary_faults(value)
    else:
        return False
    for fault in faults:
        severity = Severity.WARN if fault.id in MILD else None
        notes.add("text-structure", f"{fault.message} [{fault.id}]", inside=subject.inside, severity=severity)
    return True


def source_of(value: object) -> str:
    """What of a tokenizer or a vocabulary may be code: its settings, and what is too long to be a word."""
    if not isinstance(value, dict) or not is_tokenizer(value):
        return long_words(value if isinstance(value, dict) else ())
    settings = {name: each for name, each in value.items() if name not in {"model", "added_tokens"}}
    model = value["model"]
    settings["model"] = {name: each for name, each in model.items() if name not in {"vocab", "merges"}}
    vocabulary = (each[0] if isinstance(each, list) and each else each for each in model["vocab"] or ())
    added = value.get("added_tokens")
    contents = (each.get("content") for each in (added if isinstance(added, list) else ()) if isinstance(each, dict))
    return f"{json.dumps(settings)}\n{long_words(chain(vocabulary, contents))}"


def long_words(words: Iterable[object]) -> str:
    """Those of some words that are too long to be any, one a line."""
    return "\n".join(word for word in words if isinstance(word, str) and len(word) > MAX_WORD)


def examine_sentencepiece(subject: Subject, notes: Notes) -> None:
    """A sentencepiece model."""
    report = sentencepiece.parse(subject.file, subject.size_bytes)
    notes.faults("sentencepiece-structure", report.faults, inside=subject.inside, mild=report.mild)
    signals.look_bytes(subject, notes)


EXAMINERS: Final[Mapping[Kind, Examiner]] = {Kind.SENTENCEPIECE: examine_sentencepiece}
