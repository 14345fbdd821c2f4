"""Licences: what card, licence text and hub say of a model's licence, in SPDX's words.

They are evidence: which licences a project accepts is the policy's to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.checks.licence_names import base, members, normalised, same
from weighbridge.checks.licence_terms import terms_of
from weighbridge.checks.licence_texts import recognised
from weighbridge.checks.tree import WHOLE, Tree, finding
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.core.finding import Finding

UNKNOWN = "unknown"
_MAX_NAMED = 20
_MAX_SAID = 200
_CARDS = re.compile(r"readme(?:\.(?:md|markdown))?")
_TEXTS = re.compile(r"(?:(?:un)?licen[cs]e|copying)(?:[-_.][\w-]{1,40})?(?:\.(?:txt|md|rst|html))?")
_CODE = (".py", ".json", ".js", ".sh", ".yaml", ".yml")


def look_card(front_matter: object, subject: Subject, notes: Notes) -> None:
    """Keep what a model card's front matter says of the licence, as fact ``licence-card``."""
    if not isinstance(front_matter, dict) or subject.inside or "/" in subject.path:
        return
    if not _CARDS.fullmatch(subject.name):
        return
    said = front_matter.get("license", front_matter.get("licence"))
    for name in _named(said)[:_MAX_NAMED]:
        notes.fact("licence-card", _known(name, front_matter.get("license_name")))


def look_text(text: str, subject: Subject, notes: Notes) -> None:
    """Keep which licence a text is, as fact ``licence-text``; only for files named like a licence."""
    if not subject.inside and _TEXTS.fullmatch(subject.name) and not subject.name.endswith(_CODE):
        for name in recognised(text) or (UNKNOWN,):
            notes.fact("licence-text", name)


def _named(said: object) -> list[str]:
    if isinstance(said, str):
        return [said]
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def _known(name: str, own_name: object) -> str:
    """The normalised licence; of ``other``, the name that the publisher gave it, if that is a known one."""
    found = normalised(name)
    if found is None and isinstance(own_name, str):
        found = normalised(own_name)
    return found or UNKNOWN


def _said(tree: Tree, fact: str) -> list[tuple[str, str]]:
    return [(path, str(value)) for path, value in tree.each(fact) if value != UNKNOWN]


def _hub(tree: Tree) -> list[str]:
    found = (normalised(name) for name in _named(tree.metadata.get("licence"))[:_MAX_NAMED])
    return [name for name in found if name is not None]


def _texts(tree: Tree) -> list[tuple[str, str]]:
    """The licence texts at the model's root; those below speak of parts."""
    return [(path, name) for path, name in _said(tree, "licence-text") if "/" not in path]


def of(tree: Tree) -> tuple[str, ...]:
    """The SPDX expressions that were found in a tree, sorted; a text that a card names more exactly is left out."""
    declared = {name for _, name in _said(tree, "licence-card")} | set(_hub(tree))
    singles = {base(single) for name in declared for single in members(name)}
    texts = {name for _, name in _texts(tree) if base(name) not in singles}
    return tuple(sorted(declared | texts))


def check(tree: Tree) -> Iterator[Finding]:
    """What is missing, contradicts, or obliges."""
    yield from _unknown(tree)
    yield from _mismatches(tree)
    for licence in sorted({single for name in of(tree) for single in members(name)}):
        terms = terms_of(licence)
        if terms:
            yield finding("licence-obligations", WHOLE, f"{quoted(licence)} asks: {'; '.join(terms)}")


def _unknown(tree: Tree) -> Iterator[Finding]:
    if not of(tree):
        yield finding("licence-unknown", WHOLE, "neither card nor licence text nor source name a known licence")
    for fact, what in (("licence-card", "the card names a licence"), ("licence-text", "the text is of a licence")):
        for path, value in tree.each(fact):
            if value == UNKNOWN:
                yield finding("licence-unknown", path, f"{what} that is not known")


def _mismatches(tree: Tree) -> Iterator[Finding]:
    cards, texts, hub = _said(tree, "licence-card"), _texts(tree), _hub(tree)
    declared = _singles(name for _, name in cards) or _singles(hub)
    written = _singles(name for _, name in texts)
    if declared and written and not _agree(declared, written):
        message = f"the text is {_listed(written)}, the card says {_listed(declared)}"
        yield finding("licence-mismatch", texts[0][0], message)
    told = _singles(hub)
    if cards and told and not _agree(declared, told):
        message = f"the card says {_listed(declared)}, the source {_listed(told)}"
        yield finding("licence-mismatch", cards[0][0], message)


def _singles(names: Iterable[str]) -> set[str]:
    return {single for name in names for single in members(name)}


def _agree(some: set[str], others: set[str]) -> bool:
    return any(same(one, other) for one in some for other in others)


def _listed(names: Iterable[str]) -> str:
    return quoted(", ".join(sorted(names))[:_MAX_SAID])
