"""Evidence and keys as the first release wrote them: read, and verified, for ever."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weighbridge.core.approval import Waiver, approval_from
from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge
from weighbridge.core.policy import ROLE_ADDER, ROLE_APPROVER, Person, Policy, Stage
from weighbridge.core.ports import PublicKey
from weighbridge.core.replay import replay
from weighbridge.core.rules import OFF, Rules
from weighbridge.ledgers.folder import FolderLedger
from weighbridge.signers.keyfolder import KeyFolder
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from weighbridge.core.record import Record

MODELS_1 = Path(__file__).parent / "models-1"
NAME = "all-minilm-l6-v2"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANN = PublicKey(
    id="34750f98bd59fcfc946da45aaabe933be154a4b5094e1c4abf42866505f3c97e",
    public="8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
)
BOB = PublicKey(
    id="6a3803d5f059902a1c6dafbc9ba4729212f7caac08634cc3ae76b27529f03827",
    public="8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394",
)
RULES = Policy(
    "acme",
    (Stage("production", 1), Stage("staging", 1)),
    (Person("ann", frozenset({ROLE_ADDER}), (ANN,)), Person("bob", frozenset({ROLE_APPROVER}), (BOB,))),
)


@pytest.fixture(scope="module")
def record() -> Record:
    return replay(NAME, FolderLedger(MODELS_1).read, RULES, verify_signature, NOON + timedelta(hours=1))


def test_evidence_1_is_read_and_verified(record: Record) -> None:
    assert [(event.attestation.statement.type, event.people[0].id, event.fault) for event in record.events] == [
        ("pin", "ann", ""),
        ("approval", "bob", ""),
        ("revocation", "bob", ""),
    ]


def test_evidence_1_means_what_it_meant(record: Record) -> None:
    (digest,) = record.pins
    assert digest == "sha256:3c768f59197d8ab45443d1cb32b1c3443071ee129bdc7e4575249dd972ba5da1"
    assert record.pins[digest].pin.metadata["author"] == "größe"
    rules = replace(RULES, rules=Rules(inspection=OFF))
    production = judge(record, Deployment("acme", NAME, "production"), rules, NOON + timedelta(hours=1))
    assert production.allow
    assert production.digest == digest
    assert production.until == NOON + timedelta(days=90)
    staging = judge(record, Deployment("acme", NAME, "staging"), RULES, NOON + timedelta(hours=1))
    assert [reason.code for reason in staging.reasons] == ["revoked"]


def test_evidence_1_has_no_inspection_and_passes_only_where_none_is_asked_for(record: Record) -> None:
    verdict = judge(record, Deployment("acme", NAME, "production"), RULES, NOON + timedelta(hours=1))
    assert [reason.code for reason in verdict.reasons] == ["uninspected"]
    assert verdict.approvers == ("bob",)


def test_an_approval_1_has_its_waivers(record: Record) -> None:
    approval = approval_from(record.events[1].attestation.statement.body)
    assert approval.waivers == (Waiver("pickle-calls", "model.bin", "read by hand", NOON + timedelta(days=30)),)
    assert approval.comment == "gut geprüft"


def test_a_key_1_signs(tmp_path: Path) -> None:
    # RFC 8410 §7: the fixed beginning of an Ed25519 key in PKCS #8, then its 32 bytes.
    der = bytes.fromhex("302e020100300506032b657004220420") + b"\x01" * 32
    words = "PRIVATE KEY"
    pem = f"-----BEGIN {words}-----\n{base64.b64encode(der).decode()}\n-----END {words}-----\n"
    public = {
        "schema": "weighbridge.key/1",
        "id": ANN.id,
        "public": ANN.public,
        "label": "ann",
        "created": "2026-11-23T12:00:00Z",
    }
    for suffix, text in (("pem", pem), ("json", json.dumps(public))):
        path = tmp_path / f"{ANN.id[:16]}.{suffix}"
        path.write_text(text)
        path.chmod(0o600)
    signer = KeyFolder(tmp_path).get("ann")
    assert signer.key == ANN
    assert verify_signature(ANN, b"m", signer.sign(b"m"))
