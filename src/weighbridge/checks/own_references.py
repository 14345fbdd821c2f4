"""Own references: a model that names its own repository reaches into no other, but past its pin.

Configurations say where a tokenizer or a part is fetched from, and often that is where the model itself came from. Only
the whole tree knows its source, so such findings become warnings here: the loader fetches the newest revision, not the
pinned one. That code is run stays a finding of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.checks.tree import Tree

_PAST_THE_PIN: Final = "; it is the model's own, fetched at its newest revision"


def softened(tree: Tree, findings: Iterable[Finding]) -> list[Finding]:
    """Findings, where those of references to the model's own repository only warn."""
    own = {
        (path, value.get("message"))
        for path, value in tree.each("refers")
        if isinstance(value, dict) and is_own(tree, value.get("repository"))
    }
    return [_warning(each) if (each.path, each.message) in own else each for each in findings]


def _warning(found: Finding) -> Finding:
    if found.check != "foreign-reference":
        return found
    return replace(found, severity=Severity.WARN, message=found.message + _PAST_THE_PIN)


def is_own(tree: Tree, repository: object) -> bool:
    """Whether a repository is the one that the model came from; the hub knows no case."""
    return isinstance(repository, str) and bool(tree.repository) and repository.lower() == tree.repository.lower()
