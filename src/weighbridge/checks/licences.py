"""Licences: what card, licence text and hub say of a model's licence, in SPDX's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.checks.tree import Tree


def look_card(front_matter: Mapping[str, object], subject: Subject, notes: Notes) -> None:
    """Keep what a model card's front matter says of the licence, as fact ``licence-card``."""


def look_text(text: str, subject: Subject, notes: Notes) -> None:
    """Keep which licence a text is, as fact ``licence-text``; only for files named like a licence."""


def of(tree: Tree) -> tuple[str, ...]:
    """The SPDX expressions that were found in a tree, sorted."""
    return tuple(sorted({str(value) for _, value in tree.each("licence-card")}))
