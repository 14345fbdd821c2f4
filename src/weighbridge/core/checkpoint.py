"""Checkpoint: the signed, numbered, expiring statement of every stage's head.

It tells those who load without the ledger that the evidence they hold is recent. Whether its age suffices is the
policy's question, put by `weighbridge.core.judge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import shape
from weighbridge.core.attestation import Statement, Subject
from weighbridge.core.errors import IntegrityError
from weighbridge.core.times import time_from, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.attestation import Attestation
    from weighbridge.core.policy import Person, Policy


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All heads of a project at one time.

    Args:
        project: The project.
        number: Grows by one with each checkpoint.
        issued_at: When its writer says it was made.
        expires: After this it proves nothing.
        pins: Every signed pin of the project, at least one.
        heads: Digest by stage by governed name.
        leaves: Ids of the newest attestations by governed name: evidence without one of them was cut short.
    """

    project: str
    number: int
    issued_at: datetime
    expires: datetime
    pins: frozenset[Subject]
    heads: Mapping[str, Mapping[str, str]]
    leaves: Mapping[str, tuple[str, ...]]

    def to_statement(self) -> Statement:
        """The statement to sign."""
        return Statement(
            type="checkpoint",
            project=self.project,
            subjects=tuple(sorted(self.pins)),
            issued_at=self.issued_at,
            parents=self.leaves,
            body={
                "number": self.number,
                "expires": time_text(self.expires),
                "heads": {name: dict(stages) for name, stages in self.heads.items()},
            },
        )


def vouchers(attestation: Attestation, policy: Policy) -> tuple[Person, ...]:
    """Whose signatures, by id, count on what stands in no model's ledger: trusted, by a key that has not ended.

    Where a revoked key's last word in a model's ledger stands says nothing of a place outside it.
    """
    found: dict[str, Person] = {}
    for key in attestation.signed_by:
        owner, limits = policy.owner(key), policy.limits(key)
        ended = limits.expires is not None and attestation.statement.issued_at >= limits.expires
        if owner and limits.last is None and not ended:
            found[owner.id] = owner
    return tuple(found[name] for name in sorted(found))


def is_vouched(attestation: Attestation, policy: Policy) -> bool:
    """Whether somebody signed a checkpoint whose word on heads counts: trusted, with a role, by a key still in use."""
    return any(person.roles & policy.vouching_roles for person in vouchers(attestation, policy))


def checkpoint_from(statement: Statement) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        IntegrityError: The statement is none, or a head is not among its pins.
    """
    if statement.type != "checkpoint":
        raise IntegrityError(f"a checkpoint was expected, not a {statement.type}", code="bad-statement")
    row = shape.record(dict(statement.body), "checkpoint", {"number", "expires", "heads"})
    heads = {name: shape.texts(item, "heads") for name, item in shape.mapping(row["heads"], "heads").items()}
    pins = frozenset(statement.subjects)
    if not {Subject(name, digest) for name, stages in heads.items() for digest in stages.values()} <= pins:
        raise IntegrityError("a head of the checkpoint is not among its pins", code="bad-statement")
    return Checkpoint(
        project=statement.project,
        number=shape.integer(row["number"], "number"),
        issued_at=statement.issued_at,
        expires=time_from(shape.text(row["expires"], "expires")),
        pins=pins,
        heads=heads,
        leaves=statement.parents,
    )
