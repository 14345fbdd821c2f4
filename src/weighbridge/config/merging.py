"""What a merge does to weighbridge.toml beside rules and people: models, folders, registry, plug-ins, catalogue.

Every field of `Settings` has a judgement here; one without fails the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.merge import MergeFinding, note, refused
from weighbridge.core.merge_policy import policy_findings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.config import ModelIntent, Settings

    _Judgement = Callable[[Settings, Settings, str], Iterator[MergeFinding]]

_OWNERS: Final = "let the project's owners overrule this check for this merge alone, or take it out of the merge"


def settings_findings(before: Settings, after: Settings, path: str) -> Iterator[MergeFinding]:
    """What the merge changes of weighbridge.toml.

    Args:
        before: The base's.
        after: The merge's.
        path: Where both stand.
    """
    for name, judgement in SETTINGS.items():
        yield from judgement(before, after, f"{path}:{name}")


def _policy(before: Settings, after: Settings, place: str) -> Iterator[MergeFinding]:
    return policy_findings(before.policy, after.policy, place.rpartition(":")[0])


def _models(before: Settings, after: Settings, place: str) -> Iterator[MergeFinding]:
    for name in sorted(before.models.keys() | after.models.keys()):
        old, new = before.models.get(name), after.models.get(name)
        if old is None:
            yield note("model-added", f"{place}.{name}", f"{name} is to be governed")
        elif new is None:
            yield note("model-removed", f"{place}.{name}", f"{name} is followed no more")
        else:
            yield from _intent(name, old, new, f"{place}.{name}")


def _intent(name: str, before: ModelIntent, after: ModelIntent, place: str) -> Iterator[MergeFinding]:
    if before.ref != after.ref:
        message = f"{name} followed {before.ref} and follows {after.ref}"
        yield refused("source-changed", place, message, "give another source another name: weighbridge add")
    if before.remote != after.remote:
        message = f"the DVC remote of {name} was {_or_default(before.remote)} and is {_or_default(after.remote)}"
        yield refused("remote-changed", f"{place}.remote", message, _OWNERS)
    if before.selection != after.selection:
        yield note("selection-changed", place, f"other files of {name} are to be taken than before")


def _or_default(remote: str) -> str:
    return remote or "the default one"


def _moved(rule: str, read: Callable[[Settings], object], what: str) -> _Judgement:
    """Refuse any change of a value."""

    def judge(before: Settings, after: Settings, place: str) -> Iterator[MergeFinding]:
        old, new = read(before), read(after)
        if old != new:
            yield refused(rule, place, f"{what} was {_text(old)} and is {_text(new)}", _OWNERS)

    return judge


def _text(value: object) -> str:
    return repr(value) if value else "none"


def _legacy(before: Settings, after: Settings, place: str) -> Iterator[MergeFinding]:
    if before.legacy_stages != after.legacy_stages:
        yield note("config-changed", place, f"legacy_stages is {str(after.legacy_stages).lower()} now")


def _sources(before: Settings, after: Settings, place: str) -> Iterator[MergeFinding]:
    for scheme in sorted(before.sources.keys() | after.sources.keys()):
        old, new = before.sources.get(scheme), after.sources.get(scheme)
        if old == new:
            continue
        if new is None:
            yield note("plugin-removed", f"{place}.{scheme}", f"{scheme}: is served by {old} no more")
        else:
            message = f"{scheme}: is served by the program {new} now, which runs wherever weighbridge does"
            yield refused("plugin-changed", f"{place}.{scheme}", message, _OWNERS)


def _unlinted(before: Settings, after: Settings, place: str) -> Iterator[MergeFinding]:
    old, new = before.lint_exclude, after.lint_exclude
    if old == new:
        return
    gone = [line for line in old if line not in new]
    if [line for line in old if line in new] == list(new) and not any(line.startswith("!") for line in gone):
        yield note("config-changed", place, f"lint looks at {', '.join(gone)} again")
    else:
        message = f"files that lint leaves out were {_text(list(old))} and are {_text(list(new))}"
        yield refused("lint-loosened", place, message, _OWNERS)


SETTINGS: Final[Mapping[str, _Judgement]] = {
    "policy": _policy,
    "models": _models,
    "models_folder": _moved("models-moved", lambda item: item.models_folder, "the folder of the models"),
    "mlflow_uri": _moved("registry-changed", lambda item: item.mlflow_uri, "the registry"),
    "legacy_stages": _legacy,
    "catalog": _moved("catalog-changed", lambda item: item.catalog, "the catalogue"),
    "sources": _sources,
    "remotes": _moved("remote-changed", lambda item: dict(item.remotes), "the DVC remote by scheme"),
    "lint_exclude": _unlinted,
}
"""By the field of `Settings`."""
