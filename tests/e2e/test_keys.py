"""The life of keys: lost, rotated, stolen, expired, and the first one of all; and what counts of what they signed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, envelope_id, open_envelope, sign
from weighbridge.ledgers.folder import FolderLedger
from weighbridge.signers.keyfolder import KeyFolder
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain


@pytest.fixture
def solo(chain: Chain, tmp_path: Path) -> Chain:
    """One person's project with one approved model and no Hub to ask."""
    chain.let_all_pass()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    chain.weighbridge("add", f"file:{tmp_path}/model", "--name", "tiny")
    chain.weighbridge("approve", "tiny", "--stage", "production")
    return chain


def _keys(chain: Chain) -> Path:
    return chain.home / ".config" / "weighbridge" / "keys"


def _verdict(chain: Chain) -> Any:
    return chain.json("status", "tiny", "--no-registry")["models"][0]["verdicts"][0]


def test_the_first_and_only_key_is_lost(solo: Chain) -> None:
    (lost,) = solo.json("keys", "list")["keys"]
    shutil.rmtree(_keys(solo))
    assert "no-key" in solo.weighbridge("approve", "tiny", "--stage", "production", "--until", "2099-01-01", expect=1)
    assert _verdict(solo)["allow"]
    solo.weighbridge("keys", "new", "--label", "second")
    assert "unknown-key" in solo.weighbridge("export", "heads", expect=1)
    solo.weighbridge("keys", "trust", "dana")
    assert solo.json("keys", "revoke", lost["id"][:16], "--reason", "disk died", "--key", "second")["changed"]
    assert not solo.json("keys", "revoke", lost["id"][:16], "--reason", "disk died")["changed"]
    assert _verdict(solo)["approvers"] == ["dana"]
    assert solo.json("export", "heads")["statement"]["heads"] == {"tiny": {"production": _verdict(solo)["digest"]}}
    assert lost["id"] in (solo.root / "weighbridge.toml").read_text(encoding="utf-8")


def test_a_key_is_rotated_and_the_old_one_signs_no_more(solo: Chain) -> None:
    (old,) = solo.json("keys", "list")["keys"]
    solo.weighbridge("keys", "rotate", old["id"], "--label", "new")
    assert _verdict(solo)["approvers"] == ["dana"]
    refused = solo.weighbridge("approve", "tiny", "--stage", "production", "--key", old["id"][:16], expect=1)
    assert "key-revoked" in refused
    until = ("--until", "2099-01-01")
    assert solo.json("approve", "tiny", "--stage", "production", "--key", "new", *until)["changed"]


def test_an_expired_key_signs_no_more_and_its_approvals_stay(solo: Chain) -> None:
    (key,) = solo.json("keys", "list")["keys"]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert solo.json("keys", "expire", key["id"][:8], "--on", f"{tomorrow:%Y-%m-%d}")["changed"]
    assert not solo.json("keys", "expire", key["id"][:8], "--on", f"{tomorrow:%Y-%m-%d}")["changed"]
    assert _verdict(solo)["allow"]
    solo.weighbridge("keys", "expire", key["id"][:8], "--on", "2020-01-01")
    assert "lock-differs" in solo.weighbridge("status", "--no-registry", expect=20)
    assert "key-expired" in solo.weighbridge("export", "heads", expect=1)


def test_what_a_thief_dates_back_counts_for_nothing(solo: Chain, tmp_path: Path) -> None:
    (stolen,) = solo.json("keys", "list")["keys"]
    shutil.copytree(_keys(solo), tmp_path / "thief")
    solo.weighbridge("keys", "new", "--label", "second")
    public = solo.json("keys", "show", "second")["keys"][0]["public"]
    solo.weighbridge("keys", "trust", "dana", "--public", public)
    solo.weighbridge("revoke", "tiny", "--reason", "malware", "--key", "second")
    solo.weighbridge("keys", "revoke", stolen["id"][:16], "--reason", "laptop stolen", "--key", "second")
    assert [item["code"] for item in _verdict(solo)["reasons"]] == ["revoked"]

    ledger = FolderLedger(solo.root / "models")
    known = [open_envelope(item, {}, verify_signature) for item in ledger.read("tiny")]
    pin = next(item for item in known if item.statement.type == "pin")
    no = next(item for item in known if item.statement.type == "revocation")
    thief = KeyFolder(tmp_path / "thief").get(None)
    for parents in ((pin.id,), (no.id,), tuple(sorted({item.id for item in known}))):
        approval = Approval("production", {"tiny": pin.id}, "sha256:" + "0" * 64).to_body()
        subject = Subject("tiny", pin.statement.subjects[0].digest)
        when = pin.statement.issued_at + timedelta(seconds=len(parents))
        said = Statement("approval", pin.statement.project, (subject,), when, {"tiny": parents}, approval)
        ledger.append(["tiny"], sign(said, thief))
        assert [item["code"] for item in _verdict(solo)["reasons"]] == ["revoked"]
    assert solo.weighbridge("audit", "tiny", "--no-registry").count("counts for nothing: key-revoked") == 3
    assert envelope_id(ledger.read("tiny")[0])


def test_entirely_means_everything_it_ever_signed(solo: Chain) -> None:
    (key,) = solo.json("keys", "list")["keys"]
    solo.weighbridge("keys", "new", "--label", "second")
    public = solo.json("keys", "show", "second")["keys"][0]["public"]
    solo.weighbridge("keys", "trust", "dana", "--public", public)
    solo.weighbridge("keys", "revoke", key["id"][:16], "--reason", "stolen long ago", "--entirely")
    assert "lock-differs" in solo.weighbridge("status", "--no-registry", expect=20)
    assert "cat" not in solo.weighbridge("audit", "tiny", "--no-registry")


def test_an_encrypted_key_needs_its_passphrase(solo: Chain) -> None:
    secret = {"WEIGHBRIDGE_KEY_PASSPHRASE": "correct horse"}
    solo.run("weighbridge", "keys", "new", "--label", "safe", extra=secret)
    public = solo.json("keys", "show", "safe")["keys"][0]["public"]
    solo.weighbridge("keys", "trust", "dana", "--public", public)
    assert "key-passphrase" in solo.weighbridge("export", "heads", "--key", "safe", expect=1)
    wrong = {"WEIGHBRIDGE_KEY_PASSPHRASE": "wrong"}
    assert "key-passphrase" in solo.run("weighbridge", "export", "heads", "--key", "safe", expect=1, extra=wrong)
    assert "published" in solo.run("weighbridge", "export", "heads", "--key", "safe", extra=secret)
