"""`weighbridge adopt`: the models that a repository's files name, resolved now, and pinned together after a yes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.core.adoption import Held, chosen, names_for, survey
from weighbridge.core.adoption_plan import Plan, Proposal, plan
from weighbridge.core.errors import SourceError, UsageError, WeighbridgeError
from weighbridge.core.origin import objection
from weighbridge.core.selection import Selection
from weighbridge.custody.adopting import Wanted, adopt
from weighbridge.custody.standing_pins import known_in_project
from weighbridge.reports.adoption import adopted_lines, adoption_json, failed_lines, plan_lines, remark_lines
from weighbridge.wiring.linting import named_models
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.adoption import Place, Use
    from weighbridge.core.canonical import Json
    from weighbridge.core.lint_report import Remark
    from weighbridge.core.outcome import AddOutcome
    from weighbridge.core.ports import Progress
    from weighbridge.trees.folder import WorkingTree
    from weighbridge.wiring.project import Project

_AT_ONCE: Final = 8
"""Questions that are asked of a Hub at the same time."""


@dataclass(frozen=True, slots=True)
class Adopting:
    """What is asked of `adopt`.

    Args:
        paths: Files and folders; none for the whole project.
        only: Models or patterns: nothing else is adopted; none for all.
        exclude: Models or patterns that are left out.
        names: Names by model.
    """

    paths: tuple[Path, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A plan, and the project that it is for.

    Args:
        project: The project.
        tree: Where files were read.
        plan: What would be pinned.
        remarks: Files that could not be read, or not wholly.
        outcomes: What became of each of `Plan.ready`; None as long as nothing was carried out.
        late: What its source had and could not be taken in.
        changed: Whether anything was written.
    """

    project: Project
    tree: WorkingTree
    plan: Plan
    remarks: tuple[Remark, ...]
    outcomes: tuple[AddOutcome, ...] | None = None
    late: tuple[Proposal, ...] = ()
    changed: bool = False

    def shown(self, path: str) -> str:
        """A path of the tree as it is named from the working folder; whole where it is not below that."""
        whole, here = self.tree.root / path, Path.cwd()
        return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(whole)

    def lines(self) -> list[str]:
        """What was planned, for people."""
        return [*plan_lines(self.plan, self.shown), *remark_lines(self.remarks, self.shown)]

    def done_lines(self) -> list[str]:
        """What was carried out, for people."""
        failed = [line for each in self.late for line in failed_lines(each, self.shown)]
        return [*adopted_lines(self.outcomes or (), self.project.custody.policy), *failed]

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        return adoption_json(self.plan, self.remarks, self.shown, self.outcomes, changed=self.changed)

    def require_whole(self) -> None:
        """See that everything can be pinned.

        Raises:
            SourceError: Something can't be (code ``adopt-incomplete``).
        """
        failed = self.plan.failed
        if failed:
            raise SourceError(
                f"{len(failed)} of {len(self.plan.proposals)} can't be pinned now: nothing was written",
                code="adopt-incomplete",
                hint="mend that, leave them out with --exclude, or pin the others with --keep-going",
                details={"problems": [_problem(each) for each in failed]},
            )

    def carry_out(self, *, push: bool, key: str | None, keep_going: bool) -> Adoption:
        """Pin all that can be pinned; what could not, though its source had it, is among the failed ones then.

        Raises:
            SourceError: Something can't be, and the others are not to go on without it (code ``adopt-incomplete``).
            WeighbridgeError: As for `weighbridge.custody.adopting.adopt`.
        """
        if not keep_going:
            self.require_whole()
        wanted = [
            Wanted(each.name, each.use.ref, _selection(self.project, each.name), each.listing)
            for each in self.plan.ready
            if each.listing
        ]
        done = adopt(self.project.custody, wanted, push=push, key=key, keep_going=keep_going)
        left = [replace(each, trouble=done.failures.get(index)) for index, each in enumerate(self.plan.ready)]
        changed = replace(self.plan, proposals=(*left, *self.plan.failed))
        outcomes = tuple(outcome for outcome in done.outcomes if outcome)
        late = tuple(each for each in left if each.trouble)
        return replace(self, plan=changed, outcomes=outcomes, late=late, changed=done.changed)


def _problem(proposal: Proposal) -> str:
    error = proposal.trouble or UsageError("")
    return f"{proposal.use.ref}: {error.message} [{error.code}]; next: {error.hint}"


def names_by_model(options: Sequence[str]) -> dict[str, str]:
    """What ``MODEL=NAME`` options say.

    Raises:
        UsageError: One is not of that form.
    """
    found = {}
    for text in options:
        model, equals, name = text.rpartition("=")
        if not equals or not model or not name:
            raise UsageError(f"--name {text!r} is not MODEL=NAME", hint="such as --name hf:org/model=model")
        found[model] = name
    return found


def plan_adoption(asked: Adopting, *, progress: Progress) -> Adoption:
    """Read, survey, and ask each source what its models are now; nothing is fetched or written.

    Raises:
        UsageError: A path, a model or a name can't be used.
        ConfigError: There is no project, or weighbridge.toml is wrong.
        IntegrityError: Some evidence is broken: then nothing is known for sure.
    """
    project = open_project(progress=progress)
    named = named_models(asked.paths, project.root)
    held = _held(project)
    found = survey(named.mentions, held, project.custody.sources)
    names = names_for(found, held, asked.names)
    found = chosen(found, asked.only, asked.exclude)
    proposals = _proposals(project, found.uses, names)
    return Adoption(project, named.tree, plan(proposals, found), named.readings.remarks)


def _proposals(project: Project, uses: Sequence[Use], names: Mapping[Place, str]) -> list[Proposal]:
    """Every use with what its source says of it now, in the same order."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="weighbridge-resolve") as pool:
        # The Hub's source may be used by several threads at once; of others, that is not known.
        asked = {
            use.place: pool.submit(_proposal, project, use, names[use.place]) for use in uses if use.ref.scheme == "hf"
        }
        return [
            asked[use.place].result() if use.place in asked else _proposal(project, use, names[use.place])
            for use in uses
        ]


def _held(project: Project) -> Held:
    workspace = project.workspace
    live = [pin for name in workspace.names() for pin in workspace.pins(name)]
    keys = {(pin.name, pin.digest) for pin in live}
    others = [known for known in known_in_project(project.custody, None) if known.key not in keys]
    begun = [known.pin for known in others if not known.revoked]
    return Held(live, begun, [known.pin for known in others if known.revoked], project.follows)


def _proposal(project: Project, use: Use, name: str) -> Proposal:
    """One use with what its source says of it now."""
    wrong = objection(project.custody.policy.rules, use.ref.source)
    if wrong:
        return Proposal(name, use, trouble=UsageError(wrong.why, code=wrong.code, hint=wrong.hint))
    try:
        listing = project.custody.source(use.ref).resolve(use.ref)
        taken, _ = _selection(project, name).split(listing.files)
    except WeighbridgeError as error:
        return Proposal(name, use, trouble=error)
    return Proposal(name, use, listing, taken)


def _selection(project: Project, name: str) -> Selection:
    """Which files weighbridge.toml takes of a model, where it has it already."""
    intent = project.settings.models.get(name)
    return intent.selection if intent else Selection()
