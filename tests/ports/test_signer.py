"""What every signer promises, and the check that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import statement

from weighbridge.core.attestation import open_envelope, sign
from weighbridge.core.errors import IntegrityError
from weighbridge.core.ports import Signer, VerifySignature
from weighbridge.signers.keyfolder import KeyFolder
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from pathlib import Path

Make: TypeAlias = Callable[[str], Signer]
MESSAGE = b"weights"


@pytest.fixture(params=["fake", "ed25519", "ed25519-encrypted"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Make, VerifySignature]:
    if request.param == "fake":
        return FakeSigner, fake_verify
    secret = "open sesame" if request.param.endswith("encrypted") else None
    folder = KeyFolder(tmp_path / "keys", lambda: secret)

    def make(label: str) -> Signer:
        return folder.get(folder.new(label, datetime(2026, 11, 23, tzinfo=UTC)).key.id)

    return make, verify_signature


def test_a_signer_is_a_signer(pair: tuple[Make, VerifySignature]) -> None:
    make, _ = pair
    assert isinstance(make("ann"), Signer)


def test_the_id_is_the_hash_of_the_raw_public_key(pair: tuple[Make, VerifySignature]) -> None:
    key = pair[0]("ann").key
    assert key.id == sha256(bytes.fromhex(key.public)).hexdigest()
    assert len(key.public) == 64


def test_a_signature_verifies(pair: tuple[Make, VerifySignature]) -> None:
    make, verify = pair
    signer = make("ann")
    assert verify(signer.key, MESSAGE, signer.sign(MESSAGE))
    assert verify(signer.key, b"", signer.sign(b""))


def test_a_signature_is_64_bytes_and_the_same_each_time(pair: tuple[Make, VerifySignature]) -> None:
    signer = pair[0]("ann")
    assert len(signer.sign(MESSAGE)) == 64
    assert signer.sign(MESSAGE) == signer.sign(MESSAGE)


def test_any_flipped_bit_of_a_signature_is_seen(pair: tuple[Make, VerifySignature]) -> None:
    make, verify = pair
    signer = make("ann")
    signature = signer.sign(MESSAGE)
    for place in range(len(signature) * 8):
        forged = bytearray(signature)
        forged[place // 8] ^= 1 << place % 8
        assert not verify(signer.key, MESSAGE, bytes(forged))


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"x" * 63, b"x" * 65, b"x" * 100_000])
def test_what_is_no_signature_verifies_nothing(pair: tuple[Make, VerifySignature], signature: bytes) -> None:
    make, verify = pair
    assert not verify(make("ann").key, MESSAGE, signature)


def test_another_message_or_key_is_seen(pair: tuple[Make, VerifySignature]) -> None:
    make, verify = pair
    ann, bob = make("ann"), make("bob")
    assert ann.key != bob.key
    assert not verify(ann.key, MESSAGE + b"\0", ann.sign(MESSAGE))
    assert not verify(bob.key, MESSAGE, ann.sign(MESSAGE))


def test_a_key_whose_id_is_not_its_own_verifies_nothing(pair: tuple[Make, VerifySignature]) -> None:
    make, verify = pair
    ann, bob = make("ann"), make("bob")
    assert not verify(replace(ann.key, id=bob.key.id), MESSAGE, ann.sign(MESSAGE))
    assert not verify(replace(ann.key, public=bob.key.public), MESSAGE, ann.sign(MESSAGE))


@pytest.mark.parametrize("public", ["", "zz", "0" * 63, "0" * 62, "0" * 66, "G" * 64, "ß" * 64])
def test_what_is_no_public_key_verifies_nothing(pair: tuple[Make, VerifySignature], public: str) -> None:
    make, verify = pair
    signer = make("ann")
    assert not verify(replace(signer.key, public=public), MESSAGE, signer.sign(MESSAGE))


def test_a_signed_statement_opens_with_its_key_alone(pair: tuple[Make, VerifySignature]) -> None:
    make, verify = pair
    ann, bob = make("ann"), make("bob")
    said = statement("minilm", words="so it is")
    opened = open_envelope(sign(said, ann), {ann.key.id: ann.key, bob.key.id: bob.key}, verify)
    assert opened.statement == said
    assert opened.signed_by == {ann.key.id}
    assert open_envelope(sign(said, ann), {bob.key.id: bob.key}, verify).signed_by == set()


def test_a_statement_changed_after_signing_is_refused(pair: tuple[Make, VerifySignature]) -> None:
    make, verify = pair
    ann = make("ann")
    good, other = sign(statement(words="a"), ann), sign(statement(words="b"), ann)
    head, tail = good.split(b'"signatures":')[0], other.split(b'"signatures":')[1]
    with pytest.raises(IntegrityError) as caught:
        open_envelope(head + b'"signatures":' + tail, {ann.key.id: ann.key}, verify)
    assert caught.value.code == "bad-signature"
