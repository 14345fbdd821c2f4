"""Adoption: which models a repository's files name and nobody governs here, and under which names they could be.

A pure function from mentions to uses. It asks no source; what sources say is `weighbridge.core.adoption_plan`'s. A
model's uses are kept commit by commit; what follows a branch follows that branch.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from weighbridge.core.adoption_names import proposed
from weighbridge.core.errors import UsageError
from weighbridge.core.ref import Ref, places, require_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from weighbridge.core.mention import Mention, Spot
    from weighbridge.core.pin import Pin

_OWN: Final = "weighbridge"
_REGISTRY: Final = "mlflow"
_IMMUTABLE: Final = re.compile(r"[0-9a-f]{40}|sha256:[0-9a-f]{64}")
# GitHub and the Hub know no case.
_CASELESS: Final = frozenset({"hf", "torchhub"})
_REVISED: Final = frozenset({"hf", "torchhub", "oci"})
"""Schemes whose references take a revision."""


@dataclass(frozen=True, slots=True)
class Use:
    """One model at one revision, as files name it.

    Args:
        ref: What they name; without a revision, the source's default.
        spots: Where, in order.
    """

    ref: Ref
    spots: tuple[Spot, ...]

    @property
    def key(self) -> str:
        """The model, by `key_of`."""
        return key_of(self.ref)

    @property
    def is_fixed(self) -> bool:
        """Whether the revision is one that never moves."""
        return bool(_IMMUTABLE.fullmatch(self.ref.revision or ""))


@dataclass(frozen=True, slots=True)
class Refused:
    """A model that can't be adopted.

    Args:
        model: As a reference without its revision.
        why: One sentence.
        hint: The next step.
        spots: Where it is used.
    """

    model: str
    why: str
    hint: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What files name and nobody governs here.

    Args:
        uses: What a source can be asked for: model by model, fixed revisions first, the most used other one last.
        refused: What can't be adopted.
        unclear: Mentions of which only running the program would tell the model or its revision.
    """

    uses: tuple[Use, ...]
    refused: tuple[Refused, ...]
    unclear: tuple[Mention, ...]


def key_of(ref: Ref) -> str:
    """What tells a model from others, whatever its revision, part or spelling."""
    text = f"{ref.scheme}:{ref.name.partition('#')[0]}"
    return text.lower() if ref.scheme in _CASELESS else text


def _keys(source: str) -> list[str]:
    return [key_of(Ref.parse(place)) for place in places(source)]


class Held:
    """What a project has already.

    Args:
        live: Its live pins.
        begun: Signed pins that are not live and were not taken back: an adoption was cut short.
        gone: Signed pins that are not live and were taken back.
        follows: What weighbridge.toml says each model follows.
    """

    def __init__(
        self, live: Iterable[Pin], begun: Iterable[Pin], gone: Iterable[Pin], follows: Mapping[str, Ref]
    ) -> None:
        self.follows = follows
        self._live: dict[str, list[Pin]] = defaultdict(list)
        self._gone: dict[str, str] = {}
        self.names: dict[str, set[str]] = defaultdict(set)
        """The models that have a name, by the name."""
        for pin in live:
            self._note(pin.name, pin.source)
            for key in _keys(pin.source):
                self._live[key].append(pin)
        for pin in begun:
            self._note(pin.name, pin.source)
        for pin in gone:
            self._note(pin.name, pin.source)
            self._gone |= dict.fromkeys(_keys(pin.source), pin.name)
        for name, ref in follows.items():
            self._note(name, ref.source)

    def _note(self, name: str, source: str) -> None:
        self.names[name].update(_keys(source))

    def live(self, key: str) -> Sequence[Pin]:
        """The live pins of a model."""
        return self._live.get(key, ())

    def gone(self, key: str) -> str:
        """The name under which a model was governed and taken back; empty if it was not."""
        return "" if key in self._live else self._gone.get(key, "")

    def name_of(self, key: str) -> str:
        """The name that is this model's alone; empty if it has none."""
        found = [name for name, keys in sorted(self.names.items()) if keys == {key}]
        live = [pin.name for pin in self.live(key)]
        return next(iter([*live, *found]), "")

    def governs(self, use: Use) -> bool:
        """Whether nothing is to be adopted for a use: what moves is somebody's choice already, a commit is pinned."""
        pins = self.live(use.key)
        if use.is_fixed and all(pin.revision != use.ref.revision for pin in pins):
            return False
        return any(pin.name in self.follows for pin in pins)


def survey(mentions: Iterable[Mention], held: Held, sources: Collection[str]) -> Survey:
    """What mentions mean for adoption.

    Args:
        mentions: The mentions, exceptions left out.
        held: What is there already.
        sources: The schemes that there is a source for.
    """
    unclear: list[Mention] = []
    refused: dict[str, Refused] = {}
    found: dict[str, dict[str, Use]] = {}
    for each in mentions:
        if each.model is None:
            unclear.append(each)
        elif each.scheme != _OWN and not (each.scheme == _REGISTRY and each.model in held.names):
            judged = _use(each, held, sources)
            if isinstance(judged, Refused):
                before = refused.get(judged.model, replace(judged, spots=()))
                refused[judged.model] = replace(before, spots=(*before.spots, *judged.spots))
            elif each.is_open:
                unclear.append(each)
            else:
                uses = found.setdefault(key_of(judged.ref), {})
                same = uses.get(judged.ref.revision or "", replace(judged, spots=()))
                uses[judged.ref.revision or ""] = replace(same, spots=(*same.spots, each.spot))
    ordered = [use for _, uses in sorted(found.items()) for use in sorted(uses.values(), key=_order)]
    wanted = tuple(use for use in ordered if not held.governs(use))
    return Survey(wanted, tuple(value for _, value in sorted(refused.items())), tuple(unclear))


def _order(use: Use) -> tuple[bool, int, str]:
    return not use.is_fixed, len(use.spots), use.ref.revision or ""


def _use(mention: Mention, held: Held, sources: Collection[str]) -> Use | Refused:
    """What one mention asks for, or why it can't be had."""
    if mention.scheme == _REGISTRY:
        why, hint = "a registry's name says nothing of where the model is from", "weighbridge add its source"
        return Refused(mention.ref, why, hint, (mention.spot,))
    if mention.scheme not in sources:
        hint = "take the model from hf: or oci:, and name that"
        return Refused(mention.ref, f"there is no source for {mention.scheme}:", hint, (mention.spot,))
    try:
        ref = Ref.parse(mention.ref)
    except UsageError as error:
        return Refused(mention.ref, error.message, error.hint, (mention.spot,))
    if mention.scheme in _REVISED and mention.revision:
        ref = ref.at(mention.revision)
    if name := held.gone(key_of(ref)):
        why, hint = f"it was governed as {name}, and was taken back", f"weighbridge audit {name} says why"
        return Refused(ref.source, why, hint, (mention.spot,))
    return Use(ref, (mention.spot,))


def is_meant(ref: Ref, text: str) -> bool:
    """Whether a user's model or pattern means a reference: with or without its scheme, whatever the case."""
    source = ref.source.lower()
    return any(fnmatchcase(part, text.lower()) for part in (source, source.partition(":")[2]))


def chosen(uses: Sequence[Use], only: Sequence[str], exclude: Sequence[str]) -> tuple[Use, ...]:
    """The uses of models that a user asks for.

    Raises:
        UsageError: Nothing fits a pattern (code ``no-such-mention``).
    """
    for text in (*only, *exclude):
        if not any(is_meant(use.ref, text) for use in uses):
            listed = ", ".join(dict.fromkeys(use.ref.source for use in uses)) or "none"
            raise UsageError(
                f"no model that is to be adopted fits {text!r}", code="no-such-mention", hint=f"there are: {listed}"
            )
    return tuple(
        use
        for use in uses
        if (not only or any(is_meant(use.ref, text) for text in only))
        and not any(is_meant(use.ref, text) for text in exclude)
    )


def names_for(uses: Sequence[Use], held: Held, asked: Mapping[str, str]) -> dict[str, str]:
    """The governed name of each model, by `key_of`; the same ones whenever it is asked.

    Args:
        uses: All uses, also those that are not chosen.
        held: What is there already.
        asked: Names by model, as a user gives them.

    Raises:
        UsageError: A name can't be one (code ``bad-name``), is another model's (code ``name-taken``), or is for a model
            that is not to be adopted (code ``no-such-mention``).
    """
    found: dict[str, str] = {}
    refs = {use.key: use.ref for use in uses}
    for model, name in asked.items():
        keys = [key for key, ref in refs.items() if model.lower() in {key.lower(), key.partition(":")[2].lower()}]
        if not keys:
            raise UsageError(
                f"{model} is not to be adopted", code="no-such-mention", hint="weighbridge adopt --dry-run"
            )
        key, own = keys[0], held.live(keys[0])
        if require_name(name) in found.values() or held.names.get(name, {key}) != {key}:
            raise UsageError(f"the name {name} is another model's", code="name-taken", hint="choose another --name")
        if own and own[0].name != name:
            raise UsageError(
                f"{model} is governed as {own[0].name} already", code="name-taken", hint="leave its --name out"
            )
        found[key] = name
    left = {key: ref for key, ref in refs.items() if key not in found}
    found |= {key: name for key in left if (name := held.name_of(key)) and name not in found.values()}
    for key, ref in left.items():
        if key not in found:
            found[key] = proposed(ref, {*held.names, *found.values()})
    return found
