"""People on two branches and on two clones: the cautious word holds, whoever hears of the other first.

What two branches said stands side by side in the ledger, and merges without conflict. Two clones with one remote take
in what the other published before they speak, so that nothing that was taken back comes back.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import FILES, REPOSITORY, Chain
from tests.e2e.people import PRODUCTION, REASON, Team, add, founded, one_stage
from tests.fakes.hub import FakeHub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Machines that do other work take minutes for what a quiet one does in seconds.
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with FakeHub() as hub:
        yield hub


@pytest.fixture(scope="module")
def founding(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub) -> Team:
    """A team at a project that has models `one` and `two`, and no approval."""
    return founded(tmp_path_factory.mktemp("team"), hub)


@pytest.fixture(scope="module")
def half(founding: Team, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A project with the stage production alone, where one of two approvals of `one` is given; all is committed."""
    team = founding.copy(tmp_path_factory.mktemp("half") / "project")
    one_stage(team)
    team.do("cat", "approve", "one", *PRODUCTION)
    team.git("init", "-q")
    team.commit()
    return team


def _revoke(team: Team) -> None:
    team.do("eve", "revoke", "one", *PRODUCTION, *REASON)


def _reject(team: Team) -> None:
    team.do("eve", "reject", "one", *PRODUCTION, *REASON)


def _pin(team: Team) -> None:
    """Upstream moves, and dana takes it."""
    hub = team.hub
    assert hub is not None
    revision = hub.repo(REPOSITORY).head()
    try:
        hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}\n'})
        team.do("dana", *add("one"))
    finally:
        hub.repo(REPOSITORY).commit({"config.json": FILES["config.json"]})
    assert hub.repo(REPOSITORY).head() != revision


def _end_key(team: Team) -> None:
    """Bob's key is stolen, and dana ends it."""
    (key,) = [key for key, owner in team.owners.items() if owner == "bob"]
    team.do("dana", "keys", "revoke", key, *REASON)


@pytest.mark.parametrize(
    ("elsewhere", "first", "reasons", "fault"),
    [
        (_revoke, False, {"revoked"}, ""),
        (_revoke, True, {"revoked"}, "revoked"),
        (_reject, True, {"rejected"}, "revoked"),
        (_pin, False, set(), ""),
        (_end_key, False, {"quorum"}, "key-revoked"),
    ],
    ids=["later-revocation", "earlier-revocation", "rejection", "pin", "key-revocation"],
)
def test_two_branches_merge_without_conflict_and_the_cautious_word_holds(
    half: Team,
    tmp_path: Path,
    elsewhere: Callable[[Team], None],
    first: bool,  # noqa: FBT001  a row
    reasons: set[str],
    fault: str,
) -> None:
    """Bob's approval, the second of two, is on one branch; on the other is what he did not know of, before or after."""
    left, right = half.copy(tmp_path / "left"), half.copy(tmp_path / "right")
    if first:
        elsewhere(right)
    left.do("bob", "approve", "one", *PRODUCTION)
    assert left.verdicts("--no-registry")["one", "production"]["allow"]
    if not first:
        elsewhere(right)
    for team in (left, right):
        team.commit()
    merged = [half.copy(tmp_path / name) for name in ("left-first", "right-first")]
    for team, branches in zip(merged, ((left, right), (right, left)), strict=True):
        for branch in branches:
            team.git("pull", "-q", "--no-rebase", "--no-edit", str(branch.root))
        assert team.git("status", "--porcelain") == ""
    found = [team.verdicts("--no-registry")["one", "production"] for team in merged]
    assert found[0] == found[1]
    assert found[0]["allow"] == (not reasons)
    assert {row["code"] for row in found[0]["reasons"]} == reasons
    for team in merged:
        assert team.ledger("one").keys() == left.ledger("one").keys() | right.ledger("one").keys()
        (entries,) = [model["entries"] for model in team.do("dana", "audit", "one", "--no-registry")["models"]]
        (bob,) = [row for row in entries if row["id"] in left.ledger("one").keys() - half.ledger("one").keys()]
        assert bob["fault"] == fault
        # Who has seen all of it may say yes again.
        digest = found[0]["digest"] or next(iter(half.ledger("one").values())).subjects["one"]
        for person in ("cat", "eve"):
            team.do(person, "approve", "one", *PRODUCTION, "--digest", digest)
        assert team.verdicts("--no-registry")["one", "production"]["approvers"][-1] == "eve"


LOAD = "import weighbridge; print(weighbridge.load('{}', stage='production'))"


@dataclass(frozen=True)
class Consumer:
    """Somebody with a trust file and the address of the remote."""

    home: Path
    extra: dict[str, str]

    def may(self, name: str) -> str:
        """Why a model may not be loaded; empty if it may."""
        chain = Chain(self.home, self.home, None)
        done = subprocess.run(
            [sys.executable, "-c", LOAD.format(name)],
            cwd=self.home,
            env={**chain.environment, **self.extra},
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else done.stderr


@dataclass(frozen=True)
class Clones:
    """Two clones, one remote, and a consumer of it.

    Args:
        mine: The one whose people have not pulled.
        other: The one where something happened meanwhile.
        mount: Where `mine` sees the remote.
        remote: Where it is.
        consumer: Who loads from it.
    """

    mine: Team
    other: Team
    mount: Path
    remote: Path
    consumer: Consumer

    def reach(self, *, up: bool) -> None:
        """Let `mine` reach the remote, or not."""
        self.mount.unlink(missing_ok=True)
        # A link to itself fails as a lost network drive does: not with "there is no such file".
        self.mount.symlink_to(self.remote if up else self.mount)


@pytest.fixture
def clones(half: Team, tmp_path: Path) -> Clones:
    """`one` is approved; `two` waits for its second approval."""
    remote, mount, trust, home = (tmp_path / name for name in ("remote", "mount", "trust.toml", "app"))
    home.mkdir()
    mine = half.copy(tmp_path / "mine")
    mine.remote.rename(remote)
    mount.symlink_to(remote)
    mine.publish_to(mount)
    mine.do("bob", "approve", "one", *PRODUCTION)
    mine.do("cat", "approve", "two", *PRODUCTION)
    mine.do("dana", "keys", "trust", "export", "--output", str(trust))
    mine.commit()
    other = mine.copy(tmp_path / "other")
    other.publish_to(remote)
    extra = {"WEIGHBRIDGE_STORE": str(remote), "WEIGHBRIDGE_TRUST": str(trust)}
    made = Clones(mine, other, mount, remote, Consumer(home, extra))
    assert made.consumer.may("one") == ""
    assert "quorum" in made.consumer.may("two")
    return made


def test_who_has_not_pulled_publishes_what_others_did(clones: Clones) -> None:
    mine, other = clones.mine, clones.other
    other.do("dana", "request", "two", *PRODUCTION)
    _revoke(other)
    assert "revoked" in clones.consumer.may("one")
    assert mine.do("bob", "approve", "two", *PRODUCTION)["models"][0]["published"]
    assert clones.consumer.may("two") == ""
    assert "revoked" in clones.consumer.may("one")
    _have_met(clones)


def test_a_remote_that_is_down_loses_nothing(clones: Clones) -> None:
    mine, other = clones.mine, clones.other
    clones.reach(up=False)
    before = mine.ledger("two")
    failed = mine.do("bob", "approve", "two", *PRODUCTION, expect=1)
    assert failed["error"]["hint"]
    assert [item.by for key, item in mine.ledger("two").items() if key not in before] == ["bob"]
    assert mine.verdicts("--no-registry")["two", "production"]["allow"]
    other.do("dana", "request", "two", *PRODUCTION)
    _revoke(other)
    assert "quorum" in clones.consumer.may("two")
    clones.reach(up=True)
    (done,) = mine.do("bob", "approve", "two", *PRODUCTION)["models"]
    assert (done["changed"], done["published"]) == (False, True)
    assert clones.consumer.may("two") == ""
    assert "revoked" in clones.consumer.may("one")
    _have_met(clones)


def _have_met(clones: Clones) -> None:
    """Mine took in what the other said of `two` alone; then both pull, and nothing is in the way or lost."""
    mine, other = clones.mine, clones.other
    assert other.ledger("two").keys() < mine.ledger("two").keys()
    assert mine.ledger("one").keys() < other.ledger("one").keys()
    everything = mine.statements().keys() | other.statements().keys()
    for team in (mine, other):
        team.commit()
    for team, source in ((mine, other), (other, mine)):
        team.git("pull", "-q", "--no-rebase", "--no-edit", str(source.root))
        assert team.statements().keys() == everything
        verdicts = team.verdicts("--no-registry")
        assert [verdicts[name, "production"]["allow"] for name in ("one", "two")] == [False, True]
        team.do("dana", "export", "heads")
        assert team.do("dana", "audit", "--no-registry")["models"]
    assert clones.consumer.may("two") == ""
    assert "revoked" in clones.consumer.may("one")


def test_who_approves_what_others_have_just_taken_back_is_told_first(clones: Clones) -> None:
    mine, other = clones.mine, clones.other
    _revoke(other)
    refused = mine.do("eve", "approve", "one", *PRODUCTION, expect=10)["error"]
    assert "suspicion" in refused["message"]
    assert mine.ledger("one").keys() == other.ledger("one").keys(), "heard, and not signed"
    assert "revoked" in clones.consumer.may("one")
    # Having been told, eve may insist.
    assert mine.do("eve", "approve", "one", *PRODUCTION)["changed"]
    assert mine.do("bob", "approve", "one", *PRODUCTION)["models"][0]["verdict"]["allow"]
    assert clones.consumer.may("one") == ""
