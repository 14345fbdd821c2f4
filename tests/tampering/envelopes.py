"""Changes of signed envelopes: the statement inside and what is around it, signed again by others or not at all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from tests.tampering.documents import Pool, Variation, canonical_json, pool, variations
from weighbridge.core.attestation import PAYLOAD_TYPE, pae

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.core.ports import Signer

LEFT = "signature left"


def payload(envelope: bytes) -> Any:
    """The statement of an envelope."""
    return json.loads(base64.b64decode(json.loads(envelope)["payload"]))


def enveloped(statement: bytes, signatures: Sequence[Mapping[str, str]]) -> bytes:
    return canonical_json(
        {
            "payload": base64.b64encode(statement).decode("ascii"),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [dict(row) for row in signatures],
        }
    )


def signature(statement: bytes, signer: Signer) -> dict[str, str]:
    return {
        "keyid": signer.key.id,
        "sig": base64.b64encode(signer.sign(pae(PAYLOAD_TYPE, statement))).decode("ascii"),
    }


def signed(statement: Any, *signers: Signer) -> bytes:
    """A statement, whatever it says, signed."""
    data = statement if isinstance(statement, bytes) else canonical_json(statement)
    return enveloped(data, [signature(data, signer) for signer in signers])


def statements_pool(envelopes: list[bytes]) -> Pool:
    return pool([payload(envelope) for envelope in envelopes])


def changed(envelope: bytes, plausible: Pool, signers: Mapping[str, Signer]) -> Iterator[tuple[Variation, str, bytes]]:
    """Every change of the statement, with the old signatures left and signed anew by each signer; then the envelope's.

    Gives the change, by whom it is signed, and the envelope.
    """
    around = json.loads(envelope)
    for item in variations(payload(envelope), plausible):
        data = canonical_json(item.value)
        yield item, LEFT, enveloped(data, around["signatures"])
        for label, signer in signers.items():
            yield item, f"signed by {label}", signed(data, signer)
    for item in variations(around, {}):
        yield item, "around", canonical_json(item.value)
    for label, signer in signers.items():
        data = base64.b64decode(around["payload"])
        more = [*around["signatures"], signature(data, signer)]
        yield Variation("signature added", ("signatures",), None), f"signed by {label} too", enveloped(data, more)
        yield Variation("signature replaced", ("signatures",), None), f"signed by {label}", signed(data, signer)
    yield Variation("reformatted", (), None), "around", json.dumps(around, indent=1).encode()
