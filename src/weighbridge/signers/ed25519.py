"""One Ed25519 private key that signs.

The signature is over the message as it stands: the envelope around it is the core's. This module does not store keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.ports import PublicKey
from weighbridge.signers.verify import key_id

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Ed25519Signer:
    """A `weighbridge.core.ports.Signer` on a key in memory.

    Args:
        private: The private key.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        raw = private.public_key().public_bytes_raw()
        self._private = private
        self._key = PublicKey(id=key_id(raw), public=raw.hex())

    def __repr__(self) -> str:
        """The key's id alone: a private key never reaches a log."""
        return f"Ed25519Signer({self._key.id[:16]})"

    @property
    def key(self) -> PublicKey:
        """The public half."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """The signature over a message: 64 bytes, the same each time (RFC 8032 §5.1.6)."""
        return self._private.sign(message)
