"""Real clients of the Hub against the loopback endpoint, over a folder that the real commands pinned and approved."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import FILES, REPOSITORY, Chain, damage
from tests.fakes.hub import FakeHub
from tests.fakes.hub_pins import Shelf, gate_of

from weighbridge.core.lock import lock_pins
from weighbridge.gates.hub import HubGate, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.running.loopback import Loopback

DENIED = "org/tiny@dev, governed as tiny, is denied for production: nobody has approved it"
UNKNOWN = "org/none is not governed by Weighbridge: run `weighbridge add hf:org/none --name NAME`"


@dataclass(frozen=True)
class Client:
    """Somebody with the stock clients and the loopback endpoint; everything else is out of reach."""

    chain: Chain
    home: Path
    url: str

    def run(self, *command: str, expect: int = 0) -> str:
        extra = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
            "COLUMNS": "400",
        }
        return self.chain.run(*command, expect=expect, extra=extra)

    def ask(self, program: str) -> Any:
        """What a Python program finds out."""
        start = "import json\nfrom huggingface_hub import *\napi = HfApi()\n"
        return json.loads(self.run("python", "-c", f"{start}{program}").splitlines()[-1])


@dataclass(frozen=True)
class World:
    """An approved model, and where it is served from."""

    chain: Chain
    pin: Pin
    shelf: Shelf

    def gate(self) -> HubGate:
        candidate = replace(self.pin, revision="d" * 40, follow="dev")
        return gate_of(self.pin, refused=[Refused.of(candidate, "nobody has approved it")])


@pytest.fixture(scope="module")
def approved_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    root, home = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("dana")
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY, card={"license": "mit"}).commit({**FILES, "empty.txt": b""})
        chain = Chain(root, home, hub)
        chain.weighbridge("init")
        chain.let_all_pass()
        chain.add()
        chain.weighbridge("approve", "tiny", "--stage", "production")
        asked = len(hub.requests)
        yield chain
        assert len(hub.requests) == asked, "the upstream Hub was asked"


@pytest.fixture
def world(approved_once: Chain, tmp_path: Path) -> World:
    lock = approved_once.root / "models" / "tiny" / "lock.json"
    (pin,) = lock_pins(lock.read_bytes())
    shelf = Shelf(tmp_path)
    shelf.adopt(pin, approved_once.folder())
    return World(approved_once, pin, shelf)


@pytest.fixture
def endpoint(world: World) -> Iterator[Loopback]:
    with world.shelf.loopback(world.gate()) as loopback:
        yield loopback
    assert world.shelf.crashes == []


@pytest.fixture
def someone(world: World, endpoint: Loopback, tmp_path: Path) -> Client:
    return Client(world.chain, tmp_path / "hf", endpoint.url)


def test_hf_downloads_and_verifies(someone: Client, world: World) -> None:
    someone.run("hf", "download", REPOSITORY)
    (snapshot,) = (someone.home / "hub" / "models--org--tiny" / "snapshots").iterdir()
    assert snapshot.name == world.pin.revision
    for path, data in {**FILES, "empty.txt": b""}.items():
        assert (snapshot / path).read_bytes() == data
    verified = someone.run("hf", "cache", "verify", REPOSITORY, "--fail-on-missing-files", "--fail-on-extra-files")
    assert "All checksums match" in verified
    assert world.shelf.denied == []


def test_nothing_goes_to_xet_though_its_client_is_installed(someone: Client, world: World) -> None:
    assert importlib.util.find_spec("hf_xet")
    someone.run("hf", "download", REPOSITORY)
    assert world.shelf.opened
    assert not [request.target for request in world.shelf.asked if "xet" in request.target]


def test_the_client_library_finds_what_was_approved(someone: Client, world: World) -> None:
    found = someone.ask(f"""
revision, repo = "{world.pin.revision}", "{REPOSITORY}"
by_main, by_commit = snapshot_download(repo), snapshot_download(repo, revision=revision)
info = api.model_info(repo, files_metadata=True, securityStatus=True)
print(json.dumps({{
    "same": by_main == by_commit,
    "sha": info.sha,
    "siblings": sorted(item.rfilename for item in info.siblings),
    "sizes": sum(item.size for item in info.siblings),
    "tree": [item.path for item in api.list_repo_tree(repo, recursive=True, expand=True)],
    "paths": [item.path for item in api.get_paths_info(repo, ["config.json", "none"])],
    "refs": [[ref.name, ref.target_commit] for ref in api.list_repo_refs(repo).branches],
    "commits": [commit.commit_id for commit in api.list_repo_commits(repo)],
    "exists": [api.file_exists(repo, "config.json"), api.file_exists(repo, "none.json")],
    "known": [api.repo_exists(repo), api.repo_exists("org/none"), api.revision_exists(repo, "dev")],
    "models": [item.id for item in api.list_models(search="tiny")],
    "user": api.whoami(token="hf_any")["name"],
    "part": HfFileSystem().cat_file(repo + "/model.safetensors", start=5, end=9).hex(),
}}))
""")
    paths = sorted([*FILES, "empty.txt"])
    assert found == {
        "same": True,
        "sha": world.pin.revision,
        "siblings": paths,
        "sizes": world.pin.size,
        "tree": paths,
        "paths": ["config.json"],
        "refs": [["main", world.pin.revision]],
        "commits": [world.pin.revision],
        "exists": [True, False],
        "known": [True, False, False],
        "models": [REPOSITORY],
        "user": "weighbridge",
        "part": FILES["model.safetensors"][5:9].hex(),
    }


@pytest.mark.parametrize(
    ("arguments", "text", "record"),
    [
        ((REPOSITORY, "--revision", "dev"), DENIED, (REPOSITORY, "dev")),
        (("org/none",), UNKNOWN, ("org/none", "main")),
    ],
)
def test_a_denial_is_seen_by_the_user_and_recorded(
    someone: Client, world: World, arguments: tuple[str, ...], text: str, record: tuple[str, str]
) -> None:
    assert text in someone.run("hf", "download", *arguments, expect=1)
    assert record in {(repo, revision) for repo, revision, _, _ in world.shelf.denied}


def test_a_denial_is_in_the_error_of_the_library(someone: Client) -> None:
    errors = someone.ask(f"""
from huggingface_hub.errors import HfHubHTTPError
found = {{}}
for name, call in {{
    "snapshot": lambda: snapshot_download("{REPOSITORY}", revision="dev"),
    "file": lambda: hf_hub_download("{REPOSITORY}", "config.json", revision="dev"),
    "unknown": lambda: hf_hub_download("org/none", "config.json"),
    "dataset": lambda: api.dataset_info("org/data"),
    "write": lambda: api.create_repo("org/new", token="hf_any"),
}}.items():
    try:
        call()
    except HfHubHTTPError as error:
        found[name] = [type(error).__name__, str(error)]
print(json.dumps(found))
""")
    wanted = {
        "snapshot": ("RevisionNotFoundError", DENIED),
        "file": ("RevisionNotFoundError", DENIED),
        "unknown": ("RepositoryNotFoundError", UNKNOWN),
        "dataset": ("RepositoryNotFoundError", "datasets/org/data is not served"),
        "write": ("HfHubHTTPError", "takes in nothing"),
    }
    assert errors.keys() == wanted.keys()
    for name, (kind, text) in wanted.items():
        assert errors[name][0] == kind
        assert text in errors[name][1]


def test_git_is_told_what_to_do(someone: Client) -> None:
    assert "`hf download`" in someone.run("git", "clone", f"{someone.url}/{REPOSITORY}", "clone", expect=128)


def test_damaged_bytes_are_refused_while_the_rest_is_served(approved_once: Chain, world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for path in (*FILES, "empty.txt"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes((approved_once.folder() / path).read_bytes())
    damage(copy / "model.safetensors")
    world.shelf.adopt(world.pin, copy)
    with world.shelf.loopback(world.gate()) as loopback:
        client = Client(approved_once, tmp_path / "hf", loopback.url)
        client.run("hf", "download", REPOSITORY, "config.json")
        said = client.run("hf", "download", REPOSITORY, "model.safetensors", expect=1)
    assert "model.safetensors is not what was pinned" in said
    assert [path for _, _, path, _ in world.shelf.denied] == ["model.safetensors"]


def test_a_warm_cache_is_not_used_after_a_revocation(someone: Client, world: World, approved_once: Chain) -> None:
    someone.run("hf", "download", REPOSITORY)
    gate = gate_of(refused=[Refused.of(world.pin, "revoked by carol", hint="weighbridge audit tiny")])
    with world.shelf.loopback(gate) as loopback:
        later = Client(approved_once, someone.home, loopback.url)
        assert "revoked by carol" in later.run("hf", "download", REPOSITORY, expect=1)
        assert "revoked by carol" in later.run("hf", "download", REPOSITORY, "config.json", expect=1)
