"""Examine files in this process, without the worker: for tests of single checks."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from weighbridge.checks import own_references
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.outside import settled
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.tree import Tree
from weighbridge.checks.tree_checks import TREE_CHECKS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.finding import Finding


def notes_of(path: str, data: bytes) -> Notes:
    """What the examination of one file wrote down."""
    notes = Notes(path)
    examine(Subject(path, io.BytesIO(data), len(data), Budget(), examine), notes)
    return notes


def look(
    files: Mapping[str, bytes],
    source: str = "",
    metadata: Mapping[str, Json] | None = None,
    governed: Collection[str] = (),
) -> list[Finding]:
    """Every finding about these files."""
    notes = {path: notes_of(path, data) for path, data in files.items()}
    tree = Tree(
        {path: len(data) for path, data in files.items()},
        {path: each.facts for path, each in notes.items()},
        source,
        metadata or {},
    )
    found = [finding for each in notes.values() for finding in each.findings]
    for check in TREE_CHECKS:
        found += check(tree)
    return sorted(own_references.softened(tree, settled(tree, found), governed))


def ids(found: list[Finding]) -> set[str]:
    """The checks that found something."""
    return {finding.check for finding in found}
