"""What lint says of a mention: may a merge that brings it land?

A pure function over what is governed here and what each stage says of it now. It reads no file and knows no language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from weighbridge.core.digest import short
from weighbridge.core.ref import Ref, places
from weighbridge.core.vendors import Naming, classify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.core.cached import KnownPin
    from weighbridge.core.canonical import Json
    from weighbridge.core.mention import Mention

SCHEME: Final = "weighbridge"
"""The scheme of mentions that name a governed model by its own name."""
NOTICE: Final = timedelta(days=90)
"""How long before its last day a vendor's model is told of."""
_BY_NAME: Final = frozenset({SCHEME, "mlflow"})
"""Schemes whose mentions name a governed model by its own name."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LEGACY: Final = frozenset({"none", "staging", "production", "archived"})
# GitHub and the Hub know no case.
_CASELESS: Final = frozenset({"hf", "torchhub"})
_REVISED: Final = frozenset({"hf", "torchhub", "oci"})
"""Schemes whose references take a revision."""
_SOURCES: Final = frozenset({*_REVISED, "https", "http", "s3", "gs", "az", "ssh", "file", "api"})
"""Schemes that there is a source for."""


class Ruling(StrEnum):
    """What lint says."""

    REVOKED = "revoked"
    REMOTE_CODE = "remote-code"
    UNREGISTERED = "unregistered"
    UNPINNED = "unpinned"
    ALIAS = "alias"
    UNAPPROVED = "unapproved"
    EXPIRED = "expired"
    RETIRING = "retiring"
    UNRESOLVED = "unresolved"
    GOVERNED = "governed"


ERRORS: Final = frozenset(set(Ruling) - {Ruling.RETIRING, Ruling.UNRESOLVED, Ruling.GOVERNED})
"""What a merge must not bring."""


@dataclass(frozen=True, slots=True)
class Linted:
    """A mention with what is said of it.

    Args:
        mention: The mention.
        ruling: What lint says.
        message: One sentence.
        hint: The next step; empty where nothing is to be done.
        name: The governed name, if the model has one.
        revision: The revision that the lock holds for it, where exactly one pin may run.
    """

    mention: Mention
    ruling: Ruling
    message: str
    hint: str = ""
    name: str = ""
    revision: str = ""

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        mention = self.mention
        return {
            **mention.spot.to_json(),
            "rule": mention.rule,
            "verdict": str(self.ruling),
            "what": mention.what,
            "model": mention.ref or None,
            "revision": mention.revision,
            "name": self.name or None,
            "message": self.message,
            "hint": self.hint,
        }


class Governed:
    """What is governed, by the names that programs use.

    Args:
        pins: Every signed pin, with what each stage says of it.
    """

    def __init__(self, pins: Iterable[KnownPin]) -> None:
        self._by_name: dict[str, list[KnownPin]] = {}
        self._by_source: dict[str, list[KnownPin]] = {}
        for known in pins:
            self._by_name.setdefault(known.pin.name, []).append(known)
            for place in places(known.pin.source):
                self._by_source.setdefault(_key(*_parts(place)), []).append(known)

    def named(self, name: str) -> Sequence[KnownPin]:
        """The pins of a governed name."""
        return self._by_name.get(name, ())

    def of(self, mention: Mention) -> Sequence[KnownPin]:
        """The pins of the model that a mention names."""
        return self._by_source.get(_key(mention.scheme, mention.model or ""), ())


class Asked:
    """Which governed models some mentions can be about.

    Args:
        mentions: The mentions.
    """

    def __init__(self, mentions: Iterable[Mention]) -> None:
        told = [each for each in mentions if each.model is not None]
        self._names = {each.model for each in told if each.scheme in _BY_NAME}
        self._keys = {_key(each.scheme, each.model or "") for each in told}

    def __call__(self, name: str, sources: Iterable[str]) -> bool:
        """Whether a model of this name, or from one of these sources, is meant."""
        return name in self._names or any(
            _key(*_parts(place)) in self._keys for source in sources for place in places(source)
        )


def _parts(source: str) -> tuple[str, str]:
    ref = Ref.parse(source)
    return (ref.scheme, source) if ref.scheme in {"https", "http"} else (ref.scheme, ref.name)


def _key(scheme: str, model: str) -> str:
    text = f"{scheme}:{model.partition('#')[0]}"
    return text.lower() if scheme in _CASELESS else text


def lint(mention: Mention, governed: Governed, now: datetime) -> Linted:
    """What is said of one mention.

    Args:
        mention: The mention.
        governed: What is governed here.
        now: The time of asking.
    """
    if mention.model is None or mention.is_open:
        what = "which model" if mention.model is None else f"which revision of {mention.model}"
        return Linted(mention, Ruling.UNRESOLVED, f"only running the program would tell {what} {mention.what} names")
    if mention.scheme == SCHEME:
        return _by_name(mention, mention.model, governed)
    if mention.scheme == "mlflow":
        return _registered(mention, mention.model, governed)
    pins = governed.of(mention)
    if mention.scheme == "api":
        return _vendor(mention, pins, now)
    if not pins:
        return _unknown(mention)
    return _pinned(mention, pins)


def _unknown(mention: Mention) -> Linted:
    model, add = mention.ref, _next(mention)
    if mention.runs_code:
        return Linted(mention, Ruling.REMOTE_CODE, f"{model} is not governed here, and its code would run", add)
    if mention.can_pin and not _is_immutable(mention.revision or ""):
        return Linted(mention, Ruling.UNPINNED, f"{model} {_follows(mention)}, and is not governed here", add)
    return Linted(mention, Ruling.UNREGISTERED, f"{model} is not governed here", add)


def _is_immutable(revision: str) -> bool:
    return bool(_COMMIT.fullmatch(revision) or _DIGEST.fullmatch(revision))


def _follows(mention: Mention) -> str:
    return f"follows {mention.revision}" if mention.revision else "has no revision"


def _next(mention: Mention) -> str:
    """What brings a model under governance."""
    if mention.scheme not in _SOURCES:
        return f"nothing of {mention.scheme} can be pinned: take the model from hf: or oci:, and add that"
    at = f"@{mention.revision}" if mention.revision and mention.scheme in _REVISED else ""
    return f"weighbridge add {mention.ref}{at} --name NAME"


def _pinned(mention: Mention, pins: Sequence[KnownPin]) -> Linted:
    """A governed model, by the revision that is written."""
    name, meant = pins[0].pin.name, [known for known in pins if known.pin.revision == mention.revision]
    if not meant:
        return _loose(mention, name, pins)
    allowed = [known for known in meant if known.allowed]
    found = allowed[0] if allowed else meant[0]
    said = f"{found.pin.name} {short(found.pin.digest)}"
    if allowed:
        return Linted(mention, Ruling.GOVERNED, f"it is {said}", "", found.pin.name, found.pin.revision)
    if found.revoked:
        return Linted(mention, Ruling.REVOKED, f"{said} was revoked", f"weighbridge audit {name}", name)
    expired = "expired" in found.stages.values()
    ruling = Ruling.EXPIRED if expired else Ruling.UNAPPROVED
    why = "its approvals have ended" if expired else "no stage lets it run"
    return Linted(mention, ruling, f"{said}: {why}", f"weighbridge status {name}", name)


def _loose(mention: Mention, name: str, pins: Sequence[KnownPin]) -> Linted:
    """A governed model without a revision that is pinned here."""
    running = {known.pin.revision for known in pins if known.allowed}
    revision = next(iter(running)) if len(running) == 1 else ""
    written = mention.revision or ""
    if _is_immutable(written):
        message = f"{name} has no pin of the revision {written[:19]}"
        return Linted(mention, Ruling.UNREGISTERED, message, f"weighbridge status {name}", name, revision)
    follows = _follows(mention)
    hint = f'weighbridge.load("{name}") gives what is approved'
    if mention.can_pin and revision:
        hint = f"pin it: {revision}"
    elif not running:
        hint = f"weighbridge approve {name} lets a revision run, weighbridge lint --fix then writes it in"
    if mention.runs_code:
        return Linted(mention, Ruling.REMOTE_CODE, f"{name} {follows}, and its code would run", hint, name, revision)
    return Linted(mention, Ruling.UNPINNED, f"{name} {follows}: it can change", hint, name, revision)


def _by_name(mention: Mention, name: str, governed: Governed) -> Linted:
    """A model by its governed name: every load of it is verified."""
    pins = governed.named(name)
    if not pins:
        hint = "weighbridge status lists what is governed"
        return Linted(mention, Ruling.UNREGISTERED, f"no model {name!r} is governed here", hint)
    if any(known.allowed for known in pins):
        return Linted(mention, Ruling.GOVERNED, f"{name} is verified when it is loaded", "", name)
    if all(known.revoked for known in pins):
        return Linted(mention, Ruling.REVOKED, f"{name} was revoked", f"weighbridge audit {name}", name)
    return Linted(mention, Ruling.UNAPPROVED, f"no stage lets {name} run", f"weighbridge status {name}", name)


def _registered(mention: Mention, name: str, governed: Governed) -> Linted:
    """A model by its name in MLflow's registry, with a version, an alias or a deprecated stage."""
    found = _by_name(mention, name, governed)
    stage = mention.revision or ""
    if found.ruling is not Ruling.GOVERNED or stage.isdigit():
        return found
    if stage.lower() in _LEGACY and not stage.startswith("@"):
        hint = f"models:/{name}@{stage.lower()}"
        return Linted(
            mention, Ruling.ALIAS, f"{stage} is a deprecated stage of MLflow, which anybody can move", hint, name
        )
    alias = stage.removeprefix("@")
    reasons = {known.stages[alias] for known in governed.named(name) if alias in known.stages}
    if "" in reasons:
        return found
    message = f"no pin of {name} may run in {alias}" if reasons else f"{alias!r} is no stage here"
    return Linted(mention, Ruling.UNAPPROVED, message, f"weighbridge status {name}", name)


def _vendor(mention: Mention, pins: Sequence[KnownPin], now: datetime) -> Linted:
    """A model that a vendor serves."""
    vendor, _, model = (mention.model or "").partition("/")
    named = classify(vendor, model)
    if named.naming is Naming.ALIAS:
        hint = "name the snapshot, and add it: weighbridge add api:VENDOR/SNAPSHOT"
        return Linted(mention, Ruling.ALIAS, f"{model} is an alias: {named.reason}", hint)
    if not pins:
        return _unknown(mention)
    name, last = pins[0].pin.name, _last_day(pins[0].pin.metadata)
    if not any(known.allowed for known in pins):
        return _by_name(mention, name, Governed(pins))
    if last is not None and now >= last - NOTICE:
        message = f"{name} is not served any more from {last.date()} on"
        return Linted(mention, Ruling.RETIRING, message, "choose its successor, and add that", name)
    return Linted(mention, Ruling.GOVERNED, f"it is {name}", "", name)


def _last_day(metadata: Mapping[str, Json]) -> datetime | None:
    try:
        day = date.fromisoformat(str(metadata.get("retires") or ""))
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
