"""Whether the rules let a model come from where it comes from: patterns over sources, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from weighbridge.core.ref import places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.rules import Rules


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a source may not be used.

    Args:
        why: One sentence.
        code: ``source-denied`` or ``source-not-allowed``.
        hint: The next step.
    """

    why: str
    code: str
    hint: str


def matches(source: str, pattern: str) -> bool:
    """Whether a source fits a pattern, part by part: `*` stays within one part, a last part `**` takes any more.

    A step upwards, `..`, fits only itself: else what a pattern allows could lead out of it.
    """
    parts, wanted = source.split("/"), pattern.split("/")
    climbs = {index: part for index, part in enumerate(parts) if part.rpartition(":")[2] == ".."}
    if pattern.partition(":")[2] != "**" and any(wanted[index : index + 1] != [climbs[index]] for index in climbs):
        return False
    if wanted[-1].endswith("**"):
        wanted[-1] = wanted[-1][:-1]
        parts = [*parts[: len(wanted) - 1], "/".join(parts[len(wanted) - 1 :])]
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def is_from(source: str, pattern: str) -> bool:
    """Whether any of what a source names fits a pattern: a model may be put together from several web addresses."""
    return any(matches(place, pattern) for place in places(source))


def allowed_by(patterns: Sequence[str], source: str) -> tuple[str, ...]:
    """The patterns that all of what a source names fits; none if part of it fits none."""
    found = [next((item for item in patterns if matches(place, item)), "") for place in places(source)]
    return tuple(dict.fromkeys(found)) if all(found) else ()


def objection(rules: Rules, source: str) -> Objection | None:
    """Why rules do not let a model come from a source; None if they do."""
    kept_out = next((pattern for pattern in rules.denied_sources if is_from(source, pattern)), None)
    if kept_out:
        return Objection(
            f"{source} is kept out by {kept_out}",
            code="source-denied",
            hint="choose a model of another publisher; policy.denied_sources names those that were revoked",
        )
    if not rules.sources or allowed_by(rules.sources, source):
        return None
    return Objection(
        f"{source} is no allowed source ({', '.join(rules.sources)})",
        code="source-not-allowed",
        hint="choose a model of an allowed source, or let the owners of the policy allow this one: policy.sources",
    )
