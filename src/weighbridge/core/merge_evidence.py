"""What a merge does to the evidence of one model: nothing may go or change, and what comes must count for the base.

Each new file is read by itself first, so that a finding names it; then all of it is replayed under the base's policy.
What a key signs that the base does not trust counts for nothing, whatever the merge says of that key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.core.attestation import MAX_ENVELOPE_BYTES, OUTSIDE, envelope_id, open_envelope
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.merge import MergeFinding, Tree, Weight, broken, note, refused
from weighbridge.core.merge_paths import EVIDENCE
from weighbridge.core.replay import replay
from weighbridge.core.times import CLOCK_TOLERANCE, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from weighbridge.core.attestation import Attestation
    from weighbridge.core.merge import Sides
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import VerifySignature
    from weighbridge.core.record import Record

MAX_ADDED: Final = 2_000
"""Evidence of one model that one merge may bring."""
_NAME: Final = re.compile(r"([a-z][a-z0-9-]*)-([0-9a-f]{16})\.json")
_RESTORE: Final = "restore the folder from the base: git checkout BASE -- FOLDER"
_AGAIN: Final = "let it be signed again, by a key that the base trusts, on top of the base's evidence"
_VOID: Final = {
    "role": "whoever signed it may not say that",
    "unpinned": "it is about a pin that is not signed",
    "partial": "it says nothing of some files",
    "order": "an earlier stage was not reached",
    "revoked": "it was signed without having seen a no",
}
_BAD: Final = {
    "key-revoked": "its key was revoked",
    "key-expired": "its key had expired",
    "backdated": "it is dated before what it builds on",
    "repeated": "it repeats what was said already, in another envelope",
}


@dataclass(frozen=True, slots=True)
class Trust:
    """By what evidence is judged.

    Args:
        policy: The base's rules, people and keys, or those of the trust file that this machine sets.
        coming: The merge's own policy; None if it has none that can be read.
        verify: Checks a signature.
        now: The time of asking.
    """

    policy: Policy
    coming: Policy | None
    verify: VerifySignature
    now: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one model on both sides.

    Args:
        before: The base's, replayed; None if it can't be.
        after: The merge's, replayed; None if it can't be.
        new: Ids of what the merge brings.
        findings: What is wrong with it.
    """

    before: Record | None
    after: Record | None
    new: frozenset[str]
    findings: tuple[MergeFinding, ...]


def folder_of(models: str, name: str) -> str:
    """The folder of a model's evidence, ending in ``/``."""
    return f"{models}{name}/{EVIDENCE}/"


def files(tree: Tree, folder: str) -> list[str]:
    """The files in a folder of evidence, sorted."""
    return [path for path in tree.below(folder) if tree.has(path)]


def evidence(sides: Sides, name: str, trust: Trust) -> Evidence:
    """Compare and replay the evidence of one model."""
    folder = folder_of(sides.models, name)
    old, now = files(sides.base, folder), files(sides.merge, folder)
    new = [path for path in now if path not in sides.base.entries and _NAME.fullmatch(path.removeprefix(folder))]
    findings = [*_lost(sides, old, now), *_strange(sides, folder)]
    if len(new) > MAX_ADDED:
        message = f"{len(new)} new files of evidence of {name} are more than {MAX_ADDED}"
        findings.append(refused("too-much", folder, message, "bring them in several merges"))
        return Evidence(_replayed(sides.base, sides.models, name, trust), None, frozenset(), tuple(findings))
    before = _replayed(sides.base, sides.models, name, trust)
    if before is None:
        findings.append(broken("base-broken", folder, f"the base's own evidence of {name} is broken", _RESTORE))
    added = [found for path in new if (found := _read(sides, path, name, trust, findings))]
    known = {envelope_id(sides.base.content(path)) for path in old} | {item.id for _, item in added}
    findings += _orphans(added, known, name)
    after = None
    if not any(item.weight is Weight.BROKEN for item in findings):
        try:
            after = _replay(sides.merge, sides.models, name, trust)
        except WeighbridgeError as error:
            findings.append(broken(error.code, folder, error.message, error.hint))
    ids = {item.id: path for path, item in added}
    findings += _without_effect(after, ids) if after else []
    return Evidence(before, after, frozenset(ids), tuple(findings))


def _replay(tree: Tree, models: str, name: str, trust: Trust) -> Record:
    def ledger(each: str) -> Iterator[bytes]:
        return (tree.content(path) for path in files(tree, folder_of(models, each)))

    return replay(name, ledger, trust.policy, trust.verify, trust.now)


def _replayed(tree: Tree, models: str, name: str, trust: Trust) -> Record | None:
    try:
        return _replay(tree, models, name, trust)
    except WeighbridgeError:
        return None


def _lost(sides: Sides, old: Sequence[str], now: Sequence[str]) -> Iterator[MergeFinding]:
    """What the base has and the merge does not, or not so."""
    moved = {sides.merge.entries[path].id: path for path in now if path not in sides.base.entries}
    for path in old:
        entry = sides.base.entries[path]
        if not sides.merge.has(path):
            elsewhere = moved.get(entry.id)
            if elsewhere:
                yield broken("evidence-renamed", path, f"it is called {elsewhere.rpartition('/')[2]!r} now", _RESTORE)
            else:
                yield broken("evidence-deleted", path, "evidence of the base is gone", _RESTORE)
        elif sides.merge.entries[path].id != entry.id:
            yield broken("evidence-edited", path, "evidence of the base has other bytes", _RESTORE)


def _strange(sides: Sides, folder: str) -> Iterator[MergeFinding]:
    for path in sides.merge.below(folder):
        if sides.changed(path) and not _NAME.fullmatch(path.removeprefix(folder)):
            yield broken("foreign-evidence", path, "no evidence is called so", "take it out of the merge")


def _read(
    sides: Sides, path: str, name: str, trust: Trust, findings: list[MergeFinding]
) -> tuple[str, Attestation] | None:
    """One new envelope; None where it can't be one."""
    entry = sides.merge.entries[path]
    if entry.size_bytes > MAX_ENVELOPE_BYTES:
        findings.append(broken("bad-envelope", path, f"it is over {MAX_ENVELOPE_BYTES} bytes", "take it out"))
        return None
    try:
        found = open_envelope(sides.merge.content(path), trust.policy.keys, trust.verify)
    except WeighbridgeError as error:
        findings.append(broken(error.code, path, error.message, error.hint))
        return None
    findings += _judged(found, path, name, trust)
    return path, found


def _judged(found: Attestation, path: str, name: str, trust: Trust) -> Iterator[MergeFinding]:
    statement = found.statement
    if path.rpartition("/")[2] != f"{statement.type}-{found.id[:16]}.json":
        yield broken("evidence-misnamed", path, "its name is not that of its content", "give it its own name back")
    if statement.project != trust.policy.project or name not in statement.parents or statement.type in OUTSIDE:
        message = f"a {statement.type} of project {statement.project!r} lies among the evidence of {name}"
        yield broken("foreign-evidence", path, message, "take it out of the merge")
    if not found.signed_by:
        yield refused("evidence-untrusted", path, _strangers(found, trust), _AGAIN)
    if statement.issued_at > trust.now + CLOCK_TOLERANCE:
        yield refused("evidence-future", path, f"it is dated {time_text(statement.issued_at)}", _AGAIN)


def _strangers(found: Attestation, trust: Trust) -> str:
    """Whose key it is, if the merge says so itself."""
    owners = [owner.id for key in found.key_ids if trust.coming and (owner := trust.coming.owner(key))]
    key = found.key_ids[0][:16]
    if owners:
        return (
            f"the {found.statement.type} is signed by {owners[0]}, whom this merge itself brings: "
            "it counts for nothing before the base trusts that key"
        )
    return f"the {found.statement.type} is signed by {key}, a key that the base does not trust"


def _orphans(added: Sequence[tuple[str, Attestation]], known: set[str], name: str) -> Iterator[MergeFinding]:
    for path, item in added:
        missing = [key for key in item.statement.parents.get(name, ()) if key not in known]
        if missing:
            message = f"what it builds on is not there: {missing[0][:16]}"
            yield broken("missing-parent", path, message, "bring that evidence too")


def _without_effect(record: Record, paths: dict[str, str]) -> Iterator[MergeFinding]:
    """New evidence that counts for nothing though the base knows who signed it."""
    for event in record.events:
        path = paths.get(event.attestation.id)
        if path and event.fault in _BAD:
            yield refused("evidence-uncounted", path, f"it counts for nothing: {_BAD[event.fault]}", _AGAIN)
        elif path and event.fault in _VOID:
            yield note("evidence-without-effect", path, f"it moves nothing: {_VOID[event.fault]}")
