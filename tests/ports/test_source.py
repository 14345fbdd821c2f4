"""What every source promises."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import pytest
from tests.fakes.bucket_sources import SCHEMES, source_of
from tests.fakes.buckets import Bucket
from tests.fakes.hub import FakeHub
from tests.fakes.source import FakeSource
from tests.fakes.website import Website

from weighbridge.core import canonical
from weighbridge.core.errors import IntegrityError, NotFoundError
from weighbridge.core.listing import RemoteFile, is_promise
from weighbridge.core.ref import Ref
from weighbridge.sources.folder import FolderSource
from weighbridge.sources.huggingface import HuggingFaceSource
from weighbridge.sources.url import UrlSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.core.listing import Listing
    from weighbridge.core.ports import Source

FILES = {
    "config.json": b'{"hidden_size": 8}',
    "weights/model.safetensors": bytes(range(256)) * 12_345,
    "naïve name %41 #1?.txt": b"odd",
    "empty.txt": b"",
}


class Publish(Protocol):
    """Lets the reference name exactly these files."""

    def __call__(self, files: Mapping[str, bytes]) -> None: ...


@dataclass
class World:
    """A source and what it is asked for; `ref` changes with `publish` where a reference names the files."""

    source: Source
    ref: Ref
    missing: Ref
    publish: Publish


OBJECTS = [*(f"objects-{scheme}" for scheme in SCHEMES), "objects-s3-versioned", "objects-az-versioned"]


@pytest.fixture(params=["fake", "folder", "hub", "hub-with-file-host", "url", "url-with-hashes", *OBJECTS])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "fake":
        yield _fake_world()
    elif request.param.startswith("url"):
        with Website() as site:
            yield _url_world(site, with_hashes=request.param == "url-with-hashes")
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


def _bytes(world: World, path: str, offset: int = 0) -> bytes:
    listing = world.source.resolve(world.ref)
    file = next(file for file in listing.files if file.path == path)
    return b"".join(world.source.read(listing, file, offset))


def _attempt(world: World, listing: Listing, file: RemoteFile) -> tuple[bytes, IntegrityError | None]:
    """What came, and what was refused at last."""
    got = bytearray()
    try:
        for piece in world.source.read(listing, file, 0):
            got += piece
    except IntegrityError as error:
        return bytes(got), error
    return bytes(got), None


def _keeps(file: RemoteFile, data: bytes) -> bool:
    if not file.promise:
        return True
    kind, _, value = file.promise.partition(":")
    if kind == "sha256":
        return hashlib.sha256(data).hexdigest() == value
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == value


def test_it_serves_the_scheme_of_its_references(world: World) -> None:
    assert world.source.scheme == world.ref.scheme


def test_a_listing_has_every_file_with_its_size_and_a_promise_that_its_bytes_keep(world: World) -> None:
    world.publish(FILES)
    listing = world.source.resolve(world.ref)
    assert {file.path: file.size for file in listing.files} == {path: len(data) for path, data in FILES.items()}
    assert all(is_promise(file.promise) for file in listing.files)
    assert all(_keeps(file, FILES[file.path]) for file in listing.files)


def test_a_listing_says_what_was_asked_and_can_be_evidence(world: World) -> None:
    world.publish(FILES)
    listing = world.source.resolve(world.ref)
    assert listing.ref == world.ref
    assert "" not in listing.identity.values()
    assert listing.identity
    assert canonical.loads(canonical.dumps(dict(listing.metadata))) == dict(listing.metadata)


def test_a_revision_stays_while_the_bytes_do(world: World) -> None:
    world.publish(FILES)
    assert world.source.resolve(world.ref).revision == world.source.resolve(world.ref).revision


def test_a_changed_byte_is_another_revision(world: World) -> None:
    world.publish(FILES)
    before = world.source.resolve(world.ref).revision
    world.publish({**FILES, "config.json": b'{"hidden_size": 9}'})
    assert world.source.resolve(world.ref).revision != before


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_read_whole(world: World, path: str) -> None:
    world.publish(FILES)
    assert _bytes(world, path) == FILES[path]


@pytest.mark.parametrize("offset", [1, 1_000_000, 256 * 12_345 - 1, 256 * 12_345])
def test_a_file_is_read_from_an_offset(world: World, offset: int) -> None:
    world.publish(FILES)
    path = "weights/model.safetensors"
    assert _bytes(world, path, offset) == FILES[path][offset:]


def test_pieces_are_small_enough_for_memory(world: World) -> None:
    world.publish(FILES)
    listing = world.source.resolve(world.ref)
    largest = max(listing.files, key=lambda file: file.size)
    sizes = [len(piece) for piece in world.source.read(listing, largest, 0)]
    assert 0 < min(sizes) <= max(sizes) <= 4 << 20


def test_a_listing_never_gives_later_bytes(world: World) -> None:
    world.publish(FILES)
    listing = world.source.resolve(world.ref)
    world.publish({**FILES, "config.json": b'{"hidden_size": 8000}'})
    file = next(file for file in listing.files if file.path == "config.json")
    got, error = _attempt(world, listing, file)
    assert got == FILES["config.json"] if error is None else error.code in {"size-mismatch", "changed-in-transfer"}


@pytest.mark.parametrize("by", [-1, 1])
def test_another_size_than_promised_is_refused_before_a_byte_too_many(world: World, by: int) -> None:
    world.publish(FILES)
    listing = world.source.resolve(world.ref)
    file = next(file for file in listing.files if file.path == "config.json")
    got, error = _attempt(world, listing, replace(file, size=file.size + by))
    assert error is not None
    assert error.code == "size-mismatch"
    assert len(got) <= file.size + by


def test_what_is_not_there_is_said_so(world: World) -> None:
    world.publish(FILES)
    with pytest.raises(NotFoundError) as caught:
        world.source.resolve(world.missing)
    assert caught.value.code == "repository-missing"
    assert caught.value.hint


def test_many_threads_read_at_once(world: World) -> None:
    files = {f"part-{number}.bin": bytes([number]) * (100_000 + number) for number in range(24)}
    world.publish(files)
    listing = world.source.resolve(world.ref)

    def read(file: RemoteFile) -> bytes:
        return b"".join(world.source.read(listing, file, 0))

    with ThreadPoolExecutor(8) as pool:
        got = dict(zip((file.path for file in listing.files), pool.map(read, listing.files), strict=True))
    assert got == files


def test_a_reader_may_stop_in_the_middle(world: World) -> None:
    world.publish(FILES)
    listing = world.source.resolve(world.ref)
    largest = max(listing.files, key=lambda file: file.size)
    reader = iter(world.source.read(listing, largest, 0))
    first = next(reader)
    reader.close()  # type: ignore[attr-defined] # every source's iterator is a generator
    assert FILES[largest.path].startswith(first)
    assert _bytes(world, "config.json") == FILES["config.json"]
