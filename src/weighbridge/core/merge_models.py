"""What a merge does to each model, and to the checks that ask for this gate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.merge import MergeFinding, ModelChange, note, refused, shown
from weighbridge.core.merge_evidence import evidence
from weighbridge.core.merge_locks import lock_findings, lock_of
from weighbridge.core.merge_paths import EVIDENCE, LOCK, is_gate, model_of
from weighbridge.core.merge_summary import model_changes
from weighbridge.core.ref import is_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.merge import Sides
    from weighbridge.core.merge_evidence import Trust
    from weighbridge.core.pin import Pin

MAX_GATE_BYTES: Final = 1 << 20
_BYTES: Final = re.compile(r"[0-9a-f]{12}/.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Models:
    """What is found of models.

    Args:
        pins: Live pins after the merge, by name.
        changed: Names of the models whose folders differ and whose locks can be read.
        unread: Names of those whose locks can't.
        findings: What is wrong.
        changes: What becomes of them.
    """

    pins: dict[str, tuple[Pin, ...]]
    changed: tuple[str, ...]
    unread: tuple[str, ...]
    findings: tuple[MergeFinding, ...]
    changes: tuple[ModelChange, ...]


def model_findings(sides: Sides, trust: Trust) -> Models:
    """Compare every model whose folder the merge changes, and read the locks of the others.

    Args:
        sides: The two sides.
        trust: By what evidence is judged.
    """
    changed = {name for path in sides.paths if (name := model_of(path, sides.models))}
    pins: dict[str, tuple[Pin, ...]] = {}
    findings: list[MergeFinding] = []
    changes: list[ModelChange] = []
    unread: list[str] = []
    for name in sorted(_names(sides)):
        if name not in changed:
            pins[name] = _unchanged(sides, name)
        elif not is_name(name):
            message = f"no model can be governed as {shown(name)!r}"
            findings.append(refused("bad-name", f"{sides.models}{name}", message, "give it another name"))
        else:
            said = evidence(sides, name, trust)
            locks = lock_findings(sides, name, said, trust.policy)
            findings += [*said.findings, *locks.findings]
            if locks.after is None:
                unread.append(name)
                continue
            pins[name] = locks.after
            changes += model_changes(name, locks.before, locks.after, said, trust.policy, trust.now)
    findings += _bytes_in_git(sides)
    return Models(pins, tuple(sorted(changed & pins.keys())), tuple(unread), tuple(findings), tuple(changes))


def _names(sides: Sides) -> set[str]:
    """Every folder of either side that holds a lock, evidence or a pointer."""
    found = set()
    for tree in (sides.base, sides.merge):
        for path in tree.entries:
            name = model_of(path, sides.models)
            rest = path.removeprefix(f"{sides.models}{name}/")
            if name and (rest == LOCK or rest.startswith(f"{EVIDENCE}/") or rest.endswith(".dvc")):
                found.add(name)
    return found


def _unchanged(sides: Sides, name: str) -> tuple[Pin, ...]:
    """The pins of a model that the merge leaves alone; a lock that can't be read is not its fault."""
    try:
        return lock_of(sides.base, sides.models, name)
    except WeighbridgeError:
        return ()


def _bytes_in_git(sides: Sides) -> Iterator[MergeFinding]:
    told = set()
    for path in sides.paths:
        name = model_of(path, sides.models)
        rest = path.removeprefix(f"{sides.models}{name}/")
        if name and path in sides.merge.entries and _BYTES.fullmatch(rest):
            folder = f"{sides.models}{name}/{rest.partition('/')[0]}"
            if folder not in told:
                told.add(folder)
                message = "files lie where DVC puts the bytes of a model: they would stand in their place"
                yield refused("bytes-in-git", folder, message, f"git rm -r --cached {folder}")


def gate_findings(sides: Sides) -> Iterator[MergeFinding]:
    """Workflows and hooks of the base that speak of weighbridge and that the merge changes or takes away."""
    for path in sides.paths:
        if is_gate(path) and sides.base.has(path) and _speaks(sides, path):
            gone = path not in sides.merge.entries
            what = "is gone" if gone else "changed"
            yield note("gate-changed", path, f"what runs weighbridge in CI or before a commit {what}")


def _speaks(sides: Sides, path: str) -> bool:
    if sides.base.entries[path].size_bytes > MAX_GATE_BYTES:
        return True
    try:
        return b"weighbridge" in sides.base.content(path).lower()
    except WeighbridgeError:
        return True
