"""Attestation: one signed step of the chain, an in-toto Statement v1 in a DSSE v1 envelope.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and
https://github.com/secure-systems-lab/dsse/blob/master/envelope.md. The reader is stricter than both: the
bytes must be canonical JSON, nothing unsigned may stand beside the signatures, and unknown types are refused.
This module decides nothing: `weighbridge.core.record` does.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NoReturn

from weighbridge.core import canonical, shape
from weighbridge.core.digest import PREFIX, is_hex64
from weighbridge.core.errors import IntegrityError
from weighbridge.core.memo import Memo
from weighbridge.core.times import time_from, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.core.ports import PublicKey, Signer, VerifySignature

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_PREFIX = "https://weighbridge.dev/attestation/"
TYPES = (
    "pin",
    "inspection",
    "request",
    "approval",
    "rejection",
    "revocation",
    "key-revocation",
    "checkpoint",
    "deployment",
)
OUTSIDE = frozenset({"checkpoint", "deployment"})
"""Types that never stand among the evidence of a model."""
MAX_ENVELOPE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What a statement speaks of.

    Args:
        name: The governed name.
        digest: The manifest's digest.
    """

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says about digests.

    Args:
        type: One of `TYPES`.
        project: The project in which it counts.
        subjects: At least one.
        issued_at: The time its writer claims.
        parents: For each subject's name, the ids of the newest attestations that its writer saw.
        body: The rest, by type.
    """

    type: str
    project: str
    subjects: tuple[Subject, ...]
    issued_at: datetime
    parents: Mapping[str, tuple[str, ...]]
    body: Mapping[str, Json]

    def to_bytes(self) -> bytes:
        """The canonical JSON of the in-toto statement."""
        return canonical.dumps(
            {
                "_type": STATEMENT_TYPE,
                "subject": [
                    {"name": item.name, "digest": {"sha256": item.digest.removeprefix(PREFIX)}}
                    for item in sorted(self.subjects)
                ],
                "predicateType": f"{PREDICATE_PREFIX}{self.type}/v1",
                "predicate": {
                    "project": self.project,
                    "issued_at": time_text(self.issued_at),
                    "parents": {name: sorted(ids) for name, ids in self.parents.items()},
                    self.type: dict(self.body),
                },
            }
        )


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement whose signatures were checked.

    Args:
        id: SHA-256 of the envelope, 64 hexadecimal digits.
        statement: What was said.
        signed_by: Ids of the trusted keys that signed it; empty if none of its keys is trusted.
        key_ids: Ids of all keys that the envelope names.
    """

    id: str
    statement: Statement
    signed_by: frozenset[str]
    key_ids: tuple[str, ...]


def _refuse(message: str, code: str) -> NoReturn:
    raise IntegrityError(
        message, code=code, hint="restore the evidence from Git; docs/security-model.md says who could do this"
    )


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding (protocol.md): the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope_id(envelope: bytes) -> str:
    """The id of an attestation: SHA-256 of its envelope, 64 hexadecimal digits."""
    return sha256(envelope).hexdigest()


def sign(statement: Statement, signer: Signer) -> bytes:
    """The envelope of a statement, signed by one key.

    Raises:
        SigningError: The key can't be used.
    """
    payload = statement.to_bytes()
    signature = signer.sign(pae(PAYLOAD_TYPE, payload))
    return canonical.dumps(
        {
            "payload": base64.b64encode(payload).decode("ascii"),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": signer.key.id, "sig": base64.b64encode(signature).decode("ascii")}],
        }
    )


def _unbase64(value: Json, where: str) -> bytes:
    text = shape.text(value, where)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        _refuse(f"{where} is not base64", "bad-envelope")
    if base64.b64encode(data).decode("ascii") != text:
        _refuse(f"{where} is not canonical base64", "bad-envelope")
    return data


def _canonical(data: bytes, what: str) -> Json:
    value = canonical.loads(data)
    if canonical.dumps(value) != data:
        _refuse(f"{what} is not canonical JSON", "bad-envelope")
    return value


def _subjects(value: Json) -> tuple[Subject, ...]:
    found = []
    for item in shape.array(value, "subject"):
        row = shape.record(item, "subject", {"name", "digest"})
        digest = shape.text(shape.record(row["digest"], "digest", {"sha256"})["sha256"], "digest.sha256")
        if not is_hex64(digest):
            _refuse("a subject's digest is malformed", "bad-statement")
        found.append(Subject(shape.text(row["name"], "subject.name"), PREFIX + digest))
    if not found or sorted(set(found)) != found:
        _refuse("the subjects are none, unsorted or twice the same", "bad-statement")
    return tuple(found)


def _parents(value: Json) -> dict[str, tuple[str, ...]]:
    found = {name: shape.text_list(ids, "parents") for name, ids in shape.mapping(value, "parents").items()}
    for ids in found.values():
        if sorted(set(ids)) != list(ids) or not all(map(is_hex64, ids)):
            _refuse("the parents are malformed", "bad-statement")
    return found


def _type_of(value: Mapping[str, Json]) -> str:
    kind = shape.text(value["predicateType"], "predicateType")
    name, _, version = kind.removeprefix(PREDICATE_PREFIX).partition("/")
    if not kind.startswith(PREDICATE_PREFIX) or name not in TYPES or version != "v1":
        raise IntegrityError(
            f"evidence of the unknown type {kind!r}",
            code="unknown-type",
            hint="upgrade Weighbridge, or restore the evidence",
        )
    return name


def statement_from(payload: bytes) -> Statement:
    """Read a statement strictly.

    Raises:
        IntegrityError: It is not canonical, has another shape, or is of an unknown type.
    """
    value = shape.record(
        _canonical(payload, "a statement"), "statement", {"_type", "subject", "predicateType", "predicate"}
    )
    if value["_type"] != STATEMENT_TYPE:
        _refuse("not an in-toto statement of version 1", "bad-statement")
    kind = _type_of(value)
    row = shape.record(value["predicate"], "predicate", {"project", "issued_at", "parents", kind})
    subjects = _subjects(value["subject"])
    parents = _parents(row["parents"])
    if set(parents) != {item.name for item in subjects}:
        _refuse("the parents are not those of the subjects", "bad-statement")
    return Statement(
        type=kind,
        project=shape.text(row["project"], "project"),
        subjects=subjects,
        issued_at=time_from(shape.text(row["issued_at"], "issued_at")),
        parents=parents,
        body=shape.mapping(row[kind], kind),
    )


def _open(envelope: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Payload and (key id, signature) pairs of an envelope."""
    if len(envelope) > MAX_ENVELOPE_BYTES:
        _refuse(f"an envelope is over {MAX_ENVELOPE_BYTES} bytes", "bad-envelope")
    value = shape.record(_canonical(envelope, "an envelope"), "envelope", {"payload", "payloadType", "signatures"})
    if value["payloadType"] != PAYLOAD_TYPE:
        _refuse("the payload is not an in-toto statement", "bad-envelope")
    signatures = []
    for item in shape.array(value["signatures"], "signatures"):
        row = shape.record(item, "signature", {"keyid", "sig"})
        signatures.append((shape.text(row["keyid"], "keyid"), _unbase64(row["sig"], "sig")))
    if not signatures:
        _refuse("an envelope without a signature", "unsigned")
    return _unbase64(value["payload"], "payload"), signatures


@dataclass(frozen=True, slots=True)
class _Document:
    """An envelope that was read; its signatures are not checked."""

    id: str
    payload: bytes
    signatures: list[tuple[str, bytes]]
    statement: Statement


_DOCUMENTS: Final = Memo[_Document](MAX_ENVELOPE_BYTES, lambda document: len(document.payload))


def _read(envelope: bytes) -> _Document:
    key = envelope_id(envelope)

    def read() -> _Document:
        payload, signatures = _open(envelope)
        return _Document(key, payload, signatures, statement_from(payload))

    return _DOCUMENTS.of(key, read)


def short_type(envelope: bytes) -> str:
    """The type of the statement inside, such as ``pin``; signatures are not checked.

    Raises:
        IntegrityError: It is no envelope, or its type is unknown.
    """
    return _read(envelope).statement.type


def open_envelope(envelope: bytes, keys: Mapping[str, PublicKey], verify: VerifySignature) -> Attestation:
    """Read an envelope and check its signatures against the trusted keys.

    Two signatures of one key count once. A signature of an untrusted key counts for nothing.

    Raises:
        IntegrityError: It is no envelope, or a trusted key's signature is forged (code ``bad-signature``).
    """
    document = _read(envelope)
    statement = document.statement
    message = pae(PAYLOAD_TYPE, document.payload)
    signed_by = set()
    for key_id, signature in document.signatures:
        key = keys.get(key_id)
        if key is None:
            continue
        if not verify(key, message, signature):
            _refuse(f"the {statement.type} of {statement.subjects[0].name} bears a forged signature", "bad-signature")
        signed_by.add(key_id)
    return Attestation(
        id=document.id,
        statement=statement,
        signed_by=frozenset(signed_by),
        key_ids=tuple(key_id for key_id, _ in document.signatures),
    )
