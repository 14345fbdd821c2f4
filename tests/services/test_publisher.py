"""Publishers' signatures by the real `model_signing` program, with keys and with certificates."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.e2e.chain import FILES
from weighbridge.checks.publisher import SIGNATURE, Publishers

if TYPE_CHECKING:
    from tests.services.served import Served

pytestmark = pytest.mark.services

PROGRAM = Path(sys.executable).with_name("model_signing")
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Signer:
    """Somebody who signs models.

    Args:
        known: What a policy names: a public key, or the certificate at the root.
        arguments: What the program is told to sign with.
    """

    known: str
    arguments: tuple[str, ...]

    def sign(self, folder: Path, *more: str) -> None:
        command = [str(PROGRAM), "sign", *self.arguments, "--signature", str(folder / SIGNATURE), *more, str(folder)]
        subprocess.run(command, check=True, capture_output=True)


def private(place: Path, key: ec.EllipticCurvePrivateKey) -> str:
    place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(place)


def certificate(name: str, key: ec.EllipticCurvePrivateKey, root: tuple[str, ec.EllipticCurvePrivateKey]) -> str:
    """A certificate by a root; its own if both are the same."""
    issuer, signing = root
    now = datetime.now(UTC)
    is_root = name == issuer
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEAR)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_root,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_root,
                crl_sign=is_root,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not is_root:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    return made.sign(signing, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def by_key(place: Path) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Signer(public, ("key", "--private_key", private(place / "key.pem", key)))


def by_certificate(place: Path) -> Signer:
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    top = certificate("root", root, ("root", root))
    (place / "root.pem").write_text(top)
    (place / "leaf.pem").write_text(certificate("leaf", leaf, ("root", root)))
    keyed = ("--private_key", private(place / "leaf.key", leaf))
    chain = ("--signing_certificate", str(place / "leaf.pem"), "--certificate_chain", str(place / "root.pem"))
    return Signer(top, ("certificate", *keyed, *chain))


@pytest.fixture(params=[by_key, by_certificate], ids=["key", "certificate"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Signer:
    keys = tmp_path / "keys"
    keys.mkdir()
    made: Signer = request.param(keys)
    return made


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "upstream"
    for path, data in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def sizes(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_a_genuine_signature_of_every_file_counts(signer: Signer, model: Path) -> None:
    signer.sign(model)
    known = Publishers((signer.known,))
    assert known.signed(model, sizes(model)) == known.ids


def test_another_s_signature_and_changed_bytes_do_not(signer: Signer, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    signer.sign(model)
    assert Publishers((by_key(other).known,)).signed(model, sizes(model)) == ()
    (model / "config.json").write_bytes(b"{}")
    assert Publishers((signer.known,)).signed(model, sizes(model)) == ()


def test_what_the_signature_ignores_is_not_signed(signer: Signer, model: Path) -> None:
    signer.sign(model, "--ignore-paths", str(model / "config.json"))
    assert Publishers((signer.known,)).signed(model, sizes(model)) == ()


def test_the_policy_asks_for_it(empty: Served, signer: Signer, model: Path) -> None:
    empty.weighbridge("init")
    rules = empty.root / "weighbridge.toml"
    keys = f'\n[policy.publisher]\nkeys = ["""\n{signer.known}"""]\n'
    rules.write_text(rules.read_text(encoding="utf-8") + keys, encoding="utf-8")
    assert empty.json("add", "file:../upstream", "--name", "plain")["model"]["verdict"] == "deny"
    denied = empty.json("approve", "plain", "--stage", "production", expect=10)
    assert denied["error"]["code"] == "publisher-unsigned"
    signer.sign(model)
    assert empty.json("add", "file:../upstream", "--name", "signed")["model"]["verdict"] == "allow"
    empty.weighbridge("approve", "signed", "--stage", "production")
