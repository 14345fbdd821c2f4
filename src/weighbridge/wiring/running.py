"""A program that sees approved models only: what it is given, where it looks, and the record of its run."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import secrets
import shutil
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from weighbridge import durable
from weighbridge.core.deployed import Refusal, Run, masked
from weighbridge.core.errors import DeniedError, IntegrityError, UsageError, WeighbridgeError
from weighbridge.running import environment, hub_cache, process, torch_home
from weighbridge.running.hub_cache import Served
from weighbridge.running.loopback import Loopback
from weighbridge.stores.opened import OnceVerified
from weighbridge.wiring.clock import now
from weighbridge.wiring.loading import Governed, governed
from weighbridge.wiring.project import journal, user_cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from weighbridge.core.canonical import Json
    from weighbridge.core.http import FileRange
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress, Signer
    from weighbridge.custody.offer import Offer
    from weighbridge.gates.hub import HubGate
    from weighbridge.running.environment import Place

_HOOKS = Path(environment.__file__).with_name(environment.HOOKS)
_MAX_REFUSAL_BYTES = 16 << 20
Changes: TypeAlias = "dict[str, str | None]"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a program is to run.

    Args:
        stage: The stage; None where there is only one.
        models: Only these; none for every one that the stage allows.
        report_only: Refuse nothing, and say what would have been.
        paranoid: Read every byte, though the file was found right before and has not changed since.
    """

    stage: str | None
    models: tuple[str, ...] = ()
    report_only: bool = False
    paranoid: bool = False


@dataclass(slots=True)
class Set:
    """What a program is given, and what not.

    Args:
        stage: The stage.
        governed: By whose approvals.
        offers: What may run, verified.
        denied: Why other governed models may not, by name.
    """

    stage: str
    governed: Governed
    offers: list[Offer] = field(default_factory=list)
    denied: dict[str, WeighbridgeError] = field(default_factory=dict)

    @property
    def served(self) -> list[Served]:
        """Pins and folders."""
        return [Served(offer.pin, offer.folder) for offer in self.offers]

    @property
    def refusals(self) -> list[Refusal]:
        """The models that were asked for by name, or are damaged, and are not given."""
        return [Refusal(name, error.code) for name, error in self.denied.items()]


def gather(wish: Wish, progress: Progress) -> Set:
    """Judge and verify models.

    Raises:
        DeniedError: A model that was asked for may not run, or none may (code ``nothing-approved``).
        IntegrityError: The bytes of one are not what was approved.
        UsageError: There is no such stage.
    """
    here = governed(progress=progress, paranoid=wish.paranoid)
    stages = here.giver.policy.stages
    named = wish.stage or (stages[0].name if len(stages) == 1 else "")
    if here.giver.policy.stage(named) is None:
        known = ", ".join(item.name for item in stages) or "none"
        asked = "name a stage" if wish.stage is None else f"there is no stage {wish.stage!r}"
        raise UsageError(asked, code="unknown-stage", hint=f"stages: {known}; weighbridge run --stage STAGE -- COMMAND")
    found = Set(named, here)
    for name in here.giver.names(wish.models):
        try:
            found.offers.append(here.giver.offer(name, named))
        except (DeniedError, IntegrityError) as error:
            if not wish.report_only and (wish.models or isinstance(error, IntegrityError)):
                raise
            found.denied[name] = error
    if not found.offers and not wish.report_only:
        raise DeniedError(
            f"nothing is approved for {named}",
            reasons=("nothing-approved",),
            hint=f"weighbridge status tells why; weighbridge approve NAME --stage {named}",
            details={"denied": {name: error.code for name, error in found.denied.items()}},
        )
    return found


def _pins(found: Set) -> Mapping[str, Pin]:
    return {offer.pin.digest: offer.pin for offer in found.offers}


def _governed_repositories(found: Set) -> dict[str, str]:
    """The governed name of each repository of the Hub that may not run here: what a person has to approve."""
    repositories: dict[str, str] = {}
    for name, error in found.denied.items():
        sources = error.details.get("sources")
        for source in sources if isinstance(sources, list) else []:
            if str(source).startswith(hub_cache.SCHEME):
                repositories[str(source).removeprefix(hub_cache.SCHEME)] = name
    return repositories


def _hook_configuration(found: Set, place: Place, *, enforced: bool) -> bytes:
    """What the hooks in the program are told."""
    approved: dict[str, list[str]] = {}
    code: set[str] = set()
    for offer in found.offers:
        pin = offer.pin
        if pin.source.startswith(hub_cache.SCHEME):
            approved.setdefault(hub_cache.repository(pin), []).extend([pin.revision, pin.follow or "main"])
        code.update(file.entry.sha256 for file in pin.files if file.entry.path.endswith(".py"))
    value = {
        "stage": found.stage,
        "enforced": enforced,
        "approved": approved,
        "governed": _governed_repositories(found),
        "code": sorted(code),
        "modules": str(place.hf_home / "modules"),
        "refusals": str(place.refusals),
    }
    return json.dumps(value).encode("utf-8")


def prepare(found: Set, folder: Path) -> Place:
    """Lay out what clients read, in a new folder or in one that was made for the same.

    Raises:
        StoreError: The disk failed (code ``disk``).
    """
    place = environment.Place(folder)
    hub_cache.lay_out(place.hub, user_cache_folder() / "trees", found.served)
    torch_home.lay_out(place.torch_home, found.served)
    return place


@contextmanager
def _own_place(found: Set) -> Iterator[Place]:
    """A run's own folder, gone afterwards."""
    from weighbridge.stores.private import private_folder  # noqa: PLC0415  beside its siblings

    folder = private_folder(user_cache_folder(), "runs") / secrets.token_hex(8)
    try:
        yield prepare(found, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _gate(found: Set) -> HubGate:
    from weighbridge.gates.hub import Approved, HubGate, Refused  # noqa: PLC0415  many programs never ask

    on_hub = [offer.pin for offer in found.offers if offer.pin.source.startswith(hub_cache.SCHEME)]
    refused = [
        Refused(name, repository, "", ("main",), str(found.denied[name]), found.denied[name].hint)
        for repository, name in _governed_repositories(found).items()
    ]
    return HubGate([Approved.of(pin) for pin in on_hub], refused, stage=found.stage)


@contextmanager
def _endpoint(found: Set, listener: socket.socket | None, denied: list[Refusal]) -> Iterator[str]:
    """The URL of a Hub on this machine that serves what was verified, for the life of the program."""
    gate, files = cache(lambda: _gate(found)), OnceVerified()
    folders = {offer.pin.digest: offer.folder for offer in found.offers}
    entries = {(digest, file.entry.path): file.entry for digest, pin in _pins(found).items() for file in pin.files}

    def open_file(wanted: FileRange) -> BinaryIO:
        return files.open(folders[wanted.digest] / wanted.path, entries[wanted.digest, wanted.path])

    def on_denied(repository: str, revision: str, path: str, reason: str) -> None:
        del path
        denied.append(Refusal(f"hf:{repository}" + (f"@{revision}" if revision else ""), reason))

    with Loopback(
        answer=lambda request: gate().answer(request),
        open_verified=open_file,
        failed=lambda request, wanted, error: gate().failed(request, wanted, error),
        on_denied=on_denied,
        sock=listener,
    ) as server:
        yield server.url


def _noted(place: Place) -> list[Refusal]:
    """What the hooks wrote; lines that are not theirs are left out."""
    try:
        with place.refusals.open("rb") as file:
            lines = file.read(_MAX_REFUSAL_BYTES).splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            row = json.loads(line)
            found.append(Refusal(str(row["what"]), str(row["reason"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _run(found: Set, wish: Wish, command: Sequence[str], *, sandbox: bool) -> Run:
    return Run(
        id=secrets.token_hex(16),
        project=found.governed.giver.policy.project,
        stage=found.stage,
        program=masked(command),
        host=socket.gethostname(),
        user=getpass.getuser(),
        trust=found.governed.giver.policy.trust,
        enforced=not wish.report_only,
        sandbox=sandbox,
        models=tuple(sorted((offer.given for offer in found.offers), key=lambda item: (item.name, item.digest))),
        started_at=now(),
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that has ended.

    Args:
        run: What is on record.
        record: Where; None if nothing was recorded.
    """

    run: Run
    record: Path | None

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "project": self.run.project,
            "record": None if self.record is None else str(self.record),
            "digests": {item.name: item.digest for item in self.run.models},
            "deployment": self.run.to_json(),
        }


def run(
    wish: Wish,
    command: Sequence[str],
    *,
    sandbox: bool,
    signer: Callable[[], Signer] | None,
    progress: Progress,
    on_start: Callable[[Set], None],
) -> Ran:
    """Run a program to its end.

    Args:
        wish: What it may see.
        command: The program and its arguments.
        sandbox: Give it a network of its own.
        signer: Signs the record of the run; None to keep none.
        progress: Is told how far long work is.
        on_start: Is told what the program is given.

    Raises:
        DeniedError, IntegrityError, UsageError: As `gather`; then nothing was started.
        SigningError: There is no key to sign the record with.
        StoreError: The disk failed.
    """
    program = [process.find(command, os.environ.get("PATH")), *command[1:]]
    found = gather(wish, progress)
    keeping = (journal(found.governed.root), signer()) if signer and found.offers else None
    record = _run(found, wish, command, sandbox=sandbox)
    asked: list[Refusal] = found.refusals if wish.models or wish.report_only else []
    with _own_place(found) as place, process.started(program, isolated=sandbox) as started:
        durable.create(place.config, _hook_configuration(found, place, enforced=not wish.report_only), mode=0o600)
        if keeping:
            keeping[0].write(record, keeping[1])
        on_start(found)
        with _endpoint(found, started.listener, asked) as url:
            changes = environment.explained(os.environ, place, _HOOKS) | environment.quiet()
            if not wish.report_only:
                changes |= environment.offline(place, endpoint=url, registry_uri=found.governed.registry_uri)
            changes[environment.RUN] = record.id
            code = started.run(environment.applied(os.environ, changes))
        ended = record.ended(now(), code, [*asked, *_noted(place)])
    return Ran(ended, keeping[0].write(ended, keeping[1]) if keeping else None)


def exported(wish: Wish, progress: Progress) -> tuple[Set, Changes]:
    """What `run` would give a program, for a shell, a container or a notebook: without endpoint, hooks and record.

    The folders stay as long as the user's cache does; what was verified is verified as of now.

    Raises:
        DeniedError, IntegrityError, UsageError: As `gather`.
        StoreError: The disk failed.
    """
    from weighbridge.stores.private import private_folder  # noqa: PLC0415  beside its siblings

    found = gather(wish, progress)
    what = sorted([offer.pin.source, offer.pin.revision, offer.pin.digest, str(offer.folder)] for offer in found.offers)
    mark = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]
    place = prepare(found, private_folder(user_cache_folder(), "environments") / mark)
    return found, environment.offline(place, registry_uri=found.governed.registry_uri)
