"""`weighbridge lint --fix`: what keeps a merge out is mended where that is sure, and the tree is read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.core.linted import Ruling
from weighbridge.core.mending import Mended, NotMended, Wish
from weighbridge.wiring.linting import run_lint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.canonical import Json
    from weighbridge.core.linted import Linted
    from weighbridge.wiring.linting import Linting, LintRun

_LOOSE: Final = frozenset({Ruling.UNPINNED, Ruling.REMOTE_CODE})
"""What a revision mends."""
_STAGE: Final = "models:/"


@dataclass(frozen=True, slots=True)
class Change:
    """A file with other bytes.

    Args:
        path: The file, relative to the tree.
        before: What it held.
        after: What it holds then.
    """

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class MendRun:
    """What came of mending.

    Args:
        run: The lint of the mended tree; of the tree as it is, if nothing was written.
        changes: The files that were changed, or would be.
        fixed: The references in them.
        left: The references that were left as they are.
        is_written: Whether the changes were made.
    """

    run: LintRun
    changes: tuple[Change, ...]
    fixed: tuple[Mended, ...]
    left: tuple[NotMended, ...]
    is_written: bool

    @property
    def fails(self) -> bool:
        """Whether something keeps the merge out, or would be changed."""
        return self.run.report.fails or (bool(self.changes) and not self.is_written)

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        shown = self.run.shown
        return {
            **self.run.to_json(),
            "changed": self.is_written and bool(self.changes),
            "fixed": [each.to_json(shown) for each in self.fixed],
            "not_fixed": [each.to_json(shown) for each in self.left],
        }


def run_mend(asked: Linting, *, by_name: bool, write: bool) -> MendRun:
    """Lint, mend what keeps the merge out, and lint again.

    Args:
        asked: What is asked of lint.
        by_name: Whether governed names stand in the place of models, where that is possible.
        write: Whether files are changed.

    Raises:
        UsageError: A path or a revision does not exist.
        ConfigError: weighbridge.toml or the baseline is wrong.
        IntegrityError: Some evidence is broken: then nothing is known for sure.
    """
    run = run_lint(asked)
    changes: list[Change] = []
    fixed: list[Mended] = []
    left: list[NotMended] = []
    for path, told in _by_path(run).items():
        change, done, rest = _mended(run, path, told, by_name=by_name)
        fault = run.tree.write(path, change.before, change.after) if change is not None and write else ""
        if change is not None and not fault:
            changes.append(change)
            fixed += done
        else:
            rest += [NotMended(each.mention, fault) for each in done]
        left += rest
    again = run_lint(asked) if changes and write else run
    return MendRun(again, tuple(changes), tuple(fixed), tuple(left), write)


def _by_path(run: LintRun) -> dict[str, list[Linted]]:
    """What keeps the merge out, by file."""
    found: dict[str, list[Linted]] = {}
    for each in run.report.errors:
        found.setdefault(each.linted.mention.spot.path, []).append(each.linted)
    return found


def _mended(
    run: LintRun, path: str, told: Iterable[Linted], *, by_name: bool
) -> tuple[Change | None, list[Mended], list[NotMended]]:
    """A file with its references mended; None if none could be."""
    wishes: list[Wish] = []
    left: list[NotMended] = []
    for each in told:
        wish = _wish(each, by_name=by_name)
        if isinstance(wish, Wish):
            wishes.append(wish)
        else:
            left.append(wish)
    data = run.tree.read(path) if wishes else None
    if data is None:
        return None, [], left + [NotMended(each.mention, "its file changed while it was read") for each in wishes]
    from weighbridge.fixes.mend import mend  # noqa: PLC0415  it reads the extractors of every language

    done = mend(path, data, wishes, run.tree.read, run.is_good)
    change = Change(path, data, done.data) if done.mended else None
    return change, list(done.mended), [*left, *done.left]


def _wish(linted: Linted, *, by_name: bool) -> Wish | NotMended:
    """What is to be done with a reference, or why nothing can be."""
    mention = linted.mention
    if linted.ruling is Ruling.ALIAS and linted.hint.startswith(_STAGE):
        if by_name:
            return Wish(mention, linted.name, f"@{linted.hint.rpartition('@')[2]}", by_name=True)
        return NotMended(mention, f"it names a stage of MLflow: --by-name writes {linted.hint}")
    if linted.ruling not in _LOOSE:
        return NotMended(mention, f"it is {linted.ruling}, which no revision mends")
    if not linted.name:
        return NotMended(mention, "its model is not governed here")
    if not linted.revision and not by_name:
        return NotMended(mention, "not exactly one revision of it may run")
    return Wish(mention, linted.name, linted.revision, by_name)
