"""`weighbridge check` on a real project: what a merge may bring, and what it may not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain


def based(chain: Chain) -> Chain:
    """The same, everything committed, on a branch that is to be merged."""
    chain.run("git", "add", "-A")
    chain.run("git", "commit", "-qm", "base")
    chain.run("git", "branch", "-M", "main")
    chain.run("git", "checkout", "-qb", "topic")
    return chain


def committed(chain: Chain) -> None:
    chain.run("git", "add", "-A")
    chain.run("git", "commit", "-qm", "topic")


def checked(chain: Chain, *more: str, expect: int = 0) -> Any:
    return chain.json("check", "--base", "main", *more, expect=expect)


def codes(report: Any, *, notes: bool = False) -> set[str]:
    return {item["code"] for item in report["findings"] if notes or item["weight"] != "note"}


def test_nothing_changed_is_allowed(approved: Chain) -> None:
    chain = based(approved)
    for more in ((), ("--head", "topic")):
        report = checked(chain, *more)
        assert (report["verdict"], report["findings"], report["models"], report["left_out"]) == ("allow", [], [], [])


def test_a_model_that_is_added_and_approved_is_allowed_and_told(chain: Chain) -> None:
    based(chain)
    chain.add()
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert codes(checked(chain)) == set()
    committed(chain)
    report = checked(chain, "--head", "topic")
    assert codes(report) == set()
    assert [item["kind"] for item in report["models"]] == ["added", "approved"]


def test_a_model_that_moves_on_or_is_removed_by_the_commands_passes(approved: Chain) -> None:
    based(approved)
    assert approved.hub is not None
    approved.hub.repo("org/tiny").commit({"config.json": b'{"layers": 7}\n'})
    approved.weighbridge("update", "tiny")
    approved.weighbridge("approve", "tiny", "--stage", "production")
    report = checked(approved, "--no-registry")
    assert codes(report) == set()
    assert [item["kind"] for item in report["models"]] == ["updated", "approved"]
    approved.weighbridge("remove", "tiny")
    report = checked(approved, "--no-registry")
    assert codes(report) == set()
    assert {"pin-removed", "model-removed"} <= codes(report, notes=True)
    assert {"removed", "revoked"} <= {item["kind"] for item in report["models"]}


def test_the_first_merge_is_judged_by_its_own_rules(chain: Chain) -> None:
    chain.run("git", "commit", "-qm", "nothing", "--allow-empty")
    chain.run("git", "branch", "-M", "main")
    chain.run("git", "checkout", "-qb", "topic")
    chain.add()
    report = checked(chain)
    assert codes(report) == set()
    assert {"first-merge", "remote-changed", "dvc-config-changed"} <= codes(report, notes=True)
    assert report["left_out"] == ["the DVC remote"]
    (chain.root / "models" / "tiny" / "lock.json").write_text("{", encoding="utf-8")
    assert codes(checked(chain, expect=20)) == {"bad-json"}


def test_a_remote_without_the_bytes_is_told_unless_it_is_not_to_be_asked(chain: Chain) -> None:
    based(chain)
    chain.json("add", "hf:org/tiny@main", "--name", "tiny", "--no-push")
    assert codes(checked(chain, expect=10)) == {"remote-missing"}
    report = checked(chain, "--no-remote", "--no-registry")
    assert (codes(report), report["left_out"]) == (set(), ["the DVC remote", "the registry"])


def test_a_registered_model_of_which_nothing_was_signed_is_told(approved: Chain) -> None:
    based(approved)
    (line,) = [
        line for line in (approved.root / "weighbridge.toml").read_text("utf-8").splitlines() if "project =" in line
    ]
    project = line.partition('"')[2].rstrip('"')
    approved.python(
        "from mlflow import MlflowClient; c = MlflowClient(); c.create_registered_model('own'); "
        f"c.create_registered_model('planted', tags={{'weighbridge.project': {project!r}}})"
    )
    report = checked(approved, expect=10)
    assert [(item["code"], item["weight"]) for item in report["findings"]] == [
        ("registry-ungoverned", "refused"),
        ("registry-ungoverned", "note"),
    ]
    assert codes(checked(approved, "--no-registry")) == set()


def test_a_merge_that_trusts_itself_is_refused_and_says_for_whom(approved: Chain, tmp_path: Path) -> None:
    """Mallory brings a key, a role and an approval in one merge; under the base nothing of it counts."""
    based(approved)
    home = tmp_path / "mallory"
    home.mkdir()
    other = type(approved)(approved.root, home, approved.hub)
    other.weighbridge("keys", "new")
    other.weighbridge("keys", "trust", "mallory", "--role", "approver", "--role", "adder")
    other.weighbridge("approve", "tiny", "--stage", "production")
    report = checked(approved, expect=10)
    assert codes(report) == {"person-added", "evidence-untrusted"}
    assert report["models"] == []
    text = approved.weighbridge("check", "--base", "main", "--markdown", expect=10)
    assert "whom this merge itself brings" in text
    assert text.startswith("## ⛔ Weighbridge check: deny")


def test_what_the_base_did_meanwhile_is_not_the_merge_s_doing(approved: Chain) -> None:
    """The base goes on; a branch that left before is judged as what comes of merging it."""
    based(approved)
    approved.run("git", "checkout", "-q", "main")
    approved.weighbridge("revoke", "tiny", "--stage", "production", "--reason", "leaked")
    committed(approved)
    approved.run("git", "checkout", "-q", "topic")
    (approved.root / "serve.py").write_text("print()\n", encoding="utf-8")
    committed(approved)
    for more in ((), ("--head", "topic")):
        report = checked(approved, *more)
        assert (report["findings"], report["models"]) == ([], [])
    # Brought into the branch and taken out again, it is deleted.
    approved.run("git", "merge", "-q", "main")
    (path,) = (approved.root / "models" / "tiny" / "evidence").glob("revocation-*")
    path.unlink()
    assert codes(checked(approved, expect=20)) == {"evidence-deleted"}


def test_both_sides_changed_one_file_is_not_up_to_date(approved: Chain) -> None:
    based(approved)
    config = approved.root / "weighbridge.toml"
    config.write_text(config.read_text(encoding="utf-8") + "# topic\n", encoding="utf-8")
    committed(approved)
    approved.run("git", "checkout", "-q", "main")
    config.write_text(config.read_text(encoding="utf-8") + "# main\n", encoding="utf-8")
    committed(approved)
    assert codes(checked(approved, "--head", "topic", expect=10)) == {"not-up-to-date"}


def test_a_trust_file_of_this_machine_stands_above_the_base(approved: Chain, tmp_path: Path) -> None:
    based(approved)
    trust = tmp_path / "trust.toml"
    approved.weighbridge("keys", "trust", "export", "--output", str(trust))
    said = json.loads(approved.weighbridge("check", "--base", "main", "--json", trust=trust))
    assert said["trust"].startswith("sha256:")


def test_a_project_below_the_top_of_its_repository(chain: Chain, tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    outer = type(chain)(top, chain.home, chain.hub)
    outer.run("git", "init", "-q", "-b", "main")
    (top / "app").mkdir()
    inner = type(chain)(top / "app", chain.home, chain.hub)
    inner.weighbridge("init")
    outer.run("git", "add", "-A")
    outer.run("git", "commit", "-qm", "base")
    inner.add()
    assert codes(checked(inner)) == set()
    (top / ".gitattributes").write_text("app/models/** -diff\n", encoding="utf-8")
    (top / "dvc.yaml").write_text("stages:\n  x:\n    cmd: id\n", encoding="utf-8")
    assert codes(checked(inner, expect=10)) == {"attributes-changed", "command-added"}
    (top / "app" / "weighbridge.toml").unlink()
    assert "config-removed" in codes(checked(inner, expect=10))


def test_what_can_not_be_asked(approved: Chain) -> None:
    based(approved)
    assert approved.json("check", "--base", "nothing", expect=2)["error"]["code"] == "unknown-revision"
    assert approved.json("check", "--base=--help", expect=2)["error"]["code"] == "unknown-revision"
    assert approved.json("check", "--base", "HEAD", "--markdown", expect=2)["error"]["code"] == "usage"
    approved.run("git", "rm", "-q", "--cached", "weighbridge.toml")
    (approved.root / "weighbridge.toml").unlink()
    approved.run("git", "commit", "-qm", "governed no more")
    assert approved.json("check", "--base", "HEAD", expect=2)["error"]["code"] == "no-project"
