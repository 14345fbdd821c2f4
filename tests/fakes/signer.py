"""A signer without cryptography: the same promises within a test, worth nothing outside it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256, sha512

from weighbridge.core.ports import PublicKey


def _signature(public: str, message: bytes) -> bytes:
    return sha512(b"fake signature\0" + bytes.fromhex(public) + message).digest()


@dataclass(frozen=True)
class FakeSigner:
    """A `weighbridge.core.ports.Signer`; the same words give the same key.

    Args:
        words: Whose key it is.
    """

    words: str = "somebody"

    @property
    def key(self) -> PublicKey:
        public = sha256(self.words.encode("utf-8")).digest()
        return PublicKey(id=sha256(public).hexdigest(), public=public.hex())

    def sign(self, message: bytes) -> bytes:
        return _signature(self.key.public, message)


def fake_verify(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """A `weighbridge.core.ports.VerifySignature` for `FakeSigner`."""
    try:
        raw = bytes.fromhex(key.public)
    except ValueError:
        return False
    return sha256(raw).hexdigest() == key.id and signature == _signature(key.public, message)
