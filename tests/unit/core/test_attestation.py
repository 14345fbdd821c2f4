from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import NOON, statement

from weighbridge.core import canonical
from weighbridge.core.attestation import (
    MAX_ENVELOPE_BYTES,
    TYPES,
    Statement,
    Subject,
    envelope_id,
    open_envelope,
    short_type,
    sign,
    statement_from,
)
from weighbridge.core.errors import IntegrityError

ANN, BOB = FakeSigner("ann"), FakeSigner("bob")
KEYS = {signer.key.id: signer.key for signer in (ANN, BOB)}
SAID = statement("bert", "minilm", words="so it is")
Change = Callable[[dict[str, Any]], object]


def refused(data: bytes, code: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        open_envelope(data, KEYS, fake_verify)
    assert caught.value.code == code
    assert caught.value.hint
    with pytest.raises(IntegrityError):
        short_type(data) if code != "bad-signature" else open_envelope(data, KEYS, fake_verify)


def changed_statement(change: Change) -> bytes:
    """The statement with one thing changed, signed anew: the signature is true, the form is not."""
    value = json.loads(SAID.to_bytes())
    change(value)
    return canonical.dumps(value)


def wrapped(payload: bytes) -> bytes:
    return canonical.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"keyid": ANN.key.id, "sig": "AAAA"}],
        }
    )


def changed_envelope(change: Change) -> bytes:
    value = json.loads(sign(SAID, ANN))
    change(value)
    return canonical.dumps(value)


@pytest.mark.parametrize("type_", TYPES)
def test_what_was_signed_is_read(type_: str) -> None:
    said = statement("bert", "minilm", type_=type_)
    data = sign(said, ANN)
    opened = open_envelope(data, KEYS, fake_verify)
    assert opened.statement == said
    assert opened.id == envelope_id(data)
    assert opened.signed_by == {ANN.key.id}
    assert opened.key_ids == (ANN.key.id,)
    assert short_type(data) == type_


def test_the_statement_is_in_toto_statement_v1() -> None:
    assert json.loads(SAID.to_bytes()) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": "0" * 64}} for name in ("bert", "minilm")],
        "predicateType": "https://weighbridge.dev/attestation/pin/v1",
        "predicate": {
            "project": "project",
            "issued_at": "2026-11-23T12:00:00Z",
            "parents": {"bert": [], "minilm": []},
            "pin": {"words": "so it is"},
        },
    }


def test_subjects_and_parents_are_written_in_order() -> None:
    one, other = Subject("a", "sha256:" + "1" * 64), Subject("a", "sha256:" + "2" * 64)
    ids = ("b" * 64, "a" * 64)
    said = Statement("pin", "p", (other, one), NOON, {"a": ids}, {})
    read = statement_from(said.to_bytes())
    assert read.subjects == (one, other)
    assert read.parents == {"a": ("a" * 64, "b" * 64)}


def test_an_unknown_key_counts_for_nothing() -> None:
    opened = open_envelope(sign(SAID, FakeSigner("stranger")), KEYS, fake_verify)
    assert opened.signed_by == set()
    assert opened.key_ids == (FakeSigner("stranger").key.id,)


def test_two_signatures_of_one_key_count_once() -> None:
    data = changed_envelope(lambda value: value["signatures"].append(value["signatures"][0]))
    assert open_envelope(data, KEYS, fake_verify).signed_by == {ANN.key.id}


def test_a_forged_signature_beside_a_true_one_breaks_the_envelope() -> None:
    forged = {"keyid": BOB.key.id, "sig": base64.b64encode(bytes(64)).decode()}
    refused(changed_envelope(lambda value: value["signatures"].append(forged)), "bad-signature")


def test_a_forged_signature_of_a_stranger_does_not() -> None:
    stranger = {"keyid": "somebody", "sig": ""}
    data = changed_envelope(lambda value: value["signatures"].append(stranger))
    assert open_envelope(data, KEYS, fake_verify).signed_by == {ANN.key.id}


def test_any_flipped_bit_of_an_envelope_is_seen() -> None:
    good = sign(statement(), ANN)
    for place in range(len(good)):
        for bit in (1, 32):
            damaged = bytearray(good)
            damaged[place] ^= bit
            try:
                opened = open_envelope(bytes(damaged), KEYS, fake_verify)
            except IntegrityError:
                continue
            # Only the name of the key may be damaged without a word: then nobody trusted has signed.
            assert opened.signed_by == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda value: value.pop("payload"), "bad-shape"),
        (lambda value: value.update(more=1), "bad-shape"),
        (lambda value: value.update(payload=1), "bad-shape"),
        (lambda value: value.update(payload="%%%%"), "bad-envelope"),
        (lambda value: value.update(payload="é"), "bad-envelope"),
        (lambda value: value.update(payload="QQ"), "bad-envelope"),
        (lambda value: value.update(payload="QR=="), "bad-envelope"),
        (lambda value: value.update(payload="QQ==\n"), "bad-envelope"),
        (lambda value: value.update(payload=""), "bad-json"),
        (lambda value: value.update(payloadType="text/plain"), "bad-envelope"),
        (lambda value: value.update(signatures={}), "bad-shape"),
        (lambda value: value.update(signatures=[]), "unsigned"),
        (lambda value: value.update(signatures=[{}]), "bad-shape"),
        (lambda value: value["signatures"][0].update(cert="x"), "bad-shape"),
        (lambda value: value["signatures"][0].update(keyid=1), "bad-shape"),
        (lambda value: value["signatures"][0].update(sig="?"), "bad-envelope"),
        (lambda value: value["signatures"][0].update(sig=""), "bad-signature"),
    ],
)
def test_an_envelope_of_another_form_is_refused(change: Change, code: str) -> None:
    refused(changed_envelope(change), code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda value: value.pop("_type"), "bad-shape"),
        (lambda value: value.update(more=1), "bad-shape"),
        (lambda value: value.update(_type="https://in-toto.io/Statement/v0.1"), "bad-statement"),
        (lambda value: value.update(predicateType=1), "bad-shape"),
        (lambda value: value.update(predicateType="https://slsa.dev/provenance/v1"), "unknown-type"),
        (lambda value: value.update(predicateType="https://weighbridge.dev/attestation/pin/v2"), "unknown-type"),
        (lambda value: value.update(predicateType="https://weighbridge.dev/attestation/pin"), "unknown-type"),
        (lambda value: value.update(predicateType="https://weighbridge.dev/attestation/rumour/v1"), "unknown-type"),
        (lambda value: value.update(predicateType="pin/v1"), "unknown-type"),
        (lambda value: value.update(predicateType="https://weighbridge.dev/attestation/approval/v1"), "bad-shape"),
        (lambda value: value.update(subject=[]), "bad-statement"),
        (lambda value: value["subject"].reverse(), "bad-statement"),
        (lambda value: value["subject"].append(value["subject"][-1]), "bad-statement"),
        (lambda value: value["subject"].pop(), "bad-statement"),
        (lambda value: value["subject"][0].update(digest={"sha256": "0" * 63}), "bad-statement"),
        (lambda value: value["subject"][0].update(digest={"sha512": "0" * 64}), "bad-shape"),
        (lambda value: value["subject"][0].update(digest={"sha256": "0" * 64, "md5": "0"}), "bad-shape"),
        (lambda value: value["subject"][0].update(uri="x"), "bad-shape"),
        (lambda value: value["predicate"].pop("parents"), "bad-shape"),
        (lambda value: value["predicate"].update(more=1), "bad-shape"),
        (lambda value: value["predicate"].update(pin=[]), "bad-shape"),
        (lambda value: value["predicate"].update(issued_at="today"), "bad-time"),
        (lambda value: value["predicate"].update(parents={"bert": []}), "bad-statement"),
        (lambda value: value["predicate"]["parents"].update(other=[]), "bad-statement"),
        (lambda value: value["predicate"]["parents"].update(bert=["0" * 63]), "bad-statement"),
        (lambda value: value["predicate"]["parents"].update(bert=["a" * 64, "a" * 64]), "bad-statement"),
        (lambda value: value["predicate"]["parents"].update(bert=["b" * 64, "a" * 64]), "bad-statement"),
        (lambda value: value["predicate"]["parents"].update(bert="a" * 64), "bad-shape"),
    ],
)
def test_a_statement_of_another_form_is_refused(change: Change, code: str) -> None:
    refused(wrapped(changed_statement(change)), code)


@pytest.mark.parametrize("spaced", [b" ", b"\n"])
def test_what_is_not_canonical_is_refused(spaced: bytes) -> None:
    refused(sign(SAID, ANN) + spaced, "bad-envelope")
    refused(wrapped(SAID.to_bytes() + spaced), "bad-envelope")
    refused(wrapped(SAID.to_bytes().replace(b'{"_type":', b'{"_type": ')), "bad-envelope")


def test_a_huge_envelope_is_refused_before_it_is_parsed() -> None:
    refused(b"[" * (MAX_ENVELOPE_BYTES + 1), "bad-envelope")
