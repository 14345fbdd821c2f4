"""What a merge does to DVC's pipelines: commands that `dvc repro` would run on the machine of whoever types it.

The stages of ``models/dvc.yaml`` must be those that `add` writes for the merge's pins; any other command that the base
does not have is refused, in every ``dvc.yaml`` and every ``.dvc`` file of the repository. Nothing is run.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from weighbridge.core.digest import short
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.merge import MergeFinding, Tree, refused, shown
from weighbridge.stores.pipeline import pipeline_stages
from weighbridge.stores.plain_yaml import MAX_BYTES, Plain, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.core.merge import Sides
    from weighbridge.core.pin import Pin

PIPELINE: Final = "dvc.yaml"
OURS: Final = ("validate", "register")
# Whatever else a stage has, these decide what is run, where, and how often.
_RUNS: Final = ("cmd", "wdir", "foreach", "do", "matrix", "vars", "params")
_HINT: Final = "take the command out of the merge, or let the project's owners overrule this check for this merge alone"


def command_findings(sides: Sides, pins: Iterable[Pin] | None) -> Iterator[MergeFinding]:
    """Commands that the merge brings.

    Args:
        sides: The two sides.
        pins: The live pins of all models after the merge; None where they can't be told.
    """
    ours = f"{sides.models}{PIPELINE}"
    for path in sides.paths:
        name = path.rpartition("/")[2]
        if name == PIPELINE and sides.merge.has(path):
            yield from _pipeline(sides, path, is_ours=path == ours)
        elif name.endswith(".dvc") and sides.merge.has(path):
            yield from _pointer(sides, path)
    if pins is not None:
        yield from _own_stages(sides, ours, pins)


def _read(tree: Tree, path: str) -> dict[str, Plain]:
    """A file's table; an empty one if there is no such file.

    Raises:
        WeighbridgeError: It is no table, or can't be read.
    """
    if not tree.has(path):
        return {}
    data = tree.content(path) if tree.entries[path].size_bytes <= MAX_BYTES else bytes(MAX_BYTES + 1)
    value = parse(data)
    if not isinstance(value, dict):
        return {"": value}
    return value


def _stages(document: dict[str, Plain]) -> dict[str, Plain]:
    stages = document.get("stages", {})
    return stages if isinstance(stages, dict) else {"": stages}


def _pipeline(sides: Sides, path: str, *, is_ours: bool) -> Iterator[MergeFinding]:
    try:
        after = _read(sides.merge, path)
    except WeighbridgeError as error:
        yield refused("unreadable-pipeline", path, error.message, error.hint)
        return
    before = _base(sides.base, path)
    old = _stages(before)
    for name, stage in _stages(after).items():
        if is_ours and name in OURS:
            continue
        known = old.get(name, {})
        if not isinstance(stage, dict) or not isinstance(known, dict) or _runs(stage) != _runs(known):
            yield refused("command-added", path, f"the stage {shown(name)!r} runs what the base does not", _HINT)
    if after.get("vars") != before.get("vars"):
        yield refused("command-added", path, "vars changed, and commands are made of them", _HINT)


def _base(tree: Tree, path: str) -> dict[str, Plain]:
    """The base's file; where it can't be read, nothing in it is known."""
    try:
        return _read(tree, path)
    except WeighbridgeError:
        return {}


def _runs(stage: dict[str, Plain]) -> dict[str, Plain]:
    return {key: stage[key] for key in _RUNS if key in stage}


def _pointer(sides: Sides, path: str) -> Iterator[MergeFinding]:
    try:
        after = _read(sides.merge, path)
    except WeighbridgeError as error:
        yield refused("unreadable-pipeline", path, error.message, error.hint)
        return
    if "cmd" in after and after["cmd"] != _base(sides.base, path).get("cmd"):
        yield refused("command-added", path, "a pointer with a command is a stage", _HINT)


def _own_stages(sides: Sides, path: str, pins: Iterable[Pin]) -> Iterator[MergeFinding]:
    items: dict[str, list[str]] = defaultdict(list)
    for pin in pins:
        items[pin.name].append(short(pin.digest))
    wanted = _plain(pipeline_stages(items)) if items else {}
    try:
        found = _stages(_read(sides.merge, path))
    except WeighbridgeError:
        # Told already if the merge brings it; the base's own is not this merge's affair.
        return
    present = {name: found[name] for name in OURS if name in found}
    if present != wanted:
        message = "the stages validate and register are not those that weighbridge writes for these pins"
        yield refused("pipeline-differs", path, message, "run weighbridge add again, and commit models/dvc.yaml")


def _plain(value: object) -> Plain:
    """A value as the reader of plain YAML gives it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
