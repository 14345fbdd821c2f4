"""What came of one change, by one rule for all of them.

A change is *refused* if some question that was answered before now fails with exit code 10 or 20, *unusable* if it
fails with 1 or 2, *reported* if every answer stands and something is told of beside it, *harmless* if nothing at all
differs. Whatever lets anything run that the untouched project would not is *loosened*: a hole, unless
docs/security-model.md says that it can't be seen from here, and by whom it is seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.tampering.classes import blind_class, harmless_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.tampering.mutation import Mutation
    from tests.tampering.probes import Answer, Questions
    from tests.tampering.world import Grant, World

REFUSED, UNUSABLE, REPORTED, HARMLESS, LOOSENED = "refused", "unusable", "reported", "harmless", "loosened"
VAGUE = frozenset({"failure", "usage", "config", "source-failed", "store-failed", "denied", "integrity", ""})
_FAILS_CLOSED = {10: REFUSED, 20: REFUSED, 1: UNUSABLE, 2: UNUSABLE}


@dataclass(frozen=True)
class Row:
    """One change and what came of it.

    Args:
        mutation: The change.
        outcome: One of the five words.
        codes: Exit code and reason code of what fails, or what is reported, and how often.
        gained: What may run now and might not before.
        reason: The class of harmless changes, or of those that can't be seen; empty if there is none.
    """

    mutation: Mutation
    outcome: str
    codes: Mapping[str, int] = field(default_factory=dict)
    gained: frozenset[Grant] = frozenset()
    reason: str = ""

    @property
    def fault(self) -> str:
        """Why this row must not be; empty if it may."""
        if self.outcome == LOOSENED:
            return "" if self.reason else f"lets run what nobody approved: {sorted(self.gained)}"
        if self.outcome == HARMLESS:
            return "" if self.reason else "changes nothing, and no class of harmless changes says why"
        if self.outcome in {REFUSED, UNUSABLE}:
            vague = sorted(code for code in self.codes if code.partition(" ")[2] in VAGUE)
            return f"fails without saying why: {vague}" if vague else self._must_break
        return ""

    @property
    def _must_break(self) -> str:
        kind, artefact = self.mutation.kind, self.mutation.artefact
        forged = "signature left, in its place" in kind or ("signature left" in kind and artefact == "checkpoint")
        if forged and not any(code.startswith("20 ") for code in self.codes):
            return "a signature that does not fit must break the evidence: exit code 20"
        return ""


def judged(mutation: Mutation, before: Mapping[str, Questions], after: Mapping[str, Questions], world: World) -> Row:
    """The row of one change."""
    pairs = [
        (probe, label, before[probe].get(label), answer) for probe in after for label, answer in after[probe].items()
    ]
    differ = [(probe, label, old, new) for probe, label, old, new in pairs if new != old]
    gained = frozenset(grant for _, _, _, new in differ for grant in new.grants - world.allowed)
    failing = [item for item in differ if _fails(item[2], item[3])]
    codes = Counter(f"{new.exit} {code}" for _, _, _, new in failing for code in new.codes[:1] or ("",))
    if gained:
        by = Counter(f"runs for {probe}" for probe, _, _, new in differ if new.grants - world.allowed)
        return Row(mutation, LOOSENED, dict(by + codes), gained, blind_class(mutation))
    if failing:
        outcome = REFUSED if any(_FAILS_CLOSED[new.exit] == REFUSED for _, _, _, new in failing) else UNUSABLE
        return Row(mutation, outcome, dict(codes))
    if differ:
        return Row(mutation, REPORTED, dict(Counter(note for _, _, old, new in differ for note in _told(old, new))))
    return Row(mutation, HARMLESS, reason=blind_class(mutation) or harmless_class(mutation))


def _fails(old: Answer | None, new: Answer) -> bool:
    return new.exit != 0 and (old is None or (new.exit, new.codes) != (old.exit, old.codes))


def _told(old: Answer | None, new: Answer) -> set[str]:
    """What is said now and was not, or was and is not, without what depends on the world."""
    before, after = Counter(old.notes if old else ()), Counter(new.notes)
    return {_short(note) for note in (before - after) + (after - before)} or {"another answer"}


def _short(note: str) -> str:
    words = note.split()
    return " ".join(words[:2]) if words[0] == "registry" else words[0]
