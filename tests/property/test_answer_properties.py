"""What workers and other scanners write is hostile too: any bytes give a reading or none, never another error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.property.mutations import mutated
from tests.unit.checks.scanner_reports import CLEAN, FORMATS, MODELAUDIT, MODELSCAN, PURSER

from weighbridge.checks.answer import MAX_MESSAGE, Answer, Request, answer_from, request_from
from weighbridge.checks.scanners import SCANNERS
from weighbridge.checks.scanners.program import Program
from weighbridge.checks.scanners.scanner import Job
from weighbridge.checks.tree import finding
from weighbridge.core.errors import IntegrityError

MUTANTS = 20_000
REQUEST = Request("a/b.bin", 7, 1.5, "pickle", "0123456789abcdef")
ANSWERS = [
    Answer().line(REQUEST),
    Answer([finding("credential", "a/b.bin", "a token")], {"format": ["text"]}).line(REQUEST),
    Answer([], {"format": ["json"], "code": [{"imports": ["os"], "calls": []}], "reference": ["a/b"]}).line(REQUEST),
]
REPORTS: dict[str, list[dict[str, Any]]] = {
    "fickling": [CLEAN["fickling"], {"severity": "LIKELY_UNSAFE", "analysis": "x", "detailed_results": {}}],
    "modelaudit": [CLEAN["modelaudit"], MODELAUDIT],
    "modelscan": [CLEAN["modelscan"], MODELSCAN],
    "purser": [CLEAN["purser"], PURSER],
}


def test_mutated_answers() -> None:
    taken = 0
    for data in mutated(ANSWERS, MUTANTS):
        answer = answer_from(data, REQUEST, {"a/b.bin"})
        if answer is None:
            continue
        taken += 1
        assert all(item.path == "a/b.bin" for item in answer.findings)
        assert all(item.message.isprintable() and len(item.message) <= MAX_MESSAGE for item in answer.findings)
    assert taken


def test_mutated_requests() -> None:
    taken = 0
    for data in mutated([REQUEST.line()], MUTANTS):
        try:
            taken += isinstance(request_from(data), Request)
        except IntegrityError:
            continue
    assert taken


@pytest.mark.parametrize("name", sorted(SCANNERS))
def test_mutated_reports(name: str) -> None:
    job = Job(Path("/model"), -1, dict.fromkeys(FORMATS, 1), FORMATS)
    program = Program(SCANNERS[name](), Path("/nowhere"))
    texts = [json.dumps(report).replace("TARGET", "/model").encode() for report in REPORTS[name]]
    found = 0
    for data in mutated(texts, MUTANTS):
        try:
            value = json.loads(data)
        except ValueError:
            continue
        for item in program.findings_of(value, job, "", ["bad.pkl"]):
            assert item.path in {*FORMATS, "."}
            assert item.message.isascii()
            assert item.message.isprintable()
            found += 1
    assert found > MUTANTS // 50
