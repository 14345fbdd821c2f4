"""What a merge does to models: locks and evidence of stories, on both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.merges import BAD, codes, evidence_files, lock_file, sides
from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, TEAM, Story, approve_together, policy, project

from weighbridge.core import merge_evidence
from weighbridge.core.approval import Waiver
from weighbridge.core.merge import Kind, MergeReport, ModelChange
from weighbridge.core.merge_evidence import Trust
from weighbridge.core.merge_locks import MAX_LOCK_BYTES, lock_of
from weighbridge.core.merge_models import Models, gate_findings, model_findings
from weighbridge.core.policy import ROLE_ADDER, ROLE_APPROVER, KeyLimits, Person, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.policy import Policy

ONE = policy(Stage("production", approvals=1))
LOCK = "models/minilm/lock.json"
FOLDER = "models/minilm/evidence/"


def judged(
    base: Mapping[str, bytes],
    merge: Mapping[str, bytes],
    story: Story,
    *,
    coming: Policy | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> Models:
    trust = Trust(story.rules, coming, fake_verify, story.now)
    return model_findings(sides(base, merge, kinds), trust)


def kinds_of(found: Models) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(item.kind, item.stage, item.people) for item in found.changes]


def files(story: Story, *pins: object) -> dict[str, bytes]:
    chosen = [item for item in pins if isinstance(item, type(FIRST))]
    return {**evidence_files(story.envelopes, story.name), **(lock_file(*chosen, name=story.name) if chosen else {})}


def told(rules: Policy = ONE) -> tuple[Story, str, dict[str, bytes]]:
    """A model that is pinned and approved: the story, the pin's id, the files."""
    story = Story(rules)
    pinned = story.pin()
    story.approve(BOB, pinned)
    if rules is not ONE:
        story.approve(CAT, pinned)
    return story, pinned, files(story, FIRST)


def test_a_model_comes_pinned_and_approved() -> None:
    story, _, after = told()
    found = judged({}, after, story)
    assert found.findings == ()
    assert kinds_of(found) == [("added", "", ()), ("approved", "production", ("bob",))]
    assert found.pins == {"minilm": (FIRST,)}
    assert (found.changed, found.unread) == (("minilm",), ())


def test_a_revision_follows_and_the_former_one_stays() -> None:
    story, _, base = told()
    second = story.pin(SECOND)
    story.approve(BOB, second, SECOND)
    found = judged(base, files(story, FIRST, SECOND), story)
    assert codes(found.findings) == []
    assert [(item.kind, item.before, item.after) for item in found.changes][:1] == [
        ("updated", FIRST.revision, SECOND.revision)
    ]


def test_votes_that_do_not_suffice_are_told_with_their_number() -> None:
    story = Story()
    pinned = story.pin()
    waiver = Waiver("pickle-globals", "a.bin", "needed", story.now + timedelta(days=9))
    story.request(ANN, pinned)
    base = files(story, FIRST)
    story.approve(BOB, pinned, waivers=[waiver])
    story.inspect(by=BOT)
    (change,) = judged(base, files(story, FIRST), story).changes
    assert (change.kind, change.people) == ("voted", ("bob",))
    assert change.text == "1 of 2 approvals; waives pickle-globals in a.bin"


def test_requests_rejections_and_revocations_are_told() -> None:
    story, pinned, base = told()
    story.revoke(BOB)
    story.request(ANN, pinned)
    story.reject(CAT)
    found = judged(base, files(story, FIRST), story)
    assert kinds_of(found) == [
        ("revoked", "production", ("bob",)),
        ("requested", "production", ("ann",)),
        ("rejected", "production", ("cat",)),
    ]
    story.revoke(BOB, stage="production")
    assert kinds_of(judged({}, files(story, FIRST), story))[2] == ("revoked", "production", ("bob",))


def test_approved_together_is_told_of_each_and_waits_for_the_other() -> None:
    stories = project("one", "two", rules=ONE)
    base = {path: data for story in stories for path, data in files(story, make_pin(story.name)).items()}
    approve_together(BOB, *stories, only=stories[:1])
    half = {path: data for story in stories for path, data in files(story, make_pin(story.name)).items()}
    (change,) = judged(base, half, stories[0]).changes
    assert (change.name, change.kind, change.text) == ("one", "voted", "0 of 1 approvals (waits for other models)")
    whole = {**half, **evidence_files(stories[0].envelopes[-1:], "two")}
    assert [(item.name, item.kind) for item in judged(base, whole, stories[0]).changes] == [
        ("one", "approved"),
        ("two", "approved"),
    ]


def test_a_pin_that_goes_is_told_and_refused_while_a_stage_lets_it_run() -> None:
    story, _, base = told()
    found = judged(base, {**base, **lock_file(name="minilm")}, story)
    assert codes(found.findings) == ["pin-dropped"]
    assert codes(judged(base, evidence_files(story.envelopes), story).findings) == ["pin-dropped"]
    story.revoke(BOB)
    gone = judged(base, evidence_files(story.envelopes), story)
    assert codes(gone.findings) == ["pin-removed?"]
    assert kinds_of(gone)[0] == ("removed", "", ())


def test_a_former_head_may_go_unless_it_may_still_be_asked_for() -> None:
    for allow, wanted in ((False, ["pin-removed?"]), (True, ["pin-dropped"])):
        story, _, _ = told(policy(Stage("production", approvals=1, allow_superseded=allow)))
        second = story.pin(SECOND)
        story.approve(BOB, second, SECOND)
        story.approve(CAT, second, SECOND)
        base = files(story, FIRST, SECOND)
        assert codes(judged(base, files(story, SECOND), story).findings) == wanted


def test_a_pin_that_goes_with_its_evidence_is_refused_by_the_base_s() -> None:
    story, _, base = told()
    found = judged(base, {}, story)
    assert codes(found.findings) == ["evidence-deleted!", "evidence-deleted!", "pin-dropped"]


def test_where_even_the_base_s_evidence_is_broken_a_pin_does_not_go() -> None:
    story, _, base = told()
    cut = {path: data for path, data in base.items() if "/pin-" not in path}
    found = judged(cut, {path: data for path, data in cut.items() if path != LOCK}, story)
    assert codes(found.findings) == ["base-broken!", "pin-dropped"]
    assert found.changes == (ModelChange("minilm", "removed", FIRST.revision, "", FIRST.digest),)


def test_a_pin_that_nobody_signed_is_refused_and_one_that_was_signed_otherwise_is_broken() -> None:
    story, _, base = told()
    assert codes(judged(base, {**base, **lock_file(FIRST, SECOND)}, story).findings) == ["pin-unsigned"]
    renamed = replace(FIRST, source="hf:org/other")
    found = judged(base, {**base, **lock_file(renamed)}, story)
    assert codes(found.findings) == ["lock-differs!"]
    assert "source" in found.findings[0].message


def test_other_bytes_under_a_pinned_revision_are_refused_though_they_are_signed() -> None:
    story, _, base = told()
    moved = make_pin(files={"config.json": b"{}", "model.safetensors": b"others"})
    story.pin(moved)
    assert codes(judged(base, files(story, FIRST, moved), story).findings) == ["digest-changed"]
    # Also where it was pinned before and is in the lock no more.
    story.revoke(BOB)
    without = {path: data for path, data in base.items() if path != LOCK}
    assert "digest-changed" in codes(judged(without, files(story, moved), story).findings)


def test_other_files_of_a_pinned_revision_are_a_note_unless_what_was_promised_differs() -> None:
    story, _, base = told()
    fewer = make_pin(files={"config.json": b"{}"})
    story.pin(fewer)
    assert codes(judged(base, files(story, FIRST, fewer), story).findings) == ["selection-changed?"]
    other = replace(fewer, omitted=(replace(FIRST.omitted[0], promise="git:" + "3" * 40),))
    story.pin(other)
    found = judged(base, {**files(story, FIRST), **lock_file(FIRST, other)}, story)
    assert codes(found.findings) == ["digest-changed"]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"[" * 100_000, "bad-json!"),
        (b"\xff\xfe", "bad-json!"),
        (b'{"schema": "x", "schema": "x"}', "bad-json!"),
        (b'{"schema": "weighbridge.lock/9"}', "newer-schema"),
        (b'{"schema": "weighbridge.lock/1", "pins": 1}', "bad-shape!"),
        (BAD, "unreadable!"),
    ],
)
def test_a_lock_that_can_not_be_read_is_told_and_says_nothing_of_pins(data: bytes, wanted: str) -> None:
    story, _, base = told()
    found = judged(base, {**base, LOCK: data}, story)
    assert codes(found.findings) == [wanted]
    assert (found.unread, found.changed, found.pins) == (("minilm",), (), {})


def test_a_lock_over_its_bound_is_not_read() -> None:
    both = sides({}, {LOCK: b""})
    entry = replace(both.merge.entries[LOCK], size_bytes=MAX_LOCK_BYTES + 1)
    large = replace(both.merge, entries={LOCK: entry})
    story, _, _ = told()
    found = model_findings(replace(both, merge=large), Trust(ONE, None, fake_verify, story.now))
    assert codes(found.findings) == ["bad-lock"]
    assert lock_of(both.base, "models/", "minilm") == ()


def test_a_lock_of_the_base_that_can_not_be_read_is_mended_by_a_merge() -> None:
    story, _, base = told()
    assert codes(judged({**base, LOCK: b"{"}, base, story).findings) == []
    unchanged = judged({**base, LOCK: b"{"}, {**base, LOCK: b"{"}, story)
    assert (unchanged.findings, unchanged.pins) == ((), {"minilm": ()})


def test_a_link_in_place_of_a_lock_is_no_lock() -> None:
    story, _, base = told()
    found = judged(base, {**base, LOCK: b"../other"}, story, kinds={LOCK: Kind.LINK})
    assert (found.findings, found.unread) == ((), ("minilm",))


def test_a_lock_of_another_model_or_project_is_broken() -> None:
    story, _, base = told()
    stranger = make_pin("other", project="elsewhere", files={"x": b"x"}, revision="9" * 40)
    found = judged(base, {**base, **lock_file(stranger)}, story)
    assert {"bad-lock!", "foreign-pin!", "pin-unsigned"} <= set(codes(found.findings))


def test_what_can_not_be_a_model_is_refused() -> None:
    story, _, base = told()
    found = judged(base, {**base, "models/Minilm/lock.json": b"{}", "models/README.md": b"", "models/x/y": b""}, story)
    assert codes(found.findings) == ["bad-name"]


def test_bytes_where_dvc_puts_them_are_refused_once() -> None:
    story, _, base = told()
    more = {f"models/minilm/0123456789ab/{name}": b"" for name in ("a", "b/c")}
    assert codes(judged(base, {**base, **more}, story).findings) == ["bytes-in-git"]
    (found,) = judged(base, {**base, "models/\udcff/0123456789ab/x": b""}, story).findings
    assert found.hint == "git rm -r --cached models/?/0123456789ab"


def test_evidence_that_is_gone_renamed_or_edited_is_broken() -> None:
    story, _, base = told()
    path = next(path for path in base if "/approval-" in path)
    rest = {key: data for key, data in base.items() if key != path}
    assert codes(judged(base, rest, story).findings) == ["evidence-deleted!"]
    edited = base[path].replace(b"payloadType", b"payloadtype")
    assert codes(judged(base, {**rest, path: edited}, story).findings) == ["evidence-edited!"]
    elsewhere = f"{FOLDER}approval-{'0' * 16}.json"
    found = judged(base, {**rest, elsewhere: base[path]}, story)
    assert codes(found.findings) == ["evidence-misnamed!", "evidence-renamed!"]


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("README", b"", ["foreign-evidence!"]),
        ("sub/pin-0123456789abcdef.json", b"", ["foreign-evidence!"]),
        ("pin-0123456789abcdef.json", b"\xff", ["bad-json!"]),
        ("pin-0123456789abcdef.json", b'{"payload":"","payload":""}', ["bad-json!"]),
        ("pin-0123456789abcdef.json", b"{}", ["bad-shape!"]),
        ("pin-0123456789abcdef.json", b"[" * 100_000, ["bad-json!"]),
        ("pin-0123456789abcdef.json", BAD, ["unreadable!"]),
    ],
)
def test_what_is_no_evidence_is_broken(name: str, data: bytes, wanted: list[str]) -> None:
    story, _, base = told()
    assert codes(judged(base, {**base, FOLDER + name: data}, story).findings) == wanted


def test_evidence_over_its_bounds_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    story, _, after = told()
    monkeypatch.setattr(merge_evidence, "MAX_ENVELOPE_BYTES", 10)
    assert codes(judged({}, after, story).findings) == ["bad-envelope!", "bad-envelope!"]
    monkeypatch.setattr(merge_evidence, "MAX_ADDED", 1)
    assert codes(judged({}, after, story).findings) == ["too-much"]


def test_forged_foreign_and_orphaned_evidence_is_broken() -> None:
    story, pinned, base = told()
    liar = FakeSigner("liar")
    forged = replace_signature(story, liar, pinned)
    assert codes(judged(base, {**base, **evidence_files([forged])}, story).findings) == ["bad-signature!"]

    story, pinned, base = told()
    story.say(ANN, "pin", SECOND.to_json(), [SECOND.digest], project="elsewhere")
    assert codes(judged(base, files(story, FIRST), story).findings) == ["foreign-evidence!"]

    story, pinned, base = told()
    beside = {path.replace("minilm", "other"): data for path, data in base.items() if "/pin-" in path}
    assert codes(judged(base, {**base, **beside}, story).findings) == ["foreign-evidence!"]

    story, pinned, base = told()
    story.approve(CAT, pinned, parents=["7" * 64])
    assert codes(judged(base, files(story, FIRST), story).findings) == ["missing-parent!"]


def replace_signature(story: Story, liar: FakeSigner, pinned: str) -> bytes:
    """An approval that names Cat's key and bears another's signature."""

    class _Both:
        key = CAT.key
        sign = liar.sign

    story.approve(_Both(), pinned)  # type: ignore[arg-type]  # half of one signer, half of another
    return story.envelopes.pop()


def test_what_counts_alone_and_not_together_is_broken() -> None:
    story, _, base = told()
    story.say(ANN, "pin", {**SECOND.to_json(), "name": "other"}, [SECOND.digest])
    assert codes(judged(base, files(story, FIRST), story).findings) == ["bad-statement!"]


def test_evidence_by_a_stranger_counts_for_nothing_also_if_the_merge_brings_him() -> None:
    story, pinned, base = told()
    story.approve(EVE, pinned)
    after = files(story, FIRST)
    (found,) = judged(base, after, story).findings
    assert (found.code, "does not trust" in found.message) == ("evidence-untrusted", True)
    eve = Person("eve", frozenset({ROLE_APPROVER, ROLE_ADDER}), (EVE.key,))
    (found,) = judged(base, after, story, coming=policy(people=(*TEAM, eve))).findings
    assert "signed by eve, whom this merge itself brings" in found.message
    coming = policy()
    (found,) = judged(base, after, story, coming=coming).findings
    assert "does not trust" in found.message
    assert judged(base, after, story).changes == ()


def test_a_pin_by_a_stranger_is_unsigned() -> None:
    story = Story(ONE)
    story.pin(by=EVE)
    assert codes(judged({}, files(story, FIRST), story).findings) == ["evidence-untrusted", "pin-unsigned"]


def test_evidence_of_tomorrow_is_refused() -> None:
    story, pinned, base = told()
    story.approve(CAT, pinned, at=story.now + timedelta(days=1))
    assert codes(judged(base, files(story, FIRST), story).findings) == ["evidence-future"]


def test_evidence_that_counts_for_nothing_is_refused_or_told() -> None:
    story, pinned, base = told()
    story.approve(CAT, pinned, at=story.now - timedelta(days=9))
    assert codes(judged(base, files(story, FIRST), story).findings) == ["evidence-uncounted"]

    story, pinned, base = told()
    story.approve(BOT, pinned)
    assert codes(judged(base, files(story, FIRST), story).findings) == ["evidence-without-effect?"]

    story, pinned, base = told()
    story.approve(CAT, pinned)
    story.limit(CAT.key.id, KeyLimits(expires=story.now - timedelta(days=1)))
    assert codes(judged(base, files(story, FIRST), story).findings) == ["evidence-uncounted"]


def test_the_gate_itself_is_told_of() -> None:
    workflow, hooks = ".github/workflows/gate.yml", ".pre-commit-config.yaml"
    base = {workflow: b"weighbridge check", hooks: b"- id: ruff", ".gitlab-ci.yml": BAD, "CODEOWNERS": b"x"}
    found = list(gate_findings(sides(base, {workflow: b"true", "CODEOWNERS": b"y"})))
    assert codes(found) == ["gate-changed?", "gate-changed?"]
    assert [(item.path, "is gone" in item.message) for item in found] == [(workflow, False), (".gitlab-ci.yml", True)]
    large = sides({workflow: b" " * ((1 << 20) + 1)}, {})
    assert codes(gate_findings(large)) == ["gate-changed?"]


def test_a_report_says_what_it_comes_to() -> None:
    story, _, base = told()
    refused = judged(base, {**base, **lock_file(name="minilm")}, story).findings
    notes = judged(base, evidence_files(story.envelopes[:0]), story).findings
    assert MergeReport("b", "", "local", (), ()).verdict == "allow"
    assert MergeReport("b", "", "local", refused, ()).verdict == "deny"
    report = MergeReport("b", "h", "local", notes, (ModelChange("a", "added"),), ("the registry",))
    assert (report.verdict, report.exit_code) == ("broken", 20)
    said = report.to_json()
    assert said["head"] == "h"
    assert said["left_out"] == ["the registry"]
