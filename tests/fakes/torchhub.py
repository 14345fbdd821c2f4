"""A source that asks a fake GitHub, and a repository for torch.hub to ask for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.ref import Ref
from weighbridge.sources.torchhub import TorchHubSource

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub, Repository
    from tests.fakes.website import Website

DATA = bytes(range(256)) * 9_000
SHA256 = hashlib.sha256(DATA).hexdigest()
PREFIXED = f"tiny-{SHA256[:8]}.pth"


def source_of(github: FakeGitHub, *sites: Website, **more: Any) -> TorchHubSource:
    """A source that may ask these without TLS, and does not wait."""
    allowed = [*github.allowed, *(f"{site.url}/**" for site in sites)]
    settings: dict[str, Any] = {"url": github.url, "api": github.api, "token": "", "allowed": allowed}
    return TorchHubSource(**(settings | {"sleep": lambda _: None} | more))


def code(site: Website) -> dict[str, bytes]:
    """A repository whose weights are on a site."""
    hubconf = f"""
from torch.hub import load_state_dict_from_url

def tiny(pretrained=True):
    return load_state_dict_from_url("{site.url}/w/{PREFIXED}")

def bare():
    return 1

def hidden(name):
    return load_state_dict_from_url("{site.url}/" + name)
"""
    return {"hubconf.py": hubconf.encode(), "net/__init__.py": b"", "run.sh": b"#!/bin/sh\n", "README.md": b"hi\n"}


def published(github: FakeGitHub, site: Website) -> Repository:
    """The repository ``org/net`` with that code."""
    repo = github.repo("org/net")
    repo.commit(code(site), "v1.0", programs=frozenset({"run.sh"}))
    return repo


def refusal(source: TorchHubSource, text: str) -> WeighbridgeError:
    """What resolving a reference ends in."""
    with pytest.raises(WeighbridgeError) as caught:
        source.resolve(Ref.parse(text))
    assert caught.value.hint
    return caught.value
