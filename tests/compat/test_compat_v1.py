"""The evidence of a whole small project as the first release wrote it: read, verified and judged the same, for ever."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from tests.compat.make_v1 import make
from tests.compat.v1_reading import (
    A_DAY_LATER,
    AT,
    CONFIG,
    EXPECTED,
    EXPORTED,
    MODELS,
    STORE,
    SUMS,
    TRUST,
    Alone,
    Kept,
    consumer,
    local_policy,
    record_of,
    refusal,
    sums,
    told,
    trust_policy,
)

from weighbridge.config import read_settings
from weighbridge.core.attestation import OUTSIDE, TYPES, envelope_id, open_envelope, short_type
from weighbridge.core.bundle import bundle_from, bundle_key, checkpoint_key
from weighbridge.core.deployment import Deployment
from weighbridge.core.digest import short
from weighbridge.core.judge import judge
from weighbridge.core.lock import lock_pins, lock_text
from weighbridge.ledgers.folder import FolderLedger
from weighbridge.signers.verify import verify_signature
from weighbridge.stores import pointer
from weighbridge.stores.published import Remote, Shelf

V1 = Path(__file__).parent / "v1"
NAMES = ("minilm", "quarrel", "reranker", "sketch")
# If this fails, a fixture was edited: restore it. A new format gets new fixtures beside these.
SUMS_ID = "afe18f54c2456e5fe286b175c904c16a19cf57f4452a66528769b467a4678dfb"


def test_no_fixture_was_edited() -> None:
    data = (V1 / SUMS).read_bytes()
    assert data.decode() == sums(V1)
    assert sha256(data).hexdigest() == SUMS_ID


@pytest.mark.parametrize("name", [CONFIG, EXPECTED, EXPORTED, f"{MODELS}/minilm/lock.json"])
def test_an_edit_or_a_lost_file_would_be_seen(name: str, tmp_path: Path) -> None:
    copy = shutil.copytree(V1, tmp_path / "v1")
    original = (copy / SUMS).read_text()
    assert sums(copy) == original
    (copy / name).write_bytes((copy / name).read_bytes() + b"\n")
    assert sums(copy) != original
    (copy / name).unlink()
    assert f"  {name}\n" not in sums(copy)
    assert f"  {name}\n" in original


def test_the_maker_refuses_to_overwrite(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        make(V1)
    with pytest.raises(FileExistsError):
        make(tmp_path)


def _without_ids(value: object) -> object:
    """What was found, without what differs by the keys that signed."""
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items() if key not in {"id", "leaves"}}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


def test_what_is_written_today_means_the_same(tmp_path: Path) -> None:
    make(tmp_path / "v1")
    today, then = (json.loads((folder / EXPECTED).read_bytes()) for folder in (tmp_path / "v1", V1))
    assert today != then
    assert _without_ids(today) == _without_ids(then)


def test_evidence_v1_means_what_it_meant() -> None:
    assert told(V1) == json.loads((V1 / EXPECTED).read_bytes())


def test_every_type_and_every_fault_is_among_the_fixtures() -> None:
    expected = json.loads((V1 / EXPECTED).read_bytes())
    events = [event for model in expected["models"].values() for event in model["events"]]
    assert {event["type"] for event in events} | OUTSIDE == set(TYPES)
    assert {event["fault"] for event in events} == {
        "",
        "untrusted",
        "key-revoked",
        "key-expired",
        "role",
        "future",
        "backdated",
        "unpinned",
        "partial",
        "order",
        "revoked",
        "together",
    }


def test_the_ledger_v1_is_read() -> None:
    ledger = FolderLedger(V1 / MODELS)
    assert ledger.names() == NAMES
    found = {envelope_id(envelope): envelope for name in NAMES for envelope in ledger.read(name)}
    several = [open_envelope(envelope, {}, verify_signature).statement for envelope in found.values()]
    assert {len(item.parents) for item in several if item.type == "approval"} == {1, 2}
    assert {len(item.subjects) for item in several if item.type == "key-revocation"} == {6}
    assert {item.body["stage"] for item in several if item.type == "revocation"} == {None, "staging"}


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_and_pointers_v1_are_read_and_written_as_they_were(name: str) -> None:
    data = (V1 / MODELS / name / "lock.json").read_bytes()
    pins = lock_pins(data)
    assert lock_text(pins).encode() == data
    signed = record_of(V1, name, trust_policy(V1)).pins
    assert {pin.digest: pin for pin in pins} == {digest: item.pin for digest, item in signed.items()}
    for pin in pins:
        text = (V1 / MODELS / name / f"{short(pin.digest)}.dvc").read_bytes()
        assert pointer.fault(pin, text) is None
        assert pointer.text(pin).encode() == text


def test_the_settings_v1_are_read() -> None:
    settings = read_settings((V1 / CONFIG).read_text())
    assert settings.policy.project == "acme"
    assert settings.models_folder == "models"
    assert settings.mlflow_uri == "https://mlflow.example.org"
    assert settings.legacy_stages
    assert {name: str(model.ref) for name, model in settings.models.items()} == {
        "minilm": "hf:org/minilm@main",
        "reranker": "hf:org/reranker@main",
    }
    assert settings.models["minilm"].selection.exclude == ("openvino/",)
    assert settings.policy.rules.denied_sources == ("hf:evil/**",)


def test_the_trust_file_v1_is_read() -> None:
    policy = trust_policy(V1)
    assert policy.trust == "sha256:" + sha256((V1 / TRUST).read_bytes()).hexdigest()
    staging, production = policy.stages
    assert (staging.max_evidence_age, production.after, production.approvals) == (None, "staging", 2)
    assert production.max_evidence_age == A_DAY_LATER - AT
    ends = {person.id: sorted(map(str, person.limits.values())) for person in policy.people}
    assert [bool(ends[person]) for person in ("ann", "bob", "bot", "cat")] == [True, False, False, True]


def test_local_trust_says_the_same_under_its_own_name() -> None:
    for name in NAMES:
        for stage in ("staging", "production"):
            wish = Deployment("acme", name, stage)
            here, there = (
                judge(record_of(V1, name, policy), wish, policy, AT) for policy in (local_policy(V1), trust_policy(V1))
            )
            assert here.trust == "local"
            assert {**here.to_json(), "trust": ""} == {**there.to_json(), "trust": ""}


def test_the_key_that_was_revoked_counts_up_to_the_named_place() -> None:
    record = record_of(V1, "minilm", trust_policy(V1))
    (ended,) = [event for event in record.events if event.attestation.statement.type == "key-revocation"]
    lost = ended.attestation.statement.body["key"]
    assert f'id = "{lost}"' in (V1 / TRUST).read_text()
    assert f'revoked = "{ended.attestation.id}"' in (V1 / TRUST).read_text()
    signed = [
        (event.fault, [person.id for person in event.people])
        for name in NAMES
        for event in record_of(V1, name, trust_policy(V1)).events
        if event.attestation.key_ids == (lost,)
    ]
    assert signed == [("", ["cat"]), ("key-revoked", []), ("", ["cat"]), ("", ["cat"])]


@pytest.mark.parametrize(
    ("name", "stage"), [("minilm", "staging"), ("minilm", "production"), ("reranker", "production")]
)
def test_bytes_v1_are_loaded_from_the_store(name: str, stage: str, tmp_path: Path) -> None:
    pin, folder = consumer(trust_policy(V1), Remote(str(V1 / STORE)), AT, Shelf(tmp_path)).load(name, stage)
    head = json.loads((V1 / EXPECTED).read_bytes())["models"][name]["heads"][stage]
    assert pin.digest == head
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == {
        file.entry.path: file.entry.sha256 for file in pin.files
    }


def test_the_exported_bundle_v1_is_newer_than_the_store() -> None:
    alone, policy, kept = Alone(bundle_from((V1 / EXPORTED).read_bytes())), trust_policy(V1), Kept()
    assert consumer(policy, alone, AT, kept).verdicts("minilm", "production")[0].number == 42
    store = consumer(policy, Remote(str(V1 / STORE)), AT, kept)
    assert refusal(lambda: store.verdicts("minilm", "production")) == "rolled-back"


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_v1_is_what_the_ledger_holds(name: str) -> None:
    remote, ledger, policy = Remote(str(V1 / STORE)), FolderLedger(V1 / MODELS), trust_policy(V1)
    record = record_of(V1, name, policy)
    for digest in record.pins:
        document = remote.document(bundle_key("acme", name, digest))
        assert document is not None
        bundle = bundle_from(document)
        assert bundle.to_bytes() == document
        assert bundle.checkpoint is None
        assert bundle.evidence.keys() == {name, *record.tied}
        assert all(set(bundle.evidence[each]) == set(ledger.read(each)) for each in bundle.evidence)


def test_a_checkpoint_v1_names_the_leaves_of_every_model() -> None:
    envelope = Remote(str(V1 / STORE)).document(checkpoint_key("acme"))
    assert envelope is not None
    assert short_type(envelope) == "checkpoint"
    policy = trust_policy(V1)
    said = open_envelope(envelope, policy.keys, verify_signature)
    assert said.signed_by
    assert said.statement.parents == {name: record_of(V1, name, policy).leaves for name in NAMES}
