"""What the project of `tests/compat/v1` went through: who said what, when, and what of it counts for nothing.

It makes values and signs them; `tests.compat.make_v1` writes them into files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from typing import TYPE_CHECKING

from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.compat.v1_rules import rules_text

from weighbridge.config import CONFIG_SCHEMA, read_settings
from weighbridge.core.approval import Approval, KeyRevocation, Rejection, Request, Revocation, Waiver
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import COMPLETE, MISSING, Inspection, Tool
from weighbridge.core.listing import RemoteFile
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import Pin, PinnedFile
from weighbridge.signers.ed25519 import Ed25519Signer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.core.canonical import Json

PROJECT = "acme"
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = START + timedelta(days=4)
LAST = START + timedelta(days=10)
WHO = ("ann-old", "ann", "bob", "cat-lost", "cat", "bot", "eve")
CODE = "modeling_größe.py"
WEIGHTS = "model.safetensors"


def _weights(content: bytes) -> bytes:
    """A safetensors file of one tensor of bytes."""
    header = b'{"weight":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % (len(content), len(content))
    return len(header).to_bytes(8, "little") + header + content


BYTES: Mapping[str, Mapping[str, bytes]] = {
    "minilm-1": {"config.json": b'{"model_type":"bert"}\n', WEIGHTS: _weights(b"first"), CODE: b"SIZE = 384\n"},
    "minilm-2": {"config.json": b'{"model_type":"bert"}\n', WEIGHTS: _weights(b"second")},
    "reranker-1": {"config.json": b'{"model_type":"roberta"}\n', WEIGHTS: _weights(b"reranker")},
    "sketch-1": {"config.json": b'{"sketch":1}\n'},
    "sketch-2": {"config.json": b'{"sketch":2}\n'},
    "sketch-3": {"config.json": b'{"sketch":3}\n'},
    "quarrel-1": {"config.json": b"{}\n", WEIGHTS: _weights(b"quarrel")},
}
"""The files of each pin."""


def _file(path: str, data: bytes) -> PinnedFile:
    identity = FileEntry(path, len(data), sha256(data).hexdigest(), blake3(data).hexdigest())
    return PinnedFile(identity, md5(data, usedforsecurity=False).hexdigest(), f"sha256:{identity.sha256}")


def _pin(label: str) -> Pin:
    name, _, number = label.partition("-")
    files = BYTES[label]
    return Pin(
        project=PROJECT,
        name=name,
        source=f"hf:org/{name}",
        follow="main" if number == "1" else "",
        revision=number * 40,
        files=tuple(_file(path, files[path]) for path in sorted(files, key=str.encode)),
        omitted=(RemoteFile("pytorch_model.bin", 7, "git:" + "a" * 40),) if name == "minilm" else (),
        identity={"id": f"{name}-id", "owner": "org"},
        metadata={"author": "Größe", "gated": False, "licence": "apache-2.0", "tags": ["a", "b"]},
        references={},
    )


_KINDS = {".json": "json", ".safetensors": "safetensors", ".py": "python"}


def _inspection(pin: Pin, *, without: str = "") -> Inspection:
    paths = [file.entry.path for file in pin.files if file.entry.path != without]
    code = [path for path in paths if path.endswith(".py")]
    return Inspection(
        findings=tuple(Finding("python-code", path, Severity.DENY, "program code among the files") for path in code),
        formats={path: _KINDS[path[path.rindex(".") :]] for path in paths},
        facts={"code": tuple(code), "licences": ("Apache-2.0",)},
        tools=(Tool("modelscan", "", MISSING), Tool("weighbridge", "0.1.0", COMPLETE)),
        ruleset="sha256:" + "7" * 64,
    )


@dataclass
class Story:
    """The evidence as it grows; every word has seen all that was said of its models before, unless told otherwise.

    Args:
        keys: Throwaway keys by label.
    """

    keys: Mapping[str, Ed25519Signer]
    envelopes: dict[str, list[bytes]] = field(default_factory=dict)
    leaves: dict[str, set[str]] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    pinned: dict[str, str] = field(default_factory=dict)
    revoked: str = ""

    def say(
        self,
        who: str,
        kind: str,
        body: Mapping[str, Json],
        pins: Iterable[Pin],
        at: datetime,
        seen: Mapping[str, tuple[str, ...]] | None = None,
    ) -> str:
        """Sign one statement and add it under each model; gives its id."""
        subjects = tuple(sorted(Subject(pin.name, pin.digest) for pin in pins))
        names = sorted({subject.name for subject in subjects})
        parents = seen or {name: tuple(sorted(self.leaves.get(name, ()))) for name in names}
        envelope = sign(Statement(kind, PROJECT, subjects, at, parents, body), self.keys[who])
        for name in names:
            self.envelopes.setdefault(name, []).append(envelope)
            self.leaves[name] = (self.leaves.get(name, set()) - set(parents[name])) | {envelope_id(envelope)}
        return envelope_id(envelope)

    def pin(self, who: str, label: str, at: datetime) -> Pin:
        """Pin a model, and have it inspected a minute later."""
        pin = self.pins[label] = _pin(label)
        self.pinned[pin.digest] = self.say(who, "pin", pin.to_json(), [pin], at)
        self.say("bot", "inspection", _inspection(pin).to_body(), [pin], at + timedelta(minutes=1))
        return pin

    def approve(  # noqa: PLR0913 - each may matter
        self,
        who: str,
        stage: str,
        pins: Iterable[Pin],
        at: datetime,
        *,
        seen: Mapping[str, tuple[str, ...]] | None = None,
        wrong: str = "",
        waivers: tuple[Waiver, ...] = (),
        until: datetime | None = None,
    ) -> str:
        """Approve pins; ``wrong`` names a model of which another pin is named than was signed."""
        about = list(pins)
        meant = {pin.name: "0" * 64 if pin.name == wrong else self.pinned[pin.digest] for pin in about}
        body = Approval(stage, meant, self.policy_digest, until, waivers, "gut geprüft").to_body()
        return self.say(who, "approval", body, about, at, seen)

    @property
    def policy_digest(self) -> str:
        """The digest of the rules at that time."""
        return read_settings(rules_text(CONFIG_SCHEMA, self.public, self.revoked)).policy.digest

    @property
    def public(self) -> dict[str, tuple[str, str]]:
        """Id and public half of each key by label."""
        return {label: (signer.key.id, signer.key.public) for label, signer in self.keys.items()}


def _minute(number: int, start: datetime = START) -> datetime:
    return start + timedelta(minutes=number)


def _approved_together(story: Story) -> None:
    """Two models reach production as one, one of them with a waiver."""
    minilm = story.pin("ann-old", "minilm-1", _minute(0))
    reranker = story.pin("ann-old", "reranker-1", _minute(2))
    both = [minilm, reranker]
    meant = {pin.name: story.pinned[pin.digest] for pin in both}
    request = Request("production", meant, "für die Suche").to_body()
    story.say("ann-old", "request", request, both, _minute(4))
    waiver = Waiver("python-code", CODE, "read by hand", START + timedelta(days=120))
    story.approve("bob", "staging", both, _minute(5), waivers=(waiver,))
    story.approve("cat-lost", "production", both, _minute(6), waivers=(waiver,), until=START + timedelta(days=150))
    story.approve("bob", "production", both, _minute(7), waivers=(waiver,))


def _taken_back(story: Story) -> None:
    """One model is revoked for a stage, then altogether."""
    first, second, _ = (story.pin("ann-old", f"sketch-{number}", _minute(10 + 2 * number)) for number in (1, 2, 3))
    story.approve("bob", "staging", [first], _minute(30))
    story.approve("bob", "staging", [second], _minute(31))
    story.say("cat-lost", "revocation", Revocation("staging", "too slow").to_body(), [second], _minute(32))
    story.say("bob", "revocation", Revocation(None, "hf:org/sketch leaked").to_body(), [first, second], _minute(33))


def _quarrels(story: Story) -> dict[str, tuple[str, ...]]:
    """A word for every reason why evidence counts for nothing; gives what a thief of a key branches off from."""
    pin = story.pin("ann-old", "quarrel-1", _minute(40))
    before = {"quarrel": tuple(story.leaves["quarrel"])}
    story.say("bot", "inspection", _inspection(pin, without=WEIGHTS).to_body(), [pin], _minute(42))
    story.approve("eve", "staging", [pin], _minute(43))
    story.approve("bot", "staging", [pin], _minute(44))
    story.approve("bob", "staging", [pin], datetime(2099, 1, 1, tzinfo=UTC))
    story.approve("bob", "staging", [pin], _minute(46), wrong="quarrel")
    story.approve("bob", "production", [pin], _minute(47))
    story.approve("bob", "staging", [pin, story.pins["sketch-3"]], _minute(48), wrong="sketch")
    unaware = {"quarrel": tuple(story.leaves["quarrel"])}
    story.say("bob", "revocation", Revocation("staging", "wait").to_body(), [pin], _minute(49))
    story.approve("bob", "staging", [pin], _minute(50), seen=unaware)
    story.approve("bob", "staging", [pin], START - timedelta(days=3))
    return before


def _a_newer_version(story: Story) -> None:
    """It reaches staging and is rejected for production, where the former one stays."""
    pin = story.pin("ann", "minilm-2", _minute(10, LATER))
    meant = {pin.name: story.pinned[pin.digest]}
    story.say("ann", "request", Request("production", meant).to_body(), [pin], _minute(12, LATER))
    story.approve("bob", "staging", [pin], _minute(13, LATER))
    story.approve("cat", "production", [pin], _minute(14, LATER))
    story.say("bob", "rejection", Rejection("production", "no licence text").to_body(), [pin], _minute(15, LATER))


def story() -> Story:
    """The whole story, signed by keys that nobody keeps."""
    said = Story({label: Ed25519Signer(Ed25519PrivateKey.generate()) for label in WHO})
    _approved_together(said)
    _taken_back(said)
    before = _quarrels(said)
    lost = said.keys["cat-lost"].key.id
    ended = KeyRevocation(lost, "the laptop was stolen").to_body()
    said.revoked = said.say("bob", "key-revocation", ended, said.pins.values(), _minute(0, LATER))
    # The thief claims a time before the key's end, and a place: the place is not among what the end had seen.
    said.approve("cat-lost", "staging", [said.pins["quarrel-1"]], _minute(45), seen=before)
    _a_newer_version(said)
    said.approve("ann-old", "staging", [said.pins["quarrel-1"]], LAST - timedelta(days=1))
    return said
