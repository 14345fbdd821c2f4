"""Bundle: all evidence of one model as one document, for those who load without the repository.

It is not signed itself: everything in it is. A bundle may be old or cut short; the checkpoint inside and the replay
tell. This module does not know where bundles are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.core import canonical, shape
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import ConfigError

SCHEMA = "weighbridge.bundle/1"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The evidence of one model.

    Args:
        project: The project.
        name: The governed name.
        envelopes: Every attestation.
        checkpoint: The envelope of the newest checkpoint at the time of writing.
    """

    project: str
    name: str
    envelopes: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The document."""
        return canonical.dumps(
            {
                "schema": SCHEMA,
                "project": self.project,
                "name": self.name,
                "evidence": sorted(envelope.decode("utf-8") for envelope in self.envelopes),
                "checkpoint": self.checkpoint.decode("utf-8"),
            }
        )


def bundle_key(project: str, name: str, digest: str) -> str:
    """The key under which the bundle of a pin is published."""
    return f"{project}/{name}/{digest.removeprefix(PREFIX)}.json"


def bundle_from(data: bytes) -> Bundle:
    """Read a bundle; nothing in it is trusted yet.

    Raises:
        IntegrityError: It is damaged.
        ConfigError: It is of a newer schema.
    """
    value = shape.mapping(canonical.loads(data), "bundle")
    if value.get("schema") != SCHEMA:
        raise ConfigError(
            f"a bundle of the schema {value.get('schema')!r}; this program reads {SCHEMA}",
            code="newer-schema",
            hint="upgrade Weighbridge: pip install --upgrade weighbridge",
        )
    row = shape.record(value, "bundle", {"schema", "project", "name", "evidence", "checkpoint"})
    return Bundle(
        project=shape.text(row["project"], "project"),
        name=shape.text(row["name"], "name"),
        envelopes=tuple(item.encode("utf-8") for item in shape.text_list(row["evidence"], "evidence")),
        checkpoint=shape.text(row["checkpoint"], "checkpoint").encode("utf-8"),
    )


def checkpoint_key(project: str) -> str:
    """The key under which the newest checkpoint is published; no model may have its last part as a name."""
    return f"{project}/checkpoint.json"
