"""Own references: a model that names its own repository reaches into no other.

Configurations say where a tokenizer or a part is fetched from, and often that is where the model itself came from. Only
the whole tree knows its source, so such findings are withdrawn here; that code is run stays a finding of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.checks.tree import Tree
    from weighbridge.core.finding import Finding


def without(tree: Tree, findings: Iterable[Finding]) -> list[Finding]:
    """Findings without those of references to the model's own repository."""
    own = {
        (path, value.get("message"))
        for path, value in tree.each("refers")
        if isinstance(value, dict) and is_own(tree, value.get("repository"))
    }
    return [each for each in findings if each.check != "foreign-reference" or (each.path, each.message) not in own]


def is_own(tree: Tree, repository: object) -> bool:
    """Whether a repository is the one that the model came from; the hub knows no case."""
    return isinstance(repository, str) and bool(tree.repository) and repository.lower() == tree.repository.lower()
