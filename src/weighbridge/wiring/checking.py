"""`weighbridge check`: a merge beside its base, judged by what the base says and by nothing that the merge brings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.config import CONFIG_FILE, read_settings
from weighbridge.config.merging import settings_findings
from weighbridge.core import merge_hiding, merge_models, merge_paths
from weighbridge.core.digest import short
from weighbridge.core.divergence import Code, without_evidence
from weighbridge.core.errors import ConfigError, RegistryError, WeighbridgeError
from weighbridge.core.merge import MergeReport, Sides, Weight, note, refused, shown
from weighbridge.core.merge_evidence import Trust
from weighbridge.core.merge_union import merged
from weighbridge.formats import toml_text
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import mlflow_uri, remotes, trusted_policy, verify_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.config import Settings
    from weighbridge.core.merge import MergeFinding, Tree
    from weighbridge.core.merge_models import Models
    from weighbridge.core.pin import Pin
    from weighbridge.trees.revisions import Revisions

MAX_FINDINGS: Final = 1_000
"""Findings that a report shows, the heaviest first."""
# What a repository that begins to be governed brings for the first time.
_FIRST: Final = frozenset({"remote-changed", "cache-changed", "dvc-config-changed", "command-added"})
_ORDER: Final = (Weight.BROKEN, Weight.REFUSED, Weight.NOTE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked.

    Args:
        base: The revision that the team has.
        head: The revision that shall be merged; None for the working tree.
        remote: Whether to look for objects in the DVC remote.
        registry: Whether to look for models in the registry.
    """

    base: str
    head: str | None = None
    remote: bool = True
    registry: bool = True


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a merge is judged by.

    Args:
        settings: The base's; the merge's own where the base has none.
        coming: The merge's; None where it has none that can be read.
        is_first: Whether the base governs nothing yet.
        problems: Why the merge's can't be read.
    """

    settings: Settings
    coming: Settings | None
    is_first: bool
    problems: tuple[MergeFinding, ...]


def check(asked: Asked, start: Path | None = None) -> MergeReport:
    """Judge a merge.

    Args:
        asked: What is asked.
        start: A folder of the project; None for the working folder.

    Raises:
        ConfigError: There is no project on either side, or the base's weighbridge.toml can't be read.
        StoreError: Git failed, or the merge is over a bound.
        UsageError: A revision is unknown.
    """
    from weighbridge.trees.revisions import Revisions  # noqa: PLC0415  starts Git

    with Revisions(start or Path.cwd()) as git:
        base = git.commit(asked.base)
        head = git.commit(asked.head) if asked.head is not None else ""
        sides, ground, both = _compared(git, base, head)
        policy = trusted_policy(ground.settings)
        trust = Trust(policy, ground.coming.policy if ground.coming else None, verify_signature, now())
        models = merge_models.model_findings(sides, trust)
        found = [*both, *ground.problems, *_findings(sides, ground, models)]
        project = git.root / sides.home
        left_out = []
        for looks, what, look in (
            (asked.remote, "the DVC remote", _objects),
            (asked.registry, "the registry", _registered),
        ):
            more = look(project, sides, ground.settings, models) if looks else None
            found += more or []
            left_out += [what] if more is None else []
    if ground.is_first:
        found = [replace(item, weight=Weight.NOTE) if item.code in _FIRST else item for item in found]
    ordered = sorted(dict.fromkeys(found), key=lambda item: (_ORDER.index(item.weight), item.path, item.code))
    if len(ordered) > MAX_FINDINGS:
        left_out.append(f"{len(ordered) - MAX_FINDINGS} more findings")
    return MergeReport(base, head, policy.trust, tuple(ordered[:MAX_FINDINGS]), models.changes, tuple(left_out))


def _compared(git: Revisions, base: str, head: str) -> tuple[Sides, _Ground, tuple[MergeFinding, ...]]:
    """Both sides as far as they govern, what they are judged by, and what both have changed."""
    home, tree = _home(git, base)
    is_first = tree is None
    if tree is None:
        home, tree = _home_of(git, _side(git, head, partial(_is_config, homes=_homes(git.home))))
    path = home + CONFIG_FILE
    settings = _settings(tree, path)
    models = f"{home}{settings.models_folder}/"
    concerns = partial(merge_paths.concerns, home=home, models=models)
    before = git.tree(base, concerns)
    ancestors = [git.tree(item, concerns) for item in git.ancestors(base, head or git.commit("HEAD"))]
    after, both = merged(before, _side(git, head, concerns), ancestors)
    coming, problems = _coming(after, path)
    return Sides(before, after, home, models), _Ground(settings, coming, is_first, problems), both


def _homes(home: str) -> list[str]:
    """A folder of the repository and those above it, the nearest first."""
    parts = home.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[:length]) for length in range(len(parts), -1, -1)]


def _is_config(path: str, homes: list[str]) -> bool:
    return path.endswith(CONFIG_FILE) and path.removesuffix(CONFIG_FILE) in homes


def _home(git: Revisions, base: str) -> tuple[str, Tree | None]:
    """The project's folder in the repository, and the base if it has a project there."""
    tree = git.tree(base, partial(_is_config, homes=_homes(git.home)))
    found = next((home for home in _homes(git.home) if home + CONFIG_FILE in tree.entries), None)
    return ("", None) if found is None else (found, tree)


def _home_of(git: Revisions, tree: Tree) -> tuple[str, Tree]:
    """The same of the merge."""
    for home in _homes(git.home):
        if tree.has(home + CONFIG_FILE):
            return home, tree
    raise ConfigError(
        f"neither side has a {CONFIG_FILE} here or above",
        code="no-project",
        hint="make a project in this folder: weighbridge init",
    )


def _side(git: Revisions, head: str, concerns: Callable[[str], bool]) -> Tree:
    return git.tree(head, concerns) if head else git.working_tree(concerns)


def _settings(tree: Tree, path: str) -> Settings:
    """A side's weighbridge.toml.

    Raises:
        ConfigError: It can't be read.
    """
    entry = tree.entries[path]
    if not tree.has(path) or entry.size_bytes > toml_text.MAX_BYTES:
        message = f"{shown(path)} is a {entry.kind} of {entry.size_bytes} bytes"
        raise ConfigError(message, code="unreadable-config", hint="restore it from Git")
    data = tree.content(path)
    faults = toml_text.parse(data).faults
    if faults:
        raise ConfigError(f"{shown(path)}: {faults[0].message}", code="bad-toml", hint="correct the file")
    return read_settings(data.decode("utf-8"))


def _coming(after: Tree, path: str) -> tuple[Settings | None, tuple[MergeFinding, ...]]:
    """The merge's own weighbridge.toml, or why there is none."""
    if path not in after.entries:
        gone = refused("config-removed", path, "the project is not governed any more", "restore the file from the base")
        return None, (gone,)
    try:
        return _settings(after, path), ()
    except WeighbridgeError as error:
        return None, (refused("config-unreadable", path, shown(error.message), error.hint),)


def _findings(sides: Sides, ground: _Ground, models: Models) -> Iterator[MergeFinding]:
    """All that both sides say by themselves."""
    from weighbridge.stores.merge_commands import command_findings  # noqa: PLC0415  beside its siblings
    from weighbridge.stores.merge_pointers import pointer_findings  # noqa: PLC0415  the same
    from weighbridge.stores.merge_settings import settings_findings as dvc_findings  # noqa: PLC0415  the same

    path = sides.home + CONFIG_FILE
    pins = [pin for found in models.pins.values() for pin in found]
    held = remotes(ground.settings)
    yield from merge_paths.place_findings(sides)
    if ground.is_first:
        yield note("first-merge", path, "the base is not governed yet: the merge is judged by its own rules")
    elif ground.coming is not None:
        yield from settings_findings(ground.settings, ground.coming, path)
    yield from models.findings
    for name in models.changed:
        yield from pointer_findings(sides, name, models.pins[name], held)
    yield from command_findings(sides, None if models.unread else pins)
    yield from dvc_findings(sides, held.names)
    yield from merge_hiding.hiding_findings(sides, _bytes(sides, pins))
    yield from merge_models.gate_findings(sides)


def _bytes(sides: Sides, pins: Iterable[Pin]) -> list[str]:
    """Where DVC puts the files of pins."""
    return [f"{sides.models}{pin.name}/{short(pin.digest)}/{file.entry.path}" for pin in pins for file in pin.files]


def _objects(project: Path, sides: Sides, settings: Settings, models: Models) -> list[MergeFinding] | None:
    """What the DVC remote lacks; None where it is not asked, since what lies on the disk is not the base's."""
    path = f"{sides.home}.dvc/config"
    if sides.changed(path) or not sides.base.has(path):
        return None
    try:
        here = (project / ".dvc" / "config").read_bytes()
    except OSError:
        return None
    if here != sides.base.content(path) or f"{sides.home}.dvc/config.local" in sides.merge.entries:
        return None
    from weighbridge.stores.merge_objects import object_findings  # noqa: PLC0415  beside its siblings

    pins = [pin for found in models.pins.values() for pin in found]
    return list(object_findings(project, sides.models, pins, remotes(settings)))


def _registered(project: Path, sides: Sides, settings: Settings, models: Models) -> list[MergeFinding] | None:
    """Registered models of which nothing was signed on either side; None where the merge brings a registry's file."""
    if sides.merge.below(sides.home + merge_paths.STATE):
        return None
    from weighbridge.registries.mlflow import MlflowRegistry  # noqa: PLC0415  imports MLflow

    path = sides.home + CONFIG_FILE
    try:
        names = MlflowRegistry(mlflow_uri(project, settings)).names()
    except RegistryError as error:
        message = f"the registry can't be looked into: {shown(error.message)}"
        return [refused("registry-unknown", f"{path}:mlflow_uri", message, error.hint)]
    found = []
    for name in sorted(names.keys() - models.pins.keys() - set(models.unread)):
        said = without_evidence(name, names[name], settings.policy.project)
        give = refused if said.code is Code.MODEL_UNPROVEN else note
        found.append(give("registry-ungoverned", f"{path}:mlflow_uri", said.message, said.hint))
    return found
