"""The checks of the whole tree, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import identity, licences, needs, outside, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.checks.tree import Tree
    from weighbridge.core.finding import Finding

TREE_CHECKS: Final[tuple[Callable[[Tree], Iterator[Finding]], ...]] = (
    outside.check,
    identity.unsafe_names,
    identity.confusable_names,
    identity.confusable_owner,
    licences.check,
    verdicts.check,
    needs.missing,
    needs.generation,
    needs.templates,
)
"""Run after all files were examined."""
