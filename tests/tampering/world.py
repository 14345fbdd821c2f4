"""A real project with real keys, made once: two models approved as one, a second pin, and every kind of evidence."""

from __future__ import annotations

import contextlib
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.fakes.weights import safetensors
from weighbridge.core.approval import Approval, Waiver
from weighbridge.core.attestation import Subject
from weighbridge.core.ref import Ref
from weighbridge.core.selection import Selection
from weighbridge.signers.keyfolder import KeyFolder
from weighbridge.stores.project import initialise
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import key_folder, open_project
from weighbridge.wiring.trusting import expire_key, export_trust, revoke_key, trust_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.core.attestation import Attestation
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Signer
    from weighbridge.custody.verbs import Custody

PROJECT = "project"
REMOTE = f"{PROJECT}/.weighbridge/remote"
CACHE = f"{PROJECT}/.dvc/cache"
DATABASE = f"{PROJECT}/.weighbridge/mlflow.db"
TRUST = "trust.toml"
BUNDLES = "bundles"
SEEN = "seen"
"""The cache of a consumer that saw the newest checkpoint."""

NAMES = ("alpha", "beta", "delta", "gamma")
EXPORTED = ("alpha", "gamma")
STAGES = ("staging", "production")
COMPANIONS = {"alpha": ("alpha", "beta"), "beta": ("alpha", "beta"), "delta": ("delta",), "gamma": ("gamma",)}
"""The models whose record a model's evidence can move."""

# Wang, Feng, Lai, Yu: Collisions for Hash Functions MD4, MD5, HAVAL-128 and RIPEMD (2004).
_COLLISION = (
    "d131dd02c5e6eec4693d9a0698aff95c2fcab5{}712467eab4004583eb8fb7f8955ad340609f4b30283e4888325{}"
    "415a085125e8f7cdc99fd91dbd{}280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2{}"
    "487da03fd02396306d248cda0e99f33420f577ee8ce54b67080{}80d1ec69821bcb6a8839396f965{}b6ff72a70"
)
COLLIDING = (
    bytes.fromhex(_COLLISION.format("8", "71", "f", "b", "a", "2")),
    bytes.fromhex(_COLLISION.format("0", "f1", "7", "3", "2", "a")),
)
COLLIDER = "table.bin"

CONFIG = f"""\
# Reviewed in Git.
schema = "weighbridge.config/1"
project = "{PROJECT}"

[policy]
denied_sources = ["hf:evil/**"]

[stages.staging]
approvals = 1
adder_may_approve = false

[stages.production]
approvals = 2
adder_may_approve = false
lasts = "52w"
"""
ROLES = {"alice": ["adder", "approver"], "bob": ["approver"], "carol": ["approver"], "bot": ["machine"]}
KEYS = ("alice", "alice-2", "bob", "carol", "bot", "stranger")
Grant = tuple[str, str, str]


@dataclass(frozen=True)
class World:
    """A project as the real verbs made it.

    Args:
        base: The folder of the newest state: project, trust file, exported bundles and a consumer's cache.
        past: Copies of the base as it stood after earlier steps, by step.
        pins: Every pin by governed name, oldest first.
        contents: The files of every pin by digest.
        policy: The rules under the trust file.
        evidence: Every envelope by governed name, in ledger order.
        ever: What might run after some step of the story.
    """

    base: Path
    past: Mapping[str, Path]
    pins: Mapping[str, tuple[Pin, ...]]
    contents: Mapping[str, Mapping[str, bytes]]
    policy: Policy
    evidence: Mapping[str, tuple[Attestation, ...]]
    ever: frozenset[Grant]

    @property
    def keys(self) -> KeyFolder:
        """The private keys of everybody, a stranger's and a stolen one among them."""
        return KeyFolder(self.base.parent / "config" / "weighbridge" / "keys")

    def signer(self, label: str) -> Signer:
        return self.keys.get(label)

    @property
    def allowed(self) -> frozenset[Grant]:
        """What may run, by name, stage and digest: the heads that the story comes to."""
        return frozenset(
            {("alpha", "production", self.pins["alpha"][1].digest), ("beta", "production", self.pins["beta"][0].digest)}
        )

    @property
    def former(self) -> tuple[tuple[str, str], ...]:
        """Names and digests that were heads and are superseded."""
        return (("alpha", self.pins["alpha"][0].digest),)


@contextmanager
def environment(**values: str | None) -> Iterator[None]:
    """Set variables of this process's environment, or take them away with None, for a while."""
    before = {key: os.environ.get(key) for key in values}
    try:
        _set(values)
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value


def surroundings(home: Path) -> dict[str, str | None]:
    """What a user's shell holds, and nothing of the machine's own settings."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "DVC_SITE_CACHE_DIR": str(home / "dvc"),
        "DVC_NO_ANALYTICS": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "WEIGHBRIDGE_TRUST": None,
        "WEIGHBRIDGE_STORE": None,
        "WEIGHBRIDGE_KEY_PASSPHRASE": None,
    }


@dataclass
class _Story:
    """The steps, a minute apart, so that ledger order is the story's."""

    home: Path
    custody: Custody
    pins: dict[str, list[Pin]] = field(default_factory=dict)
    contents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    time: datetime = field(default_factory=lambda: now() - timedelta(hours=3))
    step: timedelta = timedelta(minutes=1)
    ever: set[Grant] = field(default_factory=set)

    @property
    def root(self) -> Path:
        return self.home / "now" / PROJECT

    def next(self) -> Custody:
        """The verbs, a step later and under what weighbridge.toml says now."""
        self.note()
        self.time += self.step
        moment, policy = self.time, open_project(self.root).custody.policy
        self.custody = replace(self.custody, clock=lambda: moment, policy=policy)
        return self.custody

    def note(self) -> None:
        """Remember what could run after this step."""
        for name in self.pins:
            record = self.custody.record(name)
            verdicts = [self.custody.verdict(record, stage) for stage in STAGES]
            self.ever |= {(name, item.stage, item.digest) for item in verdicts if item.allow and item.digest}

    def add(self, name: str, **files: bytes) -> None:
        given = {"config.json": b'{"layers": 6}\n', "model.safetensors": safetensors(name.encode() * 40)}
        given |= {path.replace("_", "."): data for path, data in files.items()}
        folder = self.home / "upstream" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, data in given.items():
            (folder / path).write_bytes(data)
        selection = Selection(include=("*",), all_formats=True)
        pin = self.next().add(Ref.parse(f"file:{folder}"), name, selection, push_denied=True, key="alice").pin
        self.pins.setdefault(name, []).append(pin)
        self.contents[pin.digest] = given

    def approve(self, names: list[str], stage: str, key: str, *waived: str) -> None:
        until = self.time + timedelta(days=200)
        pairs = [pair.partition(":") for pair in waived]
        waivers = [Waiver(check, path, "it is a table of ours", until) for check, _, path in pairs]
        self.next().approve(names, stage, key=key, comment="read it", waivers=waivers)

    def approve_own(self, name: str, stage: str, key: str) -> None:
        """An approval that the program itself refuses to sign for an adder."""
        custody = self.next()
        record, pin = custody.record(name), self.pins[name][-1]
        body = Approval(stage, {name: record.pins[pin.digest].newest}, custody.policy.digest).to_body()
        custody.append("approval", [(record, Subject(name, pin.digest))], body, custody.signer(key))

    def photograph(self, step: str) -> Path:
        return shutil.copytree(self.home / "now", self.home / step, symlinks=True)


def _waivable(custody: Custody, name: str) -> tuple[str, ...]:
    """Every finding that stands between a model and its approval, as check and path."""
    found = custody.explain(name, "production").assessment.denying
    return tuple(sorted({f"{item.check}:{item.path}" for item in found}))


def build(home: Path) -> World:
    """Tell the story in a folder; the environment must be that of `surroundings`."""
    root = home / "now" / PROJECT
    root.mkdir(parents=True)
    (root / "weighbridge.toml").write_text(CONFIG, encoding="utf-8")
    keys = key_folder()
    for label in KEYS:
        keys.new(label, now())
    # The verbs about keys look for the project around the working folder.
    with contextlib.chdir(root):
        return _built(home, root, keys)


def _built(home: Path, root: Path, keys: KeyFolder) -> World:
    for person, roles in ROLES.items():
        trust_key(person, keys.find(person).key.public, roles, person.title())
    trust_key("alice", keys.find("alice-2").key.public, (), "")
    expire_key(keys.find("alice-2").key.id, datetime(2099, 1, 1, tzinfo=UTC))
    initialise(root)
    story = _Story(home, open_project(root).custody)
    past = _tell(story, keys)
    (home / "now" / BUNDLES).mkdir()
    bundles = {name: story.next().export(name, key="bot")[0] for name in reversed(EXPORTED)}
    for name, bundle in bundles.items():
        # Each export publishes: with the last of the checkpoints, neither is older than the other.
        data = replace(bundle, checkpoint=bundles[EXPORTED[0]].checkpoint).to_bytes()
        (home / "now" / BUNDLES / f"{name}.json").write_bytes(data)
    text, _ = export_trust()
    (home / "now" / TRUST).write_text(text, encoding="utf-8")
    custody = open_project(root).custody
    with environment(WEIGHBRIDGE_TRUST=str(home / "now" / TRUST)):
        policy = open_project(root).custody.policy
    return World(
        base=home / "now",
        past=past,
        pins={name: tuple(pins) for name, pins in story.pins.items()},
        contents=story.contents,
        policy=policy,
        evidence={name: tuple(event.attestation for event in custody.record(name).events) for name in NAMES},
        ever=frozenset(story.ever),
    )


def _tell(story: _Story, keys: KeyFolder) -> dict[str, Path]:
    past: dict[str, Path] = {}
    story.add("alpha", table_bin=COLLIDING[0])
    waived = _waivable(story.custody, "alpha")
    story.add("beta")
    for key in ("bob", "carol"):
        story.approve(["alpha", "beta"], "production", key, *waived)
    past["first"] = story.photograph("first")
    story.add("alpha", table_bin=COLLIDING[0], config_json=b'{"layers": 7}\n')
    for key in ("bob", "carol"):
        story.approve(["alpha"], "production", key, *waived)
    story.next().reject(["beta"], "staging", reason="not for this", key="bob")
    story.add("gamma")
    story.next().request(["gamma"], "staging", comment="please", key="alice")
    story.approve(["gamma"], "staging", "bob")
    past["second"] = story.photograph("second")
    story.add("delta")
    story.approve(["delta"], "staging", "bob")
    story.next().revoke(["delta"], stage="staging", reason="it lies", key="bob")
    for key in ("alice", "alice-2"):
        story.approve_own("delta", "production", key)
    story.approve(["delta"], "production", "bob")
    story.next()
    revoke_key(keys.find("carol").key.id, "stolen", key="alice")
    # That verb reads the clock itself: what comes after it is dated from there on.
    story.time, story.step = now(), timedelta(seconds=1)
    keys.new("carol-2", now())
    trust_key("carol", keys.find("carol-2").key.public, (), "")
    story.next().revoke(["gamma"], reason="withdrawn upstream", key="bob")
    story.next().heads(key="bot")
    return past
