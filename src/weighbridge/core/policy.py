"""Policy: the rules as data. Who may approve what, how many of them, for how long, and what models must be like.

Read from weighbridge.toml or a trust file by `weighbridge.config`; evaluated by `weighbridge.core.judge`. It holds no
evidence and reads no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.core import digest as digests
from weighbridge.core.errors import ConfigError
from weighbridge.core.rules import Rules
from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from weighbridge.core.ports import PublicKey

_STAGE = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_MLFLOW_RESERVED = re.compile(r"latest|v\d+")

ROLE_APPROVER = "approver"
ROLE_ADDER = "adder"
ROLE_MACHINE = "machine"


def require_stage_name(name: str) -> str:
    """The name itself, if a stage may have it.

    Raises:
        ConfigError: It may not; ``latest`` and ``v<digits>`` are MLflow's.
    """
    if not _STAGE.fullmatch(name) or _MLFLOW_RESERVED.fullmatch(name):
        raise ConfigError(
            f"{name!r} can't be the name of a stage",
            code="bad-stage",
            hint="use lower-case letters, digits, '_' and '-', at most 63, a letter first; not 'latest' or v<digits>",
        )
    return name


@dataclass(frozen=True, slots=True)
class Stage:
    """The scope of an approval.

    Args:
        name: Such as ``production``.
        approvals: How many distinct people must approve, 1 or more.
        adder_may_approve: Whether one of them may be who added the pin.
        roles: Roles that may approve.
        lasts: How long an approval lasts; None for ever.
        max_evidence_age: How old the newest signed statement of heads may be for those who load without the
            ledger; None for any age.
        allow_superseded: Whether an earlier head may still be loaded when asked for by digest.
        rules: What models of this stage must be like; None for the policy's own rules.
        after: The stage that a digest must have reached before; None for none.
    """

    name: str
    approvals: int = 2
    adder_may_approve: bool = False
    roles: frozenset[str] = frozenset({ROLE_APPROVER})
    lasts: timedelta | None = None
    max_evidence_age: timedelta | None = None
    allow_superseded: bool = False
    rules: Rules | None = None
    after: str | None = None

    def to_json(self) -> dict[str, object]:
        """The stage as it goes into the policy's digest."""
        return {
            "name": self.name,
            "after": self.after,
            "approvals": self.approvals,
            "adder_may_approve": self.adder_may_approve,
            "roles": sorted(self.roles),
            "lasts_seconds": _seconds(self.lasts),
            "max_evidence_age_seconds": _seconds(self.max_evidence_age),
            "allow_superseded": self.allow_superseded,
            "rules": None if self.rules is None else self.rules.to_json(),
        }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


LOCAL = "local"
"""As `Policy.trust`: keys and roles come from the project's own file, and whoever merges there says who is trusted."""

NOTHING = ""
"""As `KeyLimits.last`: the key counts for nothing at all."""


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """How far a key counts.

    Args:
        expires: What it signs from then on counts for nothing, by claimed times; None for never.
        last: The id of an attestation: what the key signed counts only there and among its ancestors, so that
            whoever has the key now can date nothing back before it; `NOTHING` for nothing, None for everything.
    """

    expires: datetime | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or some machine, whose keys are trusted.

    Args:
        id: Short and stable, such as ``alice``.
        roles: What their signature counts for.
        keys: Their public keys; two keys of one person count once.
        name: For readers.
        limits: How far keys count, by key id; those without limits count without.
    """

    id: str
    roles: frozenset[str]
    keys: tuple[PublicKey, ...]
    name: str = ""
    limits: Mapping[str, KeyLimits] = field(default_factory=dict)


_DEFAULT_RULES = Rules()
_NO_LIMITS = KeyLimits()


def _limits_json(limits: KeyLimits) -> dict[str, object]:
    return {"expires": limits.expires and time_text(limits.expires), "last": limits.last}


@dataclass(frozen=True)
class Policy:
    """All rules of a project, under one trust.

    Args:
        project: The project's id.
        stages: Every stage, in order.
        people: Everybody whose keys are trusted.
        trust: Where keys and roles come from: ``local`` (the project's own file) or a trust file's digest.
        rules: What models must be like, wherever a stage says nothing else.

    Raises:
        ConfigError: A stage, person or key stands twice, or a stage asks for fewer than one approval.
    """

    project: str
    stages: tuple[Stage, ...]
    people: tuple[Person, ...]
    trust: str = LOCAL
    rules: Rules = _DEFAULT_RULES

    def __post_init__(self) -> None:
        """Refuse rules that contradict themselves."""
        for what, names in (
            ("stage", [stage.name for stage in self.stages]),
            ("person", [person.id for person in self.people]),
            ("key", [key.id for person in self.people for key in person.keys]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ConfigError(f"the {what} {twice[0]!r} stands twice", code="duplicate", details={"kind": what})
        before: set[str] = set()
        for stage in self.stages:
            require_stage_name(stage.name)
            if stage.approvals < 1:
                raise ConfigError(f"stages.{stage.name}.approvals must be 1 or more", code="bad-value")
            if stage.after is not None and stage.after not in before:
                raise ConfigError(
                    f"stages.{stage.name}.after names {stage.after!r}, which is no stage above it",
                    code="bad-value",
                    hint="stages stand in order: name one that the file has before this one",
                )
            before.add(stage.name)

    @cached_property
    def keys(self) -> dict[str, PublicKey]:
        """Every trusted key by its id."""
        return {key.id: key for person in self.people for key in person.keys}

    @cached_property
    def _owners(self) -> dict[str, Person]:
        return {key.id: person for person in self.people for key in person.keys}

    @cached_property
    def _stages(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    def owner(self, key_id: str) -> Person | None:
        """Whose key it is; None if nobody's."""
        return self._owners.get(key_id)

    def limits(self, key_id: str) -> KeyLimits:
        """How far a key counts; without limits if nobody's."""
        owner = self.owner(key_id)
        return _NO_LIMITS if owner is None else owner.limits.get(key_id, _NO_LIMITS)

    def stage(self, name: str) -> Stage | None:
        """The stage of that name; None if there is none."""
        return self._stages.get(name)

    def before(self, stage: Stage) -> tuple[Stage, ...]:
        """The stages that a digest must have reached before a stage, the first one first."""
        if stage.after is None:
            return ()
        earlier = self._stages[stage.after]
        return (*self.before(earlier), earlier)

    @cached_property
    def publishers(self) -> tuple[str, ...]:
        """Every publisher's key or certificate that some rule names, sorted."""
        return tuple(sorted({text for item in self.all_rules for text in item.publishers}))

    @property
    def all_rules(self) -> tuple[Rules, ...]:
        """The policy's own rules and those of every stage."""
        return (self.rules, *(self.rules_of(stage) for stage in self.stages))

    @cached_property
    def vouching_roles(self) -> frozenset[str]:
        """Roles whose checkpoints count: all that may do anything here."""
        own = frozenset({ROLE_ADDER, ROLE_APPROVER, ROLE_MACHINE}) | self.rules.inspected_by
        return own.union(*(stage.roles for stage in self.stages))

    @cached_property
    def all_roles(self) -> frozenset[str]:
        """Every role that anybody has."""
        return frozenset().union(*(person.roles for person in self.people))

    def rules_of(self, stage: Stage) -> Rules:
        """What models must be like in a stage."""
        return self.rules if stage.rules is None else stage.rules

    @cached_property
    def digest(self) -> str:
        """The digest of the rules: what an approver saw. Names for readers are not part of it."""
        people = [
            {
                "id": item.id,
                "roles": sorted(item.roles),
                "keys": sorted(key.id for key in item.keys),
                "limits": {key: _limits_json(limits) for key, limits in sorted(item.limits.items())},
            }
            for item in self.people
        ]
        return digests.of_value(
            {
                "project": self.project,
                "stages": [stage.to_json() for stage in self.stages],
                "people": people,
                "rules": self.rules.to_json(),
            }
        )
