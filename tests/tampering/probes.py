"""What users ask: status, verify and load in a project; load by a store; verify --bundle. Each gives what they see.

Errors become exit codes and reason codes as `weighbridge.cli.app` makes them. A load that gives a folder is believed
only after comparing every byte with the story's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from tests.fakes.mlflow_hands import stock_client, uri_of
from tests.tampering.world import (
    BUNDLES,
    DATABASE,
    EXPORTED,
    NAMES,
    PROJECT,
    REMOTE,
    SEEN,
    STAGES,
    TRUST,
    Grant,
    environment,
)
from weighbridge.core.errors import DeniedError, WeighbridgeError
from weighbridge.core.outcome import Overview
from weighbridge.custody.verbs import Custody
from weighbridge.wiring.bundled import verify_bundle
from weighbridge.wiring.consumer import open_consumer
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.record import Record

    Bytes = Mapping[str, Mapping[str, bytes]]

WRONG_BYTES = "wrong bytes"
FORMER = "any stage"
ELSEWHERE = "whatever the registry names"
FOUND = 10


@dataclass(frozen=True)
class Answer:
    """What one question gave.

    Args:
        exit: The exit code.
        codes: Reason codes.
        grants: What it lets run.
        notes: What it reports beside that: codes of problems and divergences, trust, what audit says of evidence.
    """

    exit: int
    codes: tuple[str, ...] = ()
    grants: frozenset[Grant] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Where to ask, and about what.

    Args:
        base: The folder of everything.
        names: The models.
        known: The files of every pin by digest.
        registry: Whether MLflow is looked at too.
        fresh: The name of an empty cache.
        heads: What is pulled.
        former: Names and digests that were heads once.
    """

    base: Path
    names: tuple[str, ...]
    known: Bytes
    registry: bool = False
    fresh: str = "fresh"
    heads: frozenset[Grant] = frozenset()
    former: tuple[tuple[str, str], ...] = ()


class Reader(Custody):
    """The project's verbs; while one user asks, nobody writes, so that the evidence of a model is replayed once."""

    __slots__ = ("_replayed",)
    _replayed: dict[str, Record | WeighbridgeError]

    @classmethod
    def of(cls, custody: Custody) -> Reader:
        made = cls(**{item.name: getattr(custody, item.name) for item in fields(custody)})
        object.__setattr__(made, "_replayed", {})
        return made

    def record(self, name: str) -> Record:
        kept = self._replayed
        if name not in kept:
            try:
                kept[name] = super().record(name)
            except WeighbridgeError as error:
                kept[name] = error
        found = kept[name]
        if isinstance(found, WeighbridgeError):
            raise found
        return found


def _answered(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except DeniedError as error:
        return Answer(error.exit_code, error.reasons)
    except WeighbridgeError as error:
        return Answer(error.exit_code, (error.code,))
    except OSError:
        # As `weighbridge.cli.app` says it.
        return Answer(1, ("system",))


def _given(asked: Asked, name: str, stage: str, pin: Pin, folder: Path) -> Answer:
    """A load that gave a folder."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if not path.is_dir()}
    digest = pin.digest if found == asked.known.get(pin.digest) else WRONG_BYTES
    return Answer(0, grants=frozenset({(name, stage, digest)}))


def _verdict_notes(verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    return tuple(f"{item.name} {item.stage}: {'/'.join(reason.code for reason in item.reasons)}" for item in verdicts)


def _allowed(verdicts: tuple[Verdict, ...]) -> frozenset[Grant]:
    return frozenset((item.name, item.stage, item.digest or "") for item in verdicts if item.allow)


def _status(custody: Custody, asked: Asked) -> Answer:
    governed = custody.workspace.names()
    names = tuple(name for name in asked.names if name in governed)
    notes = [f"trust {custody.policy.trust}", *[f"governed {name}" for name in governed]]
    everything = asked.registry and names == NAMES
    found = Overview((), None, "skipped")
    if names:
        found = custody.overview(() if everything else names, registry=asked.registry)
    models = found.models
    for item in models:
        notes += [f"pin {pin.digest}" for pin in item.pins]
        notes += [f"{problem.code} {item.name}" for problem in item.problems]
        notes += [f"registry {other.code} {item.name}" for other in item.divergences or ()]
        notes += _verdict_notes(item.verdicts)
        notes += [f"audit/{event.fault or 'counts'} {item.name}" for event in custody.record(item.name).events]
    notes += [f"registry {item.code} {item.name}" for item in found.ungoverned or ()]
    notes += [f"registry {found.trouble[0]}"] if found.trouble else []
    verdicts = tuple(verdict for item in models for verdict in item.verdicts)
    return Answer(0, grants=_allowed(verdicts), notes=tuple(notes))


def _by_alias(custody: Custody, asked: Asked) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """What a client of MLflow gets that loads by alias: the registry says where, signed state says whether."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415  heavy; for these rows alone

    from weighbridge.registries.mlflow_tags import digest_of  # noqa: PLC0415  beside it

    client = stock_client(uri_of(asked.base / DATABASE))

    def load(name: str, stage: str) -> Answer:
        try:
            version = client.get_model_version_by_alias(name, stage).version
            address = client.get_model_version_download_uri(name, version)
        except MlflowException:
            return Answer(0, notes=("the registry gives nothing",))
        digest = digest_of(address)
        if digest is None:
            # MLflow goes there by itself, and asks nobody.
            return Answer(0, grants=frozenset({(name, stage, ELSEWHERE)}))
        pin, folder = custody.load_digest(digest)
        return _given(asked, name, stage, pin, folder)

    for name in asked.names:
        for stage in STAGES:
            yield f"models:/{name}@{stage}", lambda name=name, stage=stage: load(name, stage)  # type: ignore[misc]


def _project(asked: Asked) -> Iterator[tuple[str, Callable[[], Answer]]]:
    custody = Reader.of(open_project(asked.base / PROJECT).custody)
    names = [name for name in asked.names if name in custody.workspace.names()]

    def verify() -> Answer:
        if names:
            custody.verify(names)
        return Answer(0)

    yield "status", lambda: _status(custody, asked)
    yield "verify", verify
    for name in asked.names:
        for stage in STAGES:
            yield (
                f"load {name} {stage}",
                lambda name=name, stage=stage: _given(asked, name, stage, *custody.load(name, stage)),  # type: ignore[misc]
            )
    if asked.registry:
        yield from _by_alias(custody, asked)


def _consumer(asked: Asked) -> Iterator[tuple[str, Callable[[], Answer]]]:
    consumer = open_consumer()
    for name in asked.names:
        for stage in STAGES:
            yield (
                f"load {name} {stage}",
                lambda name=name, stage=stage: _given(asked, name, stage, *consumer.load(name, stage)),  # type: ignore[misc]
            )

    for name, digest in asked.former:
        if name in asked.names:
            yield (
                f"former pin of {name}",
                lambda name=name, digest=digest: _given(asked, name, FORMER, *consumer.load_digest(digest)),  # type: ignore[misc]
            )


def _bundles(asked: Asked) -> Iterator[tuple[str, Callable[[], Answer]]]:
    def verify(path: Path) -> Answer:
        found = verify_bundle(path, None, None)
        grants, notes = _allowed(found.verdicts), _verdict_notes(found.verdicts)
        why = tuple(dict.fromkeys(reason.code for item in found.verdicts for reason in item.reasons))
        return Answer(0 if found.allows else FOUND, () if found.allows else why, grants, notes)

    for name in EXPORTED:
        yield name, lambda name=name: verify(asked.base / BUNDLES / f"{name}.json")  # type: ignore[misc]


def _pull(asked: Asked) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """A verified copy of the heads out of cache or remote."""
    custody = Reader.of(open_project(asked.base / PROJECT).custody)

    def pull(name: str, stage: str) -> Answer:
        folder = asked.base / asked.fresh / f"{name}-{stage}"
        pin = custody.pull([name], stage=stage, to=folder)[0].pin
        return _given(asked, name, stage, pin, folder)

    for name, stage, _ in sorted(asked.heads):
        if name in asked.names:
            yield f"pull {name} {stage}", lambda name=name, stage=stage: pull(name, stage)  # type: ignore[misc]


Questions = dict[str, Answer]


def _all(asked: Asked, ask: Callable[[Asked], Iterator[tuple[str, Callable[[], Answer]]]]) -> Questions:
    found: Questions = {}

    def opened() -> Answer:
        found.update({label: _answered(question) for label, question in ask(asked)})
        return Answer(0)

    found["open"] = _answered(opened)
    return found


def probe(name: str, asked: Asked) -> Questions:
    """Ask everything that one kind of user asks.

    Args:
        name: ``local`` and ``trusted`` in the project, ``pull`` out of its cache or remote; ``consumer`` with an empty
            cache and ``seen`` with one that saw the newest checkpoint; ``bundle`` and ``bundle-seen`` likewise.
        asked: Where, and about what.
    """
    base = asked.base
    trust, store, cache = str(base / TRUST), str(base / REMOTE), str(base / SEEN)
    if name == "local":
        with environment(WEIGHBRIDGE_TRUST=None, WEIGHBRIDGE_STORE=None):
            return _all(asked, _project)
    if name in {"trusted", "pull"}:
        with environment(WEIGHBRIDGE_TRUST=trust, WEIGHBRIDGE_STORE=None):
            return _all(asked, _pull if name == "pull" else _project)
    if not name.endswith("seen"):
        cache = str(base / asked.fresh)
    with environment(WEIGHBRIDGE_TRUST=trust, WEIGHBRIDGE_STORE=store, XDG_CACHE_HOME=cache):
        return _all(asked, _bundles if name.startswith("bundle") else _consumer)
