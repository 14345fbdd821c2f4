"""A whole project of fakes: every port in memory or in one folder, and a clock that is set by hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.fakes.inspector import FakeInspector
from tests.fakes.ledger import MemoryLedger
from tests.fakes.registry import MemoryRegistry
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.source import FakeSource
from tests.fakes.store import FolderStore
from tests.fakes.workspace import MemoryWorkspace
from weighbridge.core.errors import SigningError
from weighbridge.core.policy import Person, Policy, Stage
from weighbridge.core.progress import Silent
from weighbridge.core.ref import Ref
from weighbridge.core.selection import Selection
from weighbridge.custody.verbs import Custody

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.outcome import AddOutcome
    from weighbridge.core.ports import Evaluate, Signer

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FILES = {"config.json": b'{"layers": 6}', "model.safetensors": b"weights " * 100, "pytorch_model.bin": b"same weights"}
REPOSITORY = "org/tiny"


def person(name: str, *roles: str, keys: int = 1) -> Person:
    """Somebody whose keys are called after them."""
    owned = tuple(FakeSigner(name if not index else f"{name}-{index}").key for index in range(keys))
    return Person(name, frozenset(roles or ("adder", "approver")), owned)


SOLO = Policy("project", (Stage("production", approvals=1, adder_may_approve=True),), (person("ann"),))
TEAM = Policy(
    "project",
    (Stage("staging", approvals=1, adder_may_approve=False), Stage("production", approvals=2)),
    (person("ann"), person("bob"), person("cleo"), person("robot", "machine"), person("guest", "reader")),
)


@dataclass
class World:
    """Everything that a `Custody` is made of, within reach of a test."""

    root: Path
    policy: Policy = SOLO
    with_remote: bool = True
    now: datetime = NOON
    workspace: MemoryWorkspace = field(default_factory=MemoryWorkspace)
    source: FakeSource = field(default_factory=FakeSource)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    inspector: FakeInspector = field(default_factory=FakeInspector)
    evaluate: Evaluate | None = None

    def __post_init__(self) -> None:
        self.store = FolderStore(self.root / "project", self.root / "remote" if self.with_remote else None)
        self.source.publish(REPOSITORY, FILES)

    @property
    def custody(self) -> Custody:
        """The verbs, under the policy of this moment."""
        return Custody(
            policy=self.policy,
            workspace=self.workspace,
            sources={"hf": self.source},
            store=self.store,
            registry=lambda: self.registry,
            ledger=self.ledger,
            inspector=lambda: self.inspector,
            signer=_signer,
            verify_signature=fake_verify,
            clock=lambda: self.now,
            progress=Silent(),
            checkpoint_lasts=timedelta(days=30),
            evaluate=self.evaluate,
        )

    def clone(self, root: Path) -> World:
        """This project as somebody else has it now, with the same remote and registry."""
        shutil.copytree(self.root / "project", root / "project")
        made = World(root, self.policy, now=self.now, source=self.source, registry=self.registry)
        made.workspace.locks.update(self.workspace.locks)
        made.workspace.intents.update(self.workspace.intents)
        made.pull(self)
        made.store = FolderStore(root / "project", self.root / "remote")
        return made

    def pull(self, other: World) -> None:
        """Merge somebody else's evidence, as Git does."""
        for name, envelopes in other.ledger.envelopes.items():
            self.ledger.envelopes[name].update(envelopes)

    def pass_time(self, **span: int) -> None:
        """Let some time pass."""
        self.now += timedelta(**span)

    def add(self, name: str = "tiny", *, key: str = "ann", push: bool = True, push_denied: bool = False) -> AddOutcome:
        """Add the published repository, a second later than whatever was before."""
        self.pass_time(seconds=1)
        ref = Ref.parse(f"hf:{REPOSITORY}@main")
        return self.custody.add(ref, name, Selection(), key=key, push=push, push_denied=push_denied)

    def approve(self, key: str = "ann", stage: str = "production", *names: str, digest: str | None = None) -> None:
        """Approve, a second later than whatever was before."""
        self.pass_time(seconds=1)
        self.custody.approve(names or ("tiny",), stage, key=key, digest=digest)

    def publish(self, **files: bytes) -> str:
        """Let upstream move: changed files by name, with ``_`` for ``.``."""
        changed = {name.replace("_", ".", 1): data for name, data in files.items()}
        return self.source.publish(REPOSITORY, {**FILES, **changed})

    def rule(self, stage: Stage) -> None:
        """Change the rules of the stage of that name."""
        stages = tuple(stage if item.name == stage.name else item for item in self.policy.stages)
        self.policy = replace(self.policy, stages=stages)


def _signer(key: str | None) -> Signer:
    if key == "nobody":
        raise SigningError("no key", code="no-key")
    return FakeSigner(key or "ann")
