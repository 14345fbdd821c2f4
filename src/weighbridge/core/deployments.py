"""Deployments: the runs on record, each beside the evidence that it names as its grounds.

A record is the word of whoever signed it, about a machine. What it says of approvals is compared with the evidence of
the models; that a run without a record took place can't be seen from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.attestation import open_envelope
from weighbridge.core.checkpoint import vouchers
from weighbridge.core.deployed import Run, run_from
from weighbridge.core.digest import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weighbridge.core.attestation import Attestation
    from weighbridge.core.canonical import Json
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import VerifySignature
    from weighbridge.core.record import Record


_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Deployed:
    """One run on record.

    Args:
        run: As it ended; as it started where its end is not on record.
        people: Whose trusted keys signed the newest word of it; none if nobody's counts.
        evidence: Ids of the envelopes, the newest last.
        problems: Why the record, or the grounds that it names, can't be believed; empty if they can.
    """

    run: Run
    people: tuple[str, ...]
    evidence: tuple[str, ...]
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        return {
            "deployment": self.run.to_json(),
            "digests": {item.name: item.digest for item in self.run.models},
            "people": list(self.people),
            "evidence": list(self.evidence),
            "problems": list(self.problems),
        }


def _grounds(run: Run, record_of: Callable[[str], Record]) -> list[str]:
    """What the record names and the evidence does not have."""
    problems = []
    for given in run.models:
        record = record_of(given.name)
        counting = {event.attestation.id for event in record.events if not event.fault}
        if given.digest not in record.pins:
            problems.append(f"{given.name} {short(given.digest)} is no signed pin")
        missing = [key for key in given.approvals if key not in counting]
        problems += [f"{given.name} has no approval {key[:_ID_LENGTH]} that counts" for key in missing]
    return problems


def deployments(
    envelopes: Iterable[bytes], policy: Policy, verify: VerifySignature, record_of: Callable[[str], Record]
) -> tuple[Deployed, ...]:
    """The runs of a project, the newest start first.

    Args:
        envelopes: What was kept of runs, of this project or of others, in any order.
        policy: The present rules and keys.
        verify: Checks a signature.
        record_of: The replayed evidence of a model, by its name.

    Raises:
        IntegrityError: One is no deployment, or a trusted key's signature is forged.
    """
    words: dict[str, list[tuple[Run, Attestation]]] = {}
    for envelope in envelopes:
        attestation = open_envelope(envelope, policy.keys, verify)
        run = run_from(attestation.statement)
        if run.project == policy.project:
            words.setdefault(run.id, []).append((run, attestation))
    found = [_deployed(each, policy, record_of) for each in words.values()]
    return tuple(sorted(found, key=lambda item: (item.run.started_at, item.run.id), reverse=True))


def _deployed(words: Sequence[tuple[Run, Attestation]], policy: Policy, record_of: Callable[[str], Record]) -> Deployed:
    ordered = sorted(words, key=lambda word: (word[0].ended_at is not None, word[1].id))
    run, attestation = ordered[-1]
    people = tuple(person.id for person in vouchers(attestation, policy))
    problems = [] if people else ["nobody trusted signed the record"]
    if len({each.ended_at is not None for each, _ in ordered}) != len(ordered):
        problems.append("there is more than one record of the same moment of the run")
    if any(each.begun() != run.begun() for each, _ in ordered):
        problems.append("the records of its start and of its end are not of one run")
    return Deployed(run, people, tuple(each.id for _, each in ordered), (*problems, *_grounds(run, record_of)))
