"""The files that an `OmsSigner` is made of: a private key, and perhaps its certificate with those above it, all PEM.

What would make a signature that no verifier accepts is refused here. Whether a root is to be trusted is the verifier's
to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from weighbridge.core.errors import SigningError
from weighbridge.core.times import time_text
from weighbridge.signers.files import read_guarded
from weighbridge.signers.oms import OmsSigner, is_usable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

MAX_CHAIN_BYTES = 1 << 20


def read_signer(
    private: Path, passphrase: str | None, certificate: Path | None, chain: Sequence[Path], now: datetime
) -> OmsSigner:
    """Read a key that nobody else may read, and its certificates.

    Args:
        private: The key's file.
        passphrase: For an encrypted one.
        certificate: The key's certificate; more may follow it in the file.
        chain: Files of certificates above it.
        now: When it is to sign.

    Raises:
        SigningError: A file can't be read (code ``unreadable``), others may read the key (``key-permissions``), it is
            no private key (``key-damaged``), of the wrong kind (``key-kind``) or under another passphrase
            (``key-passphrase``); or the certificates do not fit (``bad-certificate``).
    """
    key = _private(private, passphrase)
    if certificate is None:
        return OmsSigner(key)
    found = [item for path in (certificate, *chain) for item in _certificates(path)]
    _check(found[0], found[1:], key, certificate, now)
    return OmsSigner(key, found)


def _private(path: Path, passphrase: str | None) -> ec.EllipticCurvePrivateKey:
    try:
        pem = read_guarded(path, secret=True)
    except OSError as error:
        _unreadable(path, error)
    encrypted = b"ENCRYPTED" in pem
    if encrypted and not passphrase:
        raise SigningError(
            f"the key {path} needs a passphrase", code="key-passphrase", hint="set the variable of --passphrase-env"
        )
    try:
        key = load_pem_private_key(pem, passphrase.encode("utf-8") if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise SigningError(
                f"the key {path} can't be decrypted: the passphrase is wrong or the file is damaged",
                code="key-passphrase",
                hint="check the variable of --passphrase-env",
            ) from error
        raise SigningError(
            f"{path} is not a private key in PEM",
            code="key-damaged",
            hint="name the private key, not its public half or certificate; or restore it from your backup",
        ) from error
    if isinstance(key, ec.EllipticCurvePrivateKey) and is_usable(key):
        return key
    raise SigningError(
        f"{path} is not a key on the curve P-256, P-384 or P-521",
        code="key-kind",
        hint="OpenSSF Model Signing takes no other: openssl ecparam -name prime256v1 -genkey -noout -out KEY.pem",
    )


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CHAIN_BYTES + 1)
    except OSError as error:
        _unreadable(path, error)
    try:
        found = x509.load_pem_x509_certificates(data) if len(data) <= MAX_CHAIN_BYTES else []
    except ValueError:
        found = []
    if not found:
        _refuse(f"{path} holds no certificate in PEM", "name a file that begins with -----BEGIN CERTIFICATE-----")
    return found


def _check(
    own: x509.Certificate,
    above: Sequence[x509.Certificate],
    key: ec.EllipticCurvePrivateKey,
    path: Path,
    now: datetime,
) -> None:
    if own.public_key() != key.public_key():
        _refuse(f"the certificate {path} is of another key", "name the certificate that was issued for --private-key")
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        since, until = time_text(own.not_valid_before_utc), time_text(own.not_valid_after_utc)
        _refuse(f"the certificate {path} holds from {since} to {until}", "have it renewed")
    if not _may_sign(own):
        _refuse(
            f"the certificate {path} is for neither digital signatures nor code signing",
            "have one issued with that key usage: verifiers refuse others",
        )
    if above and not any(_issued(item, own) for item in above):
        _refuse(f"no certificate of the chain has issued {path}", "name the issuer's certificate with --chain")


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        if certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return True
    except x509.ExtensionNotFound:
        pass
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CODE_SIGNING in usage


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _unreadable(path: Path, error: OSError) -> NoReturn:
    raise SigningError(
        f"{path} can't be read: {error.strerror}", code="unreadable", hint="check the name and its permissions"
    ) from error


def _refuse(message: str, hint: str) -> NoReturn:
    raise SigningError(message, code="bad-certificate", hint=hint)
