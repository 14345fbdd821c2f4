"""`weighbridge lint`: the references of a repository, judged by what is governed here."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.core.canonical import loads
from weighbridge.core.errors import ConfigError, IntegrityError
from weighbridge.core.lint_report import (
    Identity,
    LintReport,
    Told,
    baseline,
    excuse_ignored,
    excuse_known,
    identity,
    read_baseline,
    tell,
)
from weighbridge.core.linted import Governed, Ruling, lint
from weighbridge.core.progress import Silent
from weighbridge.custody.standing_pins import known_in_project, known_in_store
from weighbridge.gates.lint import Readings, read_files
from weighbridge.references import files
from weighbridge.trees import git
from weighbridge.trees.folder import WorkingTree, around
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import find_root, open_project, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.core.mention import Mention
    from weighbridge.wiring.project import Project

BASELINE_SCHEMA = "weighbridge.lint-baseline/1"


@dataclass(frozen=True, slots=True)
class Linting:
    """What is asked of lint.

    Args:
        paths: Files and folders; none for the whole repository around the working folder.
        strict: Whether what can't be told is an error.
        since: A revision of Git: what was there already is excused.
        known: A baseline: what stands in it is excused.
        update: Whether the baseline is written anew.
    """

    paths: tuple[Path, ...] = ()
    strict: bool = False
    since: str | None = None
    known: Path | None = None
    update: bool = False


@dataclass(frozen=True, slots=True)
class LintRun:
    """A report, and the tree that it is about.

    Args:
        report: The report.
        tree: The tree.
        is_good: Whether a reference may land.
        changed: Whether the baseline was written.
    """

    report: LintReport
    tree: WorkingTree
    is_good: Callable[[Mention], bool]
    changed: bool = False

    def shown(self, path: str) -> str:
        """A path of the tree as it is named from the working folder; whole where it is not below that."""
        whole = self.tree.root / path
        here = Path.cwd()
        return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(whole)

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        return {"changed": self.changed, **self.report.to_json(self.shown), "fixed": [], "not_fixed": []}


@dataclass(frozen=True, slots=True)
class _Judge:
    """What is governed, and when is asked."""

    governed: Governed
    trust: str
    at: datetime
    strict: bool

    def is_good(self, mention: Mention) -> bool:
        """Whether a reference is to something that may run."""
        return lint(mention, self.governed, self.at).ruling is Ruling.GOVERNED

    def told(self, readings: Readings) -> tuple[list[Told], LintReport]:
        """Every reference, exceptions of the files themselves taken into account."""
        told = [tell(lint(each, self.governed, self.at), strict=self.strict) for each in readings.mentions]
        told, remarks = excuse_ignored(told, readings.ignored, self.at.date())
        report = LintReport(tuple(told), (*readings.remarks, *remarks), readings.files, self.trust)
        return told, report


def run_lint(asked: Linting) -> LintRun:
    """Read, judge and excuse.

    Raises:
        UsageError: A path or a revision does not exist.
        ConfigError: weighbridge.toml or the baseline is wrong.
        IntegrityError: Some evidence is broken: then nothing is known for sure.
    """
    here = Path.cwd()
    project = open_project() if find_root() else None
    tree = around(asked.paths or (project.root if project else here,), here)
    judge = _judge(project, strict=asked.strict)
    paths = tree.files(asked.paths or (_whole(tree, project, here),), _wanted(tree, project))
    told, report = judge.told(read_files(paths, tree.read, tree.fault))
    if asked.since is not None:
        told = _since(tree, judge, told, asked.since)
    changed = False
    if asked.known is not None:
        if asked.update:
            changed = _write_baseline(asked.known, told)
        told = _excused(asked.known, told)
    return LintRun(replace(report, told=tuple(told)), tree, judge.is_good, changed)


def _whole(tree: WorkingTree, project: Project | None, here: Path) -> Path:
    return project.root if project is not None and project.root.is_relative_to(tree.root) else here


def _judge(project: Project | None, *, strict: bool) -> _Judge:
    """What is governed here, chosen as `weighbridge.wiring.loading` chooses; nothing where there is no project."""
    if os.environ.get("WEIGHBRIDGE_STORE") or (project is not None and project.settings.catalog is not None):
        from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

        catalog = None
        if not os.environ.get("WEIGHBRIDGE_STORE") and project is not None and project.settings.catalog is not None:
            catalog = (project.root, project.settings.catalog)
        consumer = open_consumer(progress=Silent(), catalog=catalog)
        return _Judge(Governed(known_in_store(consumer, None)), consumer.policy.trust, now(), strict)
    if project is None:
        return _Judge(Governed(()), "", now(), strict)
    pins = known_in_project(project.custody, None)
    return _Judge(Governed(pins), project.custody.policy.trust, now(), strict)


def _wanted(tree: WorkingTree, project: Project | None) -> _Wanted:
    models = os.path.relpath(project.models, tree.root) if project else ""
    return _Wanted(f"{Path(models).as_posix()}/" if models else "")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whether a file found in a folder is read: not the evidence of models, nor their bytes."""

    models: str

    def __call__(self, path: str) -> bool:
        return files.by_name(path) and not (self.models and path.startswith(self.models))


def _since(tree: WorkingTree, judge: _Judge, told: list[Told], revision: str) -> list[Told]:
    """Excuse what was there at a revision, in whatever file: what moved is not new.

    Files that did not change are read again if they have something to tell: what they import may have changed.
    """
    base = git.merge_base(tree.root, revision)
    paths = {each.linted.mention.spot.path for each in told if each.level} | set(git.changed(tree.root, base))
    with git.blobs(tree.root, base) as before:
        readings = read_files(sorted(paths), before.read, lambda _: "")
        earlier, _ = judge.told(readings)
    why = f"there at {revision} already"
    found, left = excuse_known(told, Counter(identity(each.linted) for each in earlier if each.level), why)
    # What moved to another file has another identity: the path alone differs.
    moved: Counter[tuple[str, ...]] = Counter()
    for name, count in left.items():
        moved[name[1:]] += count
    for index, each in enumerate(found):
        elsewhere = identity(each.linted)[1:]
        if each.level and not each.excused and moved[elsewhere] > 0:
            moved[elsewhere] -= 1
            found[index] = replace(each, excused=why)
    return found


def _write_baseline(path: Path, told: Sequence[Told]) -> bool:
    document = {"schema": BASELINE_SCHEMA, "references": baseline(told)}
    return write_file(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def _excused(path: Path, told: Sequence[Told]) -> list[Told]:
    found, _ = excuse_known(told, _known(path), f"in {path.name}")
    return found


def _known(path: Path) -> Counter[Identity]:
    """What a baseline holds.

    Raises:
        ConfigError: It can't be read (code ``bad-baseline``).
    """
    hint = "write it anew: weighbridge lint --baseline FILE --update-baseline"
    try:
        document = loads(path.read_bytes())
        match document:
            case {"schema": "weighbridge.lint-baseline/1", "references": list(rows)}:
                return read_baseline(rows)
            case _:
                fault = f"it is not {BASELINE_SCHEMA}"
    except (OSError, ValueError, IntegrityError) as error:
        fault = str(error)
    raise ConfigError(f"the baseline {path} can't be read: {fault}", code="bad-baseline", hint=hint)


@dataclass(frozen=True, slots=True)
class Named:
    """The models that a project's files name, for whoever wants to govern them.

    Args:
        mentions: Those without an exception in their file.
        readings: What was read.
        tree: Where.
    """

    mentions: tuple[Mention, ...]
    readings: Readings
    tree: WorkingTree


def named_models(paths: Sequence[Path], project: Project) -> Named:
    """Every model that files name, found as `run_lint` finds them.

    Args:
        paths: Files and folders; none for the whole project.
        project: The project.

    Raises:
        UsageError: A path does not exist.
    """
    here = Path.cwd()
    tree = around(paths or (project.root,), here)
    found = tree.files(paths or (_whole(tree, project, here),), _wanted(tree, project))
    readings = read_files(found, tree.read, tree.fault)
    told = [tell(lint(each, Governed(()), now()), strict=True) for each in readings.mentions]
    left, _ = excuse_ignored(told, readings.ignored, now().date())
    return Named(tuple(each.linted.mention for each in left if not each.excused), readings, tree)
