"""torch.hub loads a pinned repository with its weights, and asks nobody."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.chain import Chain
from tests.fakes.github import FakeGitHub
from tests.fakes.website import Website
from tests.fronts.program import environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fronts

SAVE = """
import sys, torch
torch.manual_seed(7)
torch.save(torch.nn.Linear(4, 2).state_dict(), sys.argv[1])
"""
HUBCONF = """
dependencies = ["torch"]
from tinynet.model import tiny
"""
MODEL = """
import torch
from torch.hub import load_state_dict_from_url

model_urls = {{"tiny": "{url}", "huge": "https://models.example/huge-00000000.pth"}}

def _build(arch, pretrained):
    network = torch.nn.Linear(4, 2)
    if pretrained:
        network.load_state_dict(load_state_dict_from_url(model_urls[arch], check_hash=True, progress=False))
    return network

def tiny(pretrained=True):
    return _build("tiny", pretrained)
"""
# As a program does it; no connection can be made, nor a name looked up.
LOAD = """
import json, os, socket

def refuse(*_, **__):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
import weighbridge

folder = weighbridge.load("tiny", stage="production")
os.environ["TORCH_HOME"] = str(folder)
import torch

(code,) = (folder / "hub").glob("org_net_*")
network = torch.hub.load(str(code), "tiny", source="local")
wanted = torch.load(next((folder / "hub" / "checkpoints").iterdir()), weights_only=True)
print(json.dumps([code.name, network.weight.tolist() == wanted["weight"].tolist()]))
"""


def test_a_pinned_repository_loads_without_a_network(tmp_path: Path) -> None:
    saved = tmp_path / "weights.pth"
    subprocess.run([sys.executable, "-c", SAVE, saved], check=True)
    weights = saved.read_bytes()
    name = f"tiny-{hashlib.sha256(weights).hexdigest()[:8]}.pth"
    root, home = tmp_path / "project", tmp_path / "dana"
    root.mkdir()
    home.mkdir()
    chain = Chain(root, home, None)
    chain.weighbridge("init")
    with FakeGitHub() as github, Website() as site:
        site.publish({name: weights})
        files = {
            "hubconf.py": HUBCONF,
            "tinynet/__init__.py": "",
            "tinynet/model.py": MODEL.format(url=f"{site.url}/{name}"),
        }
        commit = github.repo("org/net").commit({path: text.encode() for path, text in files.items()}, "v1")
        rules = {"remote_code": "pinned", "sources": [*github.allowed, f"{site.url}/**", "torchhub:org/*"]}
        lines = [f"{key} = {json.dumps(value)}" for key, value in rules.items()]
        with (root / "weighbridge.toml").open("a", encoding="utf-8") as file:
            file.write("\n".join(["", "[policy]", *lines, ""]))
        servers = {"WEIGHBRIDGE_GITHUB_URL": github.url, "WEIGHBRIDGE_GITHUB_API_URL": github.api}
        chain.run("weighbridge", "add", "torchhub:org/net@v1#tiny", "--name", "tiny", extra=servers)
    chain.weighbridge("approve", "tiny", "--stage", "production")
    # Python would write what it compiled beside the code, and the next load refuses a folder that holds more.
    said = chain.run(sys.executable, "-c", LOAD, extra={**environment(chain), "PYTHONDONTWRITEBYTECODE": "1"})
    assert json.loads(said.splitlines()[-1]) == [f"org_net_{commit.id}", True]
    chain.weighbridge("verify", "tiny", "--stage", "production")
