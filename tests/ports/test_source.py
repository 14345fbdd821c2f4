"""What every source promises."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.fakes.bucket_sources import SCHEMES, source_of
from tests.fakes.buckets import Bucket
from tests.fakes.github import FakeGitHub
from tests.fakes.hub import FakeHub
from tests.fakes.oci_registry import TITLE, FakeRegistry, tarred
from tests.fakes.source import FakeSource
from tests.fakes.website import Website

from weighbridge.core.ref import Ref
from weighbridge.sources.folder import FolderSource
from weighbridge.sources.huggingface import HuggingFaceSource
from weighbridge.sources.oci import OciSource
from weighbridge.sources.torchhub import TorchHubSource
from weighbridge.sources.url import UrlSource
from weighbridge.testing import SourceContract, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.core.listing import Listing, RemoteFile


OBJECTS = [*(f"objects-{scheme}" for scheme in SCHEMES), "objects-s3-versioned", "objects-az-versioned"]
HUBS = ["hub", "hub-with-file-host", "torchhub", "oci", "oci-tar"]


@pytest.fixture(params=["fake", "folder", "url", "url-with-hashes", *HUBS, *OBJECTS])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "fake":
        yield _fake_world()
    elif request.param.startswith("url"):
        with Website() as site:
            yield _url_world(site, with_hashes=request.param == "url-with-hashes")
    elif request.param == "torchhub":
        with FakeGitHub() as github:
            yield _torch_hub_world(github)
    elif request.param.startswith("oci"):
        with FakeRegistry() as registry:
            yield _oci_world(registry, tmp_path / "spool", packed=request.param == "oci-tar")
    elif request.param in OBJECTS:
        yield _objects_world(request.param.split("-")[1], versioned=request.param.endswith("versioned"))
    elif request.param == "folder":
        yield _folder_world(tmp_path / "model")
    else:
        with FakeHub(redirect_files=request.param == "hub-with-file-host") as hub:
            yield _hub_world(hub)


def _fake_world() -> World:
    fake = FakeSource()

    def publish(files: Mapping[str, bytes]) -> None:
        fake.publish("org/model", files)

    return World(fake, Ref.parse("hf:org/model"), Ref.parse("hf:org/none"), publish)


def _folder_world(folder: Path) -> World:
    def publish(files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)

    return World(FolderSource(), Ref.parse(f"file:{folder}"), Ref.parse(f"file:{folder}-none"), publish)


def _url_world(site: Website, *, with_hashes: bool) -> World:
    source = UrlSource("http", allowed=[f"{site.url}/**"], sleep=lambda _: None)

    def publish(files: Mapping[str, bytes]) -> None:
        site.publish(files)
        made.ref = Ref.parse(" ".join(address(path, data) for path, data in files.items()))

    def address(path: str, data: bytes) -> str:
        said = f"#path={quote(path)}" + (f"&sha256={hashlib.sha256(data).hexdigest()}" if with_hashes else "")
        return f"{site.url}/{quote(path)}{said}"

    missing = Ref.parse(f"{site.url}/none")
    made = World(source, missing, missing, publish)
    return made


def _oci_world(registry: FakeRegistry, spool: Path, *, packed: bool) -> World:
    def publish(files: Mapping[str, bytes]) -> None:
        if packed:
            weights = "application/vnd.cncf.model.weight.v1.tar+gzip"
            pack = registry.add_blob(gzip.compress(tarred(files), mtime=0), weights)
            registry.push("org/model", "v1", [pack], artifactType="application/vnd.cncf.model.manifest.v1+json")
        else:
            layers = [
                registry.add_blob(data, "application/octet-stream", **{TITLE: path}) for path, data in files.items()
            ]
            registry.push("org/model", "v1", layers)

    name = f"oci:{registry.host}/org"
    return World(
        OciSource(spool=spool, sleep=lambda _: None), Ref.parse(f"{name}/model:v1"), Ref.parse(f"{name}/none"), publish
    )


def _objects_world(scheme: str, *, versioned: bool) -> World:
    bucket = Bucket(versioned=versioned)
    ref = Ref.parse(f"{scheme}://models/team/model")
    return World(source_of(scheme, bucket), ref, Ref.parse(f"{ref}-none"), bucket.publish)


def _hub_world(hub: FakeHub) -> World:
    repo = hub.create_repo("org/model", card={"license": "mit"})

    def publish(files: Mapping[str, bytes]) -> None:
        repo.commit(files)

    source = HuggingFaceSource(endpoint=hub.url, token=False, sleep=lambda _: None)
    return World(source, Ref.parse("hf:org/model"), Ref.parse("hf:org/none"), publish)


class _Code:
    """A repository for torch.hub without the folder in which its code lies."""

    def __init__(self, source: TorchHubSource) -> None:
        self._source = source

    @property
    def scheme(self) -> str:
        return self._source.scheme

    def resolve(self, ref: Ref) -> Listing:
        listing = self._source.resolve(ref)
        start = f"hub/org_model_{listing.revision}/"
        return replace(
            listing, files=tuple(replace(file, path=file.path.removeprefix(start)) for file in listing.files)
        )

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        return self._source.read(listing, replace(file, path=f"hub/org_model_{listing.revision}/{file.path}"), offset)


def _torch_hub_world(github: FakeGitHub) -> World:
    repo = github.repo("org/model")

    def publish(files: Mapping[str, bytes]) -> None:
        repo.commit(files)

    source = TorchHubSource(url=github.url, api=github.api, token="", allowed=github.allowed, sleep=lambda _: None)
    return World(_Code(source), Ref.parse("torchhub:org/model"), Ref.parse("torchhub:org/none"), publish)


class TestSource(SourceContract):
    """Every source keeps it."""
