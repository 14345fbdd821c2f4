"""One file of evidence, verified with a trust file and real keys, and with nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.fakes.pins import FILES, make_pin
from tests.fakes.statements import NOON

from weighbridge.core.approval import Approval, Revocation
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.bundle import Bundle, bundle_from
from weighbridge.core.checkpoint import Checkpoint
from weighbridge.core.errors import ConfigError, DeniedError, IntegrityError, StoreError, UsageError
from weighbridge.signers.ed25519 import Ed25519Signer
from weighbridge.wiring import bundled
from weighbridge.wiring.bundled import MAX_BUNDLE_BYTES, BundleVerdict, verify_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.errors import WeighbridgeError

PIN = make_pin()
SUBJECT = Subject("minilm", PIN.digest)


def code_of(call: Callable[[], object], kind: type[WeighbridgeError]) -> str:
    with pytest.raises(kind) as caught:
        call()
    return caught.value.code


@dataclass
class Parcel:
    """A bundle in the making, and the machine where it is read."""

    folder: Path
    signer: Ed25519Signer = field(
        default_factory=lambda: Ed25519Signer(Ed25519PrivateKey.from_private_bytes(b"a" * 32))
    )
    evidence: list[bytes] = field(default_factory=list)

    def say(self, kind: str, body: dict[str, Json]) -> str:
        parents = (envelope_id(self.evidence[-1]),) if self.evidence else ()
        said = Statement(kind, "project", (SUBJECT,), NOON, {"minilm": parents}, body)
        self.evidence.append(sign(said, self.signer))
        return envelope_id(self.evidence[-1])

    def approve(self) -> None:
        pinned = self.say("pin", PIN.to_json())
        self.say("approval", Approval("production", {"minilm": pinned}, "sha256:" + "0" * 64).to_body())

    def write(self, heads: dict[str, str], *, number: int = 1, alone: bool = True, lasts_days: int = 1) -> Path:
        leaves = {"minilm": (envelope_id(self.evidence[-1]),)}
        ends = NOON + timedelta(days=lasts_days)
        said = Checkpoint("project", number, NOON, ends, frozenset({SUBJECT}), {"minilm": heads}, leaves)
        checkpoint = sign(said.to_statement(), self.signer) if alone else None
        path = self.folder / f"{number}.bundle.json"
        path.write_bytes(Bundle("project", "minilm", {"minilm": tuple(self.evidence)}, checkpoint).to_bytes())
        return path

    def trust(self, *, project: str = "project", roles: str = '["adder", "approver"]', more: str = "") -> Path:
        path = self.folder / "trust.toml"
        key = self.signer.key
        path.write_text(
            f'schema = "weighbridge.trust/1"\nproject = "{project}"\n[policy]\ninspection = "off"\n'
            f"[stages.production]\napprovals = 1\nadder_may_approve = true\n{more}\n"
            f'[people.ann]\nroles = {roles}\nkeys = [{{ id = "{key.id}", public = "{key.public}" }}]\n'
        )
        return path

    def copy(self) -> Path:
        folder = self.folder / "copy"
        folder.mkdir()
        for name, data in FILES.items():
            (folder / name).write_bytes(data)
        return folder


@pytest.fixture
def parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parcel:
    """Approved for production; trusted."""
    made = Parcel(tmp_path)
    made.approve()
    monkeypatch.setenv("WEIGHBRIDGE_TRUST", str(made.trust()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(bundled, "now", lambda: NOON)
    return made


def verified(path: Path, folder: Path | None = None, stage: str | None = None) -> BundleVerdict:
    return verify_bundle(path, stage, folder)


def test_what_was_approved_may_run_and_the_copy_is_it(parcel: Parcel) -> None:
    found = verified(parcel.write({"production": PIN.digest}), parcel.copy())
    assert found.allows
    assert found.pin == PIN
    shown = found.to_json()
    assert (shown["project"], shown["name"], shown["number"], shown["folder"]) == ("project", "minilm", 1, PIN.digest)
    assert found.verdicts[0].trust.startswith("sha256:")
    assert verified(parcel.write({"production": PIN.digest})).to_json()["folder"] is None


def test_a_copy_with_other_bytes_is_refused(parcel: Parcel) -> None:
    path, folder = parcel.write({"production": PIN.digest}), parcel.copy()
    (folder / "config.json").write_bytes(b"[]")
    assert code_of(lambda: verified(path, folder), IntegrityError) == "bytes-differ"
    (folder / "config.json").unlink()
    assert code_of(lambda: verified(path, folder), IntegrityError) == "bytes-differ"
    assert code_of(lambda: verified(path, parcel.folder / "nowhere"), IntegrityError) == "bytes-differ"


def test_what_was_revoked_is_denied_and_its_copy_still_told(parcel: Parcel) -> None:
    parcel.say("revocation", Revocation(None, "leaked").to_body())
    found = verified(parcel.write({}), parcel.copy())
    assert not found.allows
    assert [reason.code for reason in found.verdicts[0].reasons] == ["revoked"]
    assert found.pin == PIN


def test_a_copy_of_what_nobody_trusted_pinned_is_refused(parcel: Parcel) -> None:
    parcel.trust(roles='["approver"]')
    path = parcel.write({})
    assert not verified(path).allows
    with pytest.raises(IntegrityError) as caught:
        verified(path, parcel.copy())
    assert (caught.value.code, caught.value.details) == ("bytes-differ", {"digests": []})


def test_an_older_bundle_than_was_seen_here_is_refused(parcel: Parcel) -> None:
    old, new = parcel.write({"production": PIN.digest}), parcel.write({"production": PIN.digest}, number=2)
    verified(old)
    verified(new)
    verified(new)
    assert code_of(lambda: verified(old), IntegrityError) == "rolled-back"


def test_a_bundle_whose_evidence_was_cut_short_is_refused(parcel: Parcel) -> None:
    kept = list(parcel.evidence)
    parcel.say("revocation", Revocation(None, "leaked").to_body())
    path = parcel.write({"production": PIN.digest})
    whole = bundle_from(path.read_bytes())
    path.write_bytes(Bundle("project", "minilm", {"minilm": tuple(kept)}, whole.checkpoint).to_bytes())
    assert code_of(lambda: verified(path), IntegrityError) == "rolled-back"


def test_a_bundle_ends(parcel: Parcel) -> None:
    path = parcel.write({"production": PIN.digest}, lasts_days=0)
    with pytest.raises(DeniedError) as caught:
        verified(path)
    assert caught.value.reasons == ("stale-evidence",)


def test_evidence_for_production_must_be_fresh(parcel: Parcel, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parcel.write({"production": PIN.digest}, lasts_days=30)
    monkeypatch.setattr(bundled, "now", lambda: NOON + timedelta(hours=24))
    assert verified(path).allows
    monkeypatch.setattr(bundled, "now", lambda: NOON + timedelta(hours=24, seconds=1))
    assert [reason.code for reason in verified(path).verdicts[0].reasons] == ["stale-evidence"]
    parcel.trust(more='max_evidence_age = "unlimited"')
    assert verified(path).allows


def test_stages_that_are_asked_about(parcel: Parcel) -> None:
    parcel.trust(more="[stages.staging]")
    path = parcel.write({"production": PIN.digest})
    assert verified(path).allows
    assert verified(path, stage="production").allows
    assert not verified(path, stage="staging").allows
    assert code_of(lambda: verified(path, stage="nowhere"), UsageError) == "unknown-stage"


@pytest.mark.parametrize("what", ["project", "checkpoint"])
def test_what_can_not_travel_alone(parcel: Parcel, what: str) -> None:
    path = parcel.write({"production": PIN.digest}, alone=what == "project")
    if what == "project":
        parcel.trust(project="other")
    assert code_of(lambda: verified(path), IntegrityError) == "foreign-evidence"


def test_without_a_trust_file_nobody_is_believed(parcel: Parcel, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parcel.write({"production": PIN.digest})
    monkeypatch.delenv("WEIGHBRIDGE_TRUST")
    monkeypatch.setattr("weighbridge.wiring.project.SYSTEM_TRUST", parcel.folder / "none")
    assert code_of(lambda: verified(path), ConfigError) == "no-trust"


def test_what_is_no_bundle(parcel: Parcel) -> None:
    path = parcel.folder / "bundle.json"
    assert code_of(lambda: verified(path), StoreError) == "unreadable"
    path.write_bytes(b"{}")
    assert code_of(lambda: verified(path), ConfigError) == "newer-schema"
    with path.open("wb") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)
    assert code_of(lambda: verified(path), IntegrityError) == "too-large"


def test_a_bundle_holds_no_bytes_of_models() -> None:
    with pytest.raises(StoreError) as caught:
        bundled._File(Bundle("project", "minilm", {})).read("0" * 32)
    assert caught.value.code == "remote-missing"
