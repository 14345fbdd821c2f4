"""Closing a pin: what its configuration reaches for is taken in as well, until nothing outside of the lock is needed.

Each model is pinned whole before the next one is begun, so that whoever is killed leaves good pins, and the same
command goes on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.errors import SourceError, UsageError
from weighbridge.core.origin import objection
from weighbridge.core.reaching import Missing, name_for, reference_of
from weighbridge.core.selection import Selection
from weighbridge.custody.inspecting import Inspecting

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from weighbridge.core.outcome import AddOutcome
    from weighbridge.core.ref import Ref

    Add: TypeAlias = Callable[[Ref, str, Selection], AddOutcome]
    """Takes in one model alone."""

# A repository may name others without end.
_DEEPEST: Final = 4
_MOST: Final = 50


class Closing(Inspecting):
    """Takes in what pins need."""

    __slots__ = ()

    def closed(self, ref: Ref, name: str, selection: Selection, add: Add, depth: int = 0) -> AddOutcome:
        """One model with all that it reaches for, each pinned under a name of its own.

        Args:
            ref: What to follow.
            name: The governed name.
            selection: Which files to take.
            add: Takes in one model alone.
            depth: How far it is from the one that was asked for.
        """
        outcome = add(ref, name, selection)
        missing: list[Missing] = []
        taken: list[AddOutcome] = []
        for count, text in enumerate(self.unlinked(outcome.pin)):
            found: AddOutcome | Missing
            if count >= _MOST or depth >= _DEEPEST:
                found = Missing(text, f"more than {_MOST} of one model, or {_DEEPEST} in a row, are not followed")
            else:
                found = self._fetched(text, add, depth)
            if isinstance(found, Missing):
                missing.append(found)
            else:
                taken += [found, *found.taken]
        if taken:
            outcome = replace(add(ref, name, selection), changed=True)
        return replace(outcome, taken=tuple(taken), missing=tuple(missing))

    def told(self, outcome: AddOutcome) -> AddOutcome:
        """One model with the names of what it reaches for and is not linked to."""
        why = "it was not asked for; add it under a name of its own, then add this model again"
        return replace(outcome, missing=tuple(Missing(text, why) for text in self.unlinked(outcome.pin)))

    def _fetched(self, text: str, add: Add, depth: int) -> AddOutcome | Missing:
        """What a configuration names, taken in; or why it was not."""
        ref = reference_of(text)
        if ref is None:
            return Missing(text, "it names no repository of the Hub; make it a path inside the model")
        name = name_for(ref, self.workspace.names())
        if name is None:
            return Missing(text, "its names are taken by other models; add it under a name of your own choice")
        wrong = objection(self.policy.rules, ref.source)
        if wrong:
            return Missing(text, wrong.why)
        try:
            return self.closed(ref, name, Selection(), add, depth + 1)
        except (SourceError, UsageError) as error:
            return Missing(text, error.message)
