"""The commands by which people speak: what they refuse, print and exit with. Custody itself is tested elsewhere."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.world import TEAM, World

from weighbridge.cli.app import main
from weighbridge.config import read_settings, read_trust
from weighbridge.core.bundle import bundle_from
from weighbridge.core.policy import NOTHING
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import key_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command; gives what it printed."""

    def run(*arguments: str, expect: int = 0) -> str:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        said = capsys.readouterr()
        assert caught.value.code == expect, said.err
        return said.out if expect in {0, 10} else said.err

    return run


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A team's project with a model, on which the commands work."""
    world = World(tmp_path, policy=TEAM)
    world.add()
    for name in ("revoke", "reject", "request", "export_bundle", "export_heads"):
        monkeypatch.setattr(f"weighbridge.cli.{name}.open_project", lambda: SimpleNamespace(custody=world.custody))
    monkeypatch.chdir(tmp_path)
    return world


def test_a_request_says_what_an_approver_types(team: World, run: Run) -> None:
    said = run("request", "tiny", "--stage", "production", "--comment", "for search", "--key", "guest")
    assert "asked for approval of tiny" in said
    assert "weighbridge approve tiny --stage production" in said
    again = json.loads(run("request", "tiny", "--stage", "production", "--key", "guest", "--json"))
    assert (again["schema"], again["changed"], again["models"][0]["name"]) == ("weighbridge.request/1", False, "tiny")
    (asked,) = team.custody.record("tiny").stages["production"].asked.values()
    assert asked[0].comment == "for search"


def test_a_rejection_needs_a_reason(team: World, run: Run) -> None:
    assert "--reason" in run("reject", "tiny", "--stage", "production", "--key", "bob", expect=2)
    said = run("reject", "tiny", "--stage", "production", "--reason", "unclear", "--key", "bob")
    assert said.startswith("rejected tiny")
    found = json.loads(run("reject", "tiny", "--stage", "production", "--reason", "x", "--key", "bob", "--json"))
    assert (found["changed"], found["text"]) == (False, "x")
    assert team.custody.record("tiny").stages["production"].rejected


def test_a_revocation_says_until_when_the_offline_may_load(team: World, run: Run) -> None:
    for key in ("bob", "cleo"):
        team.approve(key)
    said = run("revoke", "tiny", "--stage", "production", "--reason", "leaked", "--key", "bob")
    assert said.startswith("revoked tiny")
    assert "whoever reaches neither may load for production until 2026-12-23T12:00:03Z at the latest" in said
    found = json.loads(run("revoke", "tiny", "--reason", "leaked", "--key", "bob", "--json"))
    assert (found["changed"], found["stage"], found["denied_source"]) == (True, None, None)
    assert set(found["offline_until"]) == {"staging", "production"}
    assert "was revoked already" in run("revoke", "tiny", "--reason", "leaked", "--key", "bob")


def test_a_publisher_is_kept_out(team: World, run: Run) -> None:
    said = run("revoke", "--publisher", "hf:org", "--reason", "account taken over", "--key", "ann")
    assert "kept out from now on: hf:org/**" in said
    assert team.workspace.denied == ["hf:org/**"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--reason", "x"),
        ("tiny",),
        ("--digest", "aa", "--reason", "x"),
        ("--digest", "aa", "--reason", "x", "tiny", "twin"),
        ("--digest", "aa", "--reason", "x", "--publisher", "hf:org"),
        ("other", "--reason", "x", "--key", "bob"),
        ("--publisher", "org", "--reason", "x", "--key", "bob"),
    ],
)
def test_what_revoke_refuses(team: World, run: Run, arguments: tuple[str, ...]) -> None:
    count = len(team.ledger.read("tiny"))
    assert "next: " in run("revoke", *arguments, expect=2)
    assert len(team.ledger.read("tiny")) == count


def test_heads_are_published(team: World, run: Run) -> None:
    team.approve("bob", "staging")
    said = run("export", "heads", "--key", "robot")
    assert "published statement 2, good until 2026-12-23T12:00:02Z" in said
    assert "  tiny staging: " in said
    found = json.loads(run("export", "heads", "--key", "robot", "--json"))
    assert (found["changed"], found["statement"]["number"]) == (True, 3)
    assert "role" in run("export", "heads", "--key", "guest", expect=1)


def test_a_bundle_is_written(team: World, run: Run, tmp_path: Path) -> None:
    said = run("export", "bundle", "tiny", "--key", "robot")
    assert "wrote tiny.bundle.json, with statement 1" in said
    assert bundle_from((tmp_path / "tiny.bundle.json").read_bytes()).checkpoint is not None
    found = json.loads(run("export", "bundle", "tiny", "--key", "robot", "--output", "other.json", "--json"))
    assert (found["path"], found["number"], found["changed"]) == ("other.json", 2, True)
    assert team.custody.last() is not None
    assert "unknown-model" in run("export", "bundle", "other", "--key", "robot", expect=2)


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A project whose folder is the working one, and the id of the key of Ann, who works there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("WEIGHBRIDGE_TRUST", raising=False)
    monkeypatch.delenv("WEIGHBRIDGE_KEY_PASSPHRASE", raising=False)
    monkeypatch.setattr("weighbridge.wiring.project.SYSTEM_TRUST", tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    key = key_folder().new("laptop", now()).key
    (tmp_path / "weighbridge.toml").write_text(
        'schema = "weighbridge.config/1"\nproject = "demo"\n[stages.production]\n'
        f'[people.ann]\nkeys = [{{ id = "{key.id}", public = "{key.public}" }}]\n'
    )
    return key.id


def people(folder: Path) -> dict[str, Any]:
    return {item.id: item for item in read_settings((folder / "weighbridge.toml").read_text()).policy.people}


@pytest.mark.parametrize(
    "arguments",
    [("bob", "--public", "{}"), ("--public", "{}", "bob"), ("person", "bob", "--public", "{}", "--role", "lead")],
)
def test_a_person_is_trusted_wherever_the_options_stand(
    keys: str, run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    made = json.loads(run("keys", "new", "--label", "bob", "--json"))["keys"][0]
    given = [item.format(made["public"]) for item in arguments]
    assert "now trusted: bob" in run("keys", "trust", *given)
    assert "trusted already: bob" in run("keys", "trust", *given)
    found = people(tmp_path)
    assert found["bob"].roles == ({"lead"} if "lead" in arguments else {"adder", "approver"})
    assert [key.id for key in found["bob"].keys] == [made["id"]]
    assert [key.id for key in found["ann"].keys] == [keys]


def test_an_unknown_option_and_nobody_are_refused(keys: str, run: Run) -> None:
    assert keys
    assert "No such option" in run("keys", "trust", "bob", "--pubic", "00", expect=2)
    assert "Usage" in run("keys", "trust", expect=2)
    assert "is not an Ed25519 public key" in run("keys", "trust", "bob", "--public", "00", expect=1)


def test_a_trust_file_is_printed_or_written(keys: str, run: Run, tmp_path: Path) -> None:
    text = run("keys", "trust", "export")
    assert read_trust(text, "").owner(keys) is not None
    said = run("keys", "trust", "export", "--output", "trust.toml")
    assert said.startswith("wrote trust.toml: sha256:")
    assert (tmp_path / "trust.toml").read_text() == text
    found = json.loads(run("keys", "trust", "export", "--output", "trust.toml", "--json"))
    assert (found["changed"], found["trust"] in said) == (False, True)


def test_a_key_is_rotated(keys: str, run: Run, tmp_path: Path) -> None:
    made = json.loads(run("keys", "rotate", keys[:16], "--label", "laptop-2027", "--json"))["keys"][0]
    ann = people(tmp_path)["ann"]
    assert [key.id for key in ann.keys] == [keys, made["id"]]
    assert ann.limits == {keys: ann.limits[keys]}
    assert ann.limits[keys].last == NOTHING
    assert "0 trusted keys begin with 'ffff'" in run("keys", "rotate", "ffff", "--label", "x", expect=2)


def test_a_key_expires_and_is_revoked(keys: str, run: Run, tmp_path: Path) -> None:
    assert "from 2027-06-30 on" in run("keys", "expire", keys[:16], "--on", "2027-06-30")
    assert not json.loads(run("keys", "expire", keys[:16], "--on", "2027-06-30", "--json"))["changed"]
    assert "--on" in run("keys", "expire", keys[:16], "--on", "soon", expect=2)
    said = run("keys", "revoke", keys[:16], "--reason", "laptop stolen")
    assert "counts for nothing" in said
    assert "next: weighbridge export heads" in said
    assert not json.loads(run("keys", "revoke", keys, "--reason", "again", "--entirely", "--json"))["changed"]
    assert "unknown-key" in run("keys", "revoke", "ffff", "--reason", "x", expect=2)
    limits = people(tmp_path)["ann"].limits[keys]
    assert (f"{limits.expires:%Y-%m-%d}", limits.last) == ("2027-06-30", NOTHING)


def test_a_bundle_names_its_model_itself(run: Run) -> None:
    assert "a bundle names its model itself" in run("verify", "tiny", "--bundle", "tiny.bundle.json", expect=2)
