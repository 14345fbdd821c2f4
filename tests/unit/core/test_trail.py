from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, Story, inspection_of

from weighbridge.core.approval import Approval, KeyRevocation, Rejection, Request, Revocation
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.telling import Circumstances, tell
from weighbridge.core.trail import trail

if TYPE_CHECKING:
    from weighbridge.core.trail_entry import Trail, TrailEntry


def told() -> Story:
    """Minutes 1 to 7."""
    story = Story()
    pinned = story.pin()
    story.inspect()
    story.approve(BOB, pinned)
    story.approve(EVE, pinned)
    story.approve(CAT, pinned)
    story.pin(SECOND)
    story.revoke(ANN)
    return story


def trail_of(story: Story) -> Trail:
    return trail(story.record(), story.rules, story.now)


def facts_of(entry: TrailEntry) -> dict[str, str]:
    return {fact.label: fact.value for fact in entry.told.facts}


def test_the_chain_in_words() -> None:
    found = trail_of(told())
    assert [entry.text for entry in found.entries] == [
        f"pinned hf:org/minilm@main at {'1' * 40}: 2 files, 9 bytes, 1 left out",
        "inspected: no finding, by weighbridge 1; picklescan 1.0 is incomplete",
        "approved for production: fine",
        "approved for production: fine",
        "approved for production: fine",
        f"pinned hf:org/minilm@main at {'2' * 40}: 2 files, 7 bytes, 1 left out",
        "revoked for every stage: leaked",
    ]
    assert [entry.people for entry in found.entries] == [("ann",), ("bot",), ("bob",), (), ("cat",), ("ann",), ("ann",)]
    assert [entry.fault for entry in found.entries] == ["", "", "", "untrusted", "", "", ""]
    assert [pin.revision for pin in found.pins] == [SECOND.revision, FIRST.revision]
    assert [reason.code for verdict in found.verdicts for reason in verdict.reasons] == ["no-approval"]
    assert (found.project, found.trust, found.policy) == ("project", "local", told().rules.digest)


def test_the_keys_of_strangers_are_told_too() -> None:
    entry = trail_of(told()).entries[3]
    assert (entry.people, entry.keys) == ((), (EVE.key.id,))


def test_what_counts_for_nothing_may_be_malformed() -> None:
    story = told()
    kinds = ("pin", "approval", "inspection", "revocation", "request", "rejection", "key-revocation")
    for kind in kinds:
        story.say(EVE, kind, {"words": "x"}, [FIRST.digest])
    entries = trail_of(story).entries[-len(kinds) :]
    for kind, entry in zip(kinds, entries, strict=True):
        start = "added evidence" if kind == "inspection" else "added malformed evidence"
        assert entry.text.startswith(f"{start} of type {kind}")
        assert entry.to_json()["details"] == {}


def test_a_strangers_pin_of_a_name_that_can_not_be_governed_is_told_as_malformed() -> None:
    story = told()
    story.say(EVE, "pin", {**FIRST.to_json(), "name": "../up"}, [FIRST.digest])
    assert trail_of(story).entries[-1].text.startswith("added malformed evidence of type pin: '../up'")


def test_a_type_that_is_not_known_here_is_named() -> None:
    found = tell("blessing", {"by": "nobody"}, Circumstances("minilm", "", (), counts=True))
    assert (found.text, found.facts, found.body) == ("added evidence of type blessing", (), {})


def test_bytes_that_were_pushed_whatever_was_found() -> None:
    story = Story()
    story.pin()
    story.inspect(facts={"push": ("denied-too",)})
    entry = trail_of(story).entries[-1]
    assert entry.text.endswith("; pushed whatever was found (denied-too)")
    assert facts_of(entry)["pushed"] == "whatever was found (denied-too)"


def test_an_inspection_tells_findings_tools_and_ruleset() -> None:
    story = Story()
    story.pin()
    finding = Finding("credential", "config.json", Severity.WARN, "a key")
    story.inspect(finding)
    entry = trail_of(story).entries[-1]
    assert entry.told.findings == (finding,)
    assert facts_of(entry) == {
        "tools": "picklescan 1.0 (incomplete), weighbridge 1 (complete)",
        "ruleset": "sha256:" + "7" * 64,
    }
    assert entry.to_json()["details"] == {
        "findings": [finding.to_json()],
        "tools": [
            {"name": "picklescan", "version": "1.0", "status": "incomplete"},
            {"name": "weighbridge", "version": "1", "status": "complete"},
        ],
        "ruleset": "sha256:" + "7" * 64,
    }


def test_a_pin_tells_where_it_came_from() -> None:
    entry = trail_of(told()).entries[0]
    assert facts_of(entry) == {
        "source": "hf:org/minilm@main",
        "revision": "1" * 40,
        "files": "2 files, 9 bytes, 1 left out",
        "licence": "apache-2.0",
        "identity": "id abc, owner org",
    }
    assert entry.to_json()["details"] == {
        "source": "hf:org/minilm",
        "follow": "main",
        "revision": "1" * 40,
        "identity": {"id": "abc", "owner": "org"},
        "licence": "apache-2.0",
        "files": 2,
        "size_bytes": 9,
        "omitted": 1,
    }


def test_an_approval_tells_pin_rules_and_the_newest_inspection_that_its_writer_had_seen() -> None:
    story = Story()
    pinned = story.pin()
    story.inspect()
    second = story.inspect()
    body = Approval("production", {"minilm": pinned}, story.rules.digest, NOON + timedelta(days=1)).to_body()
    story.say(BOB, "approval", body, [FIRST.digest])
    story.inspect()
    story.inspect(by=EVE)
    story.approve(CAT, pinned)
    present, other = (entry for entry in trail_of(story).entries if entry.type == "approval")
    assert facts_of(present) == {
        "until": "2026-11-24T12:00:00Z",
        "approved": f"pin-{pinned[:16]}",
        "signed": "under the present rules",
        "inspected": f"inspection-{second[:16]}, the newest that counted then",
    }
    assert facts_of(other)["signed"] == "under other rules, sha256:" + "9" * 64
    assert present.to_json()["details"] == {
        "stage": "production",
        "until": "2026-11-24T12:00:00Z",
        "comment": "",
        "waivers": [],
        "pin": pinned,
        "policy": story.rules.digest,
        "policy_is_present": True,
        "inspections": [second],
    }


def test_an_approval_without_any_inspection_and_of_no_pin_says_so() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.inspect()
    story.say(EVE, "approval", Approval("production", {}, "sha256:" + "9" * 64).to_body(), [FIRST.digest])
    entries = trail_of(story).entries
    assert facts_of(entries[1])["inspected"] == "no inspection counted then"
    assert facts_of(entries[3])["approved"] == "no pin of this model"
    assert entries[3].to_json()["details"]["pin"] is None  # type: ignore[index,call-overload]  # an object


def test_inspections_that_had_not_seen_each_other_are_both_the_newest() -> None:
    story = Story()
    pinned = story.pin()
    one, two = (story.inspect(parents=[pinned]) for _ in range(2))
    story.approve(BOB, pinned)
    inspected = facts_of(trail_of(story).entries[-1])["inspected"]
    assert set(inspected.partition(",")[0].split(" and ")) == {f"inspection-{one[:16]}", f"inspection-{two[:16]}"}


def test_an_inspection_of_another_digest_is_not_the_approved_ones() -> None:
    story = Story()
    pinned = story.pin()
    story.pin(SECOND)
    story.inspect(pin=SECOND)
    story.approve(BOB, pinned)
    assert facts_of(trail_of(story).entries[-1])["inspected"] == "no inspection counted then"


def test_requests_rejections_and_revoked_keys_in_words() -> None:
    story = Story()
    pinned = story.pin()
    story.say(ANN, "request", Request("production", {"minilm": pinned}, "needed by Friday").to_body(), [FIRST.digest])
    story.say(EVE, "request", Request("production", {}).to_body(), [FIRST.digest])
    story.say(BOB, "rejection", Rejection("production", "no card").to_body(), [FIRST.digest])
    story.say(ANN, "key-revocation", KeyRevocation(EVE.key.id, "lost").to_body(), [FIRST.digest])
    entries = trail_of(story).entries[1:]
    assert [entry.text for entry in entries] == [
        "asked for approval for production: needed by Friday",
        "asked for approval for production",
        "rejected for production: no card",
        f"revoked the key {EVE.key.id[:16]}: lost",
    ]
    assert [entry.to_json()["details"] for entry in entries] == [
        {"stage": "production", "comment": "needed by Friday", "pin": pinned},
        {"stage": "production", "comment": "", "pin": None},
        {"stage": "production", "reason": "no card"},
        {"key": EVE.key.id, "reason": "lost"},
    ]
    assert [facts_of(entry) for entry in entries] == [
        {"comment": "needed by Friday", "asked": f"pin-{pinned[:16]}"},
        {"asked": "no pin of this model"},
        {"reason": "no card"},
        {"key": EVE.key.id, "reason": "lost"},
    ]


def test_an_earlier_time_gives_an_earlier_answer() -> None:
    story = told()
    then = NOON + timedelta(minutes=5)
    found = trail(story.record(then - timedelta(minutes=5)), story.rules, then, until=then)
    assert len(found.entries) == 5
    assert [verdict.allow for verdict in found.verdicts] == [True]


def test_what_is_dated_in_the_future_is_told_now_and_not_of_an_earlier_time() -> None:
    story = told()
    story.say(BOB, "revocation", Revocation(None, "soon").to_body(), [FIRST.digest], at=NOON + timedelta(days=9))
    story.say(EVE, "revocation", Revocation(None, "later").to_body(), [FIRST.digest], at=NOON + timedelta(days=9))
    assert [entry.fault for entry in trail_of(story).entries[-2:]] == ["future", "untrusted"]
    then = NOON + timedelta(minutes=7)
    assert len(trail(story.record(then), story.rules, then, until=then).entries) == 7


def test_one_digest_alone() -> None:
    story = told()
    found = trail(story.record(), story.rules, story.now, SECOND.digest)
    assert [entry.digests for entry in found.entries] == [(SECOND.digest,)]
    assert found.pins == (SECOND,)
    assert found.digest == SECOND.digest
    assert [verdict.digest for verdict in found.verdicts] == [SECOND.digest]


def test_a_bare_approval_and_a_revocation_for_one_stage() -> None:
    story = Story()
    pinned = story.pin()
    body = Approval("production", {"minilm": pinned}, "sha256:" + "9" * 64).to_body()
    story.say(BOB, "approval", body, [FIRST.digest])
    story.revoke(ANN, stage="production")
    found = trail_of(story)
    assert [entry.text for entry in found.entries[1:]] == ["approved for production", "revoked for production: leaked"]


def test_a_time_is_claimed_until_somebody_else_has_seen_it() -> None:
    story = Story()
    story.pin()
    assert [entry.time for entry in trail_of(story).entries] == ["claimed"]
    seen = story.inspect()
    first, second = trail_of(story).entries
    assert (first.time, second.time) == ("witnessed", "claimed")
    assert first.to_json()["witness"] == {"by": ["bot"], "at": "2026-11-23T12:02:00Z", "evidence": seen}
    assert second.to_json()["witness"] is None


def test_another_key_of_the_same_person_is_no_witness() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(FakeSigner("ann's other key"), pinned)
    assert trail_of(story).entries[-1].people == ("ann",)
    assert [entry.time for entry in trail_of(story).entries] == ["claimed", "claimed"]


@pytest.mark.parametrize("fault", ["untrusted", "role", "unpinned", "backdated", "partial"])
def test_what_counts_for_nothing_is_no_witness(fault: str) -> None:
    story = Story()
    pinned = story.pin()
    if fault == "untrusted":
        story.approve(EVE, pinned)
    elif fault == "role":
        story.pin(by=BOB)
    elif fault == "unpinned":
        story.approve(BOB, "0" * 64)
    elif fault == "backdated":
        story.approve(BOB, pinned, at=NOON - timedelta(days=1))
    else:
        story.say(BOT, "inspection", inspection_of(make_pin(files={"other": b""})).to_body(), [FIRST.digest])
    entries = trail_of(story).entries
    assert [entry.fault for entry in entries] == ["", fault]
    assert [entry.time for entry in entries] == ["claimed", "claimed"]


def test_what_has_not_seen_it_is_no_witness() -> None:
    story = Story()
    pinned = story.pin()
    first = story.inspect(parents=[pinned])
    other = story.approve(BOB, pinned, parents=[pinned])
    entries = {entry.id: entry for entry in trail_of(story).entries}
    assert entries[pinned].time == "witnessed"
    assert entries[first].time == entries[other].time == "claimed"


def test_a_witness_may_have_seen_it_by_way_of_others() -> None:
    story = Story()
    pinned = story.pin()
    middle = story.pin(by=FakeSigner("ann's other key"))
    story.approve(BOB, middle)
    entries = {entry.id: entry for entry in trail_of(story).entries}
    assert entries[pinned].witness == entries[middle].witness
    assert entries[pinned].time == "witnessed"


def test_the_earliest_claim_of_a_witness_bounds_most() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(CAT, pinned, at=NOON + timedelta(minutes=4))
    early = story.approve(BOB, pinned, at=NOON + timedelta(minutes=2))
    witness = trail_of(story).entries[0].witness
    assert witness is not None
    assert (witness.by, witness.evidence) == (("bob",), early)


def test_nobody_can_witness_what_a_stranger_signed() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(EVE, pinned)
    story.approve(BOB, pinned)
    assert [entry.time for entry in trail_of(story).entries] == ["witnessed", "claimed", "claimed"]


@pytest.mark.parametrize(("minutes", "time"), [(2, "claimed"), (3, "witnessed")])
def test_a_witness_of_later_is_none_at_an_earlier_time(minutes: int, time: str) -> None:
    story = Story()
    pinned = story.pin()
    story.pin(by=FakeSigner("ann's other key"))
    story.approve(BOB, pinned)
    then = NOON + timedelta(minutes=minutes)
    assert trail(story.record(then - timedelta(minutes=5)), story.rules, then).entries[0].time == time


def test_the_published_json() -> None:
    story = told()
    shown = trail_of(story).to_json()
    assert (shown["name"], shown["at"], shown["digest"]) == ("minilm", "2026-11-23T12:07:00Z", None)
    assert (shown["project"], shown["policy"], shown["trust"]) == ("project", story.rules.digest, "local")
    assert isinstance(shown["entries"], list)
    entry, seen = shown["entries"][:2]
    assert isinstance(entry, dict)
    assert isinstance(seen, dict)
    assert entry == {
        "id": entry["id"],
        "type": "pin",
        "at": "2026-11-23T12:01:00Z",
        "time": "witnessed",
        "witness": {"by": ["bot"], "at": "2026-11-23T12:02:00Z", "evidence": seen["id"]},
        "people": ["ann"],
        "keys": [ANN.key.id],
        "digests": [FIRST.digest],
        "text": entry["text"],
        "fault": "",
        "details": entry["details"],
    }
    assert shown["pins"] == [SECOND.to_json(), FIRST.to_json()]
