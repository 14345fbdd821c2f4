"""Divergences: where a registry shows something else than signed state.

A pure comparison of what the registry should show of one model with what it shows. It says nothing of who did it: a
registry records no actor, so a hand, another program and a half-done command look alike. Nothing here is evidence, and
none of it changes what may run: `weighbridge.core.judge` never reads a registry.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from weighbridge.core.digest import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.judge import Verdict
    from weighbridge.core.registered import RegisteredVersion, RegistryView

OWN_TAGS = "weighbridge."
"""Prefix of the tags that Weighbridge alone writes."""
LEGACY = {"staging": "Staging", "production": "Production"}
"""MLflow's deprecated stages that may stand for one of ours."""
_MAX_SHOWN = 60


class Code(StrEnum):
    """What kind of divergence it is; docs/registry.md says of each what it means and how it is put back."""

    ALIAS_MOVED = "alias-moved"
    ALIAS_INVENTED = "alias-invented"
    ALIAS_DENIED = "alias-denied"
    ALIAS_MISSING = "alias-missing"
    ALIAS_LOOKALIKE = "alias-lookalike"
    TAG_DIFFERS = "tag-differs"
    TAG_MISSING = "tag-missing"
    TAG_INVENTED = "tag-invented"
    TAG_COPIED = "tag-copied"
    STAGE_MOVED = "stage-moved"
    STAGE_MISSING = "stage-missing"
    VERSION_MISSING = "version-missing"
    VERSION_DUPLICATE = "version-duplicate"
    VERSION_FOREIGN = "version-foreign"
    VERSION_MISPLACED = "version-misplaced"
    MODEL_MISSING = "model-missing"
    MODEL_FOREIGN = "model-foreign"
    MODEL_UNPROVEN = "model-unproven"
    MODEL_UNGOVERNED = "model-ungoverned"
    MODEL_ELSEWHERE = "model-elsewhere"

    @property
    def restorable(self) -> bool:
        """Whether `put_back` mends it; what other people registered is theirs to delete."""
        return self not in _OF_OTHERS


_OF_OTHERS = frozenset(
    {
        Code.VERSION_DUPLICATE,
        Code.VERSION_FOREIGN,
        Code.VERSION_MISPLACED,
        Code.MODEL_FOREIGN,
        Code.MODEL_UNPROVEN,
        Code.MODEL_UNGOVERNED,
        Code.MODEL_ELSEWHERE,
    }
)


@dataclass(frozen=True, slots=True)
class Divergence:
    """One thing that a registry shows otherwise than signed state.

    Args:
        code: What kind.
        name: The registered model.
        message: One sentence.
        hint: The next step.
        version: The registry's version; None if it is about the model, or about a version that is not there.
        stage: The stage, or the alias that looks like one; None if it is about none.
        tag: The tag's key; None if it is about none.
    """

    code: Code
    name: str
    message: str
    hint: str
    version: str | None = None
    stage: str | None = None
    tag: str | None = None

    def to_json(self) -> dict[str, Json]:
        """The divergence's published JSON."""
        return {
            "code": str(self.code),
            "name": self.name,
            "version": self.version,
            "stage": self.stage,
            "tag": self.tag,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class ExpectedVersion:
    """What the version of a signed pin should be like.

    Args:
        tags: Every tag that Weighbridge writes on it.
        due: Whether it has to be there: somebody approved the pin.
    """

    tags: Mapping[str, str]
    due: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """What the registry should show of one model.

    Args:
        project: The project that governs it.
        name: The governed name.
        tags: The tags that Weighbridge writes on the registered model; empty if no pin was ever signed.
        versions: By digest, every signed pin.
        verdicts: What each stage says of its head.
        legacy_stages: Whether heads stand in MLflow's deprecated stages too.
        elsewhere: Names of other models of the project, by digest of their pins.
    """

    project: str
    name: str
    tags: Mapping[str, str]
    versions: Mapping[str, ExpectedVersion]
    verdicts: tuple[Verdict, ...]
    legacy_stages: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def heads(self) -> dict[str, str]:
        """Digest by stage, of the stages that let something run now."""
        return {item.stage: item.digest for item in self.verdicts if item.allow and item.digest}

    @property
    def due(self) -> tuple[str, ...]:
        """The digests whose versions have to be there."""
        heads = set(self.heads.values())
        return tuple(digest for digest, item in self.versions.items() if item.due or digest in heads)

    def tags_of(self, digest: str | None, version: str, view: RegistryView) -> Mapping[str, str] | None:
        """The tags of a version that is ours; None of one that is not, a second one of the same digest included."""
        known = self.versions.get(digest or "")
        return known.tags if known and digest and view.version_of(digest) == version else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Registry and signed state beside each other.

    Args:
        divergences: By governed name; a name that was not compared is not in it.
        ungoverned: Registered models without evidence, and what diverges of models that were removed; None if nobody
            looked for them.
        trouble: Why the registry, or some model in it, could not be looked at: code, message, hint; None if it could.
    """

    divergences: Mapping[str, tuple[Divergence, ...]] = field(default_factory=dict)
    ungoverned: tuple[Divergence, ...] | None = None
    trouble: tuple[str, str, str] | None = None


def put_back(name: str) -> str:
    """The next step where Weighbridge can put the view back by itself."""
    return f"weighbridge register --reconcile {name}"


def compare(expected: Expected, view: RegistryView | None) -> tuple[Divergence, ...]:
    """Every divergence of one model: its versions first, then tags, stages and aliases.

    Args:
        expected: What should be.
        view: What is; None if the registry has no model of that name.
    """
    name = expected.name
    if view is None:
        missing = f"the registry has no model {name}, though it has approvals"
        return (Divergence(Code.MODEL_MISSING, name, missing, put_back(name)),) if expected.due else ()
    if view.owner != expected.project:
        whose = f"is tagged as project {_text(view.owner)}'s" if view.owner else "bears no project's tag"
        hint = "see in MLflow whose it is: delete it there, or govern this model under another name"
        return (Divergence(Code.MODEL_FOREIGN, name, f"the registered model {name} {whose}", hint),)
    return (
        *_versions(expected, view),
        *_tags(expected, view),
        *_stages(expected, view),
        *_aliases(expected, view),
    )


def without_evidence(name: str, owner: str, project: str) -> Divergence:
    """A registered model of which nothing was ever signed here.

    Args:
        name: Its name, which may be anybody's.
        owner: The project that it is tagged with; empty for none.
        project: The project that looks.
    """
    said = f"of the registered model {_text(name)} nothing was signed here"
    if owner == project:
        hint = f"delete it in MLflow, or take its tag {OWN_TAGS}project away"
        return Divergence(Code.MODEL_UNPROVEN, name, f"{said}, though it is tagged as this project's", hint)
    if owner:
        hint = f"the audit of project {_text(owner)} can tell of it: the tag alone proves nothing"
        return Divergence(Code.MODEL_ELSEWHERE, name, f"{said}: it is tagged as project {_text(owner)}'s", hint)
    hint = "if it holds weights of third parties, govern them: weighbridge add REF --name NAME"
    return Divergence(Code.MODEL_UNGOVERNED, name, said, hint)


def _versions(expected: Expected, view: RegistryView) -> Iterator[Divergence]:
    name = expected.name
    for digest in expected.due:
        if view.version_of(digest) is None:
            gone = f"no version of {name} stands for {short(digest)}, which has approvals"
            yield Divergence(Code.VERSION_MISSING, name, gone, put_back(name))
    hint = f"see in MLflow who made it, and delete version {{}} of {name} there if nobody needs it"
    for item in view.versions:
        if expected.tags_of(item.digest, item.version, view) is None:
            code, why = _foreign(expected, item, view)
            said = f"version {item.version} of {name} {why}"
            yield Divergence(code, name, said, hint.format(item.version), item.version)


def _foreign(expected: Expected, item: RegisteredVersion, view: RegistryView) -> tuple[Code, str]:
    """Why a version is not ours."""
    if item.digest is None:
        return Code.VERSION_FOREIGN, "has another source than Weighbridge's"
    first = view.version_of(item.digest)
    if item.digest in expected.versions:
        return Code.VERSION_DUPLICATE, f"stands for the same bytes as version {first}"
    other = expected.elsewhere.get(item.digest)
    if other is not None:
        return Code.VERSION_MISPLACED, f"stands for {short(item.digest)}, which is pinned as {other}"
    project, name = (item.tags.get(OWN_TAGS + key) for key in ("project", "name"))
    if (project or expected.project) != expected.project or (name or expected.name) != expected.name:
        whose = f"{_text(name or 'a model')} of project {_text(project or expected.project)}"
        return Code.VERSION_MISPLACED, f"is tagged as {whose}"
    return Code.VERSION_FOREIGN, f"stands for {short(item.digest)}, which nobody trusted has signed as {expected.name}"


def _tags(expected: Expected, view: RegistryView) -> Iterator[Divergence]:
    if expected.tags:
        yield from _tags_of(expected.name, None, view.tags, expected.tags)
    ours = {pair for item in expected.versions.values() for pair in item.tags.items()}
    for item in view.versions:
        wanted = expected.tags_of(item.digest, item.version, view)
        if wanted is not None:
            yield from _tags_of(expected.name, item.version, item.tags, wanted)
            continue
        for key, value in sorted(item.tags.items()):
            if key.startswith(OWN_TAGS) or (key, value) in ours:
                said = f"version {item.version} of {expected.name} is not ours and bears the tag {_text(key)}"
                yield _tag(Code.TAG_COPIED, expected.name, item.version, key, said)


def _tags_of(
    name: str, version: str | None, found: Mapping[str, str], wanted: Mapping[str, str]
) -> Iterator[Divergence]:
    where = name if version is None else f"version {version} of {name}"
    for key in sorted({*wanted, *(key for key in found if key.startswith(OWN_TAGS))}):
        if key not in wanted:
            said = f"{where} bears the tag {_text(key)}, which Weighbridge did not write"
            yield _tag(Code.TAG_INVENTED, name, version, key, said)
        elif key not in found:
            yield _tag(Code.TAG_MISSING, name, version, key, f"{where} lacks the tag {key}")
        elif found[key] != wanted[key]:
            said = f"the tag {key} of {where} is {_text(found[key])}, not {_text(wanted[key])}"
            yield _tag(Code.TAG_DIFFERS, name, version, key, said)


def _tag(code: Code, name: str, version: str | None, key: str, said: str) -> Divergence:
    return Divergence(code, name, said, put_back(name), version, tag=key)


def _stages(expected: Expected, view: RegistryView) -> Iterator[Divergence]:
    """Of MLflow's deprecated stages; one that signed state agrees with is fine, also where we do not move them."""
    name, wanted = expected.name, _wanted(expected, view)
    for item in view.versions:
        stage = item.stage.lower()
        if stage in LEGACY and wanted.get(stage) != item.version:
            said = f"MLflow's stage {item.stage} holds version {item.version} of {name}, which is not approved for it"
            yield Divergence(Code.STAGE_MOVED, name, said, put_back(name), item.version, stage)
    for stage, version in wanted.items():
        inside = {item.version for item in view.versions if item.stage == LEGACY.get(stage)}
        if expected.legacy_stages and stage in LEGACY and version not in {None, *inside}:
            said = f"MLflow's stage {LEGACY[stage]} does not hold version {version} of {name}"
            yield Divergence(Code.STAGE_MISSING, name, said, put_back(name), version, stage)


def _wanted(expected: Expected, view: RegistryView) -> dict[str, str | None]:
    """Version by stage, of the stages that have a head; None where the head has no version."""
    return {stage: view.version_of(digest) for stage, digest in expected.heads.items()}


def _aliases(expected: Expected, view: RegistryView) -> Iterator[Divergence]:
    name, wanted = expected.name, _wanted(expected, view)
    for verdict in expected.verdicts:
        stage, found = verdict.stage, view.aliases.get(verdict.stage)
        code, said = None, ""
        if stage in wanted and found is None:
            code, said = Code.ALIAS_MISSING, f"the alias {stage} of {name} is missing"
        elif stage in wanted and found != wanted[stage]:
            right = f"version {wanted[stage]}" if wanted[stage] else f"{short(verdict.digest or '')}, which has none"
            code, said = Code.ALIAS_MOVED, f"the alias {stage} of {name} names version {found}, not {right}"
        elif stage not in wanted and found is not None:
            code, said = _unwanted(verdict, found, view)
        if code is not None:
            yield Divergence(code, name, said, put_back(name), found, stage)
    stages = {_folded(verdict.stage): verdict.stage for verdict in expected.verdicts}
    for alias, version in sorted(view.aliases.items()):
        if alias not in stages.values() and _folded(alias) in stages:
            said = f"the alias {_text(alias)} of {name} names version {version} and looks like {stages[_folded(alias)]}"
            yield Divergence(Code.ALIAS_LOOKALIKE, name, said, put_back(name), version, alias)


def _unwanted(verdict: Verdict, found: str, view: RegistryView) -> tuple[Code, str]:
    """An alias for a stage that lets nothing run."""
    says = f"the alias {verdict.stage} of {view.name} names version {found}"
    if verdict.digest is not None and found == view.version_of(verdict.digest):
        return Code.ALIAS_DENIED, f"{says}, which the stage denies now: {verdict.reasons[0].code}"
    return Code.ALIAS_INVENTED, f"{says}, and nothing is approved for it"


def _folded(alias: str) -> str:
    """An alias as a hurried reader takes it: MLflow's aliases are case-sensitive."""
    return unicodedata.normalize("NFKC", alias).casefold().replace("-", "_")


def _text(text: str) -> str:
    """A foreign text, quoted and of bounded length."""
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…")
