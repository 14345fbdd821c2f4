"""The merge gate by the real command: what is governed says whether a reference may land."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.e2e.chain import REPOSITORY, Chain
from tests.integration.test_consumer.world import trust_text

from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from pathlib import Path


def write(chain: Chain, *arguments: str) -> None:
    """A program with one call a line of arguments."""
    lines = ["from transformers import AutoModel", *(f"AutoModel.from_pretrained({each})" for each in arguments)]
    (chain.root / "serve.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


def verdicts(chain: Chain, *options: str, expect: int = 0) -> list[str]:
    found = chain.json("lint", *options, expect=expect)["references"]
    return [each["verdict"] for each in found]


def revision(chain: Chain) -> str:
    lock = json.loads((chain.root / "models/tiny/lock.json").read_text(encoding="utf-8"))
    (pin,) = lock["pins"]
    return str(pin["revision"])


def test_what_a_reference_is_worth_from_approval_to_revocation(approved: Chain) -> None:
    commit = revision(approved)
    other = "0" * 40
    write(
        approved,
        f'"{REPOSITORY}", revision="{commit}"',
        f'"{REPOSITORY}"',
        f'"{REPOSITORY}", revision="main"',
        f'"{REPOSITORY}", revision="{other}"',
        f'"other/model", revision="{other}"',
        f'"{REPOSITORY.upper()}", revision="{commit}"',
    )
    assert verdicts(approved, expect=10) == [
        *("governed", "unpinned", "unpinned", "unregistered", "unregistered", "governed"),
    ]
    write(approved, f'"{REPOSITORY}", revision="{commit}"')
    assert verdicts(approved) == ["governed"]
    approved.weighbridge("revoke", "tiny", "--stage", "production", "--reason", "leaks")
    assert verdicts(approved, expect=10) == ["revoked"]


def test_a_pin_that_nobody_approved_is_unapproved(chain: Chain) -> None:
    chain.add()
    write(chain, f'"{REPOSITORY}", revision="{revision(chain)}"')
    assert verdicts(chain, expect=10) == ["unapproved"]


def test_the_text_names_the_revision_to_write(approved: Chain) -> None:
    write(approved, f'"{REPOSITORY}"')
    said = approved.weighbridge("lint", expect=10)
    assert "serve.py:2:27: error: unpinned: tiny has no revision: it can change [hf-from-pretrained]\n" in said
    assert f"  next: pin it: {revision(approved)}\n" in said


def test_evidence_and_bytes_of_models_are_no_programs(approved: Chain) -> None:
    assert approved.json("lint")["references"] == []


def test_broken_evidence_says_nothing(approved: Chain) -> None:
    write(approved, f'"{REPOSITORY}", revision="{revision(approved)}"')
    for path in (approved.root / "models/tiny/evidence").glob("pin-*"):
        path.write_text("{}", encoding="utf-8")
    assert approved.json("lint", expect=20)["error"]["code"]


def test_a_merge_is_asked_only_for_what_it_brings(approved: Chain) -> None:
    write(approved, '"other/old"')
    approved.run("git", "add", "-A")
    approved.run("git", "commit", "-qm", "before")
    assert verdicts(approved, expect=10) == ["unpinned"]
    assert verdicts(approved, "--since", "HEAD") == ["unpinned"]
    write(approved, '"other/old"', '"other/new"')
    found = approved.json("lint", "--since", "HEAD", expect=10)["references"]
    assert [(each["model"], bool(each["excused"])) for each in found] == [
        ("hf:other/old", True),
        ("hf:other/new", False),
    ]


def test_nothing_is_governed_without_a_project(empty: Chain) -> None:
    write(empty, '"other/model"')
    assert empty.json("lint", "serve.py", "--exclude", "*.py")["files"] == 0
    found: Any = empty.json("lint", expect=10)
    assert (found["trust"], [each["verdict"] for each in found["references"]]) == (None, ["unpinned"])


def test_what_the_project_leaves_out_is_not_looked_at(empty: Chain) -> None:
    for path in ("app/serve.py", "app/tests/load.py", "app/tests/kept/load.py"):
        (empty.root / path).parent.mkdir(parents=True, exist_ok=True)
        (empty.root / path).write_text('AutoModel.from_pretrained("other/model")\n', encoding="utf-8")
    settings = 'schema = "weighbridge.config/1"\nproject = "app"\n[lint]\nexclude = ["tests/*", "!tests/kept"]\n'
    (empty.root / "app" / "weighbridge.toml").write_text(settings, encoding="utf-8")
    project = replace(empty, root=empty.root / "app")
    found = [each["path"] for each in project.json("lint", expect=10)["references"]]
    assert found == ["serve.py", "tests/kept/load.py"]
    # A hook names every file that changed.
    assert project.json("lint", "tests/load.py")["files"] == 0
    # Elsewhere in the repository these patterns say nothing.
    outside = empty.root / "tests" / "load.py"
    outside.parent.mkdir()
    outside.write_text('AutoModel.from_pretrained("other/model")\n', encoding="utf-8")
    assert project.json("lint", "../tests", expect=10)["files"] == 1


def test_an_application_is_judged_by_its_catalogue(approved: Chain, tmp_path: Path) -> None:
    commit = revision(approved)
    root = tmp_path / "application"
    root.mkdir()
    trust = trust_text(open_project(approved.root).custody.policy).encode("utf-8")
    (root / "trust.toml").write_bytes(trust)
    store, digest = approved.root / ".weighbridge" / "remote", f"sha256:{hashlib.sha256(trust).hexdigest()}"
    (root / "weighbridge.toml").write_text(
        'schema = "weighbridge.config/1"\nproject = "application"\n'
        f'[catalog]\nstore = "{store}"\ntrust = "trust.toml"\ntrust_digest = "{digest}"\n',
        encoding="utf-8",
    )
    application = Chain(root, approved.home, approved.hub)
    write(application, f'"{REPOSITORY}", revision="{commit}"', '"other/model"')
    found = application.json("lint", expect=10)
    assert (found["trust"], [each["verdict"] for each in found["references"]]) == (
        f"{digest}",
        ["governed", "unpinned"],
    )
