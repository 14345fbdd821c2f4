from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.pins import COMMIT, entry, make_pin

from weighbridge.core.cache_report import CachedPlace, CacheReport, shown
from weighbridge.core.cached import (
    NAMELESS_BYTES,
    TEXT_BYTES,
    TINY_BYTES,
    CachedFile,
    Entry,
    Form,
    Knowledge,
    KnownPin,
    Promise,
    State,
    Use,
    is_revoked,
    is_telling,
    judge,
    keep_live,
)
from weighbridge.core.record import Record, StageState

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS = b"weights " * 200
OTHER = b"another " * 200
SNAPSHOT = f"models--org--minilm/snapshots/{COMMIT}"


def known(
    name: str = "minilm", files: Mapping[str, bytes] | None = None, *, says: str = "", revoked: bool = False
) -> KnownPin:
    pin = make_pin(name, files=files or {"config.json": b"{}", "model.safetensors": WEIGHTS}, source=f"hf:org/{name}")
    return KnownPin(pin, {"production": says}, revoked)


def revoked(name: str = "minilm", files: Mapping[str, bytes] | None = None) -> KnownPin:
    return known(name, files, says="revoked", revoked=True)


def file(path: str, data: bytes, *links: str, uses: tuple[Use, ...] | None = None) -> CachedFile:
    names = (path, *links)
    return CachedFile(
        path,
        len(data),
        names=names,
        uses=tuple(Use(name) for name in names) if uses is None else uses,
        hashes={"sha256": sha256(data).hexdigest()},
    )


def blob(data: bytes, *paths: str, commit: str = COMMIT, repository: str = "minilm") -> CachedFile:
    """A file of a Hub's cache that snapshots link to."""
    folder = f"models--org--{repository}"
    uses = tuple(Use(f"{folder}/snapshots/{commit}/{path}", f"hf:org/{repository}", commit, path) for path in paths)
    found = file(f"{folder}/blobs/{len(data)}", data, uses=uses)
    return replace(found, names=(found.path, *(use.name for use in uses)))


def states(files: list[CachedFile], *pins: KnownPin) -> list[State]:
    return [item.state for item in judge(files, Knowledge.of(pins))]


def test_bytes_of_an_allowed_pin_are_approved_whatever_they_are_called() -> None:
    assert states([file("any/name", WEIGHTS)], known()) == [State.APPROVED]
    assert states([file("any/name", WEIGHTS)], known(), revoked("other")) == [State.APPROVED]


def test_a_name_alone_approves_nothing() -> None:
    assert states([file("model.safetensors", OTHER)], known()) == [State.UNAPPROVED]
    assert states([file("model.safetensors", OTHER)]) == [State.UNAPPROVED]


@pytest.mark.parametrize("why", ["no-approval", "rejected", "superseded", "expired"])
def test_a_pin_that_nobody_lets_run_is_unapproved_and_named(why: str) -> None:
    (found,) = judge([file("x.bin", WEIGHTS)], Knowledge.of([known(says=why)]))
    assert (found.state, found.pins[0].key[0]) == (State.UNAPPROVED, "minilm")


def test_one_of_several_stages_is_enough() -> None:
    pin = replace(known(), stages={"staging": "", "production": "revoked"})
    assert states([file("x.bin", WEIGHTS)], pin) == [State.APPROVED]


def test_weights_of_a_revoked_pin_are_found_wherever_they_lie() -> None:
    assert states([file("a/copy.dat", WEIGHTS)], revoked()) == [State.REVOKED]
    assert states([file("objects/12", WEIGHTS, uses=())], revoked()) == [State.REVOKED]
    assert states([file("a/copy.dat", WEIGHTS)], revoked(), known("new", says="no-approval")) == [State.REVOKED]


def test_a_file_in_two_pins_is_told_with_both_and_each_once() -> None:
    twice = {"a.bin": WEIGHTS, "b.bin": WEIGHTS}
    (found,) = judge([file("x", WEIGHTS)], Knowledge.of([revoked(files=twice), revoked("other")]))
    assert [item.key[0] for item in found.pins] == ["minilm", "other"]


def test_a_file_that_every_model_has_is_revoked_only_where_the_revoked_model_lies() -> None:
    there = [file("a/model.safetensors", WEIGHTS), file("a/config.json", b"{}"), file("b/config.json", b"{}")]
    assert states(there, revoked()) == [State.REVOKED, State.REVOKED, State.UNAPPROVED]
    assert states(there, revoked(), known("new", {"config.json": b"{}"})) == [
        State.REVOKED,
        State.APPROVED,
        State.APPROVED,
    ]


def test_weights_under_another_name_make_no_place_of_their_model() -> None:
    there = [file("a/copy.bin", WEIGHTS), file("a/config.json", b"{}")]
    assert states(there, revoked()) == [State.REVOKED, State.UNAPPROVED]


def test_one_file_in_two_places_stays_for_the_other() -> None:
    there = [file("a/model.safetensors", WEIGHTS), file("a/config.json", b"{}", "b/config.json")]
    assert states(there, revoked()) == [State.REVOKED, State.UNAPPROVED]


def test_names_that_only_end_alike_are_no_place() -> None:
    there = [file("a/model.safetensors", WEIGHTS), file("a/xconfig.json", b"{}"), file("config.json", b"{}")]
    assert states(there, revoked()) == [State.REVOKED, State.UNAPPROVED, State.UNAPPROVED]


def test_a_pin_of_small_files_alone_lies_where_all_of_them_do() -> None:
    files = {"config.json": b"{}", "vocab.txt": b"a\n"}
    whole = [file("config.json", b"{}"), file("vocab.txt", b"a\n")]
    assert states(whole, revoked(files=files)) == [State.REVOKED, State.REVOKED]
    assert states(whole[:1], revoked(files=files)) == [State.UNAPPROVED]


def test_the_repository_and_commit_tell_where_a_model_lies() -> None:
    assert states([blob(b"{}", "config.json")], revoked()) == [State.REVOKED]
    assert states([blob(b"{}", "config.json", commit="2" * 40)], revoked()) == [State.UNAPPROVED]
    assert states([blob(b"{}", "config.json", repository="other")], revoked()) == [State.UNAPPROVED]
    assert states([blob(b"{}")], revoked()) == [State.UNAPPROVED]


def test_a_blob_that_another_snapshot_needs_stays() -> None:
    first = blob(b"{}", "config.json")
    more = Use("models--org--minilm/snapshots/other/config.json", "hf:org/minilm", "2" * 40, "config.json")
    assert states([replace(first, uses=(*first.uses, more))], revoked()) == [State.UNAPPROVED]


def test_other_bytes_at_a_pinned_commit_are_damage() -> None:
    (found,) = judge([blob(OTHER, "model.safetensors")], Knowledge.of([known()]))
    assert found.state is State.DAMAGED
    assert found.faults == (f"hf:org/minilm has other bytes at model.safetensors of the pinned commit {COMMIT}",)
    # Its size fits no pin, so that it was never hashed: other bytes they are all the same.
    (found,) = judge([replace(blob(OTHER, "model.safetensors"), hashes={})], Knowledge.of([known()]))
    assert found.state is State.DAMAGED


def test_a_file_that_the_pin_left_out_is_unapproved() -> None:
    assert states([blob(OTHER, "pytorch_model.bin")], known()) == [State.UNAPPROVED]
    assert states([file("x", OTHER, uses=(Use("x", "hf:org/minilm", COMMIT),))], known()) == [State.UNAPPROVED]


def test_two_pins_of_one_commit_may_both_be_meant() -> None:
    second = known("minilm", {"model.safetensors": OTHER})
    assert states([blob(OTHER, "model.safetensors")], known(), second) == [State.APPROVED]


def test_a_broken_promise_is_damage_even_of_approved_bytes() -> None:
    said = Promise("md5", "0" * 32)
    broken = replace(file("x", WEIGHTS), promises=(said,), hashes={**file("x", WEIGHTS).hashes, "md5": "1" * 32})
    (found,) = judge([broken], Knowledge.of([known()]))
    assert (found.state, found.faults) == (
        State.DAMAGED,
        (f"its name promises md5 {'0' * 32}, its bytes have {'1' * 32}",),
    )


def test_the_beginning_of_a_hash_may_be_promised() -> None:
    kept = replace(file("x", WEIGHTS), promises=(Promise("sha256", sha256(WEIGHTS).hexdigest()[:8]),))
    assert states([kept], known()) == [State.APPROVED]


def test_revoked_bytes_stay_revoked_with_their_faults() -> None:
    (found,) = judge([replace(file("x", WEIGHTS), promises=(Promise("sha256", "00"),))], Knowledge.of([revoked()]))
    assert found.state is State.REVOKED
    assert len(found.faults) == 1


@pytest.mark.parametrize(
    ("form", "state"),
    [
        (Form.UNFINISHED, State.UNFINISHED),
        (Form.OUTSIDE, State.OUTSIDE),
        (Form.SPECIAL, State.UNREADABLE),
        (Form.BROKEN, State.DAMAGED),
    ],
)
def test_what_is_no_whole_file_is_told_and_not_judged(form: Form, state: State) -> None:
    there = replace(file("x", WEIGHTS), form=form, trouble="why")
    (found,) = judge([there], Knowledge.of([known()]))
    assert (found.state, found.pins) == (state, ())
    assert found.faults == (("why",) if form is Form.BROKEN else ())


def test_a_file_that_could_not_be_read_is_never_approved() -> None:
    assert states([replace(file("x", WEIGHTS), trouble="can't be read")], known()) == [State.UNREADABLE]


def test_bookkeeping_is_told_only_if_it_is_something_else() -> None:
    small = replace(file("refs/main", b"{}"), record=True)
    hidden = replace(file("refs/weights", WEIGHTS), record=True)
    broken = replace(file("x.dir", OTHER), record=True, promises=(Promise("sha256", "00"),))
    assert states([small, hidden, broken], revoked()) == [State.REVOKED, State.DAMAGED]
    assert states([small, hidden], known()) == []


def test_only_what_can_matter_is_hashed() -> None:
    asked = Knowledge.of([known()]).needed
    assert asked(file("x", WEIGHTS)) == {"sha256"}
    assert asked(file("x", b"odd")) == frozenset()
    assert asked(replace(file("x", b"odd"), promises=(Promise("git", "00"),))) == {"git"}
    assert asked(replace(file("x", WEIGHTS), promises=(Promise("md5", "00"),))) == {"md5", "sha256"}
    assert asked(replace(file("x", WEIGHTS), form=Form.UNFINISHED)) == frozenset()


@pytest.mark.parametrize(
    ("path", "size", "telling"),
    [
        ("model.safetensors", TINY_BYTES, True),
        ("model.safetensors", TINY_BYTES - 1, False),
        ("modeling.py", TINY_BYTES, True),
        ("sub/tokenizer.JSON", TEXT_BYTES - 1, False),
        ("trees.json", TEXT_BYTES, True),
        ("spiece.model", TINY_BYTES, False),
        ("LICENSE", NAMELESS_BYTES - 1, False),
        ("weights", NAMELESS_BYTES, True),
        (".gitattributes", NAMELESS_BYTES, False),
        (".weights", NAMELESS_BYTES, True),
    ],
)
def test_weights_and_code_give_a_model_away(path: str, size: int, *, telling: bool) -> None:
    assert is_telling(replace(entry(path), size=size)) is telling


DIGEST = "sha256:" + "a" * 64


def record(**stages: tuple[bool, bool]) -> Record:
    """Stages with whether they took the digest back, and whether by a rejection."""
    made = {
        name: StageState(revoked={DIGEST: {"x"}} if taken else {}, rejected={DIGEST} if rejected else set())
        for name, (taken, rejected) in stages.items()
    }
    return Record("project", "minilm", (), {}, made, {}, ())


def test_revoked_is_what_every_stage_took_back() -> None:
    both = record(staging=(True, False), production=(True, False))
    assert is_revoked(both, DIGEST, ["staging", "production"])
    one = record(staging=(False, False), production=(True, False))
    assert not is_revoked(one, DIGEST, ["staging", "production"])
    assert is_revoked(one, DIGEST, ["production"])
    assert not is_revoked(one, DIGEST, [])
    assert not is_revoked(one, DIGEST, ["unheard-of"])


def test_a_rejection_alone_revokes_nothing() -> None:
    assert not is_revoked(record(production=(True, True)), DIGEST, ["production"])
    assert is_revoked(record(staging=(True, True), production=(True, False)), DIGEST, ["staging", "production"])


def test_what_a_live_pin_needs_is_kept() -> None:
    entries = judge([file("a", WEIGHTS, uses=()), file("b", OTHER, uses=())], Knowledge.of([revoked()]))
    digest = sha256(WEIGHTS).hexdigest()
    first, second = keep_live(entries, {digest: ("minilm", DIGEST)})
    assert first.kept.endswith(f"weighbridge remove minilm --digest {DIGEST}")
    assert second.kept == ""
    assert keep_live(entries, {}) == entries


def report(*entries: Entry, failures: tuple[tuple[str, str], ...] = (), strict: bool = False) -> CacheReport:
    place = CachedPlace("/cache", "folder", "plain folder", entries, tuple("." for _ in entries), failures)
    return CacheReport("project", "local", None, (place,), strict=strict)


def is_in(state: State) -> Entry:
    return Entry(file("x", WEIGHTS), state)


def test_the_exit_code_is_that_of_the_worst() -> None:
    good, bad = is_in(State.APPROVED), is_in(State.REVOKED)
    assert report(good, is_in(State.UNAPPROVED), is_in(State.OUTSIDE), is_in(State.UNFINISHED)).exit_code == 0
    assert report(good, bad).exit_code == 10
    assert report(good, replace(bad, purged=True)).exit_code == 0
    assert report(good, replace(bad, purged=True), failures=(("x", "why"),)).exit_code == 1
    assert report(bad, is_in(State.UNREADABLE)).exit_code == 1
    assert report(bad, is_in(State.UNREADABLE), is_in(State.DAMAGED)).exit_code == 20
    assert report(replace(bad, faults=("other bytes",))).exit_code == 20
    assert report(replace(bad, faults=("other bytes",), purged=True)).exit_code == 0


@pytest.mark.parametrize("state", [State.UNAPPROVED, State.OUTSIDE, State.UNFINISHED])
def test_a_strict_check_denies_what_nobody_approved(state: State) -> None:
    assert report(is_in(state), strict=True).exit_code == 10
    assert report(is_in(State.APPROVED), strict=True).exit_code == 0


def test_the_report_tells_all() -> None:
    entries = judge([file("a/\udcff", WEIGHTS)], Knowledge.of([revoked(), known("new", says="no-approval")]))
    unread = Entry(CachedFile("b", 0, Form.OUTSIDE, ("b",), trouble="leads out"), State.OUTSIDE)
    found: Any = report(replace(entries[0], purged=True), unread, failures=(("c", "no"),)).to_json()
    assert found["changed"] is True
    (place,) = found["places"]
    first, second = place["files"]
    assert first["path"] == "a/\\udcff"
    assert [pin["stages"] for pin in first["pins"]] == [{"production": "revoked"}, {"production": "no-approval"}]
    assert (second["problems"], second["sha256"]) == (["leads out"], None)
    assert place["failures"] == [{"path": "c", "message": "no"}]
    assert found["totals"]["revoked"] == {"files": 0, "size_bytes": 0}


def test_allowed_is_said_in_a_word() -> None:
    entries = judge([file("a", WEIGHTS)], Knowledge.of([known()]))
    found = str(report(*entries).to_json())
    assert "{'production': 'allowed'}" in found


def test_names_are_text_or_escapes() -> None:
    assert (shown("plain/ä"), shown("bad\udcff")) == ("plain/ä", "bad\\udcff")
