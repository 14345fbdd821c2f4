"""Keys in weighbridge.toml, and trust files that are made of it; with real keys."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.fakes.pins import make_pin

from weighbridge.config import read_settings, read_trust
from weighbridge.core.attestation import Statement, Subject, sign
from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import ConfigError, SigningError, UsageError
from weighbridge.core.policy import NOTHING, KeyLimits
from weighbridge.ledgers.folder import FolderLedger
from weighbridge.signers.ed25519 import Ed25519Signer
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import key_folder, open_project
from weighbridge.wiring.trusting import expire_key, export_trust, owned, revoke_key, rotate_key, trust_key

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import PublicKey

BOB = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(b"b" * 32)).key
DAY = datetime(2027, 6, 30, tzinfo=UTC)
PIN = make_pin(project="demo")


@pytest.fixture
def ann(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublicKey:
    """The key of Ann, whose project the working folder is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("WEIGHBRIDGE_TRUST", raising=False)
    monkeypatch.delenv("WEIGHBRIDGE_KEY_PASSPHRASE", raising=False)
    monkeypatch.setattr("weighbridge.wiring.project.SYSTEM_TRUST", tmp_path / "none")
    key = key_folder().new("laptop", now()).key
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    (root / "weighbridge.toml").write_text(
        'schema = "weighbridge.config/1"\nproject = "demo"\n\n'
        "[stages.staging]\napprovals = 1\nadder_may_approve = true # alone\n\n[stages.production]\n\n"
        f'[people.ann]\nname = "Ann"\nroles = ["adder", "approver"]\n'
        f'keys = [{{ id = "{key.id}", public = "{key.public}" }}]\n'
    )
    return key


def rules() -> Policy:
    return open_project().settings.policy


def with_evidence(root: Path) -> str:
    """A pin that Ann signed a minute ago; its id."""
    said = Statement("pin", "demo", (Subject("minilm", PIN.digest),), now() - timedelta(minutes=1), {"minilm": ()}, {})
    said = Statement(said.type, "demo", said.subjects, said.issued_at, said.parents, PIN.to_json())
    return FolderLedger(root / "models").append(["minilm"], sign(said, key_folder().get("laptop")))


def test_a_key_of_somebody_new_and_another_of_somebody_known(ann: PublicKey) -> None:
    assert trust_key("bob", BOB.public.upper(), ["approver"], "Bob")
    assert not trust_key("bob", BOB.public, ["adder"], "")
    other = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(b"c" * 32)).key
    assert trust_key("ann", other.public, ["machine"], "")
    found = {person.id: person for person in rules().people}
    assert (found["bob"].roles, found["bob"].name, found["bob"].keys) == (frozenset({"approver"}), "Bob", (BOB,))
    assert (found["ann"].roles, found["ann"].name) == (frozenset({"adder", "approver"}), "Ann")
    assert found["ann"].keys == (ann, other)


def test_a_key_that_is_somebody_else_s_or_none(ann: PublicKey) -> None:
    with pytest.raises(ConfigError) as taken:
        trust_key("bob", ann.public, ["approver"], "")
    assert taken.value.code == "duplicate"
    for bad in ("", "zz", "00" * 32, BOB.public[:-2]):
        with pytest.raises(SigningError) as caught:
            trust_key("bob", bad, ["approver"], "")
        assert caught.value.code == "bad-key"
    assert [person.id for person in rules().people] == ["ann"]


def test_limits_of_keys_outlive_every_other_change(ann: PublicKey) -> None:
    assert expire_key(ann.id[:16], DAY)
    assert not expire_key(ann.id[:16], DAY)
    assert rules().limits(ann.id) == KeyLimits(expires=DAY)
    trust_key("ann", BOB.public, [], "Ann Example")
    assert rules().limits(ann.id) == KeyLimits(expires=DAY)
    assert revoke_key(ann.id, "lost", entirely=True).changed
    assert not trust_key("ann", ann.public, [], "")
    assert rules().limits(ann.id) == KeyLimits(expires=DAY, last=NOTHING)
    assert rules().limits(BOB.id) == KeyLimits()
    assert expire_key(BOB.id, DAY)
    assert rules().limits(ann.id) == KeyLimits(expires=DAY, last=NOTHING)


def test_a_key_by_the_beginning_of_its_id(ann: PublicKey) -> None:
    trust_key("bob", BOB.public, ["approver"], "")
    assert [(owned(key.id[:8])[0].id, owned(key.id)[1]) for key in (ann, BOB)] == [("ann", ann), ("bob", BOB)]
    for which in ("", "x", ann.id + "0"):
        with pytest.raises(UsageError) as caught:
            owned(which)
        assert caught.value.code == "unknown-key"


def test_a_key_is_revoked_at_the_present_place(ann: PublicKey, tmp_path: Path) -> None:
    with_evidence(tmp_path / "project")
    ended = revoke_key(ann.id[:16], "laptop stolen")
    (leaf,) = open_project().custody.record("minilm").leaves
    assert (ended.id, ended.person, ended.last, ended.changed) == (ann.id, "ann", leaf, True)
    assert rules().limits(ann.id) == KeyLimits(last=leaf)
    assert PIN.digest in open_project().custody.record("minilm").pins
    again = revoke_key(ann.id, "again")
    assert (again.last, again.changed) == (leaf, False)
    with pytest.raises(SigningError) as caught:
        open_project().custody.request(["minilm"], "production")
    assert caught.value.code == "key-revoked"


@pytest.mark.parametrize("stopped_after", ["making the key", "trusting it", "everything"])
def test_a_rotation_that_was_killed_is_completed_by_the_same_call(
    ann: PublicKey, tmp_path: Path, stopped_after: str
) -> None:
    with_evidence(tmp_path / "project")
    if stopped_after == "everything":
        first, _, changed = rotate_key(ann.id, "laptop-2")
        assert changed
    else:
        first = key_folder().new("laptop-2", now())
    if stopped_after == "trusting it":
        trust_key("ann", first.key.public, (), "")
    made, ended, changed = rotate_key(ann.id, "laptop-2")
    assert (made, changed) == (first, stopped_after != "everything")
    (person,) = rules().people
    assert person.keys == (ann, made.key)
    assert rules().limits(ann.id) == KeyLimits(last=ended.last)
    assert len(key_folder().list()) == 2


def test_a_rotation_takes_no_key_of_others(ann: PublicKey) -> None:
    bob = key_folder().new("bob", now())
    trust_key("bob", bob.key.public, ["approver"], "")
    for label in ("bob", "laptop"):
        with pytest.raises(UsageError) as caught:
            rotate_key(ann.id, label)
        assert caught.value.code == "label-taken"
    assert rules().limits(ann.id) == KeyLimits()


def test_a_key_that_others_end_meanwhile_stays_ended(ann: PublicKey, tmp_path: Path) -> None:
    project = open_project()
    config = tmp_path / "project" / "weighbridge.toml"
    with ThreadPoolExecutor() as pool:
        with project.workspace.exclusive("project"):
            waiting = pool.submit(trust_key, "ann", BOB.public, [], "")
            wait([waiting], timeout=1)
            ended = f'public = "{ann.public}", revoked = "entirely"'
            config.write_text(config.read_text().replace(f'public = "{ann.public}"', ended))
        assert waiting.result()
    assert rules().limits(ann.id) == KeyLimits(last=NOTHING)
    assert rules().owner(BOB.id) is not None


def test_a_key_is_revoked_entirely_later_too(ann: PublicKey, tmp_path: Path) -> None:
    with_evidence(tmp_path / "project")
    revoke_key(ann.id, "stolen")
    count = len(FolderLedger(tmp_path / "project" / "models").read("minilm"))
    ended = revoke_key(ann.id, "stolen long ago", entirely=True)
    assert (ended.last, ended.changed) == (NOTHING, True)
    assert len(FolderLedger(tmp_path / "project" / "models").read("minilm")) == count
    assert open_project().custody.record("minilm").pins == {}
    assert not revoke_key(ann.id, "again").changed


def test_where_a_key_has_signed_nothing_it_counts_for_nothing(ann: PublicKey) -> None:
    ended = revoke_key(ann.id, "lost")
    assert (ended.last, ended.changed) == (NOTHING, True)
    assert rules().limits(ann.id) == KeyLimits(last=NOTHING)


def test_a_trust_file_says_what_the_project_says(ann: PublicKey, tmp_path: Path) -> None:
    expire_key(ann.id, DAY)
    config = (tmp_path / "project" / "weighbridge.toml").read_text()
    text, digest = export_trust()
    assert digest == of_bytes(text.encode())
    found = read_trust(text, digest)
    assert (found.project, found.trust, found.people) == ("demo", digest, rules().people)
    ages = {stage.name: stage.max_evidence_age for stage in found.stages}
    assert ages == {"staging": None, "production": timedelta(hours=24)}
    assert (tmp_path / "project" / "weighbridge.toml").read_text() == config
    assert "# alone" in text


def test_a_trust_file_keeps_an_age_and_leaves_models_out(ann: PublicKey, tmp_path: Path) -> None:
    path = tmp_path / "project" / "weighbridge.toml"
    text = path.read_text().replace("[stages.production]", '[stages.production]\nmax_evidence_age = "7d"')
    path.write_text(f'{text}\n[models.minilm]\nsource = "hf:org/minilm"\n\n[policy]\ninspection = "off"\n')
    text, digest = export_trust()
    found = read_trust(text, digest)
    assert found.stages[1].max_evidence_age == timedelta(days=7)
    assert found.rules == read_settings(path.read_text()).policy.rules
    assert "minilm" not in text
    assert found.owner(ann.id) is not None


def test_a_trust_file_of_a_project_without_stages(ann: PublicKey, tmp_path: Path) -> None:
    (tmp_path / "project" / "weighbridge.toml").write_text('schema = "weighbridge.config/1"\nproject = "demo"\n')
    text, digest = export_trust()
    assert (read_trust(text, digest).stages, read_trust(text, digest).owner(ann.id)) == ((), None)
