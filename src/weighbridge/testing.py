"""What every source promises, as tests: for ours, and for authors of their own.

Needs pytest. Make a subclass of `SourceContract` with a fixture ``world`` that gives a `World`; docs/sources.md has an
example. Nothing of the running program imports this.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import pytest

from weighbridge.core import canonical
from weighbridge.core.errors import IntegrityError, NotFoundError
from weighbridge.core.listing import RemoteFile, is_promise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.listing import Listing
    from weighbridge.core.ports import Source
    from weighbridge.core.ref import Ref

FILES = {
    "config.json": b'{"hidden_size": 8}',
    "weights/model.safetensors": bytes(range(256)) * 12_345,
    "naïve name %41 #1?.txt": b"odd",
    "empty.txt": b"",
}
"""What the tests publish: names in a folder, with odd letters, and a file without a byte."""


class Publish(Protocol):
    """Lets the reference name exactly these files."""

    def __call__(self, files: Mapping[str, bytes]) -> None:
        """Publish them.

        Args:
            files: All the bytes by path.
        """


@dataclass
class World:
    """A source and what it is asked for; `ref` changes with `publish` where a reference names the files.

    Args:
        source: The source.
        ref: What is asked for.
        missing: A reference to what is not there.
        publish: Lets the reference name exactly these files.
    """

    source: Source
    ref: Ref
    missing: Ref
    publish: Publish


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


class SourceContract:
    """The tests; a subclass has the fixture ``world``."""

    def test_it_serves_the_scheme_of_its_references(self, world: World) -> None:
        assert world.source.scheme == world.ref.scheme

    def test_a_listing_has_every_file_with_its_size_and_a_promise_that_its_bytes_keep(self, world: World) -> None:
        world.publish(FILES)
        listing = world.source.resolve(world.ref)
        assert {file.path: file.size for file in listing.files} == {path: len(data) for path, data in FILES.items()}
        assert all(is_promise(file.promise) for file in listing.files)
        assert all(_keeps(file, FILES[file.path]) for file in listing.files)

    def test_a_listing_says_what_was_asked_and_can_be_evidence(self, world: World) -> None:
        world.publish(FILES)
        listing = world.source.resolve(world.ref)
        assert listing.ref == world.ref
        assert "" not in listing.identity.values()
        assert listing.identity
        assert canonical.loads(canonical.dumps(dict(listing.metadata))) == dict(listing.metadata)

    def test_a_revision_stays_while_the_bytes_do(self, world: World) -> None:
        world.publish(FILES)
        assert world.source.resolve(world.ref).revision == world.source.resolve(world.ref).revision

    def test_a_changed_byte_is_another_revision(self, world: World) -> None:
        world.publish(FILES)
        before = world.source.resolve(world.ref).revision
        world.publish({**FILES, "config.json": b'{"hidden_size": 9}'})
        assert world.source.resolve(world.ref).revision != before

    @pytest.mark.parametrize("path", FILES)
    def test_a_file_is_read_whole(self, world: World, path: str) -> None:
        world.publish(FILES)
        assert _bytes(world, path) == FILES[path]

    @pytest.mark.parametrize("offset", [1, 1_000_000, 256 * 12_345 - 1, 256 * 12_345])
    def test_a_file_is_read_from_an_offset(self, world: World, offset: int) -> None:
        world.publish(FILES)
        path = "weights/model.safetensors"
        assert _bytes(world, path, offset) == FILES[path][offset:]

    def test_pieces_are_small_enough_for_memory(self, world: World) -> None:
        world.publish(FILES)
        listing = world.source.resolve(world.ref)
        largest = max(listing.files, key=lambda file: file.size)
        sizes = [len(piece) for piece in world.source.read(listing, largest, 0)]
        assert 0 < min(sizes) <= max(sizes) <= 4 << 20

    def test_a_listing_never_gives_later_bytes(self, world: World) -> None:
        world.publish(FILES)
        listing = world.source.resolve(world.ref)
        world.publish({**FILES, "config.json": b'{"hidden_size": 8000}'})
        file = next(file for file in listing.files if file.path == "config.json")
        got, error = _attempt(world, listing, file)
        assert got == FILES["config.json"] if error is None else error.code in {"size-mismatch", "changed-in-transfer"}

    @pytest.mark.parametrize("by", [-1, 1])
    def test_another_size_than_promised_is_refused_before_a_byte_too_many(self, world: World, by: int) -> None:
        world.publish(FILES)
        listing = world.source.resolve(world.ref)
        file = next(file for file in listing.files if file.path == "config.json")
        got, error = _attempt(world, listing, replace(file, size=file.size + by))
        assert error is not None
        assert error.code == "size-mismatch"
        assert len(got) <= file.size + by

    def test_what_is_not_there_is_said_so(self, world: World) -> None:
        world.publish(FILES)
        with pytest.raises(NotFoundError) as caught:
            world.source.resolve(world.missing)
        assert caught.value.code == "repository-missing"
        assert caught.value.hint

    def test_many_threads_read_at_once(self, world: World) -> None:
        files = {f"part-{number}.bin": bytes([number]) * (100_000 + number) for number in range(24)}
        world.publish(files)
        listing = world.source.resolve(world.ref)

        def read(file: RemoteFile) -> bytes:
            return b"".join(world.source.read(listing, file, 0))

        with ThreadPoolExecutor(8) as pool:
            got = dict(zip((file.path for file in listing.files), pool.map(read, listing.files), strict=True))
        assert got == files

    def test_a_reader_may_stop_in_the_middle(self, world: World) -> None:
        world.publish(FILES)
        listing = world.source.resolve(world.ref)
        largest = max(listing.files, key=lambda file: file.size)
        reader = iter(world.source.read(listing, largest, 0))
        first = next(reader)
        reader.close()  # type: ignore[attr-defined] # every source's iterator is a generator
        assert FILES[largest.path].startswith(first)
        assert _bytes(world, "config.json") == FILES["config.json"]
