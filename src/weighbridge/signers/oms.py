"""A key on an elliptic curve that signs as OpenSSF Model Signing asks, alone or with its certificate.

The project's own keys are Ed25519, which `model_signing` does not take. Which curve goes with which hash is what
Sigstore's bundles define: P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512. This module does not read files
and knows no statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weighbridge.core.oms import chain_material, key_material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

    from weighbridge.core.canonical import Json

_HASHES: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "secp256r1": hashes.SHA256,
    "secp384r1": hashes.SHA384,
    "secp521r1": hashes.SHA512,
}


def is_usable(private: object) -> bool:
    """Whether a private key is on one of the curves that verifiers know."""
    return isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _HASHES


class OmsSigner:
    """A signer on a key in memory.

    Args:
        private: A key that `is_usable`.
        certificates: Its own certificate and those above it; none to sign with the bare key.
    """

    def __init__(self, private: ec.EllipticCurvePrivateKey, certificates: Sequence[Certificate] = ()) -> None:
        self._private = private
        self._certificates = tuple(certificates)
        self._scheme = ec.ECDSA(_HASHES[private.curve.name]())

    def __repr__(self) -> str:
        """The curve alone: a private key never reaches a log."""
        return f"OmsSigner({self._private.curve.name})"

    @property
    def method(self) -> str:
        """How the signature is verified: ``certificate`` or ``key``."""
        return "certificate" if self._certificates else "key"

    @property
    def public_pem(self) -> bytes:
        """The public half, as text."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def material(self) -> dict[str, Json]:
        """What a bundle says of this signer."""
        if self._certificates:
            return chain_material([item.public_bytes(Encoding.DER) for item in self._certificates])
        return key_material(self.public_pem)

    def sign(self, message: bytes) -> bytes:
        """The signature over a message, in DER; another one each time."""
        return self._private.sign(message, self._scheme)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature over a message is this key's."""
        try:
            self._private.public_key().verify(signature, message, self._scheme)
        except InvalidSignature:
            return False
        return True
