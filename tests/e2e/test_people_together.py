"""People at one project at once: what comes of it is what some order of their commands would give.

What several processes in one folder said stands in a line in each ledger, and one order fits all ledgers. Read in that
order, the words give what `status`, the published statement of heads and the registry show. Nothing that a command
acknowledged is missing.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.people import (
    NOES,
    OTHER,
    PRODUCTION,
    REASON,
    STAGING,
    Team,
    add,
    founded,
    leaves,
    outcome,
    past,
    serial,
)
from tests.fakes.hub import FakeHub

from weighbridge.core.replay import replay
from weighbridge.wiring import open_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Machines that do other work take minutes for what a quiet one does in seconds.
pytestmark = pytest.mark.timeout(1800)

QUORUM = {"staging": 1, "production": 2}
PUBLISHING = frozenset({"approve", "reject", "revoke", "export"})
KINDS = {"add": "pin", "approve": "approval", "request": "request", "reject": "rejection", "revoke": "revocation"}


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with FakeHub() as hub:
        yield hub


@pytest.fixture(scope="module")
def founding(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub) -> Team:
    """A team at a project that has models `one` and `two`, and no approval."""
    return founded(tmp_path_factory.mktemp("team"), hub)


def acknowledged(
    team: Team, before: dict[str, Any], commands: list[tuple[str, ...]], done: list[tuple[int, Any]]
) -> None:
    """Each command that says it changed something has signed exactly one attestation, and no other has."""
    said = Counter(
        (person, KINDS[verb])
        for (person, verb, *_), (code, output) in zip(commands, done, strict=True)
        if code == 0 and verb in KINDS and output.get("model", output)["changed"]
    )
    new = [item for key, item in team.statements().items() if key not in before]
    assert Counter((item.by, item.kind) for item in new) == said
    assert before.keys() <= team.statements().keys()


def published(team: Team, number: int, commands: list[tuple[str, ...]], done: list[tuple[int, Any]]) -> None:
    """Every publication has a number of its own, and what was acknowledged as published is."""
    speaking = [
        verb for (_, verb, *_), (code, _) in zip(commands, done, strict=True) if verb in PUBLISHING and not code
    ]
    said = team.checkpoint()
    assert said["number"] == number + len(speaking)
    for name, ledger in team.ledgers().items():
        seen = past(ledger, name, said["leaves"].get(name, []))
        told = {key for key, item in ledger.items() if item.kind in {"approval", "revocation", "rejection"}}
        assert told <= seen, f"something of {name} was acknowledged and not published"
    team.do("dana", "export", "heads")
    said = team.checkpoint()
    assert said["number"] == number + len(speaking) + 1
    assert said["leaves"] == {name: leaves(ledger, name) for name, ledger in team.ledgers().items()}
    verdicts = team.verdicts("--no-registry")
    heads = {key: row["digest"] for key, row in verdicts.items() if row["allow"]}
    assert {(name, stage): row for name, rows in said["heads"].items() for stage, row in rows.items()} == heads


def serially(team: Team) -> dict[tuple[str, str], Any]:
    """The result is that of one order, and status, audit and the registry agree on it; gives the verdicts."""
    expected = outcome(serial(team), QUORUM)
    status = team.do("dana", "status")
    assert status["registry"]["state"] == "compared"
    assert [model["problems"] for model in status["models"]] == [[]] * len(status["models"])
    assert [model["divergences"] for model in status["models"]] == [[]] * len(status["models"])
    verdicts = {(model["name"], row["stage"]): row for model in status["models"] for row in model["verdicts"]}
    assert {key: row["allow"] for key, row in verdicts.items() if key in expected} == expected
    assert not any(row["allow"] for key, row in verdicts.items() if key not in expected)
    audited = {model["name"]: model["entries"] for model in team.do("dana", "audit")["models"]}
    assert {name: len(entries) for name, entries in audited.items()} == {
        name: len(ledger) for name, ledger in team.ledgers().items()
    }
    cautious(team, verdicts)
    return verdicts


def cautious(team: Team, verdicts: dict[tuple[str, str], Any]) -> None:
    """Whatever is allowed has its quorum from approvals that had seen every no to it."""
    for (name, stage), row in verdicts.items():
        ledger = team.ledger(name)
        about = [item for item in ledger.values() if item.subjects[name] == row["digest"]]
        noes = {item.id for item in about if item.kind in NOES and item.stage in {None, stage}}
        ayes = [item for item in about if item.kind == "approval" and item.stage == stage]
        voters = {item.by for item in ayes if noes <= past(ledger, name, [item.id])}
        assert not row["allow"] or len(voters) >= QUORUM[stage], (name, stage)


def shuffled(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay of every ledger is the same in any order of its files."""
    for key, value in team.chain("dana").environment.items():
        monkeypatch.setenv(key, value)
    custody = open_project(team.root).custody
    dice, now = random.Random(7), custody.clock()  # noqa: S311  any order will do

    def shaken(name: str) -> list[bytes]:
        found = list(custody.ledger.read(name))
        dice.shuffle(found)
        return found

    for name in team.ledgers():
        plain = replay(name, custody.ledger.read, custody.policy, custody.verify_signature, now)
        for _ in range(10):
            assert replay(name, shaken, custody.policy, custody.verify_signature, now) == plain


def test_eight_processes_at_once(founding: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    team = founding.copy(tmp_path / "project")
    for name in ("three", "four", "five"):
        team.do("dana", *add(name))
    for stage in (STAGING, PRODUCTION):
        team.do("bob", "approve", "one", *stage)
    team.do("bob", "approve", "five", *STAGING)
    commands: list[tuple[str, ...]] = [
        ("dana", *add("six")),
        ("eve", *add("seven", OTHER)),
        ("cat", "approve", "one", *PRODUCTION),
        ("bob", "approve", "two", "three", *STAGING),
        ("dana", "request", "four", *STAGING),
        ("cat", "reject", "four", *STAGING, *REASON),
        ("eve", "revoke", "five", *STAGING, *REASON),
        ("bob", "export", "heads"),
    ]
    before, number = team.statements(), team.checkpoint()["number"]
    done = team.at_once(*commands)
    assert [code for code, _ in done] == [0] * len(commands), done
    acknowledged(team, before, commands, done)
    published(team, number, commands, done)
    allowed = {key for key, row in serially(team).items() if row["allow"]}
    shuffled(team, monkeypatch)
    assert allowed == {("one", "staging"), ("one", "production"), ("two", "staging"), ("three", "staging")}


def test_eight_processes_of_different_minds_about_the_same_models(
    founding: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = founding.copy(tmp_path / "project")
    team.do("bob", "approve", "one", "two", *STAGING)
    team.do("bob", "approve", "two", *PRODUCTION)
    commands: list[tuple[str, ...]] = [
        ("bob", "approve", "one", *STAGING),
        ("cat", "approve", "one", *STAGING),
        ("eve", "revoke", "one", *STAGING, *REASON),
        ("bob", "approve", "one", "two", *STAGING),
        ("cat", "approve", "two", *PRODUCTION),
        ("eve", "reject", "two", *PRODUCTION, *REASON),
        ("dana", "request", "two", *PRODUCTION),
        ("dana", "export", "heads"),
    ]
    before, number = team.statements(), team.checkpoint()["number"]
    done = team.at_once(*commands)
    # What came too late, or had not heard of a no, is refused by name and leaves nothing.
    refused = [output["error"]["code"] for code, output in done if code]
    assert set(refused) <= {"is-head", "said-no"}, done
    acknowledged(team, before, commands, done)
    published(team, number, commands, done)
    serially(team)
    shuffled(team, monkeypatch)
