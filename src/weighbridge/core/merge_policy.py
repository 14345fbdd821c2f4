"""What a merge does to the rules and to those who are trusted, under the base's reading.

Whatever lets more in is refused: it takes those who may overrule the gate. What takes something away is a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.merge import MergeFinding, note, refused
from weighbridge.core.merge_rules import looser_rules, looser_stage
from weighbridge.core.policy import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.policy import KeyLimits, Person, Policy

_OWNERS: Final = "let the project's owners overrule this check for this merge alone, or take it out of the merge"


def _refuse(rule: str, place: str, message: str) -> MergeFinding:
    return refused(rule, place, message, _OWNERS)


def policy_findings(before: Policy, after: Policy, path: str) -> Iterator[MergeFinding]:
    """What the merge changes of project, rules, stages and people.

    Args:
        before: The base's.
        after: The merge's.
        path: Where both stand: weighbridge.toml.
    """
    if before.project != after.project:
        yield _refuse("project-changed", f"{path}:project", f"was {before.project} and is {after.project}")
    yield from _rules(before, after, path)
    yield from _stages(before, after, path)
    yield from _people(before, after, path)
    if before != after:
        yield note("policy-changed", path, "rules, people or keys are others than the base's")


def _rules(before: Policy, after: Policy, path: str) -> Iterator[MergeFinding]:
    for name, words in looser_rules(before.rules, after.rules):
        yield _refuse("policy-loosened", f"{path}:policy.{name}", f"policy.{name}: {words}")


def _stages(before: Policy, after: Policy, path: str) -> Iterator[MergeFinding]:
    for stage in before.stages:
        place = f"{path}:stages.{stage.name}"
        other = after.stage(stage.name)
        if other is None:
            yield _refuse("stage-removed", place, f"the stage {stage.name} is gone, with all that was said for it")
            continue
        for name, words in looser_stage(stage, other):
            yield _refuse("policy-loosened", f"{place}.{name}", f"stages.{stage.name}.{name}: {words}")
        common = set(looser_rules(before.rules, after.rules))
        for name, words in looser_rules(before.rules_of(stage), after.rules_of(other)):
            if (name, words) not in common:
                where = f"stages.{stage.name}.policy.{name}"
                yield _refuse("policy-loosened", f"{path}:{where}", f"{where}: {words}")
    for stage in after.stages:
        if before.stage(stage.name) is None:
            message = f"the stage {stage.name} is new: models may run in it by rules that the base does not have"
            yield _refuse("stage-added", f"{path}:stages.{stage.name}", message)


def _people(before: Policy, after: Policy, path: str) -> Iterator[MergeFinding]:
    known, now = {item.id: item for item in before.people}, {item.id: item for item in after.people}
    for name, person in now.items():
        place = f"{path}:people.{name}"
        if name not in known:
            roles = ", ".join(sorted(person.roles)) or "none"
            message = f"{name} is new (roles: {roles}); nothing that they sign counts before the base trusts them"
            yield _refuse("person-added", place, message)
        else:
            yield from _person(known[name], person, place)
    for name in known:
        if name not in now:
            yield note("person-removed", f"{path}:people.{name}", f"{name} is trusted no more")
    owners = {key.id: (item.id, key.public) for item in before.people for key in item.keys}
    for person in after.people:
        for key in person.keys:
            if person.id in known and owners.get(key.id) != (person.id, key.public):
                message = f"{person.id} has the new key {key.id[:16]}; it counts for nothing before the base trusts it"
                yield _refuse("key-added", f"{path}:people.{person.id}.keys", message)


def _person(before: Person, after: Person, place: str) -> Iterator[MergeFinding]:
    more = sorted(after.roles - before.roles)
    if more:
        yield _refuse("role-added", f"{place}.roles", f"{before.id} has the roles {', '.join(more)} now")
    less = sorted(before.roles - after.roles)
    if less:
        yield note("role-removed", f"{place}.roles", f"{before.id} has the roles {', '.join(less)} no more")
    if before.name != after.name:
        yield note("person-renamed", f"{place}.name", f"{before.id} is shown as {after.name!r} now")
    kept = {key.id for key in after.keys}
    for key in before.keys:
        if key.id not in kept:
            yield note("key-removed", f"{place}.keys", f"the key {key.id[:16]} of {before.id} is trusted no more")
            continue
        old, new = before.limits.get(key.id), after.limits.get(key.id)
        if old is not None and (words := _longer(old, new)):
            message = f"the key {key.id[:16]} of {before.id} counts for more: {words}"
            yield _refuse("key-limit-loosened", f"{place}.keys", message)


def _longer(before: KeyLimits, after: KeyLimits | None) -> str:
    """How a key counts for more than it did; empty if it does not."""
    expires, last = (None, None) if after is None else (after.expires, after.last)
    if before.last is not None and last not in {before.last, NOTHING}:
        return "its revocation is gone, or names another place"
    if before.expires is not None and (expires is None or expires > before.expires):
        return "it expires later, or never"
    return ""
