"""Attacks of docs/security-model.md that need the real commands, each by somebody who may write what it writes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import REPOSITORY

from weighbridge.core.lock import lock_pins, lock_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain
    from tests.fakes.hub import FakeHub


def poisoned(remote: Path, copy: Path) -> None:
    """A copy of a remote in which every object has other bytes under its old name."""
    shutil.copytree(remote, copy)
    for path in (copy / "files" / "md5").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            path.chmod(0o644)
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_what_a_merge_request_writes_for_dvc_runs_nothing_and_brings_no_other_bytes(
    approved: Chain, tmp_path: Path
) -> None:
    """A pipeline with commands of its own, a redirected remote and a cleared cache, then what a colleague types."""
    root, ran = approved.root, tmp_path / "ran"
    poisoned(root / ".weighbridge" / "remote", tmp_path / "evil")
    stage = f"stages:\n  innocent:\n    cmd: touch {ran}\n    always_changed: true\n"
    for folder in (root, root / "models"):
        (folder / "dvc.yaml").write_text(stage, encoding="utf-8")
    config = root / ".dvc" / "config"
    (url,) = [line for line in config.read_text(encoding="utf-8").splitlines() if line.strip().startswith("url")]
    config.write_text(
        config.read_text(encoding="utf-8").replace(url, f"    url = {tmp_path / 'evil'}"), encoding="utf-8"
    )
    shutil.rmtree(root / ".dvc" / "cache" / "files")
    shutil.rmtree(approved.folder())
    assert approved.json("pull", expect=20)["error"]["code"] == "remote-differs"
    assert approved.json("verify", expect=20)["error"]["code"] == "folder-missing"
    approved.weighbridge("status")
    assert not any(path.is_file() for path in approved.folder().rglob("*"))
    assert not ran.exists()


@pytest.mark.parametrize(
    ("reference", "code"), [("openai:gpt-4o-latest", "unknown-scheme"), ("api:openai/gpt-4o-latest", "vendor-alias")]
)
def test_a_name_that_a_vendor_moves_is_not_pinned(chain: Chain, reference: str, code: str) -> None:
    assert chain.json("add", reference, "--name", "vendors", expect=2)["error"]["code"] == code
    assert chain.json("status")["models"] == []


def test_a_lock_that_a_merge_request_moved_is_refused_and_moves_nothing_that_loads(approved: Chain) -> None:
    """The revision becomes a branch, the source another repository: the signed pin says otherwise, and alone loads."""
    path = approved.root / "models" / "tiny" / "lock.json"
    good = path.read_text(encoding="utf-8")
    revision = json.loads(good)["pins"][0]["revision"]
    load = "import weighbridge; print(weighbridge.load('tiny'))"
    loaded = approved.python(load)
    for bad in (good.replace(revision, "main"), good.replace(f"hf:{REPOSITORY}", "hf:org/tinny")):
        assert bad != good
        path.write_text(bad, encoding="utf-8")
        assert approved.json("verify", expect=20)["error"]["code"] == "lock-differs"
        assert approved.json("approve", "tiny", "--stage", "production", expect=20)["error"]["code"] == "lock-differs"
    assert approved.python(load) == loaded


def test_an_entry_of_a_lock_that_a_merge_lost_is_told_and_its_approval_stands(approved: Chain, hub: FakeHub) -> None:
    path = approved.root / "models" / "tiny" / "lock.json"
    load = "import weighbridge; print(weighbridge.load('tiny').name)"
    loaded = approved.python(load)
    hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}\n'})
    approved.add()
    pins = lock_pins(path.read_bytes())
    left = [pin for pin in pins if not pin.digest.startswith(f"sha256:{loaded.strip()}")]
    assert (len(pins), len(left)) == (2, 1)
    path.write_text(lock_text(left), encoding="utf-8")
    (model,) = approved.json("status")["models"]
    assert "orphan-pointer" in [item["code"] for item in model["problems"]]
    assert approved.python(load) == loaded
