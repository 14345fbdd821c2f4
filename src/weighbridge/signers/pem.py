"""A private key as text: PKCS#8 in PEM (RFC 5958, RFC 7468), encrypted where there is a passphrase.

This module does not touch the disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_NEXT_STEP = "restore the key file from your backup, or make a new key with `weighbridge keys new` and have it trusted"


def pem_of(private: Ed25519PrivateKey, passphrase: str | None) -> bytes:
    """The text of a key, encrypted under the passphrase if there is one."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - 45 ms, rarely needed

    cipher: form.KeySerializationEncryption = form.NoEncryption()
    if passphrase:
        cipher = form.BestAvailableEncryption(passphrase.encode("utf-8"))
    return private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, cipher)


def private_from(pem: bytes, passphrase: Callable[[], str | None], where: str) -> Ed25519PrivateKey:
    """Read such a text.

    Args:
        pem: The text.
        passphrase: Asked only for an encrypted key.
        where: The file's name, for the error.

    Raises:
        SigningError: It is no Ed25519 key (code ``key-damaged``), or the passphrase is missing or wrong
            (code ``key-passphrase``).
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - 45 ms, rarely needed
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - see above

    encrypted = pem.lstrip().startswith(_ENCRYPTED)
    secret = passphrase() if encrypted else None
    if encrypted and not secret:
        raise SigningError(
            f"the key {where} needs a passphrase", code="key-passphrase", hint="set WEIGHBRIDGE_KEY_PASSPHRASE"
        )
    try:
        private = load_pem_private_key(pem, secret.encode("utf-8") if secret else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise SigningError(
                f"the key {where} can't be decrypted: the passphrase is wrong or the file is damaged",
                code="key-passphrase",
                hint="check WEIGHBRIDGE_KEY_PASSPHRASE",
            ) from error
        raise SigningError(f"the key {where} can't be read", code="key-damaged", hint=_NEXT_STEP) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningError(f"the key {where} is not an Ed25519 key", code="key-damaged", hint=_NEXT_STEP)
    return private
