"""Keys on elliptic curves, and certificates of an authority that nobody trusts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

YEAR = timedelta(days=365)
DAY = timedelta(days=1)


def curve_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A new key, on P-256 unless asked otherwise."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def write_key(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: str = "") -> Path:
    """Write a private key where only its owner may read it."""
    cipher = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher))
    path.chmod(0o600)
    return path


def public_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as text."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True)
class Authority:
    """Who issues certificates.

    Args:
        name: Its name.
        key: Its key.
    """

    name: str
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate(self) -> str:
        """Its own certificate."""
        return self.issue(self.name, self.key)

    def issue(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        *,
        code_signing: bool = True,
        digital_signature: bool = True,
        usage: bool = True,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> str:
        """A certificate; this authority's own if the name is its."""
        is_root = name == self.name
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(_called(name))
            .issuer_name(_called(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since or now - DAY)
            .not_valid_after(until or now + YEAR)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if usage:
            made = made.add_extension(_usage(is_root=is_root, signs=digital_signature and not is_root), critical=True)
        if code_signing and not is_root:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        return made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, is_root: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
