"""Bundle: all evidence of one model as one document, for those who load without the repository.

It holds the evidence of the models that were approved together with it, too. It is not signed itself: everything in it
is. A bundle may be old or cut short; the checkpoint's leaves and the replay tell. This module does not know where
bundles are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import canonical, shape
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = "weighbridge.bundle/1"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The evidence of one model.

    Args:
        project: The project.
        name: The governed name.
        evidence: Every attestation, by model: its own, and those of models that were approved together with it.
        checkpoint: The envelope of the newest checkpoint, where the bundle travels alone; None beside a store's.
    """

    project: str
    name: str
    evidence: Mapping[str, tuple[bytes, ...]]
    checkpoint: bytes | None = None

    def to_bytes(self) -> bytes:
        """The document."""
        return canonical.dumps(
            {
                "schema": SCHEMA,
                "project": self.project,
                "name": self.name,
                "evidence": {
                    name: sorted(envelope.decode("utf-8") for envelope in envelopes)
                    for name, envelopes in self.evidence.items()
                },
                "checkpoint": None if self.checkpoint is None else self.checkpoint.decode("utf-8"),
            }
        )

    def ledger(self, name: str) -> Iterable[bytes]:
        """The attestations of a model; none if the bundle has none."""
        return self.evidence.get(name, ())


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
    checkpoint = row["checkpoint"]
    return Bundle(
        project=shape.text(row["project"], "project"),
        name=shape.text(row["name"], "name"),
        evidence={
            name: tuple(item.encode("utf-8") for item in shape.text_list(items, "evidence"))
            for name, items in shape.mapping(row["evidence"], "evidence").items()
        },
        checkpoint=None if checkpoint is None else shape.text(checkpoint, "checkpoint").encode("utf-8"),
    )


def checkpoint_key(project: str) -> str:
    """The key under which the newest checkpoint is published; no model may have its last part as a name."""
    return f"{project}/checkpoint.json"


def leaves_key(project: str, name: str) -> str:
    """The key under which who loads remembers the newest evidence of a model."""
    return f"{project}/{name}/leaves.json"
