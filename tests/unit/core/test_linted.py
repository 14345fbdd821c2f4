"""What is said of a mention, verdict by verdict."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.fakes.pins import COMMIT, make_pin

from weighbridge.core.cached import KnownPin
from weighbridge.core.linted import ERRORS, NOTICE, Asked, Governed, Linted, Ruling, lint
from weighbridge.core.mention import Mention, Spot

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SPOT = Spot("a.py", 1)
OTHER = "2" * 40
ALLOWED = {"production": ""}


def mention(ref: str, revision: str | None = None, **more: bool) -> Mention:
    scheme, _, model = ref.partition(":")
    return Mention(
        SPOT,
        "rule",
        "call",
        scheme,
        (ref if scheme == "https" else model) or None,
        revision,
        is_open=more.get("is_open", False),
        can_pin=more.get("can_pin", True),
        runs_code=more.get("runs_code", False),
    )


def known(source: str = "hf:org/minilm", *, revoked: bool = False, name: str = "minilm", **stages: str) -> KnownPin:
    return KnownPin(make_pin(name, source=source), stages or ALLOWED, revoked)


def said(asked: Mention, *pins: KnownPin) -> Linted:
    return lint(asked, Governed(pins), NOW)


@pytest.mark.parametrize(
    ("asked", "ruling"),
    [
        (mention("hf:"), Ruling.UNRESOLVED),
        (mention("hf:org/minilm", is_open=True), Ruling.UNRESOLVED),
        (mention("hf:org/other"), Ruling.UNPINNED),
        (mention("hf:org/other", "main"), Ruling.UNPINNED),
        (mention("hf:org/other", "37f520f"), Ruling.UNPINNED),
        (mention("hf:org/other", OTHER), Ruling.UNREGISTERED),
        (mention("oci:host/other", "sha256:" + "a" * 64), Ruling.UNREGISTERED),
        (mention("hf:org/other", can_pin=False), Ruling.UNREGISTERED),
        (mention("hf:org/other", OTHER, runs_code=True), Ruling.REMOTE_CODE),
        (mention("hf:org/minilm", COMMIT), Ruling.GOVERNED),
        (mention("hf:Org/MiniLM", COMMIT), Ruling.GOVERNED),
        (mention("hf:org/minilm", COMMIT, runs_code=True), Ruling.GOVERNED),
        (mention("hf:org/minilm", OTHER), Ruling.UNREGISTERED),
        (mention("hf:org/minilm"), Ruling.UNPINNED),
        (mention("hf:org/minilm", "main"), Ruling.UNPINNED),
        (mention("hf:org/minilm", "main", runs_code=True), Ruling.REMOTE_CODE),
        (mention("weighbridge:minilm"), Ruling.GOVERNED),
        (mention("weighbridge:nobody"), Ruling.UNREGISTERED),
        (mention("mlflow:minilm", "7"), Ruling.GOVERNED),
        (mention("mlflow:minilm", "@production"), Ruling.GOVERNED),
        (mention("mlflow:minilm", "@champion"), Ruling.UNAPPROVED),
        (mention("mlflow:minilm", "Production"), Ruling.ALIAS),
        (mention("mlflow:nobody", "Production"), Ruling.UNREGISTERED),
        (mention("https://example.com/m.onnx", can_pin=False), Ruling.UNREGISTERED),
        (mention("ollama:llama3.2", "3b", can_pin=False), Ruling.UNREGISTERED),
    ],
)
def test_each_verdict(asked: Mention, ruling: Ruling) -> None:
    assert said(asked, known()).ruling is ruling


def test_the_hint_is_what_helps_first() -> None:
    assert said(mention("hf:org/minilm"), known()).hint == f"pin it: {COMMIT}"
    assert "weighbridge.load" in said(mention("hf:org/minilm", can_pin=False), known()).hint
    assert said(mention("hf:org/minilm"), known(production="no-approval")).hint.startswith("weighbridge approve minilm")


@pytest.mark.parametrize(
    ("pin", "ruling"),
    [
        (known(production="no-approval"), Ruling.UNAPPROVED),
        (known(production="expired"), Ruling.EXPIRED),
        (known(production="revoked", revoked=True), Ruling.REVOKED),
        (known(staging="", production="quorum"), Ruling.GOVERNED),
    ],
)
def test_what_stages_say_decides(pin: KnownPin, ruling: Ruling) -> None:
    assert said(mention("hf:org/minilm", COMMIT), pin).ruling is ruling


@pytest.mark.parametrize(
    ("pin", "ruling"),
    [
        (known(production="no-approval"), Ruling.UNAPPROVED),
        (known(production="revoked", revoked=True), Ruling.REVOKED),
    ],
)
@pytest.mark.parametrize("asked", [mention("weighbridge:minilm"), mention("mlflow:minilm", "1")])
def test_a_governed_name_is_worth_what_its_pins_are(asked: Mention, pin: KnownPin, ruling: Ruling) -> None:
    assert said(asked, pin).ruling is ruling


def test_an_alias_of_a_stage_that_denies_is_not_approved() -> None:
    found = said(mention("mlflow:minilm", "@production"), known(staging="", production="quorum"))
    assert (found.ruling, found.message) == (Ruling.UNAPPROVED, "no pin of minilm may run in production")


def test_the_revision_that_may_run_is_told() -> None:
    found = said(mention("hf:org/minilm"), known())
    assert (found.revision, found.name) == (COMMIT, "minilm")
    assert COMMIT in found.hint


def test_which_of_two_revisions_is_meant_is_not_guessed() -> None:
    second = KnownPin(make_pin(revision=OTHER, files={"config.json": b"{ }"}), ALLOWED, revoked=False)
    found = said(mention("hf:org/minilm"), known(), second)
    assert found.revision == ""
    assert found.hint == 'weighbridge.load("minilm") gives what is approved'


def test_the_pin_that_may_run_counts_of_two_with_one_revision() -> None:
    denied = KnownPin(make_pin("copy"), {"production": "no-approval"}, revoked=False)
    assert said(mention("hf:org/minilm", COMMIT), denied, known()).ruling is Ruling.GOVERNED


def test_what_brings_a_model_under_governance_is_told() -> None:
    assert said(mention("hf:org/other", "v1")).hint == "weighbridge add hf:org/other@v1 --name NAME"
    assert said(mention("https://example.com/m.onnx")).hint == "weighbridge add https://example.com/m.onnx --name NAME"
    assert said(mention("ollama:llama3.2", "3b")).hint.startswith("nothing of ollama can be pinned")


SNAPSHOT = "api:openai/gpt-4o-2024-08-06"


def vendor(retires: object = None, **stages: str) -> KnownPin:
    metadata = {} if retires is None else {"retires": str(retires)}
    return KnownPin(make_pin("gpt", source=SNAPSHOT, metadata=metadata), stages or ALLOWED, revoked=False)


@pytest.mark.parametrize(
    ("asked", "pin", "ruling"),
    [
        ("api:openai/gpt-4o", vendor(), Ruling.ALIAS),
        (SNAPSHOT, vendor(), Ruling.GOVERNED),
        (SNAPSHOT, vendor("2099-01-01"), Ruling.GOVERNED),
        (SNAPSHOT, vendor("no day"), Ruling.GOVERNED),
        (SNAPSHOT, vendor((NOW + NOTICE).date()), Ruling.RETIRING),
        (SNAPSHOT, vendor("2020-01-01"), Ruling.RETIRING),
        (SNAPSHOT, vendor(production="no-approval"), Ruling.UNAPPROVED),
        ("api:openai/gpt-4o-2024-11-20", vendor(), Ruling.UNREGISTERED),
    ],
)
def test_models_that_vendors_serve(asked: str, pin: KnownPin, ruling: Ruling) -> None:
    assert said(mention(asked, can_pin=False), pin).ruling is ruling


def test_web_addresses_are_governed_by_the_whole_address() -> None:
    pin = known("https://example.com/m.onnx")
    assert said(mention("https://example.com/m.onnx", can_pin=False), pin).ruling is not Ruling.UNREGISTERED
    assert said(mention("https://example.com/n.onnx", can_pin=False), pin).ruling is Ruling.UNREGISTERED


def test_notes_keep_no_merge_out() -> None:
    assert set(Ruling) - ERRORS == {Ruling.RETIRING, Ruling.UNRESOLVED, Ruling.GOVERNED}


def test_its_json_has_the_published_keys() -> None:
    found = said(mention("hf:org/minilm", COMMIT), known()).to_json()
    assert found["verdict"] == "governed"
    assert found["model"] == "hf:org/minilm"
    assert said(mention("hf:")).to_json()["model"] is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("hf:Org/MiniLM", True),
        ("weighbridge:minilm", True),
        ("mlflow:minilm", True),
        ("hf:minilm", False),
        ("hf:org/other", False),
        ("hf:", False),
    ],
)
def test_which_models_mentions_are_about(asked: str, expected: bool) -> None:  # noqa: FBT001  a table
    assert Asked([mention(asked)])("minilm", ["hf:org/minilm"]) is expected
    assert not Asked([mention(asked)])("other", ["file:minilm"])
