"""Looking through the caches of this machine for what is approved, unapproved, revoked or damaged."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.caches.dvc_cache import DvcCache
from weighbridge.caches.kind import Folder
from weighbridge.caches.look import look
from weighbridge.caches.places import existing, named, recognised
from weighbridge.caches.purge import purge as remove
from weighbridge.caches.read import hash_all
from weighbridge.core.cache_report import CachedPlace, CacheReport
from weighbridge.core.cached import Knowledge, State, judge, keep_live
from weighbridge.core.errors import ConfigError, UsageError
from weighbridge.custody.standing_pins import known_in_project, known_in_store
from weighbridge.wiring.project import open_project, user_cache_folder
from weighbridge.wiring.root import find_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.caches.look import Look
    from weighbridge.caches.places import Place
    from weighbridge.core.cached import CachedFile, Entry, KnownPin
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Progress
    from weighbridge.wiring.project import Project


def check_caches(
    paths: Sequence[Path],
    stage: str | None,
    progress: Progress,
    *,
    purge: bool = False,
    dry_run: bool = False,
    strict: bool = False,
) -> CacheReport:
    """Judge every file of caches by the evidence of the project around this folder, or of a store.

    Args:
        paths: Folders; none for those that this machine's environment names, and the project's own.
        stage: The only stage that counts; None for all of them.
        progress: Told of every byte.
        purge: Remove what is revoked.
        dry_run: With ``purge``: remove nothing, only tell.
        strict: What nobody approved is a finding as well.

    Raises:
        UsageError: A path is no folder, two overlap, there is no such stage, or ``dry_run`` stands alone.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set (code ``no-project``).
        DeniedError: The store's evidence is too old (code ``stale-evidence``); nothing is removed.
        IntegrityError: Some evidence is broken; nothing is removed.
        StoreError: The store can't be reached, or a folder can't be listed; nothing is removed.
    """
    if dry_run and not purge:
        raise UsageError("--dry-run says what --purge would remove", hint="weighbridge cache check --purge --dry-run")
    project = open_project(progress=progress) if find_root() else None
    places = recognised(paths) if paths else _places(project)
    policy, pins = _evidence(project, stage, progress)
    known = Knowledge.of(pins)
    looks = [look(place) for place in places]
    live = _live(project)
    checked = [
        _checked(found, files, known, live, act=purge and not dry_run)
        for found, files in zip(looks, hash_all(looks, known.needed, progress), strict=True)
    ]
    return CacheReport(
        project=policy.project,
        trust=policy.trust,
        stage=stage,
        places=tuple(checked),
        purge=purge,
        dry_run=dry_run,
        strict=strict,
    )


def _places(project: Project | None) -> list[Place]:
    """The caches that this machine's environment names, the project's own and that of loaded models."""
    wanted = [*named(os.environ, Path.home()), (user_cache_folder() / "models", Folder())]
    if project is not None and (project.root / ".dvc").is_dir():
        from weighbridge.stores.settings import read  # noqa: PLC0415  DVC's parser: only in a project

        wanted.append((read(project.root).cache, DvcCache()))
    return existing(wanted)


def _evidence(project: Project | None, stage: str | None, progress: Progress) -> tuple[Policy, tuple[KnownPin, ...]]:
    """Whose rules count and every signed pin, chosen as `weighbridge.wiring.loading` chooses."""
    catalog = None
    if not os.environ.get("WEIGHBRIDGE_STORE"):
        if project is None:
            raise ConfigError(
                "there is neither a project here nor a store whose evidence tells what is approved",
                code="no-project",
                hint="work inside the project, or set WEIGHBRIDGE_STORE and WEIGHBRIDGE_TRUST",
            )
        if project.settings.catalog is None:
            return project.custody.policy, known_in_project(project.custody, stage)
        catalog = (project.root, project.settings.catalog)
    from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

    consumer = open_consumer(progress=progress, catalog=catalog)
    return consumer.policy, known_in_store(consumer, stage)


def _live(project: Project | None) -> Mapping[str, tuple[str, str]]:
    """What pointers of the project lead to: a live pin's name and digest by the SHA-256 of each of its files."""
    if project is None:
        return {}
    pins = [pin for name in project.workspace.names() for pin in project.workspace.pins(name)]
    return {file.entry.sha256: (pin.name, pin.digest) for pin in pins for file in pin.files}


def _checked(
    found: Look, files: Sequence[CachedFile], known: Knowledge, live: Mapping[str, tuple[str, str]], *, act: bool
) -> CachedPlace:
    """One cache, judged; what is revoked is removed, if that is asked for."""
    kind = found.place.kind
    entries: Sequence[Entry] = judge(files, known)
    if isinstance(kind, DvcCache):
        entries = keep_live(entries, live)
    failures: tuple[tuple[str, str], ...] = ()
    if act:
        done, failures = remove(found, [item.file for item in entries if item.state is State.REVOKED and not item.kept])
        entries = [replace(item, purged=item.file.path in done) for item in entries]
    groups = tuple(kind.group(item.file.path) for item in entries)
    return CachedPlace(str(found.place.root), kind.kind, kind.title, tuple(entries), groups, failures)
