"""Adoption: which models a repository's files name and nobody governs here, and under which names they could be.

A pure function from mentions to uses. It asks no source; what sources say is `weighbridge.core.adoption_plan`'s. A
model's uses are kept commit by commit; what follows a branch follows that branch.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.core.adoption_names import another, escaped, proposed
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


Place: TypeAlias = tuple[str, str]
"""A model, by `key_of`, and the revision that is followed; empty for the source's default."""


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
    def place(self) -> Place:
        """The model at this revision."""
        return self.key, self.ref.revision or ""

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
        governed: What is governed already.
        refused: What can't be adopted.
        unclear: Mentions of which only running the program would tell the model or its revision.
    """

    uses: tuple[Use, ...]
    governed: tuple[Use, ...]
    refused: tuple[Refused, ...]
    unclear: tuple[Mention, ...]


def key_of(ref: Ref) -> str:
    """What tells a model from others, whatever its revision, part or spelling."""
    text = f"{ref.scheme}:{ref.name.partition('#')[0]}"
    return text.lower() if ref.scheme in _CASELESS else text


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
        self.names: dict[str, set[Place]] = defaultdict(set)
        """What has a name, by the name."""
        self._follows = follows
        self._live: dict[str, list[Pin]] = defaultdict(list)
        self._gone: dict[Place, str] = {}
        for pin in live:
            for key in self._noted(pin.name, pin.ref):
                self._live[key].append(pin)
        for pin in begun:
            self._noted(pin.name, pin.ref)
        for pin in gone:
            for key in self._noted(pin.name, pin.ref):
                self._gone |= {(key, ""): pin.name, (key, pin.revision): pin.name}
        for name, ref in follows.items():
            self._noted(name, ref)

    def _noted(self, name: str, ref: Ref) -> list[str]:
        keys = [key_of(Ref.parse(place)) for place in places(ref.source)]
        self.names[name] |= {(key, ref.revision or "") for key in keys}
        return keys

    def live(self, key: str) -> str:
        """The name under which a model is governed; empty if it is not."""
        return next((pin.name for pin in self._live.get(key, ())), "")

    def gone(self, ref: Ref) -> str:
        """The name under which a model, or this commit of it, was governed and taken back; empty if it was not."""
        key, pins = key_of(ref), self._live.get(key_of(ref), ())
        if not pins:
            return self._gone.get((key, ""), "")
        is_live = ref.revision is None or any(pin.revision == ref.revision for pin in pins)
        return "" if is_live else self._gone.get((key, str(ref.revision)), "")

    def name_of(self, place: Place) -> str:
        """The name that is this model's at this revision alone; empty if it has none."""
        return next((name for name, found in sorted(self.names.items()) if found == {place}), "")

    def governs(self, use: Use) -> bool:
        """Whether nothing is to be adopted for a use: a commit is pinned, what moves is somebody's choice already.

        A lock without an entry in weighbridge.toml is half an adoption.
        """
        pins = [pin for pin in self._live.get(use.key, ()) if pin.name in self._follows]
        return any(pin.revision == use.ref.revision for pin in pins) if use.is_fixed else bool(pins)


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
    governed = tuple(use for use in ordered if held.governs(use))
    return Survey(wanted, governed, tuple(value for _, value in sorted(refused.items())), tuple(unclear))


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
    if name := held.gone(ref):
        why, hint = f"it was governed as {name}, and was taken back", f"weighbridge audit {name} says why"
        return Refused(ref.source, why, hint, (mention.spot,))
    return Use(ref, (mention.spot,))


def is_meant(model: Ref | str, text: str) -> bool:
    """Whether a user's model or pattern means a model: with or without scheme and revision, whatever the case."""
    texts = [whole.lower() for whole in ((model,) if isinstance(model, str) else (str(model), model.source))]
    return any(fnmatchcase(part, text.lower()) for whole in texts for part in (whole, whole.partition(":")[2]))


def chosen(found: Survey, only: Sequence[str], exclude: Sequence[str]) -> Survey:
    """What a user asks for of a survey.

    Raises:
        UsageError: Files name no model that fits a pattern (code ``no-such-mention``).
    """
    models: list[Ref | str] = [
        *(use.ref for use in (*found.uses, *found.governed)),
        *(item.model for item in found.refused),
    ]
    for text in (*only, *exclude):
        if not any(is_meant(model, text) for model in models):
            raise _no_such(text, models)

    def is_chosen(model: Ref | str) -> bool:
        wanted = not only or any(is_meant(model, text) for text in only)
        return wanted and not any(is_meant(model, text) for text in exclude)

    uses = tuple(use for use in found.uses if is_chosen(use.ref))
    return replace(found, uses=uses, refused=tuple(item for item in found.refused if is_chosen(item.model)))


def _no_such(text: str, models: Iterable[Ref | str]) -> UsageError:
    listed = dict.fromkeys(model if isinstance(model, str) else model.source for model in models)
    hint = f"they name: {', '.join(listed) or 'none'}"
    return UsageError(f"no model that files name fits {text!r}", code="no-such-mention", hint=hint)


def names_for(found: Survey, held: Held, asked: Mapping[str, str]) -> dict[Place, str]:
    """The governed name of each use; the same ones whenever it is asked.

    What a stage lets run of one name is one revision, so each revision of a model has a name of its own.

    Args:
        found: The whole survey, also of what is not chosen.
        held: What is there already.
        asked: Names as a user gives them, by model, with or without a revision.

    Raises:
        UsageError: A name can't be one (code ``bad-name``), is another model's or not this one's (code ``name-taken``),
            or is for a model that files do not name (code ``no-such-mention``).
    """
    names = _asked(found, held, asked)
    for use in found.uses:
        name = held.name_of(use.place)
        if name and use.place not in names and name not in names.values():
            names[use.place] = name
    # Of each model, the one that moves is the last, and has the plain name.
    backwards = found.uses[::-1]
    for use in sorted(backwards, key=lambda use: use.key):
        if use.place not in names:
            base = held.live(use.key) or next((names[key, at] for key, at in names if key == use.key), "")
            taken = {*held.names, *names.values()}
            names[use.place] = another(base, use.place[1], taken) if base else proposed(use.ref, taken)
    return names


def _asked(found: Survey, held: Held, asked: Mapping[str, str]) -> dict[Place, str]:
    names: dict[Place, str] = {}
    for model, name in asked.items():
        require_name(name)
        meant = [use for use in (*found.governed, *found.uses) if is_meant(use.ref, escaped(model))]
        if not meant:
            raise _no_such(model, [use.ref for use in (*found.uses, *found.governed)])
        use = meant[-1]
        if use not in found.uses:
            if held.live(use.key) != name:
                message = f"{model} is governed as {held.live(use.key)} already"
                raise UsageError(message, code="name-taken", hint="leave its --name out")
        elif name in names.values() or held.names.get(name, {use.place}) != {use.place}:
            raise UsageError(f"the name {name} is another model's", code="name-taken", hint="choose another --name")
        else:
            names[use.place] = name
    return names
