"""Our envelopes are DSSE: another implementation reads what we write, and we read what it signs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined] # public, but not in __all__
from tests.fakes.statements import statement

from weighbridge.core import canonical
from weighbridge.core.attestation import PAYLOAD_TYPE, open_envelope, pae, sign
from weighbridge.core.errors import IntegrityError
from weighbridge.signers.ed25519 import Ed25519Signer
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from weighbridge.core.ports import PublicKey

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Ed25519Signer(PRIVATE)
SAID = statement("minilm", words="größe 😀")


def their_key(key: PublicKey) -> SSlibKey:
    return SSlibKey(key.id, "ed25519", "ed25519", {"public": key.public})


def theirs(payload: bytes = SAID.to_bytes(), payload_type: str = PAYLOAD_TYPE) -> bytes:
    """An envelope that the other implementation signed with the same key."""
    envelope = Envelope(payload, payload_type, {})
    envelope.sign(CryptoSigner(PRIVATE, their_key(SIGNER.key)))
    return canonical.dumps(envelope.to_dict())


@pytest.mark.parametrize(
    ("payload_type", "payload"), [("http://example.com/HelloWorld", b"hello world"), ("ü", "é".encode()), ("", b"")]
)
def test_both_sign_the_same_bytes(payload_type: str, payload: bytes) -> None:
    assert pae(payload_type, payload) == Envelope(payload, payload_type, {}).pae()


def test_the_example_of_the_specification() -> None:
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#test-vectors
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_they_verify_what_we_sign() -> None:
    envelope = Envelope.from_dict(json.loads(sign(SAID, SIGNER)))
    assert list(envelope.verify([their_key(SIGNER.key)], 1)) == [SIGNER.key.id]
    assert json.loads(envelope.payload)["_type"] == "https://in-toto.io/Statement/v1"


def test_they_refuse_what_we_did_not_sign() -> None:
    value = json.loads(sign(SAID, SIGNER))
    value["payload"] = json.loads(theirs(statement("minilm", words="other").to_bytes()))["payload"]
    with pytest.raises(VerificationError):
        Envelope.from_dict(value).verify([their_key(SIGNER.key)], 1)


def test_we_verify_what_they_sign() -> None:
    opened = open_envelope(theirs(), {SIGNER.key.id: SIGNER.key}, verify_signature)
    assert opened.statement == SAID
    assert opened.signed_by == {SIGNER.key.id}


def test_the_same_key_gives_the_same_envelope() -> None:
    assert theirs() == sign(SAID, SIGNER)


def test_we_refuse_their_signature_over_another_type() -> None:
    forged = json.loads(theirs(payload_type="text/plain"))
    forged["payloadType"] = PAYLOAD_TYPE
    with pytest.raises(IntegrityError) as caught:
        open_envelope(canonical.dumps(forged), {SIGNER.key.id: SIGNER.key}, verify_signature)
    assert caught.value.code == "bad-signature"


def test_two_keys_on_one_envelope() -> None:
    other = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    envelope = Envelope.from_dict(json.loads(sign(SAID, SIGNER)))
    envelope.sign(CryptoSigner(Ed25519PrivateKey.from_private_bytes(bytes(32)), their_key(other.key)))
    keys = {signer.key.id: signer.key for signer in (SIGNER, other)}
    opened = open_envelope(canonical.dumps(envelope.to_dict()), keys, verify_signature)
    assert opened.signed_by == set(keys)
