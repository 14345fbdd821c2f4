"""The facts document: all that rules may ask about a pin and its newest inspection, as plain JSON.

`[[policy.expressions]]` and users of other policy engines read it; docs/policy.md describes every key. It says what is,
never whether that is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin

SCHEMA = "weighbridge.facts/1"
_LISTS = ("licences", "code", "references", "requirements", "publisher")


def facts(pin: Pin, inspection: Inspection | None, inspected_at: datetime | None) -> dict[str, Json]:
    """The document.

    Args:
        pin: The pin.
        inspection: The newest one of its bytes; None if there is none. Then ``inspected`` is false, every file's
            ``format`` is empty, and so is each list that inspections fill.
        inspected_at: When it was made, as its signer claims.
    """
    scheme, _, rest = pin.source.partition(":")
    # What stands behind a repository for torch.hub, an entry and addresses of weights, is no part of its name.
    owner, _, repository = (rest.partition("#")[0] if scheme == "torchhub" else rest).rpartition("/")
    formats = inspection.formats if inspection else {}
    learnt = inspection.facts if inspection else {}
    return {
        "schema": SCHEMA,
        "project": pin.project,
        "name": pin.name,
        "digest": pin.digest,
        "source": pin.source,
        "scheme": scheme,
        "owner": owner,
        "repository": repository,
        "follow": pin.follow,
        "revision": pin.revision,
        "size_bytes": pin.size,
        "files": [
            {
                "path": file.entry.path,
                "size_bytes": file.entry.size,
                "sha256": file.entry.sha256,
                "format": formats.get(file.entry.path, ""),
            }
            for file in pin.files
        ],
        "omitted": [file.path for file in pin.omitted],
        "metadata": dict(pin.metadata),
        **{name: list(learnt.get(name, ())) for name in _LISTS},
        **_inspected(inspection, inspected_at),
    }


def _inspected(inspection: Inspection | None, inspected_at: datetime | None) -> dict[str, Json]:
    seen = inspection.to_body() if inspection else {"ruleset": None, "findings": [], "tools": []}
    return {
        "inspected": inspection is not None,
        "inspected_at": None if inspected_at is None else time_text(inspected_at),
        **{name: seen[name] for name in ("ruleset", "findings", "tools")},
    }
