"""Keys and certificates for OpenSSF Model Signing: what is taken, and what is refused before anything is signed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from tests.fakes.certificates import DAY, Authority, curve_key, public_pem, write_key

from weighbridge.core.errors import SigningError
from weighbridge.signers.oms_files import MAX_CHAIN_BYTES, read_signer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.signers.oms import OmsSigner


@pytest.fixture
def root() -> Authority:
    return Authority("root", curve_key())


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return curve_key()


def refused(
    code: str,
    private: Path,
    passphrase: str | None = None,
    certificate: Path | None = None,
    chain: Sequence[Path] = (),
    now: datetime | None = None,
) -> WeighbridgeError:
    with pytest.raises(SigningError) as caught:
        read_signer(private, passphrase, certificate, chain, now or datetime.now(UTC))
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


def text(path: Path, *parts: str) -> Path:
    path.write_text("".join(parts), encoding="ascii")
    return path


def read(private: Path, passphrase: str | None = None) -> OmsSigner:
    return read_signer(private, passphrase, None, (), datetime.now(UTC))


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_a_key_on_each_curve_signs(tmp_path: Path, curve: ec.EllipticCurve) -> None:
    signer = read(write_key(tmp_path / "key.pem", curve_key(curve)))
    signature = signer.sign(b"message")
    assert signer.verifies(b"message", signature)
    assert not signer.verifies(b"massage", signature)
    assert not signer.verifies(b"message", b"")
    assert signer.method == "key"


def test_a_bundle_names_the_public_key_and_nothing_shows_the_private_one(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey
) -> None:
    signer = read(write_key(tmp_path / "key.pem", key))
    assert signer.public_pem.decode() == public_pem(key)
    hint = sha256(public_pem(key).encode()).hexdigest()
    assert signer.material == {"publicKey": {"hint": hint}, "tlogEntries": []}
    assert repr(signer) == "OmsSigner(secp256r1)"


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL], ids=["pkcs8", "sec1"])
def test_an_encrypted_key_needs_its_passphrase(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey, form: PrivateFormat
) -> None:
    path = write_key(tmp_path / "key.pem", key)
    path.write_bytes(key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"open")))
    assert read(path, "open").public_pem.decode() == public_pem(key)
    for wrong in (None, "", "shut"):
        refused("key-passphrase", path, wrong)


def test_a_plain_key_needs_none(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    assert read(write_key(tmp_path / "key.pem", key), "unused").public_pem.decode() == public_pem(key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, key: ec.EllipticCurvePrivateKey, mode: int) -> None:
    path = write_key(tmp_path / "key.pem", key)
    path.chmod(mode)
    assert "chmod 600" in refused("key-permissions", path).hint


def test_what_is_no_such_key_is_refused(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path = tmp_path / "key.pem"
    refused("unreadable", path)
    write_key(path, key)
    text(path, public_pem(key))
    refused("key-damaged", path)
    write_key(path, curve_key(ec.SECP256K1()))
    refused("key-kind", path)
    other = Ed25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "openssl" in refused("key-kind", path).hint


def test_certificates_go_into_the_bundle_in_their_order(
    tmp_path: Path, root: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    own, above = root.issue("own", key), root.certificate
    private = write_key(tmp_path / "key.pem", key)
    alone, chain = text(tmp_path / "own.pem", own), text(tmp_path / "root.pem", above)
    together = text(tmp_path / "all.pem", own, above)
    expected = [_der(own), _der(above)]
    for files in ((alone, chain), (together,)):
        signer = read_signer(private, None, files[0], files[1:], datetime.now(UTC))
        assert signer.method == "certificate"
        assert signer.material == {
            "x509CertificateChain": {"certificates": [{"rawBytes": item} for item in expected]},
            "tlogEntries": [],
        }
    signer = read_signer(private, None, alone, (), datetime.now(UTC))
    assert signer.verifies(b"message", signer.sign(b"message"))


def test_a_certificate_may_be_for_either_use(tmp_path: Path, root: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    private, path = write_key(tmp_path / "key.pem", key), tmp_path / "own.pem"
    for made in (
        root.issue("own", key, code_signing=False),
        root.issue("own", key, digital_signature=False),
        root.issue("own", key, usage=False),
    ):
        assert read_signer(private, None, text(path, made), (), datetime.now(UTC)).method == "certificate"
    refused("bad-certificate", private, None, text(path, root.issue("own", key, code_signing=False, usage=False)))
    neither = root.issue("own", key, code_signing=False, digital_signature=False)
    refused("bad-certificate", private, None, text(path, neither))


def test_a_certificate_that_does_not_fit_is_refused(
    tmp_path: Path, root: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    private, path = write_key(tmp_path / "key.pem", key), tmp_path / "own.pem"
    refused("unreadable", private, None, path)
    refused("bad-certificate", private, None, text(path, "nothing"))
    refused("bad-certificate", private, None, text(path, " " * MAX_CHAIN_BYTES, root.issue("own", key)))
    refused("bad-certificate", private, None, text(path, root.issue("own", curve_key())))
    text(path, root.issue("own", key))
    stranger = text(tmp_path / "stranger.pem", Authority("stranger", curve_key()).certificate)
    namesake = text(tmp_path / "namesake.pem", Authority("root", curve_key()).certificate)
    refused("bad-certificate", private, None, path, [stranger])
    refused("bad-certificate", private, None, path, [namesake])


def test_a_certificate_out_of_its_time_is_refused(
    tmp_path: Path, root: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    until = since + timedelta(days=30)
    private = write_key(tmp_path / "key.pem", key)
    path = text(tmp_path / "own.pem", root.issue("own", key, since=since, until=until))
    for now in (since, until):
        assert read_signer(private, None, path, (), now).method == "certificate"
    for now in (since - DAY, until + DAY):
        refused("bad-certificate", private, None, path, (), now)


def _der(pem: str) -> str:
    return base64.b64encode(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).decode()
