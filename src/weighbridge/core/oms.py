"""OpenSSF Model Signing: a manifest as other programs sign and verify it.

The format is OMS 1.0 (ossf/model-signing-spec) as its reference program `model_signing` 1.1 writes and reads it: an
in-toto statement in a DSSE envelope in a Sigstore bundle 0.3. The statement's one subject is a hash over the hashes of
the files, without their names; the names stand beside it, signed too. So it is for interchange, never our identity of
the bytes. This module reads no file and makes no signature.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from weighbridge.core import canonical, shape
from weighbridge.core.attestation import PAYLOAD_TYPE, STATEMENT_TYPE, pae
from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.manifest import Manifest

PREDICATE_TYPE: Final = "https://model_signing/signature/v1.0"
MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE_BYTES: Final = 64 << 20


def statement(manifest: Manifest, name: str, *, allow_symlinks: bool) -> bytes:
    """What is signed: every file of a manifest, none ignored.

    Args:
        manifest: The files.
        name: The model's name; it informs readers, and no verifier compares it.
        allow_symlinks: Whether the signer's folder has symbolic links; verifiers decide for themselves.

    Returns:
        The in-toto statement as canonical JSON. Its keys are sorted, where the reference program leaves their order to
        chance: the values are the same.
    """
    # The reference program sorts paths by their segments: `a/x` comes before `a-b`, though `/` comes after `-`.
    files = sorted(manifest.files, key=lambda file: file.path.split("/"))
    root = sha256(b"".join(bytes.fromhex(file.sha256) for file in files)).hexdigest()
    return canonical.dumps(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": root}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": allow_symlinks},
                "resources": [{"name": file.path, "algorithm": "sha256", "digest": file.sha256} for file in files],
            },
        }
    )


def signed_bytes(payload: bytes) -> bytes:
    """The bytes under the signature of a statement."""
    return pae(PAYLOAD_TYPE, payload)


def key_material(public_pem: bytes) -> dict[str, Json]:
    """How a bundle names the key that verifies it: by the SHA-256 of its PEM text."""
    return {"publicKey": {"hint": sha256(public_pem).hexdigest()}, "tlogEntries": []}


def chain_material(certificates: Sequence[bytes]) -> dict[str, Json]:
    """How a bundle carries the signer's certificate and those above it, each in DER."""
    chain: list[Json] = [{"rawBytes": _base64(item)} for item in certificates]
    return {"x509CertificateChain": {"certificates": chain}, "tlogEntries": []}


def bundle(payload: bytes, signature: bytes, material: Mapping[str, Json]) -> bytes:
    """The signature file.

    Args:
        payload: The statement.
        signature: Over its `signed_bytes`; ECDSA in DER.
        material: `key_material` or `chain_material`.
    """
    return canonical.dumps(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": dict(material),
            "dsseEnvelope": {
                "payload": _base64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": _base64(signature), "keyid": ""}],
            },
        }
    )


def signature_in(data: bytes) -> bytes | None:
    """The signature that a file carries; None if the file is no bundle with one signature."""
    try:
        row = shape.mapping(canonical.loads(data), "bundle")
        envelope = shape.mapping(row["dsseEnvelope"], "dsseEnvelope")
        (signed,) = shape.array(envelope["signatures"], "signatures")
        text = shape.text(shape.mapping(signed, "signatures")["sig"], "sig")
        return base64.b64decode(text, validate=True) if row["mediaType"] == MEDIA_TYPE else None
    except (IntegrityError, KeyError, ValueError):
        return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
