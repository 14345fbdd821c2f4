"""An adapter and its base model, from `add` to a load elsewhere, by the real commands."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.e2e.chain import REPOSITORY, Chain
from tests.fakes.weights import safetensors

if TYPE_CHECKING:
    from pathlib import Path

ADAPTER = "team/lora"
SETTINGS = {"peft_type": "LORA", "base_model_name_or_path": REPOSITORY, "r": 8, "revision": None}
FILES = {
    "README.md": b"---\nlicense: mit\n---\n# LoRA\n",
    "adapter_config.json": json.dumps(SETTINGS).encode(),
    "adapter_model.safetensors": safetensors(bytes(range(256)) * 4),
}
LOAD = "import weighbridge; print(sorted(path.name for path in weighbridge.load('lora').iterdir()))"


def reasons(chain: Chain) -> list[str]:
    """Why the adapter may not run in production."""
    (model,) = chain.json("status", "lora")["models"]
    (verdict,) = model["verdicts"]
    return [reason["code"] for reason in verdict["reasons"]]


def test_an_adapter_is_pinned_with_its_base_and_falls_with_it(chain: Chain, tmp_path: Path) -> None:
    assert chain.hub
    chain.hub.create_repo(ADAPTER, card={"license": "mit"}).commit(FILES)
    text = chain.weighbridge("add", f"hf:{ADAPTER}", "--name", "lora")
    assert text.index("pinned tiny") < text.index("pinned lora") < text.index("needs     tiny")
    again = chain.json("add", f"hf:{ADAPTER}", "--name", "lora")
    assert not again["changed"]
    base = again["model"]["references"]["tiny"]
    assert again["model"]["verdict"] == "allow"
    chain.weighbridge("approve", "lora", "--stage", "production")
    assert reasons(chain) == ["reference-denied"]
    assert "reference-denied" in chain.python(LOAD, expect=1)
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert "adapter_config.json" in chain.python(LOAD)

    consumer = elsewhere(chain, tmp_path)
    assert "adapter_config.json" in consumer.python(LOAD)

    chain.hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}\n'})
    (moved,) = chain.json("update", "tiny")["models"]
    assert moved["digest"] != base
    assert reasons(chain) == []
    chain.weighbridge("approve", "tiny", "--stage", "production", "--digest", moved["digest"])
    assert reasons(chain) == ["reference-moved"]
    assert "reference-moved" in consumer.python(LOAD, expect=1)
    chain.weighbridge("update", "lora")
    assert reasons(chain) == ["no-approval"]
    chain.weighbridge("approve", "lora", "--stage", "production")
    assert "adapter_config.json" in chain.python(LOAD)
    assert "adapter_config.json" in consumer.python(LOAD)
    assert "can't run without it" in chain.weighbridge("remove", "tiny", expect=2)
    chain.weighbridge("revoke", "tiny", "--reason", "leaked")
    assert "reference-denied" in consumer.python(LOAD, expect=1)


class Consumer(Chain):
    """Somebody who has the store and a trust file alone, and not the project."""

    @property
    def environment(self) -> dict[str, str]:
        store = self.home.parent / "project" / ".weighbridge" / "remote"
        trust = self.home.parent / "trust.toml"
        return {**super().environment, "WEIGHBRIDGE_STORE": str(store), "WEIGHBRIDGE_TRUST": str(trust)}


def elsewhere(chain: Chain, tmp_path: Path) -> Consumer:
    """A consumer beside the project."""
    home, folder = tmp_path / "consumer", tmp_path / "work"
    chain.weighbridge("keys", "trust", "export", "--output", str(tmp_path / "trust.toml"))
    home.mkdir()
    folder.mkdir()
    shutil.copytree(chain.home / ".config", home / ".config")
    return Consumer(folder, home, None)
