"""What the real readers make of a folder like `tests/compat/v1`, as one JSON document."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.config import read_settings, read_trust
from weighbridge.core.bundle import Bundle, bundle_from, checkpoint_key
from weighbridge.core.deployment import Deployment
from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import DeniedError, WeighbridgeError
from weighbridge.core.judge import judge
from weighbridge.core.progress import Silent
from weighbridge.core.replay import replay
from weighbridge.core.times import time_from, time_text
from weighbridge.custody.consuming import Consumer
from weighbridge.ledgers.folder import FolderLedger
from weighbridge.signers.verify import verify_signature
from weighbridge.stores.published import Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Progress
    from weighbridge.core.record import Record
    from weighbridge.custody.offered import Copies, PublishedStore

CONFIG, TRUST, MODELS, STORE = "weighbridge.toml", "trust.toml", "models", "store"
EXPORTED, EXPECTED, SUMS = "minilm.bundle.json", "expected.json", "SHA256SUMS"
AT = time_from("2026-12-03T12:00:00Z")
A_DAY_LATER = AT + timedelta(days=1)


def sums(folder: Path) -> str:
    """Every file below a folder and its SHA-256, as sha256sum writes them, but for that list itself."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    names = sorted(files.keys() - {SUMS})
    return "".join(f"{sha256(files[name].read_bytes()).hexdigest()}  {name}\n" for name in names)


def local_policy(folder: Path) -> Policy:
    """The rules of weighbridge.toml."""
    return read_settings((folder / CONFIG).read_text(encoding="utf-8")).policy


def trust_policy(folder: Path) -> Policy:
    """The rules of the trust file."""
    data = (folder / TRUST).read_bytes()
    return read_trust(data.decode("utf-8"), of_bytes(data))


def record_of(folder: Path, name: str, policy: Policy, at: datetime = AT) -> Record:
    """A model's evidence, replayed."""
    return replay(name, FolderLedger(folder / MODELS).read, policy, verify_signature, at)


@dataclass
class Kept:
    """Copies in memory; bytes are read from the store and thrown away."""

    documents: dict[str, bytes] = field(default_factory=dict)

    def exclusive(self, scope: str) -> AbstractContextManager[None]:
        assert scope
        return nullcontext()

    def recall(self, key: str) -> bytes | None:
        return self.documents.get(key)

    def keep(self, key: str, data: bytes) -> None:
        self.documents[key] = data

    def folder(self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress, *, paranoid: bool) -> Path:
        raise AssertionError((pin.name, read, progress, paranoid))


@dataclass(frozen=True)
class Alone:
    """A bundle that travels alone, as a store."""

    bundle: Bundle

    def document(self, key: str) -> bytes | None:
        if key == checkpoint_key(self.bundle.project):
            return self.bundle.checkpoint
        return replace(self.bundle, checkpoint=None).to_bytes()

    def read(self, md5: str) -> Iterator[bytes]:
        raise AssertionError(md5)


def consumer(policy: Policy, published: PublishedStore, at: datetime, copies: Copies | None = None) -> Consumer:
    """Somebody who has a trust file and a store, and sees them for the first time unless there are copies."""
    return Consumer(
        policy=policy,
        published=published,
        copies=copies or Kept(),
        verify_signature=verify_signature,
        clock=lambda: at,
        progress=Silent(),
        registry=lambda: None,
    )


def _verdict(verdict: Verdict) -> dict[str, Json]:
    found = verdict.to_json()
    codes: list[Json] = [reason.code for reason in verdict.reasons]
    return {
        "stage": found["stage"],
        "digest": found["digest"],
        "allow": found["allow"],
        "reasons": codes,
        "approvers": found["approvers"],
        "until": found["until"],
        "waived": found["waived"],
    }


def _record(record: Record, policy: Policy) -> dict[str, Json]:
    asked = [(stage.name, digest) for stage in policy.stages for digest in (None, *sorted(record.pins))]
    wishes = [Deployment(policy.project, record.name, stage, digest) for stage, digest in asked]
    return {
        "events": [
            {
                "type": event.attestation.statement.type,
                "id": event.attestation.id,
                "issued_at": time_text(event.attestation.statement.issued_at),
                "people": [person.id for person in event.people],
                "fault": event.fault,
            }
            for event in record.events
        ],
        "pins": [*sorted(record.pins)],
        "heads": {stage: state.head for stage, state in sorted(record.stages.items())},
        "leaves": list(record.leaves),
        "tied": list(record.tied),
        "verdicts": [_verdict(judge(record, wish, policy, AT)) for wish in wishes],
    }


def _consumed(name: str, policy: Policy, published: PublishedStore, at: datetime) -> dict[str, Json]:
    said, record, verdicts = consumer(policy, published, at).verdicts(name, None)
    return {
        "at": time_text(at),
        "name": record.name,
        "number": said.number,
        "verdicts": [_verdict(verdict) for verdict in verdicts],
    }


def told(folder: Path) -> dict[str, Json]:
    """What replay, judge and a consumer say of everything in a folder."""
    policy, remote = trust_policy(folder), Remote(str(folder / STORE))
    names = FolderLedger(folder / MODELS).names()
    alone = Alone(bundle_from((folder / EXPORTED).read_bytes()))
    return {
        "at": time_text(AT),
        "models": {name: _record(record_of(folder, name, policy), policy) for name in names},
        "store": [_consumed(name, policy, remote, at) for name in names for at in (AT, A_DAY_LATER)],
        "exported": [_consumed(alone.bundle.name, policy, alone, at) for at in (AT, A_DAY_LATER)],
    }


def refusal(act: Callable[[], object]) -> str:
    """The code of the error that something gives, or the reasons of a denial; empty if it gives none."""
    try:
        act()
    except DeniedError as error:
        return " ".join(error.reasons)
    except WeighbridgeError as error:
        return error.code
    return ""
