"""The files inside packed layers: unpacked once into a private file that has no name, then read from any place.

The compressed bytes are compared with the manifest's digest before a member is believed. Archives of models are read by
the strict parser of `weighbridge.formats.tar`; images, which hold whole systems, by the standard library, of which only
what lies below ``models/`` is taken. Nothing is written under a name that a layer says.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import weakref
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError, SourceError, StoreError
from weighbridge.formats import tar
from weighbridge.formats.member_name import unsafe
from weighbridge.sources._oci_layout import GZIP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.sources._oci_layout import Layer

CHUNK_BYTES = 1 << 20
MAX_MEMBERS = 100_000
# Deflate can do 1,032 to 1; weights hardly 2 to 1, texts 10 to 1.
MAX_RATIO = 100
FREE_BYTES = 64 << 20
MAX_UNPACKED_BYTES = 1 << 40
_MODELS = "models"
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


class Spool:
    """Bytes in a file without a name, gone with the last who reads them.

    Args:
        folder: Where there is space.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd, name = tempfile.mkstemp(dir=folder)
            os.unlink(name)  # noqa: PTH108  nobody else ever opens it
        except OSError as error:
            raise _disk(error) from error
        weakref.finalize(self, os.close, self._fd)
        self.size = 0
        self._at = 0

    def write(self, data: bytes) -> None:
        """Add bytes at the end.

        Raises:
            StoreError: The disk is full or failed (code ``disk``).
        """
        view = memoryview(data)
        while view:
            try:
                done = os.write(self._fd, view)
            except OSError as error:
                raise _disk(error) from error
            self.size += done
            view = view[done:]

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes of a range; many threads may read at once.

        Raises:
            StoreError: The disk failed, or the range is not there (code ``disk``).
        """
        while start < end:
            try:
                piece = os.pread(self._fd, min(CHUNK_BYTES, end - start), start)
            except OSError as error:
                raise _disk(error) from error
            if not piece:
                raise StoreError("an unpacked layer is shorter than it was", code="disk")
            start += len(piece)
            yield piece

    def seek(self, offset: int, /) -> int:
        """Go to a byte: for one parser at a time."""
        self._at = offset
        return offset

    def tell(self) -> int:
        """Where `read` goes on."""
        return self._at

    def read(self, length: int, /) -> bytes:
        """At most so many bytes, never more than a header of an archive can need."""
        if not 0 <= length <= CHUNK_BYTES or self._at < 0:
            raise tarfile.ReadError("a header is too long, or says a negative size")
        data = os.pread(self._fd, length, self._at)
        self._at += len(data)
        return data


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a packed layer.

    Args:
        path: What it is called in the model.
        size: Bytes.
        at: Where it begins in the spool.
        spool: What holds its bytes.
        sha256: 64 hexadecimal digits.
    """

    path: str
    size: int
    at: int
    spool: Spool
    sha256: str = ""


def unpacked(layer: Layer, blob: Iterable[bytes], folder: Path, max_bytes: int = MAX_UNPACKED_BYTES) -> Spool:
    """The bytes of a packed layer, compared with its digest and without their compression.

    Raises:
        IntegrityError: Other bytes than the manifest says (code ``promise-mismatch``), or a broken compression (code
            ``oci-layer``).
        SourceError: It grows beyond all measure (code ``oci-oversized``).
        StoreError: The disk is full or failed (code ``disk``).
    """
    spool, found = Spool(folder), hashlib.sha256()
    limit = min(max_bytes, FREE_BYTES + MAX_RATIO * layer.blob.size)

    def hashed() -> Iterator[bytes]:
        for piece in blob:
            found.update(piece)
            yield piece

    try:
        for piece in _gunzipped(hashed()) if layer.packing == GZIP else hashed():
            if spool.size + len(piece) > limit:
                raise SourceError(
                    f"the layer {layer.blob.digest} unpacks to more than {limit} bytes",
                    code="oci-oversized",
                    hint="do not use this artifact before its owner explains",
                )
            spool.write(piece)
    except zlib.error:
        raise _broken(layer, "its compression is broken") from None
    if f"sha256:{found.hexdigest()}" != layer.blob.digest:
        raise IntegrityError(
            f"the bytes of the layer {layer.blob.digest} are not those that its manifest promises",
            code="promise-mismatch",
            hint="run the command again; if it happens again, do not trust this registry",
        )
    return spool


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Without gzip, member after member (RFC 1952 §2.2), in pieces of at most 1 MiB."""
    machine = zlib.decompressobj(wbits=31)
    for piece in pieces:
        data, full = piece, False
        while data or full:
            if machine.eof:
                machine, data = zlib.decompressobj(wbits=31), machine.unused_data or data
            plain = machine.decompress(data, CHUNK_BYTES)
            data, full = machine.unconsumed_tail or machine.unused_data, len(plain) == CHUNK_BYTES and not machine.eof
            if plain:
                yield plain
    if not machine.eof:
        raise zlib.error


def members(layer: Layer, spool: Spool) -> Iterator[Member]:
    """The files of a model's archive, hashed.

    Raises:
        IntegrityError: The archive is broken, or holds what no model needs: links, devices, names that leave their
            folder or stand twice (code ``oci-layer``).
    """
    report = tar.parse(spool, spool.size)
    if report.faults or not report.complete:
        raise _broken(layer, "; ".join(fault.message for fault in report.faults[:5]))
    for item in report.members:
        if layer.path and item.name != layer.path and not item.name.startswith(f"{layer.path}/"):
            raise _broken(layer, f"{item.name!r} lies outside of {layer.path!r}")
        yield _hashed(Member(item.name, item.size_bytes, item.data_at, spool))


def _hashed(member: Member) -> Member:
    found = hashlib.sha256()
    for piece in member.spool.pieces(member.at, member.at + member.size):
        found.update(piece)
    return Member(member.path, member.size, member.at, member.spool, found.hexdigest())


class Image:
    """The files below ``models/`` of an image, layer upon layer."""

    def __init__(self) -> None:
        self._files: dict[str, Member] = {}

    @property
    def members(self) -> Iterator[Member]:
        """What is left after the last layer, hashed."""
        return (_hashed(self._files[path]) for path in sorted(self._files))

    def add(self, layer: Layer, spool: Spool) -> None:
        """Lay one layer over those before it (OCI image specification 1.1, "Applying Changesets").

        Raises:
            IntegrityError: The archive is broken, or has a link, a device, or one name twice below ``models/`` (code
                ``oci-layer``).
        """
        here: dict[str, Member] = {}
        try:
            for count, item in enumerate(_items(spool)):
                if count >= MAX_MEMBERS:
                    raise _broken(layer, f"it has more than {MAX_MEMBERS} members")
                self._take(layer, item, here, spool)
        except (tarfile.TarError, ValueError, RecursionError, OverflowError) as error:
            raise _broken(layer, f"its archive is broken: {error}") from None
        for path in here:
            # A file takes the place of a folder, and a folder that of a file.
            self._remove(path)
            for depth in range(1, path.count("/") + 1):
                self._files.pop("/".join(path.split("/")[:depth]), None)
        self._files |= here

    def _take(self, layer: Layer, item: tarfile.TarInfo, here: dict[str, Member], spool: Spool) -> None:
        name = item.name.removeprefix("./").removeprefix("/")
        top, _, path = name.partition("/")
        if top == _WHITEOUT + _MODELS:
            self._files.clear()
        if name == _OPAQUE:
            self._files.clear()
        if top != _MODELS or (item.isdir() and not path):
            return
        folder, slash, last = path.rpartition("/")
        why = unsafe(name) or ("" if path else "is no folder")
        if why:
            raise _broken(layer, f"{name[:100]!r} {why}")
        if last.startswith(_WHITEOUT):
            hidden = folder if last == _OPAQUE else f"{folder}{slash}{last.removeprefix(_WHITEOUT)}"
            self._remove(hidden, below_only=last == _OPAQUE)
        elif not item.isdir():
            if path in here:
                raise _broken(layer, f"{name!r} stands twice")
            here[path] = self._file(layer, item, here, spool)

    def _file(self, layer: Layer, item: tarfile.TarInfo, here: dict[str, Member], spool: Spool) -> Member:
        path = item.name.removeprefix("./").removeprefix("/").partition("/")[2]
        if item.islnk():
            target = here.get(item.linkname.removeprefix("./").removeprefix("/").partition("/")[2])
            if target is None or not item.linkname.removeprefix("./").removeprefix("/").startswith(f"{_MODELS}/"):
                raise _broken(layer, f"{path!r} is a link to no file of the model in this layer")
            return Member(path, target.size, target.at, spool)
        if not item.isreg() or item.issparse():
            raise _broken(layer, f"{path!r} is a link, a device or a sparse file")
        if item.offset_data + item.size > spool.size:
            raise _broken(layer, f"{path!r} is cut off")
        return Member(path, item.size, item.offset_data, spool)

    def _remove(self, path: str, *, below_only: bool = False) -> None:
        prefix = f"{path}/" if path else ""
        for known in [known for known in self._files if known.startswith(prefix)]:
            del self._files[known]
        if not below_only:
            self._files.pop(path, None)


def _items(spool: Spool) -> Iterator[tarfile.TarInfo]:
    spool.seek(0)
    with tarfile.TarFile(fileobj=spool, errorlevel=2) as archive:  # type: ignore[arg-type] # it is not closed
        at = -1
        for item in archive:
            # CVE-2025-8194: a negative size leads the library back to where it was.
            if item.size < 0 or item.offset <= at:
                raise tarfile.ReadError("a member has a negative size")
            at = item.offset
            yield item
        # The library takes a broken header for the end, but for the first.
        end = archive.offset
    if any(any(piece) for piece in spool.pieces(end, min(end + tarfile.BLOCKSIZE, spool.size))):
        raise tarfile.ReadError("a header is broken")


def _broken(layer: Layer, why: str) -> IntegrityError:
    return IntegrityError(
        f"the layer {layer.blob.digest} can't be unpacked: {why}",
        code="oci-layer",
        hint="do not use this artifact before its owner explains",
    )


def _disk(error: OSError) -> StoreError:
    return StoreError(f"a layer can't be unpacked here: {error.strerror}", code="disk")
