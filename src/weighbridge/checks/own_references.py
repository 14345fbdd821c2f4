"""Own and governed references: they reach into no repository that nobody pinned, but past the pin.

Configurations say where a tokenizer or a part is fetched from, and often that is where the model itself came from. Only
the whole tree knows its source, so such findings become warnings here: the loader fetches the newest revision, not the
pinned one. So do references to what is pinned as a model of its own, which the pin is linked to. That code is run stays
a finding of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from weighbridge.checks.tree import Tree

_PAST_THE_PIN: Final = "; it is the model's own, fetched at its newest revision"
_GOVERNED: Final = "; it is pinned as a model of its own, fetched at its newest revision outside of `weighbridge run`"


def softened(tree: Tree, findings: Iterable[Finding], governed: Collection[str] = ()) -> list[Finding]:
    """Findings, where those of references to the model's own repository, or to governed ones, only warn.

    Args:
        tree: The model.
        findings: What was found in it.
        governed: Repositories, in small letters, that are pinned as models of their own.
    """
    whys: dict[tuple[str, object], set[str]] = {}
    for path, value in tree.each("refers"):
        if isinstance(value, dict):
            why = _why(tree, str(value.get("repository")), governed)
            whys.setdefault((path, value.get("message")), set()).add(why)
    # A message shortens long names: where it is about several, each of them has to be known.
    known = {key: min(found) for key, found in whys.items()}
    return [_warning(each, known.get((each.path, each.message), "")) for each in findings]


def _why(tree: Tree, repository: str, governed: Collection[str]) -> str:
    if is_own(tree, repository):
        return _PAST_THE_PIN
    return _GOVERNED if repository.lower() in governed else ""


def _warning(found: Finding, why: str) -> Finding:
    if found.check != "foreign-reference" or not why:
        return found
    return replace(found, severity=Severity.WARN, message=found.message + why)


def is_own(tree: Tree, repository: object) -> bool:
    """Whether a repository is the one that the model came from; the hub knows no case."""
    return isinstance(repository, str) and bool(tree.repository) and repository.lower() == tree.repository.lower()
