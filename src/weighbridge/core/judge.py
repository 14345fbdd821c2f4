"""The verdict: may this deployment run, under these rules, on this evidence, now?

A pure function: the same record, deployment, policy and time always give the same verdict. It trusts that the record
was replayed under the same policy, and it never looks at bytes: `Store.verify` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.core.assess import assess
from weighbridge.core.digest import short
from weighbridge.core.quorum import Grant, Vote, counted, granted, lasts_until
from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from weighbridge.core.canonical import Json
    from weighbridge.core.deployment import Deployment
    from weighbridge.core.policy import Policy, Stage
    from weighbridge.core.ports import Evaluate
    from weighbridge.core.record import PinRecord, Record, StageState


Heads: TypeAlias = "Callable[[str, str], str | None]"
"""The digest that a stage lets run under a governed name; None if it lets none. See `weighbridge.core.closure`."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict says no.

    Args:
        code: Stable, see docs/errors.md.
        message: One sentence.
        hint: The next step.
    """

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a deployment.

    Args:
        allow: Whether it may run.
        name: The governed name.
        stage: The stage.
        digest: What may run, or what was asked for; None if nothing was found.
        reasons: Why not; empty exactly if allowed.
        approvers: Ids of the people whose approvals count now.
        until: When the first needed approval ends; None for never.
        trust: Where keys and roles come from.
        separation: ``enforced`` if nobody may approve what they added, else ``none``.
        waived: The waivers without which it would not pass, one for each person who gave it.
    """

    allow: bool
    name: str
    stage: str
    digest: str | None
    reasons: tuple[Reason, ...]
    approvers: tuple[str, ...]
    until: datetime | None
    trust: str
    separation: str
    waived: tuple[Grant, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The verdict's published JSON."""
        return {
            "allow": self.allow,
            "name": self.name,
            "stage": self.stage,
            "digest": self.digest,
            "reasons": [{"code": item.code, "message": item.message, "hint": item.hint} for item in self.reasons],
            "approvers": list(self.approvers),
            "until": None if self.until is None else time_text(self.until),
            "trust": self.trust,
            "separation": self.separation,
            "waived": [item.to_json() for item in self.waived],
        }


def _no_digest(record: Record, stage: Stage, state: StageState) -> Reason:
    """Why the stage has no head."""
    name = record.name
    if state.revoked and record.pins.keys() <= state.revoked.keys():
        return _taken_back(record, stage, name, rejected=state.rejected >= state.revoked.keys())
    others = set[str]().union(*(_others(record, stage, state, digest) for digest in state.together))
    if others:
        return _together(name, stage, others)
    if state.together or any(state.votes.values()):
        return Reason(
            "quorum",
            f"{name} in {stage.name} waits for more approvals: {stage.approvals} people are needed",
            f"ask for another: weighbridge approve {name} --stage {stage.name}",
        )
    return Reason(
        "no-approval",
        f"{name} has no approval for {stage.name}",
        f"weighbridge approve {name} --stage {stage.name}",
    )


def _others(record: Record, stage: Stage, state: StageState, digest: str) -> set[str]:
    """Names of the models that a digest waits for, where it has approvals enough itself."""
    votes = [*state.votes.get(digest, []), *state.pending.get(digest, [])]
    enough = len({vote.person for vote in votes}) >= stage.approvals
    return state.together.get(digest, set()) - {record.name} if enough else set()


def _together(name: str, stage: Stage, others: set[str]) -> Reason:
    """Several models were approved as one, and some of them are not there yet."""
    listed = " ".join(sorted(others))
    return Reason(
        "together",
        f"{name} was approved for {stage.name} together with {listed}, which did not reach it",
        f"weighbridge approve {listed} --stage {stage.name}, or approve {name} alone",
    )


def _taken_back(record: Record, stage: Stage, what: str, *, rejected: bool) -> Reason:
    """Somebody said no."""
    did = "rejected" if rejected else "revoked"
    return Reason(did, f"{what} was {did} in {stage.name}", f"weighbridge audit {record.name}")


def _position(record: Record, stage: Stage, state: StageState, digest: str) -> Reason | None:
    """Why a digest is not one that the stage lets run, expiry aside."""
    name, brief = record.name, short(digest)
    again = f"weighbridge approve {name} --stage {stage.name} --digest {digest}"
    if digest not in record.pins:
        return Reason("unknown-digest", f"{brief} is not a signed pin of {name}", f"weighbridge status {name}")
    if digest in state.revoked:
        return _taken_back(record, stage, f"{name} {brief}", rejected=digest in state.rejected)
    if digest == state.head or (digest in state.superseded and stage.allow_superseded):
        return None
    if digest in state.superseded:
        newer = short(str(state.head)) if state.head else "nothing"
        return Reason("superseded", f"{name} {brief} was superseded in {stage.name} by {newer}", again)
    return _pending(record, stage, state, digest, again)


def _pending(record: Record, stage: Stage, state: StageState, digest: str, again: str) -> Reason:
    """Why a digest did not reach the stage yet."""
    name, brief = record.name, short(digest)
    others = _others(record, stage, state, digest)
    if others:
        return _together(name, stage, others)
    if state.together.get(digest) or state.votes.get(digest):
        return Reason("quorum", f"{name} {brief} has too few approvals for {stage.name}", again)
    return Reason("no-approval", f"{name} {brief} has no approval for {stage.name}", again)


def _standing(
    record: Record, stage: Stage, state: StageState, digest: str, votes: list[Vote], now: datetime
) -> tuple[frozenset[str], datetime | None, Reason | None]:
    """Whose approvals of a digest count now, until when they suffice, and why they do not."""
    fault = _position(record, stage, state, digest)
    if fault:
        return frozenset(), None, fault
    people = counted(stage, votes, record.pins[digest].adders, now)
    if len(people) >= stage.approvals:
        return people, lasts_until(stage, votes, people), None
    return (
        people,
        None,
        Reason(
            "expired",
            f"approvals of {record.name} for {stage.name} have ended, or fewer of them count under the present rules",
            f"weighbridge approve {record.name} --stage {stage.name}",
        ),
    )


def stage_order(record: Record, policy: Policy, stage: Stage, digest: str) -> Reason | None:
    """Why a digest has not come the way that it must: the first stage on it that it did not reach, or lost again."""
    for earlier in policy.before(stage):
        if digest not in record.stages[earlier.name].reached:
            return Reason(
                "stage-order",
                f"{record.name} {short(digest)} must be approved for {earlier.name} before {stage.name}",
                f"weighbridge approve {record.name} --stage {earlier.name} --digest {digest}",
            )
    return None


def _stale(stage: Stage, evidence_age: timedelta | None) -> Reason | None:
    """Why the evidence is too old to be believed."""
    if stage.max_evidence_age is None or evidence_age is None or evidence_age <= stage.max_evidence_age:
        return None
    return Reason(
        "stale-evidence",
        f"the newest checkpoint is {evidence_age} old; {stage.name} allows {stage.max_evidence_age}",
        "reach the store, or have its owners publish a new checkpoint",
    )


def _needed(known: PinRecord | None, stage: Stage, heads: Heads | None) -> list[Reason]:
    """Why what a pin needs is not what the stage lets run, or can't be told."""
    if known is None:
        return []
    found, pin = [], known.pin
    for name, digest in sorted(pin.references.items()):
        head = heads(name, stage.name) if heads else None
        if head is None:
            message = f"{pin.name} needs {name} {short(digest)}, and {stage.name} lets no {name} run"
            found.append(Reason("reference-denied", message, f"weighbridge approve {name} --stage {stage.name}"))
        elif head != digest:
            message = f"{pin.name} was pinned with {name} {short(digest)}; {stage.name} lets {short(head)} run"
            hint = f"weighbridge update {pin.name}, then approve it again"
            found.append(Reason("reference-moved", message, hint))
    return found


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found about one digest in one stage."""

    people: frozenset[str] = frozenset()
    until: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    waived: tuple[Grant, ...] = ()


def _answer(
    record: Record,
    policy: Policy,
    stage: Stage,
    state: StageState,
    digest: str,
    now: datetime,
    evaluate: Evaluate | None,
) -> _Answer:
    """Whether a digest may run in a stage, the age of the evidence aside."""
    votes = state.all_votes(digest)
    people, until, fault = _standing(record, stage, state, digest, votes, now)
    reasons = [item for item in (fault, stage_order(record, policy, stage, digest)) if item]
    known = record.pins.get(digest)
    if known is None:
        return _Answer(people, until, tuple(reasons))
    rules, inspected = policy.rules_of(stage), record.inspections.get(digest)
    grants = granted(stage, votes, known.adders, now)
    found = assess(
        rules,
        known.pin,
        inspected.inspection if inspected else None,
        inspected.at if inspected else None,
        [item.waiver for item in grants],
        now,
        evaluate,
    )
    reasons += [Reason(item.code, item.why, item.hint) for item in found.failures]
    waived = {(item.check, item.path) for item in found.waived} if grants else set()
    used = tuple([item for item in grants if (item.check, item.path) in waived])
    ends = [until, *[item.ends for item in used]]
    if rules.max_inspection_age and inspected:
        ends.append(inspected.at + rules.max_inspection_age)
    return _Answer(people, min((end for end in ends if end), default=None), tuple(reasons), used)


def judge(
    record: Record,
    deployment: Deployment,
    policy: Policy,
    now: datetime,
    evidence_age: timedelta | None = None,
    evaluate: Evaluate | None = None,
    *,
    heads: Heads | None = None,
) -> Verdict:
    """Whether a deployment may run.

    Args:
        record: The model's evidence, replayed under this policy.
        deployment: The wish.
        policy: The present rules.
        now: The time of asking.
        evidence_age: How old the newest checkpoint is; None when the ledger itself is at hand.
        evaluate: Evaluates expressions; without one, each of them denies.
        heads: Tells what the stage lets run under the names that a pin needs; without one, a pin that needs any is
            denied.

    Returns:
        A verdict that allows, or denies with at least one reason.
    """
    stage, state = policy.stage(deployment.stage), record.stages.get(deployment.stage)
    digest, answer = deployment.digest, _Answer()
    reasons: list[Reason | None] = []
    if not deployment.project == record.project == policy.project or record.name != deployment.name:
        message = f"no approval of {deployment.project}/{deployment.name} counts here"
        reasons.append(Reason("wrong-project", message, "check the project id and the name"))
    if stage is None or state is None:
        known = ", ".join(item.name for item in policy.stages) or "none"
        reasons.append(Reason("unknown-stage", f"there is no stage {deployment.stage!r}", f"stages: {known}"))
    else:
        digest = digest or state.head
        if digest is None:
            reasons.append(_no_digest(record, stage, state))
        else:
            answer = _answer(record, policy, stage, state, digest, now, evaluate)
            reasons += [*answer.reasons, *_needed(record.pins.get(digest), stage, heads)]
        reasons.append(_stale(stage, evidence_age))
    found = tuple(reason for reason in reasons if reason)
    return Verdict(
        allow=not found,
        name=deployment.name,
        stage=deployment.stage,
        digest=digest,
        reasons=found,
        approvers=tuple(sorted(answer.people)),
        until=None if found else answer.until,
        trust=policy.trust,
        separation="none" if stage is None or stage.adder_may_approve else "enforced",
        waived=answer.waived,
    )


def deciding(found: Sequence[tuple[Verdict, bool]]) -> Verdict:
    """The verdict that decides for a client that came by way of the registry and knows a digest only.

    Every stage whose alias names the digest must let it run, under whichever name the same bytes were pinned, so that
    an alias moved by hand loads nothing; where no alias does, one name and stage that lets it run is enough.

    Args:
        found: What each stage says of the digest under each name, at least one, and whether its alias names it.
    """
    wrong = [verdict for verdict, pointing in found if pointing and not verdict.allow]
    allowed = [verdict for verdict, _ in found if verdict.allow]
    # Who has an approval and is denied all the same learns more than who has none.
    others = sorted((verdict for verdict, _ in found if not verdict.allow), key=_is_unapproved)
    return [*wrong, *allowed, *others][0]


def _is_unapproved(verdict: Verdict) -> bool:
    return verdict.reasons[0].code == "no-approval"
