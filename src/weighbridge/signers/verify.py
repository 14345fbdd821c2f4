"""The check of an Ed25519 signature that is handed to the core.

Stricter than RFC 8032 §5.1.7 about keys: a non-canonical or small-order public key verifies signatures that
nobody made (OpenSSL accepts them), so it is no key here. This module does not know which keys are trusted.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.core.digest import is_hex64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from weighbridge.core.ports import PublicKey

SIGNATURE_BYTES = 64
_FIELD_PRIME = 2**255 - 19
# The y of the eight points whose order divides 8 (RFC 7748 §7; libsodium's ge25519_has_small_order).
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)


def key_id(public: bytes) -> str:
    """The id of a raw public key: its SHA-256, 64 hexadecimal digits."""
    return sha256(public).hexdigest()


def is_sound(public: bytes) -> bool:
    """Whether raw bytes are a canonical public key that is not of small order."""
    if len(public) != 32:  # noqa: PLR2004 - RFC 8032 §5.1.5: a public key is 32 bytes
        return False
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return y < _FIELD_PRIME and y not in _SMALL_ORDER_Y


@lru_cache(maxsize=1024)
def _load(key: PublicKey) -> Ed25519PublicKey | None:
    """The usable key, or None if its id is not that of its bytes or the bytes are no sound key."""
    if not is_hex64(key.public):
        return None
    raw = bytes.fromhex(key.public)
    if key_id(raw) != key.id or not is_sound(raw):
        return None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - 45 ms, rarely needed

    return Ed25519PublicKey.from_public_bytes(raw)


def verify_signature(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether a signature over a message is this key's; False for anything malformed.

    Args:
        key: The key; one whose id is not the SHA-256 of its bytes verifies nothing.
        message: What was signed.
        signature: 64 raw bytes.
    """
    loaded = _load(key)
    if loaded is None or len(signature) != SIGNATURE_BYTES:
        return False
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see _load

    try:
        loaded.verify(signature, message)
    except InvalidSignature:
        return False
    return True
