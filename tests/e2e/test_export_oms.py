"""`export oms` as a user types it; the stock program judges it in the services tier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import damage
from tests.fakes.certificates import curve_key, public_pem, write_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return write_key(tmp_path / "release.pem", curve_key())


def test_a_signature_of_verified_bytes(approved: Chain, key: Path) -> None:
    shown = approved.weighbridge("export", "oms", "tiny", "--stage", "production", "--private-key", str(key))
    (signature,) = approved.root.glob("tiny-*.sig")
    folder = approved.folder().relative_to(approved.root)
    assert shown.splitlines()[0].startswith(f"signed tiny {folder.name}: 4 files (")
    assert shown.splitlines()[1] == (
        f"verify: model_signing verify key --signature {signature.name} --public_key PUBLIC.pem"
        f" --no-ignore-git-paths {folder}"
    )
    before = signature.read_bytes()
    again = approved.weighbridge("export", "oms", "tiny", "--private-key", str(key))
    assert again.startswith("signed before: tiny")
    assert signature.read_bytes() == before
    damage(approved.folder() / "model.safetensors")
    told = approved.json("export", "oms", "tiny", "--private-key", str(key), expect=20)
    assert told["error"]["code"] == "bytes-differ"


def test_links_into_the_cache_are_told_to_the_verifier(approved: Chain, key: Path) -> None:
    folder = approved.folder()
    (pin,) = json.loads((approved.root / "models/tiny/lock.json").read_bytes())["pins"]
    md5 = next(file["md5"] for file in pin["files"] if file["path"] == "config.json")
    folder.chmod(0o755)
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(approved.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:])
    told = approved.json("export", "oms", "tiny", "--private-key", str(key))
    assert told["command"][-2] == "--allow_symlinks"


def test_what_can_not_be_signed_says_why(approved: Chain, key: Path) -> None:
    options = ("export", "oms", "tiny", "--private-key", str(key))
    assert approved.json(*options, "--chain", str(key), expect=2)["error"]["code"] == "usage"
    assert approved.json(*options, "--stage", "staging", expect=2)["error"]["code"] == "unknown-stage"
    assert approved.json(*options, "--output", "weighbridge.toml", expect=2)["error"]["code"] == "bad-output"
    inside = str(approved.folder() / "model.sig")
    assert approved.json(*options, "--output", inside, expect=2)["error"]["code"] == "bad-output"
    write_key(key, curve_key(), "open")
    assert approved.json(*options, expect=1)["error"]["code"] == "key-passphrase"
    key.chmod(0o644)
    assert approved.json(*options, expect=1)["error"]["code"] == "key-permissions"
    key.write_text(public_pem(curve_key()))
    key.chmod(0o600)
    assert approved.json(*options, expect=1)["error"]["code"] == "key-damaged"
    assert not list(approved.root.glob("*.sig"))
