"""`weighbridge policy check`: every rule that this project stands under, tried before anybody depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import ConfigError
from weighbridge.core.facts import facts
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import Pin, PinnedFile
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json
    from weighbridge.core.policy import Policy


@dataclass(frozen=True, slots=True)
class Ruled:
    """The rules, found to be sound.

    Args:
        digest: Their digest: what approvers sign that they saw.
        trust: Where they come from.
        stages: Names of the stages.
        expressions: Ids of all expressions.
    """

    digest: str
    trust: str
    stages: tuple[str, ...]
    expressions: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Their published JSON."""
        return {
            "digest": self.digest,
            "trust": self.trust,
            "stages": list(self.stages),
            "expressions": list(self.expressions),
        }


def _sample() -> dict[str, Json]:
    """The facts of some model, for trying expressions."""
    file = PinnedFile(FileEntry("model.safetensors", 1, "0" * 64, "0" * 64), "0" * 32)
    return facts(Pin("project", "model", "hf:owner/name", "", "0" * 40, (file,), (), {}, {}, {}), None, None)


def _faults(policy: Policy) -> dict[str, str]:
    """What is wrong with expressions, by where they stand."""
    from weighbridge.expressions import fault  # noqa: PLC0415  imports the engine

    sample = _sample()
    places = {"policy": policy.rules} | {
        f"stages.{stage.name}.policy": stage.rules for stage in policy.stages if stage.rules
    }
    return {
        f"{place}.expressions {item.id}": wrong
        for place, rules in places.items()
        for item in rules.expressions
        if (wrong := fault(item.expression, sample))
    }


def _known_scanners(policy: Policy) -> None:
    from weighbridge.checks.scanners import NAMES  # noqa: PLC0415  beside the checks

    unknown = sorted({name for item in policy.all_rules for name in item.scanners} - NAMES)
    if unknown:
        raise ConfigError(
            f"policy.scanners names {unknown[0]!r}, which is no known scanner",
            code="unknown-scanner",
            hint=f"known are {', '.join(sorted(NAMES))}",
        )


def check() -> Ruled:
    """Try all rules of the project around the working folder, and those of its trust file.

    Raises:
        ConfigError: A key is unknown or wrong, rules contradict themselves, a scanner is not known, or an expression
            is none.
    """
    project = open_project()
    policies = (project.settings.policy, project.custody.policy)
    for item in policies:
        _known_scanners(item)
    faults = _faults(policies[0]) | _faults(policies[1])
    if faults:
        raise ConfigError(
            f"wrong: {', '.join(sorted(faults))}",
            code="bad-expression",
            hint="docs/policy.md lists what expressions may ask",
            details={"problems": [f"{place}: {wrong}" for place, wrong in sorted(faults.items())]},
        )
    policy = policies[1]
    return Ruled(
        digest=policy.digest,
        trust=policy.trust,
        stages=tuple(stage.name for stage in policy.stages),
        expressions=tuple(sorted({item.id for rules in policy.all_rules for item in rules.expressions})),
    )
