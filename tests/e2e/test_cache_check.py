"""Bytes that lie about on a machine, found by the real commands: approved, revoked, removed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import FILES, REPOSITORY, Chain, damage
from tests.fakes.hub import FakeHub
from tests.fakes.weights import safetensors
from tests.integration.test_consumer.world import trust_text

from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from collections.abc import Iterator

DOWNLOAD = f"import huggingface_hub; print(huggingface_hub.snapshot_download({REPOSITORY!r}))"
QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
TOGETHER = sum(map(len, FILES.values()))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A project with one approved model, made once."""
    base = tmp_path_factory.mktemp("origin")
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY, card={"license": "mit"}).commit(FILES)
        chain = Chain(base / "project", base / "dana", hub)
        chain.root.mkdir()
        chain.home.mkdir()
        chain.weighbridge("init")
        chain.add()
        chain.weighbridge("approve", "tiny", "--stage", "production")
        yield chain


@pytest.fixture
def approved(origin: Chain, tmp_path: Path) -> Chain:
    """A copy of it for each test."""
    subprocess.run(["cp", "-a", str(origin.root), str(origin.home), str(tmp_path)], check=True)
    return Chain(tmp_path / "project", tmp_path / "dana", origin.hub)


def download(chain: Chain) -> Path:
    """Fill the user's own cache with the real client; gives the snapshot."""
    return Path(chain.run(sys.executable, "-c", DOWNLOAD, extra=QUIET).strip())


def hub_of(chain: Chain) -> Path:
    return chain.home / ".cache" / "huggingface" / "hub"


def check(chain: Chain, *arguments: str, expect: int = 0) -> Any:
    return chain.json("cache", "check", *arguments, expect=expect)


def states(report: Any, kind: str = "huggingface") -> set[str]:
    return {file["state"] for place in report["places"] if place["kind"] == kind for file in place["files"]}


def revoke(chain: Chain) -> None:
    chain.weighbridge("revoke", "tiny", "--reason", "backdoor")


def test_from_approved_to_revoked_to_gone(approved: Chain) -> None:
    snapshot = download(approved)
    report = check(approved, "--strict")
    assert [place["kind"] for place in report["places"]] == ["huggingface", "dvc"]
    assert states(report) == {"approved"}
    assert report["totals"]["approved"] == {"files": 2 * len(FILES), "size_bytes": 2 * TOGETHER}
    revoke(approved)
    assert states(check(approved, expect=10)) == {"revoked"}
    told = check(approved, "--purge", "--dry-run", expect=10)
    assert (told["changed"], states(told)) == (False, {"revoked"})
    assert (snapshot / "model.safetensors").is_file()
    purged = check(approved, str(hub_of(approved)), "--purge")
    assert purged["changed"]
    assert {file["purged"] for place in purged["places"] for file in place["files"]} == {True}
    assert not (hub_of(approved) / "models--org--tiny").exists()
    again = check(approved, str(hub_of(approved)), "--purge")
    assert (again["changed"], again["places"][0]["files"]) == (False, [])


def test_the_text_tells_it_by_repository(approved: Chain) -> None:
    download(approved)
    revoke(approved)
    said = approved.weighbridge("cache", "check", str(hub_of(approved)), "--purge", "--dry-run", expect=10)
    assert f"Hugging Face cache {hub_of(approved)}" in said
    assert "org/tiny: 4 revoked" in said
    assert "(would be removed)" in said
    assert "next: weighbridge cache check --purge" in said
    said = approved.weighbridge("cache", "check", str(hub_of(approved)), "--purge")
    assert "removed: 4 files" in said


def test_the_project_s_own_objects_are_kept_until_the_pin_is_removed(approved: Chain) -> None:
    revoke(approved)
    cache = str(approved.root / ".dvc" / "cache")
    report = check(approved, cache, "--purge", expect=10)
    assert not report["changed"]
    (weights,) = [file for file in report["places"][0]["files"] if file["state"] == "revoked"]
    assert "weighbridge remove tiny --digest sha256:" in weights["kept"]
    assert weights["names_elsewhere"] == 1
    assert "kept: the project's pin needs it" in approved.weighbridge("cache", "check", cache, expect=10)
    approved.weighbridge("remove", "tiny", "--reason", "backdoor")
    assert check(approved, cache, "--purge")["changed"]
    assert not check(approved, cache, "--purge")["changed"]
    names = [path.read_bytes() for path in (approved.root / ".dvc" / "cache").rglob("*") if path.is_file()]
    assert FILES["model.safetensors"] not in names
    assert FILES["config.json"] in names, "a file that every model may have stays"


def test_another_version_that_is_approved_keeps_what_both_have(chain: Chain, hub: FakeHub) -> None:
    chain.add()
    before = chain.folder().name
    hub.repo(REPOSITORY).commit({"model.safetensors": safetensors(bytes(range(256)) * 300)})
    chain.weighbridge("update", "tiny")
    newer = next(path.stem for path in (chain.root / "models/tiny").glob("*.dvc") if path.stem != before)
    chain.weighbridge("approve", "tiny", "--stage", "production", "--digest", newer)
    chain.weighbridge("revoke", "tiny", "--digest", before, "--reason", "backdoor")
    snapshot = download(chain)
    assert states(check(chain, str(hub_of(chain)), "--purge")) == {"approved"}
    assert len(list(snapshot.iterdir())) == len(FILES)


def test_what_nobody_approved_is_told_and_denied_only_if_strict(chain: Chain) -> None:
    download(chain)
    assert states(check(chain)) == {"unapproved"}
    assert states(check(chain, "--strict", expect=10)) == {"unapproved"}
    chain.add()
    (pin,) = {file["pins"][0]["stages"]["production"] for file in check(chain)["places"][0]["files"]}
    assert pin == "no-approval"


def test_one_stage_may_be_asked(approved: Chain) -> None:
    download(approved)
    config = approved.root / "weighbridge.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + "\n[stages.staging]\napprovals = 1\nadder_may_approve = true\n", encoding="utf-8")
    approved.weighbridge("revoke", "tiny", "--stage", "production", "--reason", "backdoor")
    hub = str(hub_of(approved))
    assert states(check(approved, hub)) == {"unapproved"}, "staging never took it back"
    assert states(check(approved, hub, "--stage", "production", expect=10)) == {"revoked"}
    assert states(check(approved, hub, "--stage", "staging")) == {"unapproved"}
    approved.weighbridge("approve", "tiny", "--stage", "staging")
    assert states(check(approved, hub)) == {"approved"}
    assert check(approved, hub, "--stage", "nowhere", expect=2)["error"]["code"] == "unknown-stage"


def test_a_damaged_blob_is_integrity_broken(approved: Chain) -> None:
    snapshot = download(approved)
    damage((snapshot / "model.safetensors").resolve())
    report = check(approved, expect=20)
    assert states(report) == {"approved", "damaged"}
    assert "do not load what is damaged" in approved.weighbridge("cache", "check", expect=20)
    assert not check(approved, "--purge", expect=20)["changed"]


def test_wrong_usage_is_told_before_anything_is_read(approved: Chain, tmp_path: Path) -> None:
    assert check(approved, str(tmp_path / "missing"), expect=2)["error"]["code"] == "no-cache"
    assert check(approved, str(approved.root), str(approved.root / "models"), expect=2)["error"]["code"] == (
        "overlapping-caches"
    )
    assert check(approved, "--dry-run", expect=2)["error"]["code"] == "usage"


def test_without_a_project_or_a_store_nothing_is_known(approved: Chain, tmp_path: Path) -> None:
    download(approved)
    (tmp_path / "empty").mkdir()
    lost = Chain(tmp_path / "empty", approved.home, approved.hub)
    assert check(lost, "--purge", expect=2)["error"]["code"] == "no-project"


def test_broken_evidence_removes_nothing(approved: Chain) -> None:
    snapshot = download(approved)
    revoke(approved)
    (victim,) = (approved.root / "models/tiny/evidence").glob("approval-*.json")
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-9])
    assert check(approved, "--purge", expect=20)["error"]["code"]
    assert (snapshot / "model.safetensors").is_file()


def test_a_machine_without_any_cache_is_told_so(approved: Chain) -> None:
    extra = {"HF_HOME": str(approved.home / "none"), "TORCH_HOME": str(approved.home / "none")}
    said = approved.run("weighbridge", "cache", "check", extra=extra)
    assert "DVC cache" in said


@pytest.fixture
def consumer(approved: Chain, tmp_path: Path) -> dict[str, str]:
    """What another machine's shell holds: the remote as a store, and a trust file."""
    project = open_project(approved.root)
    trust = tmp_path / "trust.toml"
    trust.write_text(trust_text(project.custody.policy), encoding="utf-8")
    return {"WEIGHBRIDGE_STORE": str(approved.root / ".weighbridge" / "remote"), "WEIGHBRIDGE_TRUST": str(trust)}


def elsewhere(
    approved: Chain, environment: dict[str, str], tmp_path: Path, *arguments: str, expect: int = 0
) -> dict[str, Any]:
    """Check the caches of a machine that has no project."""
    (tmp_path / "empty").mkdir(exist_ok=True)
    chain = Chain(tmp_path / "empty", approved.home, approved.hub)
    words = ("weighbridge", "cache", "check", *arguments, "--json")
    found: dict[str, Any] = json.loads(chain.run(*words, extra=environment, expect=expect))
    return found


def test_a_machine_with_a_store_and_a_trust_file_finds_what_was_revoked(
    approved: Chain, consumer: dict[str, str], tmp_path: Path
) -> None:
    download(approved)
    loaded = approved.run(
        sys.executable, "-c", "import weighbridge; print(weighbridge.load('tiny'))", extra=consumer
    ).strip()
    report = elsewhere(approved, consumer, tmp_path)
    assert [place["kind"] for place in report["places"]] == ["huggingface", "folder"], "loaded models are a cache too"
    assert (states(report), states(report, "folder")) == ({"approved"}, {"approved"})
    assert report["trust"].startswith("sha256:")
    revoke(approved)
    purged = elsewhere(approved, consumer, tmp_path, "--purge")
    assert purged["changed"]
    assert states(purged, "folder") == {"revoked"}
    assert not hub_of(approved).joinpath("models--org--tiny").exists()
    assert not Path(loaded).exists()
    assert not elsewhere(approved, consumer, tmp_path, "--purge")["changed"]


def test_a_store_that_is_out_of_reach_or_was_set_back_removes_nothing(
    approved: Chain, consumer: dict[str, str], tmp_path: Path
) -> None:
    snapshot = download(approved)
    published = (approved.root / ".weighbridge" / "remote" / "weighbridge").rglob("*.json")
    (bundle,) = [path for path in published if path.name != "checkpoint.json"]
    before = bundle.read_bytes()
    revoke(approved)
    nowhere = {**consumer, "WEIGHBRIDGE_STORE": str(tmp_path / "nowhere")}
    error = elsewhere(approved, nowhere, tmp_path, "--purge", expect=1)["error"]
    assert error["code"] == "store-unreachable"
    assert elsewhere(approved, consumer, tmp_path, "--stage", "nowhere", expect=2)["error"]["code"] == "unknown-stage"
    bundle.write_bytes(before)
    assert elsewhere(approved, consumer, tmp_path, "--purge", expect=20)["error"]["code"] == "rolled-back"
    assert (snapshot / "model.safetensors").is_file()


def test_an_application_s_catalogue_says_what_is_revoked(approved: Chain, tmp_path: Path) -> None:
    download(approved)
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
    assert states(check(application)) == {"approved"}
    revoke(approved)
    assert check(application, "--purge")["changed"]
