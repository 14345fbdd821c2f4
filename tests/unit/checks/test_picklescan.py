"""Picklescan itself, in its locked-down process: its findings, its doubts and its failures."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.fakes.scanner_program import job

from weighbridge.checks.answer import Request
from weighbridge.checks.limits import Limits
from weighbridge.checks.scanners import picklescan as bundled
from weighbridge.checks.scanners import picklescan_worker
from weighbridge.checks.scanners.picklescan import Picklescan
from weighbridge.core.inspection import COMPLETE, INCOMPLETE, MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.checks.scanners.scanner import Report

BAD = b"cos\nsystem\n(S'true'\ntR."
ODD = b"csome.module\nThing\n)R."
GOOD = pickle.dumps({"a": [1, 2]})
LEGACY = [
    pickle.dumps(0x1950A86A20F9469CFC6C, 2),
    pickle.dumps(1001, 2),
    pickle.dumps({"little_endian": True}, 2),
    pickle.dumps({"a": 1}, 2),
    pickle.dumps([], 2),
]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"model/{name}", data)
    return file.getvalue()


def scan(folder: Path, files: Mapping[str, tuple[str, bytes]]) -> Report:
    asked = job(folder, {path: kind for path, (kind, _) in files.items()})
    for path, (_, data) in files.items():
        (folder / path).write_bytes(data)
    sizes = {path: len(data) for path, (_, data) in files.items()}
    whole = type(asked)(asked.folder, asked.descriptor, sizes, asked.formats)
    try:
        return Picklescan(Limits()).scan(whole)
    finally:
        os.close(asked.descriptor)


def test_its_opinion_of_real_files(tmp_path: Path) -> None:
    files = {
        "bad.pkl": ("pickle", BAD),
        "odd.pkl": ("pickle", ODD),
        "good.pkl": ("pickle", GOOD),
        "named.txt": ("pickle", BAD),
        "bad.pt": ("torch-zip", zipped(**{"data.pkl": BAD})),
        "good.pt": ("torch-zip", zipped(**{"data.pkl": GOOD})),
        "legacy": ("torch-legacy", b"".join(LEGACY)),
        "bad-legacy": ("torch-legacy", b"".join([*LEGACY[:3], BAD, LEGACY[4]])),
        "config.json": ("json", BAD),
    }
    report = scan(tmp_path, files)
    assert {(item.check, item.path, str(item.severity)) for item in report.findings} == {
        ("scanner-finding", "bad.pkl", "deny"),
        ("scanner-finding", "odd.pkl", "warn"),
        ("scanner-finding", "named.txt", "deny"),
        ("scanner-finding", "bad.pt", "deny"),
        ("scanner-finding", "bad-legacy", "deny"),
    }
    assert report.tool.status == COMPLETE
    assert report.tool.version == Picklescan(Limits()).version()


def test_what_it_could_not_read_is_said(tmp_path: Path) -> None:
    report = scan(tmp_path, {"cut.pkl": ("pickle", BAD[:-6]), "none.pkl": ("pickle", b"\xff"), "gone": ("pickle", b"")})
    assert {(item.check, item.path) for item in report.findings} >= {
        ("scanner-failed", "cut.pkl"),
        ("scanner-failed", "none.pkl"),
    }
    assert report.tool.status == INCOMPLETE


def test_no_process_starts_for_nothing(tmp_path: Path) -> None:
    asked = job(tmp_path, {"config.json": "json"})
    report = Picklescan(Limits(), command=("/nowhere",)).scan(asked)
    os.close(asked.descriptor)
    assert report.findings == []
    assert report.tool.status == COMPLETE


def test_a_process_that_fails_is_said(tmp_path: Path) -> None:
    asked = job(tmp_path, {"a": "pickle"})
    report = Picklescan(Limits(), command=("/nowhere",)).scan(asked)
    os.close(asked.descriptor)
    assert [(item.check, item.path) for item in report.findings] == [("scanner-failed", "a")]


def test_an_environment_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "installed", lambda _: "")
    asked = job(tmp_path, {"a": "pickle"})
    report = Picklescan(Limits()).scan(asked)
    os.close(asked.descriptor)
    assert report.tool.status == MISSING


def handled(data: bytes, kind: str) -> list[tuple[str, str]]:
    answer = picklescan_worker.handle(Request("a", len(data), 1, kind), io.BytesIO(data))
    return [(item.check, str(item.severity)) for item in answer.findings]


def test_many_names_are_counted() -> None:
    data = b"".join(b"cos\nname%d\n0" % number for number in range(9)) + b"N."
    answer = picklescan_worker.handle(Request("a", len(data), 1, "pickle"), io.BytesIO(data))
    assert answer.findings[0].message.endswith("'os.name4' and 4 more dangerous")


def test_what_it_complains_of_is_a_failure() -> None:
    assert handled(BAD[:-6], "pickle") == [("scanner-finding", "deny"), ("scanner-failed", "unexamined")]
    assert handled(b"\xff", "pickle") == [("scanner-failed", "unexamined")]
    assert handled(GOOD, "pickle") == []
    assert handled(ODD, "pickle") == [("scanner-finding", "warn")]


def test_what_our_own_list_holds_is_a_note() -> None:
    listed = b"cbuiltins\ncomplex\n0"
    joblib = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n."
    assert handled(joblib, "joblib") == [("scanner-finding", "note")]
    assert handled(joblib, "pickle") == [("scanner-finding", "warn")]
    assert handled(listed + b"N.", "pickle") == [("scanner-finding", "note")]
    assert set(handled(listed + ODD, "pickle")) == {("scanner-finding", "note"), ("scanner-finding", "warn")}
    assert ("scanner-finding", "deny") in handled(listed + BAD, "pickle")


def test_arrays_between_opcodes_are_no_failure() -> None:
    assert handled(GOOD[:-2] + b"\xff\xff", "joblib") == []


@pytest.mark.parametrize("error", [ValueError, RecursionError])
def test_what_the_library_raises_is_a_failure(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(picklescan_worker, "scan_bytes", fail)
    assert handled(GOOD, "pickle") == [("scanner-failed", "unexamined")]


def test_a_lack_of_memory_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(picklescan_worker, "scan_bytes", starve)
    with pytest.raises(MemoryError):
        handled(GOOD, "pickle")
