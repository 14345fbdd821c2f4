"""`weighbridge lint`: the references of a repository, judged by what is governed here."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge import durable
from weighbridge.core.canonical import loads
from weighbridge.core.errors import ConfigError, IntegrityError, StoreError, UsageError
from weighbridge.core.globs import leaves_out
from weighbridge.core.lint_report import (
    Identity,
    LintReport,
    Told,
    baseline,
    excuse_ignored,
    excuse_known,
    excuse_moved,
    identity,
    read_baseline,
    tell,
)
from weighbridge.core.linted import Asked, Governed, Ruling, lint
from weighbridge.gates.lint import Readings, read_files, read_many
from weighbridge.references import files
from weighbridge.trees import git
from weighbridge.trees.folder import WorkingTree, around
from weighbridge.wiring.clock import now
from weighbridge.wiring.root import find_root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.mention import Mention

BASELINE_SCHEMA: Final = "weighbridge.lint-baseline/1"


@dataclass(frozen=True, slots=True)
class Linting:
    """What is asked of lint.

    Args:
        paths: Files and folders; none for the whole repository around the working folder.
        strict: Whether what can't be told is an error.
        since: A revision of Git: what was there already is excused.
        known: A baseline: what stands in it is excused.
        update: Whether the baseline is written anew.
        exclude: Patterns of files that are not looked at, relative to the tree.
    """

    paths: tuple[Path, ...] = ()
    strict: bool = False
    since: str | None = None
    known: Path | None = None
    update: bool = False
    exclude: tuple[str, ...] = ()


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


class _Judge:
    """Says what is said of mentions: only what they can be about is read of all that is governed."""

    def __init__(self, root: Path | None, *, strict: bool) -> None:
        self._root, self._strict, self._at = root, strict, now()
        self._working: Governed | None = None
        self.trust = ""

    def is_good(self, mention: Mention) -> bool:
        """Whether a reference is to something that may run."""
        return lint(mention, self._working or Governed(()), self._at).ruling is Ruling.GOVERNED

    def told(self, readings: Readings) -> tuple[list[Told], LintReport]:
        """Every reference, exceptions of the files themselves taken into account."""
        known = self._known(readings.mentions)
        # What is read first is the working tree, which may be mended.
        self._working = self._working or known
        told = [tell(lint(each, known, self._at), strict=self._strict) for each in readings.mentions]
        told, remarks = excuse_ignored(told, readings.ignored, self._at.date())
        report = LintReport(tuple(told), (*readings.remarks, *remarks), readings.files, self.trust)
        return told, report

    def _known(self, mentions: Sequence[Mention]) -> Governed:
        if not mentions or (self._root is None and not os.environ.get("WEIGHBRIDGE_STORE")):
            return Governed(())
        from weighbridge.wiring.governed import governed  # noqa: PLC0415  imports cryptography

        found, self.trust = governed(self._root, Asked(mentions))
        return found


def run_lint(asked: Linting) -> LintRun:
    """Read, judge and excuse.

    Raises:
        UsageError: A path or a revision does not exist (codes ``no-such-path``, ``unknown-revision``), or there is no
            Git to ask for it (code ``not-a-repository``).
        ConfigError: weighbridge.toml or the baseline is wrong (code ``bad-baseline``).
        IntegrityError: Some evidence is broken: then nothing is known for sure.
    """
    here, root = Path.cwd(), find_root()
    tree = around(asked.paths or (root or here,), here)
    if asked.since is not None and not tree.in_git:
        hint = "look at all of it, without --since; or run it in a clone that Git trusts (safe.directory)"
        raise UsageError(f"{tree.root} is no repository of Git", code="not-a-repository", hint=hint)
    earlier = None if asked.known is None or asked.update else _known(asked.known)
    judge = _Judge(root, strict=asked.strict)
    listed = _listed(tree, asked.paths, root, here)
    paths = [path for path in listed if not leaves_out(asked.exclude, path)] if asked.exclude else listed
    told, report = judge.told(read_many(paths, tree.read, tree.fault))
    if asked.since is not None:
        told = _since(tree, judge, told, asked.since)
    changed = False
    if asked.known is not None:
        if earlier is None:
            changed, earlier = _write_baseline(asked.known, told), _known(asked.known)
        told, _ = excuse_known(told, earlier, f"in {asked.known.name}")
    return LintRun(replace(report, told=tuple(told)), tree, judge.is_good, changed)


def _whole(tree: WorkingTree, root: Path | None, here: Path) -> Path:
    return root if root is not None and root.is_relative_to(tree.root) else here


def _listed(tree: WorkingTree, paths: Sequence[Path], root: Path | None, here: Path) -> list[str]:
    """The files to look at: not those that the project's weighbridge.toml leaves out, even if they are named."""
    asked = paths or (_whole(tree, root, here),)
    if root is None:
        return tree.files(asked, _Wanted(""))
    from weighbridge.wiring.project import settings_of  # noqa: PLC0415  not needed without a project

    settings = settings_of(root)
    base = Path(os.path.relpath(root, tree.root))
    found = tree.files(asked, _Wanted(f"{(base / settings.models_folder).as_posix()}/"))
    if not settings.lint_exclude:
        return found
    above = "" if base == Path() else f"{base.as_posix()}/"
    return [
        path
        for path in found
        if not (path.startswith(above) and leaves_out(settings.lint_exclude, path.removeprefix(above)))
    ]


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
    return excuse_moved(found, left, why)


def _write_baseline(path: Path, told: Sequence[Told]) -> bool:
    """Write a baseline; True if anything changed.

    Raises:
        StoreError: It can't be written (code ``disk``).
    """
    document = {"schema": BASELINE_SCHEMA, "references": baseline(told)}
    try:
        return durable.replace(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    except OSError as error:
        raise StoreError(f"{path} can't be written: {error.strerror}", code="disk") from error


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


def named_models(paths: Sequence[Path], root: Path) -> Named:
    """Every model that files name, found as `run_lint` finds them.

    Args:
        paths: Files and folders; none for the whole project.
        root: The project's folder.

    Raises:
        UsageError: A path does not exist.
    """
    here = Path.cwd()
    tree = around(paths or (root,), here)
    readings = read_many(_listed(tree, paths, root, here), tree.read, tree.fault)
    told = [tell(lint(each, Governed(()), now()), strict=True) for each in readings.mentions]
    left, _ = excuse_ignored(told, readings.ignored, now().date())
    return Named(tuple(each.linted.mention for each in left if not each.excused), readings, tree)
