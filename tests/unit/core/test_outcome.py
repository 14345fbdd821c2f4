from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from tests.fakes.pins import make_pin
from tests.fakes.story import Story

from weighbridge.core.change import ChangeKind, FileChange
from weighbridge.core.outcome import ApprovalOutcome, Drift, ModelStatus, PinOutcome, pin_summary
from weighbridge.core.ports import StoreProblem
from weighbridge.core.progress import Silent
from weighbridge.core.registered import RegisteredVersion, RegistryView

if TYPE_CHECKING:
    import pytest

PIN = make_pin(metadata={"licence": "apache-2.0"})
SUMMARY = {
    "name": "minilm",
    "digest": PIN.digest,
    "source": "hf:org/minilm",
    "follow": "main",
    "revision": "1" * 40,
    "files": 2,
    "size_bytes": 9,
    "licence": "apache-2.0",
}


def test_the_facts_that_name_a_pin() -> None:
    assert pin_summary(PIN) == SUMMARY
    assert pin_summary(replace(PIN, metadata={}))["licence"] == ""
    assert pin_summary(replace(PIN, metadata={"licence": None}))["licence"] == ""


def test_a_pin_and_an_approval() -> None:
    verdict = Story().verdict()
    assert PinOutcome(PIN, changed=True).to_json() == {**SUMMARY, "changed": True, "version": None}
    shown = ApprovalOutcome(PIN, changed=False, verdict=verdict, version="3", published=True).to_json()
    assert shown == {**SUMMARY, "changed": False, "version": "3", "published": True, "verdict": verdict.to_json()}


def test_a_status() -> None:
    problem = StoreProblem("gc-would-drop", "minilm", PIN.digest, "message", "hint")
    verdict = Story().verdict()
    assert ModelStatus("minilm", (PIN,), {"production": PIN.digest}, (verdict,), (problem,)).to_json() == {
        "name": "minilm",
        "pins": [SUMMARY],
        "heads": {"production": PIN.digest},
        "verdicts": [verdict.to_json()],
        "problems": [{"code": "gc-would-drop", "digest": PIN.digest, "message": "message", "hint": "hint"}],
        "divergences": None,
        "waiting": [],
    }


def test_a_drift() -> None:
    change = FileChange("a", ChangeKind.ADDED, None, 1)
    assert Drift(PIN, "moved", "2" * 40, (change,)).to_json() == {
        "name": "minilm",
        "state": "moved",
        "ref": "hf:org/minilm@main",
        "pinned": "1" * 40,
        "now": "2" * 40,
        "changes": [change.to_json()],
        "retires": None,
        "days_left": None,
    }
    told = Drift(PIN, "current", "1" * 40, (), date(2027, 1, 31), 62).to_json()
    assert (told["retires"], told["days_left"]) == ("2027-01-31", 62)


def test_the_oldest_version_of_a_digest() -> None:
    versions = (RegisteredVersion("1", None), RegisteredVersion("2", PIN.digest), RegisteredVersion("3", PIN.digest))
    view = RegistryView("minilm", versions, {})
    assert view.version_of(PIN.digest) == "2"
    assert view.version_of("sha256:") is None


def test_silent_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent = Silent()
    silent.begin("work", 10)
    silent.advance(5)
    silent.end()
    assert capsys.readouterr() == ("", "")
