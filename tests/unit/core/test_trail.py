from __future__ import annotations

from datetime import timedelta

from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, CAT, EVE, FIRST, SECOND, Story

from weighbridge.core.approval import Approval
from weighbridge.core.trail import trail


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


def test_the_chain_in_words() -> None:
    story = told()
    found = trail(story.record(), story.rules, story.now)
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


def test_what_counts_for_nothing_may_be_malformed() -> None:
    story = told()
    for type_ in ("pin", "approval", "inspection", "revocation"):
        story.say(EVE, type_, {"words": "x"}, [FIRST.digest])
    texts = [entry.text for entry in trail(story.record(), story.rules, story.now).entries[-4:]]
    assert texts[2] == "added evidence of type inspection"
    for index in (0, 1, 3):
        assert texts[index].startswith("added malformed evidence of type ")


def test_bytes_that_were_pushed_whatever_was_found() -> None:
    story = Story()
    story.pin()
    story.inspect(facts={"push": ("denied-too",)})
    found = trail(story.record(), story.rules, story.now)
    assert found.entries[-1].text.endswith("; pushed whatever was found (denied-too)")


def test_an_earlier_time_gives_an_earlier_answer() -> None:
    story = told()
    then = NOON + timedelta(minutes=5)
    found = trail(story.record(then - timedelta(minutes=5)), story.rules, then)
    assert len(found.entries) == 5
    assert [verdict.allow for verdict in found.verdicts] == [True]


def test_one_digest_alone() -> None:
    story = told()
    found = trail(story.record(), story.rules, story.now, SECOND.digest)
    assert [entry.digests for entry in found.entries] == [(SECOND.digest,)]
    assert found.pins == (SECOND,)
    assert [verdict.digest for verdict in found.verdicts] == [SECOND.digest]


def test_a_bare_approval_and_a_revocation_for_one_stage() -> None:
    story = Story()
    pinned = story.pin()
    body = Approval("production", {"minilm": pinned}, "sha256:" + "9" * 64).to_body()
    story.say(BOB, "approval", body, [FIRST.digest])
    story.revoke(ANN, stage="production")
    found = trail(story.record(), story.rules, story.now)
    assert [entry.text for entry in found.entries[1:]] == ["approved for production", "revoked for production: leaked"]


def test_the_published_json() -> None:
    story = told()
    shown = trail(story.record(), story.rules, story.now).to_json()
    assert (shown["name"], shown["at"]) == ("minilm", "2026-11-23T12:07:00Z")
    assert isinstance(shown["entries"], list)
    entry = shown["entries"][0]
    assert isinstance(entry, dict)
    assert entry == {
        "id": entry["id"],
        "type": "pin",
        "at": "2026-11-23T12:01:00Z",
        "time": "claimed",
        "people": ["ann"],
        "digests": [FIRST.digest],
        "text": entry["text"],
        "fault": "",
    }
    assert shown["pins"] == [SECOND.to_json(), FIRST.to_json()]
