"""A model at web addresses, from `add` to `load`, by the real commands against a real server."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import FILES, Chain
from tests.fakes.website import Page, Website

if TYPE_CHECKING:
    from collections.abc import Iterator

WEIGHTS, CONFIG = FILES["model.safetensors"], FILES["config.json"]
LOAD = "import weighbridge; print(sorted(path.name for path in weighbridge.load('tiny').iterdir()))"


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as made:
        made.publish({"model.safetensors": WEIGHTS, "config.json": CONFIG})
        yield made


def project(chain: Chain, site: Website) -> tuple[str, str]:
    """A project that may ask the site, and the two addresses of the model."""
    chain.weighbridge("init")
    path = chain.root / "weighbridge.toml"
    rules = f'\n[policy]\ninspection = "off"\nsources = ["{site.url}/**"]\n'
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    sha256 = hashlib.sha256(WEIGHTS).hexdigest()
    return f"{site.url}/model.safetensors#sha256={sha256}", f"{site.url}/config.json"


def test_a_model_at_web_addresses_from_add_to_load(chain: Chain, site: Website) -> None:
    urls = project(chain, site)
    chain.json("add", *urls, "--name", "tiny")
    (pin,) = json.loads((chain.root / "models" / "tiny" / "lock.json").read_text(encoding="utf-8"))["pins"]
    trust = {path: file["trust"] for path, file in pin["metadata"]["files"].items()}
    assert trust == {"model.safetensors": "expected", "config.json": "first-use"}
    assert not chain.json("add", *urls, "--name", "tiny")["changed"]
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert chain.python(LOAD) == "['config.json', 'model.safetensors']\n"
    assert chain.json("outdated")["models"][0]["state"] == "current"
    site.pages["/config.json"] = Page(b'{"layers": 7}\n')
    assert chain.json("outdated", expect=10)["models"][0]["state"] == "moved"
    wrong = f"{urls[1]}#sha256={'0' * 64}"
    assert "promise-mismatch" in chain.weighbridge("add", wrong, "--name", "other", expect=20)
    site.pages.clear()
    assert chain.json("outdated", expect=10)["models"][0]["state"] == "gone"
    # What is pinned needs nobody.
    (chain.folder() / "config.json").unlink()
    chain.weighbridge("pull", "tiny")
    assert chain.python(LOAD) == "['config.json', 'model.safetensors']\n"


def test_without_tls_and_without_a_rule_nothing_is_asked(chain: Chain, site: Website) -> None:
    chain.weighbridge("init")
    assert "plain-http" in chain.weighbridge("add", f"{site.url}/config.json", "--name", "tiny", expect=2)
    assert not site.asked
    text = chain.weighbridge("add", "hf:org/tiny", "hf:org/other", "--name", "tiny", expect=2)
    assert "only web addresses" in text
