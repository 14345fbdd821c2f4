"""A repository for torch.hub, from `add` to `load`, by the real commands against real servers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.github import FakeGitHub, Repository
from tests.fakes.torchhub import DATA, PREFIXED, SHA256, code
from tests.fakes.website import Page, Website

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.chain import Chain

LOAD = """
import weighbridge
folder = weighbridge.load("tiny")
print(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))
"""


class Hub:
    """A user's project and the two servers that it may ask."""

    def __init__(self, chain: Chain, github: FakeGitHub, site: Website) -> None:
        self.chain, self.github, self.site = chain, github, site
        chain.weighbridge("init")
        path = chain.root / "weighbridge.toml"
        allowed = json.dumps([*github.allowed, f"{site.url}/w/*", "torchhub:org/*"])
        rules = f'\n[policy]\ninspection = "off"\nsources = {allowed}\n'
        path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")

    def run(self, *arguments: str, expect: int = 0) -> str:
        extra = {
            "WEIGHBRIDGE_GITHUB_URL": self.github.url,
            "WEIGHBRIDGE_GITHUB_API_URL": self.github.api,
            "GITHUB_TOKEN": "ghp_invented",
        }
        return self.chain.run("weighbridge", *arguments, expect=expect, extra=extra)

    def json(self, *arguments: str, expect: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", expect=expect))

    def load(self) -> list[str]:
        return [str(path) for path in json.loads(self.chain.run(sys.executable, "-c", LOAD).replace("'", '"'))]


@pytest.fixture
def torch_hub(chain: Chain) -> Iterator[Hub]:
    with FakeGitHub() as github, Website() as site:
        site.publish({f"w/{PREFIXED}": DATA, "w/other.pth": b"other"})
        yield Hub(chain, github, site)


def published(hub: Hub) -> Repository:
    repo = hub.github.repo("org/net")
    repo.commit(code(hub.site), "v1.0")
    return repo


def files_of(commit: str, *weights: str) -> list[str]:
    names = ("README.md", "hubconf.py", "net/__init__.py", "run.sh")
    return sorted(
        [*(f"hub/org_net_{commit}/{name}" for name in names), *(f"hub/checkpoints/{name}" for name in weights)]
    )


def lock(root: Path) -> Any:
    (pin,) = json.loads((root / "models" / "tiny" / "lock.json").read_text(encoding="utf-8"))["pins"]
    return pin


def test_a_repository_with_its_weights_from_add_to_load(torch_hub: Hub) -> None:
    hub = torch_hub
    repo = published(hub)
    reference = "torchhub:org/net@v1.0#tiny"
    hub.run("add", reference, "--name", "tiny")
    commit = repo.names["v1.0"]
    pin = lock(hub.chain.root)
    assert (pin["source"], pin["follow"], pin["revision"]) == ("torchhub:org/net#tiny", "v1.0", commit)
    assert (pin["metadata"]["tree"], pin["metadata"]["resolved_by"]) == ("verified", "api")
    assert not hub.json("add", reference, "--name", "tiny")["changed"]
    hub.run("approve", "tiny", "--stage", "production")
    assert hub.load() == files_of(commit, PREFIXED)
    assert hub.json("outdated")["models"][0]["state"] == "current"
    repo.commit({**code(hub.site), "more.py": b""}, "v1.0")
    assert hub.json("outdated", expect=10)["models"][0]["state"] == "moved"
    assert not [path for path in hub.chain.root.rglob("*") if path.is_file() and b"ghp_invented" in path.read_bytes()]
    # What is pinned needs nobody.
    hub.github.repos.clear()
    hub.site.pages.clear()
    (hub.chain.folder() / f"hub/org_net_{commit}/hubconf.py").unlink()
    hub.run("pull", "tiny")
    assert hub.load() == files_of(commit, PREFIXED)


def test_weights_that_a_person_names_stand_behind_the_reference(torch_hub: Hub) -> None:
    hub = torch_hub
    repo = published(hub)
    assert "weights-unresolved" in hub.run("add", "torchhub:org/net#hidden", "--name", "tiny", expect=2)
    urls = f"{hub.site.url}/w/{PREFIXED}#sha256={SHA256}", f"{hub.site.url}/w/other.pth"
    hub.run("add", "torchhub:org/net#hidden", *urls, "--name", "tiny")
    hub.run("approve", "tiny", "--stage", "production")
    assert hub.load() == files_of(repo.names["main"], PREFIXED, "other.pth")
    assert lock(hub.chain.root)["metadata"]["weights_unresolved"] == ["hubconf.py:11"]
    hub.run("add", "torchhub:org/net@v1.0", urls[0], "--name", "code")


def test_wrong_weights_leave_nothing(torch_hub: Hub) -> None:
    hub = torch_hub
    published(hub)
    hub.site.pages[f"/w/{PREFIXED}"] = Page(DATA[:-1] + b"!")
    assert "name-prefix-mismatch" in hub.run("add", "torchhub:org/net#tiny", "--name", "tiny", expect=20)
    assert not (hub.chain.root / "models" / "tiny").exists()
