"""A team of four at one project, and its ledger read from the files without Weighbridge's own code."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from tests.e2e.chain import FILES, REPOSITORY, Chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.fakes.hub import FakeHub

ROLES = {"bob": ("approver",), "cat": ("approver",), "eve": ("adder", "approver")}
"""Roles of those whom dana, who founds the project, lets in."""
OTHER = "org/other"
STAGING = ("--stage", "staging")
PRODUCTION = ("--stage", "production")
REASON = ("--reason", "suspicion")
NOES = frozenset({"revocation", "rejection"})


@dataclass(frozen=True)
class Said:
    """One attestation.

    Args:
        id: The SHA-256 of its envelope.
        kind: Its type.
        by: Whose key signed it.
        subjects: Digests by the model's name.
        parents: By the model's name.
        stage: Of an approval, rejection, request or revocation; None for every stage.
        at: The claimed time.
    """

    id: str
    kind: str
    by: str
    subjects: dict[str, str]
    parents: dict[str, list[str]]
    stage: str | None
    at: str


@dataclass(frozen=True)
class Team:
    """One folder that four people work in, each with a home and a key of their own."""

    root: Path
    homes: Path
    hub: FakeHub | None

    def chain(self, person: str) -> Chain:
        """The project as one of them sees it."""
        return Chain(self.root, self.homes / person, self.hub)

    def do(self, person: str, *arguments: str, expect: int = 0) -> Any:
        """Run somebody's command; gives its JSON."""
        return self.chain(person).json(*arguments, expect=expect)

    def copy(self, root: Path) -> Self:
        """The same project at another place, with a remote and a registry of its own."""
        subprocess.run(["cp", "-a", str(self.root), str(root)], check=True)
        return type(self)(root, self.homes, self.hub)

    def git(self, *arguments: str, expect: int = 0) -> str:
        """Run Git as dana."""
        return self.chain("dana").run("git", *arguments, expect=expect)

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", "models")

    @property
    def remote(self) -> Path:
        """The folder that it publishes to."""
        return self.root / ".weighbridge" / "remote"

    def publish_to(self, remote: Path) -> None:
        """Let this clone have another folder as its remote."""
        self.chain("dana").run("dvc", "remote", "add", "-f", "--local", "weighbridge", str(remote))

    @cached_property
    def owners(self) -> dict[str, str]:
        """Whose each key is."""
        people = tomllib.loads((self.root / "weighbridge.toml").read_text(encoding="utf-8"))["people"]
        return {key["id"]: person for person, row in people.items() for key in row["keys"]}

    def at_once(self, *commands: tuple[str, ...]) -> list[tuple[int, Any]]:
        """Start commands together, each after its person's name; gives exit codes and JSON."""
        running = [
            subprocess.Popen(
                ["weighbridge", *command, "--json"],
                cwd=self.root,
                env=self.chain(person).environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for person, *command in commands
        ]
        outputs = [process.communicate() for process in running]
        assert all(output for output, _ in outputs), outputs
        return [(process.returncode, json.loads(output)) for process, (output, _) in zip(running, outputs, strict=True)]

    def ledger(self, name: str) -> dict[str, Said]:
        """A model's attestations by id."""
        files = (self.root / "models" / name / "evidence").glob("*.json")
        return {item.id: item for item in (self._said(path.read_bytes()) for path in files)}

    def ledgers(self) -> dict[str, dict[str, Said]]:
        """All of them, by model."""
        return {path.parent.name: self.ledger(path.parent.name) for path in (self.root / "models").glob("*/evidence")}

    def statements(self) -> dict[str, Said]:
        """Every attestation of the project once, by id."""
        return {key: item for ledger in self.ledgers().values() for key, item in ledger.items()}

    def _said(self, data: bytes) -> Said:
        envelope = json.loads(data)
        statement = json.loads(base64.b64decode(envelope["payload"]))
        predicate = statement["predicate"]
        kind = statement["predicateType"].split("/")[-2]
        body = predicate.get(kind) or predicate.get(kind.replace("-", "_")) or {}
        return Said(
            id=hashlib.sha256(data).hexdigest(),
            kind=kind,
            by=self.owners[envelope["signatures"][0]["keyid"]],
            subjects={row["name"]: f"sha256:{row['digest']['sha256']}" for row in statement["subject"]},
            parents=predicate["parents"],
            stage=body.get("stage"),
            at=predicate["issued_at"],
        )

    def checkpoint(self) -> dict[str, Any]:
        """What the published statement of heads says."""
        (path,) = self.remote.rglob("checkpoint.json")
        statement = json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))
        predicate = statement["predicate"]
        return {**predicate["checkpoint"], "leaves": predicate["parents"]}

    def verdicts(self, *options: str) -> dict[tuple[str, str], Any]:
        """What status says of each model and stage."""
        models = self.do("dana", "status", *options)["models"]
        return {(model["name"], row["stage"]): row for model in models for row in model["verdicts"]}


def founded(root: Path, hub: FakeHub) -> Team:
    """A project of dana's with the team template, where everybody is trusted and nobody has approved `one` and `two`.

    Args:
        root: An empty folder.
        hub: An empty test Hub.
    """
    hub.create_repo(REPOSITORY, card={"license": "mit"}).commit(FILES)
    hub.create_repo(OTHER).commit({**FILES, "config.json": b"{}\n"})
    team = Team(root / "project", root / "homes", hub)
    for folder in (team.root, *(team.homes / person for person in ("dana", *ROLES))):
        folder.mkdir(parents=True)
    team.do("dana", "init", "--template", "team")
    team.chain("dana").let_all_pass()
    for person, roles in ROLES.items():
        public = team.do(person, "keys", "new", "--label", person)["keys"][0]["public"]
        options = [item for role in roles for item in ("--role", role)]
        team.do("dana", "keys", "trust", person, "--public", public, *options)
    team.do("dana", *add("one"))
    team.do("dana", *add("two", OTHER))
    return team


def one_stage(team: Team) -> None:
    """Leave only production, for two approvals."""
    path = team.root / "weighbridge.toml"
    before, _, rest = path.read_text(encoding="utf-8").partition("[stages.staging]")
    rest = rest[rest.index("[stages.production]") :].replace('after = "staging"\n', "")
    path.write_text(before + rest, encoding="utf-8")


def add(name: str, repository: str = REPOSITORY) -> tuple[str, ...]:
    """The command that adds a model."""
    return ("add", f"hf:{repository}@main", "--name", name)


def leaves(ledger: dict[str, Said], name: str) -> list[str]:
    """The newest attestations of a model, sorted."""
    return sorted(ledger.keys() - {parent for item in ledger.values() for parent in item.parents[name]})


def past(ledger: dict[str, Said], name: str, ids: Iterable[str]) -> set[str]:
    """Attestations and all that they descend from."""
    seen: set[str] = set()
    waiting = list(ids)
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += ledger[key].parents[name]
    return seen


def serial(team: Team) -> list[Said]:
    """Everything that was said, in one order that every ledger agrees with.

    Fails where a ledger has two words that did not know of each other, or where two ledgers contradict each other.
    """
    waiting, ordered = team.statements(), list[Said]()
    for name, ledger in team.ledgers().items():
        assert len(leaves(ledger, name)) == 1, f"{name} has branches"
        parents = [parent for item in ledger.values() for parent in item.parents[name]]
        assert len(parents) == len(set(parents)) == len(ledger) - 1, f"{name} is no chain"
    done: set[str] = set()
    while waiting:
        free = [item for item in waiting.values() if {key for row in item.parents.values() for key in row} <= done]
        assert free, "the ledgers contradict each other"
        ordered += free
        done |= {item.id for item in free}
        for item in free:
            del waiting[item.id]
    return ordered


def outcome(said: Sequence[Said], quorum: dict[str, int]) -> dict[tuple[str, str], bool]:
    """What may run after words that came one after the other: approved by enough people since the last no.

    Args:
        said: In order; each approval of several models must bring all of them to their quorum.
        quorum: By stage.
    """
    votes: dict[tuple[str, str], set[str]] = {}
    for item in said:
        for name in item.subjects:
            for stage in [item.stage] if item.stage else quorum:
                if item.kind == "approval":
                    votes.setdefault((name, stage), set()).add(item.by)
                elif item.kind in NOES:
                    votes[name, stage] = set()
    return {key: len(people) >= quorum[key[1]] for key, people in votes.items()}
