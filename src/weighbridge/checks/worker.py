"""Worker: the process that examines files and trees; started by `weighbridge.checks.worker_process`.

``python -I -m weighbridge.checks.worker [TABLE]``, with the table of vulnerabilities if it is not the own one. Never to
be imported by anything but tests.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, BinaryIO

from weighbridge.checks import licences, vulnerabilities
from weighbridge.checks.answer import TREE, Answer, Request
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.serving import serve
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.tree import Tree
from weighbridge.checks.tree_checks import TREE_CHECKS
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def handle(request: Request, file: BinaryIO) -> Answer:
    """Examine a file, or the facts of a tree."""
    return _tree(request, file) if request.what == TREE else _file(request, file)


def _file(request: Request, file: BinaryIO) -> Answer:
    notes = Notes(request.path)
    subject = Subject(request.path, file, request.size_bytes, Budget(), examine)
    try:
        examine(subject, notes)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what it found until then still counts
        notes.add("not-inspected", f"its examination failed ({type(error).__name__})")
    return Answer(notes.findings, notes.facts)


def _tree(request: Request, file: BinaryIO) -> Answer:
    tree = Tree(**json.load(file))
    found: list[Finding] = []
    for check in TREE_CHECKS:
        found += _all_of(check, tree, request.path)
    return Answer(found, {"licences": list(licences.of(tree))})


def _all_of(check: Callable[[Tree], Iterator[Finding]], tree: Tree, whole: str) -> list[Finding]:
    try:
        return list(check(tree))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - one check that fails takes no other with it
        why = f"a check of the whole model failed ({type(error).__name__})"
        return [Finding("not-inspected", whole, Severity.UNEXAMINED, why)]


if __name__ == "__main__":
    for given in sys.argv[1:]:
        vulnerabilities.use(given)
    serve(handle)
