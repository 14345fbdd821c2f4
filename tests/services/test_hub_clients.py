"""Older releases of the Hub's client, and the one written in Rust, against the loopback endpoint.

Each has an environment of its own, see scripts/services.py; the present release is asked in tests/e2e.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.hub_pins import COMMIT, FILES, OTHER_COMMIT, REPO, Shelf, gate_of, hub_pin
from weighbridge.gates.hub import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.running.loopback import Loopback

pytestmark = pytest.mark.services

DENIED = "org/tiny@dev, governed as tiny, is denied for production: nobody has approved it"
UNKNOWN = "org/none is not governed by Weighbridge: run `weighbridge add hf:org/none --name NAME`"
RELEASES = {"hub-0": "0.36.2", "hub-1": "1.33.0"}
ALL = """
import json
import huggingface_hub
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
api, repo = HfApi(), "org/tiny"
texts = {}
for name, call in {
    "snapshot": lambda: snapshot_download(repo, revision="dev"),
    "file": lambda: hf_hub_download(repo, "config.json", revision="dev"),
    "unknown": lambda: snapshot_download("org/none"),
    "omitted": lambda: hf_hub_download(repo, "pytorch_model.bin"),
}.items():
    try:
        call()
    except Exception as error:
        texts[name] = str(error)
print(json.dumps({
    "release": huggingface_hub.__version__,
    "folders": [snapshot_download(repo), snapshot_download(repo, revision="%s")],
    "tree": [item.path for item in api.list_repo_tree(repo, recursive=True, expand=True)],
    "siblings": [item.rfilename for item in api.model_info(repo, files_metadata=True).siblings],
    "paths": [item.path for item in api.get_paths_info(repo, ["config.json", "none"], expand=True)],
    "refs": [ref.target_commit for ref in api.list_repo_refs(repo).branches],
    "exists": [api.file_exists(repo, "config.json"), api.file_exists(repo, "none")],
    "texts": texts,
}))
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.put(hub_pin())
    return shelf


@pytest.fixture
def endpoint(shelf: Shelf) -> Iterator[Loopback]:
    candidate = hub_pin({**FILES, "config.json": b"{}"}, revision=OTHER_COMMIT, follow="dev")
    gate = gate_of(*shelf.pins.values(), refused=[Refused.of(candidate, "nobody has approved it")])
    with shelf.loopback(gate) as loopback:
        yield loopback
    assert shelf.crashes == []


def run(environment: str, endpoint: Loopback, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of another environment, to which nothing but the endpoint is within reach."""
    programs = Path(sys.prefix) / environment / "bin"
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "HF_HOME": str(home),
        "HF_ENDPOINT": endpoint.url,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "COLUMNS": "400",
    }
    return subprocess.run(
        [programs / command[0], *command[1:]], env=variables, cwd=home, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("environment", RELEASES)
def test_older_releases_find_what_was_approved(
    environment: str, endpoint: Loopback, shelf: Shelf, tmp_path: Path
) -> None:
    done = run(environment, endpoint, tmp_path, "python", "-c", ALL % COMMIT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["release"] == RELEASES[environment]
    by_main, by_commit = found["folders"]
    assert by_main == by_commit
    assert {path: (Path(by_main) / path).read_bytes() for path in FILES} == dict(FILES)
    assert sorted(found["siblings"]) == sorted(FILES)
    assert set(found["tree"]) == {*FILES, "onnx", "onnx/deep"}
    assert (found["paths"], found["refs"], found["exists"]) == (["config.json"], [COMMIT], [True, False])
    assert DENIED in found["texts"]["snapshot"]
    assert DENIED in found["texts"]["file"]
    assert UNKNOWN in found["texts"]["unknown"]
    assert "the pin of tiny leaves it out" in found["texts"]["omitted"]
    assert not [request.target for request in shelf.asked if "xet" in request.target]


@pytest.mark.parametrize(
    ("environment", "arguments", "text"),
    [
        ("hub-0", ("--revision", "dev", REPO), DENIED),
        ("hub-0", ("org/none",), UNKNOWN),
        ("hub-1", ("--revision", "dev", REPO), DENIED),
        ("hub-1", ("org/none",), UNKNOWN),
    ],
)
def test_their_command_line_shows_why(
    endpoint: Loopback, tmp_path: Path, environment: str, arguments: tuple[str, ...], text: str
) -> None:
    done = run(environment, endpoint, tmp_path, "hf", "download", *arguments)
    assert done.returncode == 1
    assert text in done.stderr + done.stdout


def test_the_command_line_verifies_what_it_downloaded(endpoint: Loopback, tmp_path: Path) -> None:
    assert run("hub-1", endpoint, tmp_path, "hf", "download", REPO).returncode == 0
    done = run("hub-1", endpoint, tmp_path, "hf", "cache", "verify", REPO)
    assert (done.returncode, "All checksums match" in done.stdout + done.stderr) == (0, True), done.stderr


RUST = """
import sys
import embed_anything
model, revision = sys.argv[1], sys.argv[2] or None
embed_anything.EmbeddingModel.from_pretrained_hf(model_id=model, revision=revision)
"""


@pytest.mark.parametrize(
    ("model", "revision", "text"),
    [
        # It has read the configuration, which names no architecture that it knows.
        (REPO, "", "Architecture not found"),
        (REPO, COMMIT, "Architecture not found"),
        (REPO, "dev", DENIED),
        ("org/none", "", UNKNOWN),
    ],
)
def test_the_client_in_rust_gets_files_and_reasons(
    endpoint: Loopback, shelf: Shelf, tmp_path: Path, model: str, revision: str, text: str
) -> None:
    done = run("hub-rust", endpoint, tmp_path, "python", "-c", RUST, model, revision)
    assert text in done.stderr
    assert all(request.headers["user-agent"].startswith("hf-hub/") for request in shelf.asked)
    is_served = text == "Architecture not found"
    assert [file.path for file in shelf.opened] == ["config.json"] * is_served
    assert len(shelf.denied) == (not is_served)
