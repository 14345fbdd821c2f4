"""Two DVC remotes in one project, by the real commands: what comes from the Hub lies in one of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.chain import FILES, REPOSITORY, Chain

if TYPE_CHECKING:
    from pathlib import Path

LOAD = "import weighbridge; print(weighbridge.load('tiny', stage='production'))"
DEFAULT = ".weighbridge/remote"


def configure(chain: Chain, text: str) -> None:
    """Add tables to weighbridge.toml."""
    path = chain.root / "weighbridge.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def objects(folder: Path) -> set[bytes]:
    """The files that a remote holds."""
    return {path.read_bytes() for path in folder.glob("files/md5/*/*") if path.suffix != ".dir"}


def test_models_of_a_source_lie_in_its_remote(chain: Chain, tmp_path: Path) -> None:
    near, other = tmp_path / "near", tmp_path / "other"
    chain.run("dvc", "remote", "add", "near", str(near))
    chain.run("dvc", "remote", "modify", "near", "verify", "true")
    configure(chain, '[dvc.remotes]\nhf = "near"\n')
    chain.add()
    assert objects(near) == set(FILES.values())
    assert objects(chain.root / DEFAULT) == set()
    (pointer,) = (chain.root / "models/tiny").glob("*.dvc")
    assert '  remote: "near"\n' in pointer.read_text(encoding="utf-8")
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert chain.json("status")["models"][0]["problems"] == []
    clone = chain.clone(tmp_path / "clone", tmp_path / "bob")
    clone.run("dvc", "pull")
    assert (clone.folder() / "config.json").read_bytes() == FILES["config.json"]
    # The remote is a store of its own: evidence lies beside the bytes.
    other.mkdir()
    trust = tmp_path / "trust.toml"
    chain.weighbridge("keys", "trust", "export", "--output", str(trust))
    extra = {"WEIGHBRIDGE_STORE": str(near), "WEIGHBRIDGE_TRUST": str(trust)}
    reader = Chain(other, tmp_path / "reader", None)
    reader.home.mkdir()
    assert reader.run("python", "-c", LOAD, extra=extra).strip().startswith(str(reader.home))


def test_a_model_moves_to_a_remote_of_its_own(chain: Chain, tmp_path: Path) -> None:
    chain.add()
    path = chain.root / "weighbridge.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[models.tiny]\n", '[models.tiny]\nremote = "far"\n'), encoding="utf-8")
    found = json.loads(chain.weighbridge("add", f"hf:{REPOSITORY}@main", "--name", "tiny", "--json", expect=2))
    assert found["error"]["code"] == "unknown-remote"
    assert [item["code"] for item in chain.json("status")["models"][0]["problems"]] == [
        "unknown-remote",
        "pointer-remote",
    ]
    assert "has none of that name" in chain.weighbridge("doctor", expect=1)
    chain.run("dvc", "remote", "add", "far", str(tmp_path / "far"))
    chain.run("dvc", "remote", "modify", "far", "verify", "true")
    assert "pointer-remote" in json.dumps(chain.json("status")["models"][0]["problems"])
    chain.add()
    assert 'remote = "far"' in path.read_text(encoding="utf-8"), "what a person wrote stays"
    assert objects(tmp_path / "far") == set(FILES.values())
    assert chain.json("status")["models"][0]["problems"] == []
    assert not chain.json("add", f"hf:{REPOSITORY}@main", "--name", "tiny")["changed"]


def test_a_remote_for_a_source_that_does_not_exist_is_refused(chain: Chain) -> None:
    configure(chain, '[dvc.remotes]\nhff = "near"\n')
    assert chain.json("status", expect=2)["error"]["code"] == "bad-value"
