"""Other scanners as programs: stand-ins that print what the real ones print, and ones that misbehave."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.scanner_program import job, program
from tests.unit.checks.scanner_reports import CLEAN, FORMATS, MODELAUDIT, MODELSCAN, PURSER

from weighbridge.checks.limits import Limits
from weighbridge.checks.scanners import SCANNERS
from weighbridge.checks.scanners.program import MAX_FINDINGS, PROGRAM_LIMITS, Program
from weighbridge.core.finding import Severity
from weighbridge.core.inspection import COMPLETE, INCOMPLETE, MISSING, Tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.scanners.scanner import Report

FOUND, FAILED = "scanner-finding", "scanner-failed"


def scan(folder: Path, name: str, at: Path, limits: Limits = PROGRAM_LIMITS) -> Report:
    asked = job(folder, FORMATS)
    try:
        return Program(SCANNERS[name](), at, limits).scan(asked)
    finally:
        os.close(asked.descriptor)


def said(report: Report) -> set[tuple[str, str, str]]:
    return {(item.check, item.path, str(item.severity)) for item in report.findings}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    return made


@pytest.mark.parametrize("name", sorted(SCANNERS))
def test_a_clean_report(tmp_path: Path, folder: Path, name: str) -> None:
    report = scan(folder, name, program(tmp_path / name, CLEAN[name]))
    assert report.findings == []
    assert report.tool == Tool(name, "1.2.3", COMPLETE)


@pytest.mark.parametrize(
    ("name", "report", "code", "expected"),
    [
        (
            "modelaudit",
            MODELAUDIT,
            1,
            {
                (FOUND, "bad.pkl", "deny"),
                (FOUND, "good.pkl", "warn"),
                (FOUND, ".", "warn"),
                (FAILED, "sub/broken.bin", "unexamined"),
            },
        ),
        (
            "modelscan",
            MODELSCAN,
            1,
            {
                (FOUND, "bad.pkl", "deny"),
                (FOUND, "good.pkl", "warn"),
                (FAILED, "sub/broken.bin", "unexamined"),
            },
        ),
        (
            "purser",
            PURSER,
            1,
            {
                (FOUND, "bad.pkl", "deny"),
                (FAILED, "good.pkl", "unexamined"),
                (FAILED, "sub/broken.bin", "unexamined"),
            },
        ),
    ],
)
def test_a_report_with_findings(
    tmp_path: Path, folder: Path, name: str, report: object, code: int, expected: set[tuple[str, str, str]]
) -> None:
    read = scan(folder, name, program(tmp_path / name, report, code=code))
    assert said(read) == expected
    assert read.tool == Tool(name, "1.2.3", INCOMPLETE)


@pytest.mark.parametrize(
    ("severity", "analysis", "check", "weight"),
    [
        ("LIKELY_OVERTLY_MALICIOUS", "os.system", FOUND, Severity.DENY),
        ("LIKELY_UNSAFE", "an import", FOUND, Severity.WARN),
        ("LIKELY_UNSAFE", "The file has invalid opcode(s).", FAILED, Severity.UNEXAMINED),
        ("UNHEARD_OF", "what", FAILED, Severity.UNEXAMINED),
    ],
)
def test_fickling_reads_file_by_file(
    tmp_path: Path, folder: Path, severity: str, analysis: str, check: str, weight: Severity
) -> None:
    report = {"severity": severity, "analysis": analysis, "detailed_results": {}}
    read = scan(folder, "fickling", program(tmp_path / "fickling", report, code=1))
    assert [(item.check, item.path, item.severity) for item in read.findings] == [
        (check, path, weight) for path in ("bad.pkl", "good.pkl", "sub/broken.bin")
    ]


@pytest.mark.parametrize(
    ("report", "code", "act"),
    [
        (CLEAN["purser"], 2, ""),
        (CLEAN["purser"], 0, "os.abort()"),
        (CLEAN["purser"], 0, "kept = [bytearray(64 << 20) for _ in range(64)]"),
        (None, 0, ""),
        ("", 0, ""),
        ("not JSON", 0, ""),
        ("[" * 200_000, 0, ""),
        ([], 0, ""),
        ({"files": 1}, 0, ""),
        ({"files": [{}]}, 0, ""),
        (None, 0, "os.symlink('/etc/passwd', output)"),
        (None, 0, "open(output, 'wb').truncate(100 << 20)"),
    ],
    ids=range(12),
)
def test_a_program_that_does_not_report_has_failed(
    tmp_path: Path, folder: Path, report: object, code: int, act: str
) -> None:
    limits = replace(PROGRAM_LIMITS, memory_bytes=1 << 30)
    read = scan(folder, "purser", program(tmp_path / "purser", report, code=code, act=act), limits)
    assert said(read) == {(FAILED, ".", "unexamined")}
    assert read.tool.status == INCOMPLETE


@pytest.mark.parametrize(
    ("name", "changes"), [("modelaudit", {"has_errors": True}), ("modelscan", {"errors": [{"description": "x"}]})]
)
def test_errors_of_the_whole_run_are_said(tmp_path: Path, folder: Path, name: str, changes: dict[str, object]) -> None:
    read = scan(folder, name, program(tmp_path / name, {**CLEAN[name], **changes}))
    assert said(read) == {(FAILED, ".", "unexamined")}


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path, folder: Path) -> None:
    act = "import time, subprocess\nsubprocess.Popen(['/bin/sleep', '1000'])\ntime.sleep(1000)"
    limits = Limits(base_seconds=1.0, processes=None, memory_bytes=4 << 30, open_files=256)
    read = scan(folder, "purser", program(tmp_path / "purser", None, act=act), limits)
    assert [item.message for item in read.findings] == ["purser took longer than 1 s"]


def test_files_that_it_claims_and_skips_are_said(tmp_path: Path, folder: Path) -> None:
    report: dict[str, object] = {"files": [{"path": "TARGET/bad.pkl", "findings": [], "error": None}]}
    read = scan(folder, "purser", program(tmp_path / "purser", report))
    assert said(read) == {(FAILED, "good.pkl", "unexamined"), (FAILED, "sub/broken.bin", "unexamined")}


def test_findings_are_bounded_and_printable(tmp_path: Path, folder: Path) -> None:
    item = {"rule_id": "X", "severity": "HIGH", "title": "a\n\x1b[31mé", "file": "TARGET/bad.pkl"}
    files = [{"path": f"TARGET/{path}", "findings": [item] * MAX_FINDINGS, "error": None} for path in FORMATS]
    read = scan(folder, "purser", program(tmp_path / "purser", {"files": files}))
    assert sum(item.check == FOUND for item in read.findings) == MAX_FINDINGS
    assert sum(item.check == FAILED for item in read.findings) == 1
    assert read.findings[0].message == "purser: a  [31m "


@pytest.mark.parametrize("version", ["", "no number", "12"])
def test_a_program_without_a_version_is_missing(tmp_path: Path, folder: Path, version: str) -> None:
    read = scan(folder, "purser", program(tmp_path / "purser", CLEAN["purser"], version=version))
    assert said(read) == {("scanner-missing", ".", "unexamined")}
    assert read.tool == Tool("purser", "", MISSING)


def test_a_program_that_is_not_there_is_missing(tmp_path: Path, folder: Path) -> None:
    assert scan(folder, "modelscan", tmp_path / "nowhere").tool.status == MISSING


def test_a_program_is_not_started_for_files_that_it_does_not_know(tmp_path: Path, folder: Path) -> None:
    asked = job(folder, {"config.json": "json"})
    read = Program(SCANNERS["purser"](), program(tmp_path / "purser", None, code=9)).scan(asked)
    os.close(asked.descriptor)
    assert read.findings == []
    assert read.tool.status == COMPLETE


def test_it_gets_an_empty_world(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    act = (
        "assert 'HF_TOKEN' not in os.environ and os.environ['NO_ANALYTICS'] == '1'\n"
        "assert os.environ['PROMPTFOO_DISABLE_TELEMETRY'] == '1'\n"
        "assert os.path.realpath(os.environ['HOME']) == os.path.realpath(os.getcwd())\n"
        "assert set(os.listdir()) <= {'printed'}"
    )
    assert scan(folder, "purser", program(tmp_path / "purser", CLEAN["purser"], act=act)).findings == []


def test_it_reaches_nobody_where_the_kernel_allows(tmp_path: Path, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        act = (
            "import socket\n"
            "alone = os.readlink('/proc/self/ns/net') != " + repr(_namespace()) + "\n"
            "try:\n"
            f"    socket.create_connection(('127.0.0.1', {port}), 5)\n"
            "    assert not alone\n"
            "except OSError:\n"
            "    assert alone"
        )
        assert scan(folder, "purser", program(tmp_path / "purser", CLEAN["purser"], act=act)).findings == []


def _namespace() -> str:
    return str(Path("/proc/self/ns/net").readlink())


def test_names_that_look_like_options_or_members_find_their_file(tmp_path: Path, folder: Path) -> None:
    formats: Mapping[str, str] = {"--help": "pickle", "a:b (pos 3)": "pickle", "a": "pickle"}
    asked = job(folder, formats)
    places = ["TARGET/--help", "TARGET/a:b (pos 3):inner", "./a (pos 9)", "elsewhere"]
    found = [{"rule_id": "X", "severity": "HIGH", "title": "x", "file": place} for place in places]
    files: list[object] = [{"path": f"TARGET/{path}", "findings": [], "error": None} for path in formats]
    at = program(tmp_path / "purser", {"files": files, "deep_findings": found})
    read = Program(SCANNERS["purser"](), at).scan(asked)
    os.close(asked.descriptor)
    assert [item.path for item in read.findings] == ["--help", "a:b (pos 3)", "a", "."]
