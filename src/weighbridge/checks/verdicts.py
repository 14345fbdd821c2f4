"""Verdicts: what the Hub's own scanners said of a commit when it was pinned.

It is evidence from elsewhere: a clean verdict outweighs nothing that is found here, and scanners that have not finished
or were not asked are only noted. The pin's signature dates it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks.tree import WHOLE, Tree, finding
from weighbridge.core.finding import Finding, Severity
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUB = "hf:"
_CHECK = "hub-verdict"
_WEIGHTS: Final = {"unsafe": Severity.DENY, "safe": None, "queued": Severity.NOTE, "unscanned": Severity.NOTE}


def check(tree: Tree) -> Iterator[Finding]:
    """Every file that the Hub does not call safe; its metadata hold ``security`` (see docs/sources.md)."""
    if not tree.source.startswith(_HUB):
        return
    said = tree.metadata.get("security")
    files = said.get("files") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(files, dict):
        yield finding(_CHECK, WHOLE, "the source told no verdict of its scanners", Severity.NOTE)
        return
    for path, level in files.items():
        severity = _WEIGHTS.get(str(level), Severity.WARN)
        if severity is None:
            continue
        if path in tree.files:
            yield finding(_CHECK, path, f"the source's scanners call it {quoted(str(level))}", severity)
        else:
            message = f"the source's scanners call {quoted(path)}, which was left out, {quoted(str(level))}"
            yield finding(_CHECK, WHOLE, message, Severity.NOTE)
    if said.get("omitted"):
        yield finding(_CHECK, WHOLE, "the source complains of more files than are recorded")
    if said.get("complete") is not True:
        yield finding(_CHECK, WHOLE, "the source's scanners had not finished", Severity.NOTE)
