"""HDF5: the part of it that Keras writes its weights in, read strictly; all else is a fault.

That part is the library's oldest layout: superblock 0, groups as B-trees of symbols, object headers of version 1, and
datasets in one piece. Links are hard links alone: a soft link, an external link or external storage makes a loader read
other files (CVE-2026-1669). References to objects are refused; variable-length elements are texts. Source: the HDF5
File Format Specification 3.0. Not done: the numbers themselves, and bytes that no object claims, aren't looked at.

Faults: `truncated`, `signature`, `superblock`, `size`, `header`, `group`, `link`, `external`, `datatype`, `dataspace`,
`layout`, `attribute`, `heap`, `overlap`, `limit`, `unsupported`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats import hdf5_values
from weighbridge.formats.fault import Fault, StopError
from weighbridge.formats.window import Readable, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[bytes, int], None]

MAX_OBJECTS = 50_000
MAX_WORK = 2_000_000
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SUPERBLOCK = struct.Struct("<8s8B2HI4Q2QII16x")
_UNDEFINED = (1 << 64) - 1
_SYMBOL_BYTES = 40
_SYMBOLIC_LINK = 2
_SHARED = 0x02
_LAYOUT_VERSION = 3
_COMPACT, _CONTIGUOUS = 0, 1
_NIL, _SPACE, _TYPE, _OLD_FILL, _FILL, _EXTERNAL, _LAYOUT = 0, 1, 3, 4, 5, 7, 8
_ATTRIBUTE, _OLD_TIME, _CONTINUATION, _SYMBOLS, _TIME, _COUNT = 0x0C, 0x0E, 0x10, 0x11, 0x12, 0x16
_IGNORED: Final = frozenset({_NIL, _OLD_FILL, _FILL, _OLD_TIME, _TIME, _COUNT})


@dataclass(frozen=True, slots=True)
class Hdf5Report:
    """What an HDF5 file holds, and which rules it breaks.

    Args:
        datasets: How many it has.
        data_bytes: How long they are together.
        faults: The broken rule that ended the reading; without any, all objects were read.
    """

    datasets: int = 0
    data_bytes: int = 0
    faults: tuple[Fault, ...] = ()


def parse(file: Readable, size_bytes: int) -> Hdf5Report:
    """Read every object that hangs on the root; an error of the file object itself passes through."""
    reader = _Reader(Window(file, size_bytes))
    try:
        reader.read()
    except StopError as error:
        return Hdf5Report(len(reader.extents), sum(length for _, length in reader.extents), (error.fault,))
    return Hdf5Report(len(reader.extents), sum(length for _, length in reader.extents))


class _Reader:
    """One file: the objects still to be read, and where data lie."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.extents: list[tuple[int, int]] = []
        self._waiting: list[int] = []
        self._seen: set[int] = set()
        self._nodes: set[int] = set()
        self._work = MAX_WORK
        self.heaps = hdf5_values.Heaps(self.at, self.charge)

    def read(self) -> None:
        """Everything, object by object."""
        self._superblock()
        while self._waiting:
            _Object(self, self._waiting.pop()).read()
        end = 0
        for start, length in sorted(self.extents):
            if start < end and length:
                raise StopError("overlap", "two datasets share bytes", start)
            end = max(end, start + length)

    def _superblock(self) -> None:
        window = self.window
        signature, *rest = _SUPERBLOCK.unpack(window.take(0, _SUPERBLOCK.size))
        if signature != _SIGNATURE:
            raise StopError("signature", "it does not begin as HDF5", 0)
        if rest[0] != 0:
            raise StopError("unsupported", f"superblock version {rest[0]} is not read", 8)
        if rest[1:8] != [0, 0, 0, 0, 8, 8, 0]:
            raise StopError("superblock", "versions or sizes of the superblock are not the usual ones", 9)
        base, free, end, driver, name, root, _, _ = rest[11:19]
        if base != 0 or free != _UNDEFINED or driver != _UNDEFINED or name != 0:
            raise StopError("superblock", "the superblock refers to more than this file's objects", 24)
        if end != window.size_bytes:
            raise StopError("size", f"the superblock speaks of {end} bytes and there are {window.size_bytes}", 40)
        self.expect(root)

    def charge(self, amount: int, at: int) -> None:
        """Count messages, symbols, texts and every 256 bytes of them: structures may overlap, the work may not grow."""
        self._work -= amount
        if self._work < 0:
            raise StopError("limit", "more structure than is looked at", at)

    def expect(self, address: int) -> None:
        """Have an object read, once."""
        if address in self._seen:
            return
        if len(self._seen) >= MAX_OBJECTS:
            raise StopError("limit", f"more than {MAX_OBJECTS} objects", address)
        self._seen.add(address)
        self._waiting.append(address)

    def at(self, address: int, length: int) -> bytes:
        """Bytes at an address, which may be hostile."""
        if address > self.window.size_bytes:
            raise StopError("truncated", "an address lies beyond the end of the file", self.window.size_bytes)
        return self.window.take(address, length)

    def node(self, address: int, signature: bytes, length: int) -> bytes:
        """The fixed part of a node, which may be met once."""
        if address in self._nodes:
            raise StopError("group", "a node is met twice", address)
        self._nodes.add(address)
        self.charge(1, address)
        data = self.at(address, length)
        if not data.startswith(signature):
            raise StopError("group", f"no node of the kind {signature.decode()}", address)
        return data


class _Object:
    """One object header: a group or a dataset, with its attributes."""

    def __init__(self, reader: _Reader, address: int) -> None:
        self._reader = reader
        self._address = address
        self._bytes: int | None = None
        self._count: int | None = None
        self._layout: tuple[bytes, int] | None = None
        self._group = False

    def read(self) -> None:
        """All messages, then what they say together."""
        version, count, _, size = struct.unpack("<BxHII4x", self._reader.at(self._address, 16))
        if version != 1:
            raise StopError("unsupported", "an object header of another version", self._address)
        blocks = [(self._address + 16, size)]
        left = count
        while blocks:
            left = self._block(*blocks.pop(0), left, blocks)
        if left:
            raise StopError("header", "an object has fewer messages than it says", self._address)
        self._data()

    def _block(self, at: int, length: int, left: int, blocks: list[tuple[int, int]]) -> int:
        """One run of messages; how many are still to come."""
        end = at + length
        while at < end and left:
            kind, size, flags = struct.unpack("<HHB3x", self._reader.at(at, 8))
            at += 8
            self._reader.charge(1 + (size >> 8), at)
            if at + size > end:
                raise StopError("header", "a message is longer than its block", at)
            data = self._reader.at(at, size)
            if kind == _CONTINUATION and size >= 16:  # noqa: PLR2004 - an address and a length
                blocks.append(struct.unpack_from("<2Q", data))
            else:
                self._message(kind, flags, data, at)
            at += size
            left -= 1
        return left

    def _message(self, kind: int, flags: int, data: bytes, at: int) -> None:
        if kind in _IGNORED:
            return
        if flags & _SHARED:
            raise StopError("unsupported", "a message that stands elsewhere", at)
        handlers: dict[int, Handler] = {
            _SPACE: self._space,
            _TYPE: self._type,
            _LAYOUT: self._keep_layout,
            _ATTRIBUTE: self._attribute,
            _SYMBOLS: self._symbols,
            _EXTERNAL: self._external,
        }
        handler = handlers.get(kind)
        if handler is None:
            raise StopError("unsupported", f"a message of kind {kind}", at)
        handler(data, at)

    def _space(self, data: bytes, at: int) -> None:
        self._count = hdf5_values.space(data, at)

    def _type(self, data: bytes, at: int) -> None:
        found = hdf5_values.element(data, at)
        if found.texts:
            raise StopError("unsupported", "a dataset of variable length", at)
        self._bytes = found.size_bytes

    def _keep_layout(self, data: bytes, at: int) -> None:
        self._layout = data, at

    def _external(self, _: bytes, at: int) -> None:
        raise StopError("external", "a dataset's numbers stand in another file", at)

    def _attribute(self, data: bytes, at: int) -> None:
        for length, address, index in hdf5_values.attribute(data, at):
            if length:
                self._reader.heaps.hold(address, index, length)

    # Groups.

    def _symbols(self, data: bytes, at: int) -> None:
        if len(data) < 16 or self._group:  # noqa: PLR2004 - two addresses
            raise StopError("group", "a group's table is short, or there are two", at)
        self._group = True
        tree, heap = struct.unpack_from("<2Q", data)
        _, size, _, _ = struct.unpack("<8s3Q", self._reader.node(heap, b"HEAP\0", 32))
        nodes = [tree]
        while nodes:
            address = nodes.pop()
            head = self._reader.node(address, b"TREE\0", 24)
            level, used = head[5], int.from_bytes(head[6:8], "little")
            self._reader.charge(used, address)
            children = struct.unpack_from(f"<{2 * used}Q", self._reader.at(address + 32, 16 * used))[::2]
            if level:
                nodes += children
            else:
                for child in children:
                    self._leaf(child, size)

    def _leaf(self, address: int, names_bytes: int) -> None:
        head = self._reader.node(address, b"SNOD\1", 8)
        used = int.from_bytes(head[6:8], "little")
        self._reader.charge(used, address)
        entries = self._reader.at(address + 8, used * _SYMBOL_BYTES)
        for start in range(0, len(entries), _SYMBOL_BYTES):
            name, header, cached = struct.unpack_from("<2QI", entries, start)
            if cached == _SYMBOLIC_LINK or header == _UNDEFINED:
                raise StopError("link", "a soft link in place of an object", address + 8 + start)
            if name >= names_bytes:
                raise StopError("group", "a name lies outside its heap", address + 8 + start)
            self._reader.expect(header)

    # Datasets.

    def _data(self) -> None:
        if self._layout is None:
            if not self._group:
                raise StopError("header", "an object that is neither a group nor a dataset", self._address)
            return
        data, at = self._layout
        if self._bytes is None or self._count is None or self._group or len(data) < 2:  # noqa: PLR2004 - version and class
            raise StopError("header", "a dataset without type or shape", at)
        if data[0] != _LAYOUT_VERSION or data[1] not in {_COMPACT, _CONTIGUOUS}:
            raise StopError("unsupported", "a dataset that is not in one piece", at)
        size = self._bytes * self._count
        if data[1] == _COMPACT:
            held = int.from_bytes(data[2:4], "little")
            if held != size or len(data) < 4 + held:
                raise StopError("layout", "a dataset is not as long as its shape says", at)
            return
        if len(data) < 18:  # noqa: PLR2004 - version, class, address and length
            raise StopError("layout", "a dataset's place is cut short", at)
        address, length = struct.unpack_from("<2Q", data, 2)
        if address == _UNDEFINED and not size:
            return
        if length != size or address + length > self._reader.window.size_bytes:
            raise StopError("layout", "a dataset is not as long as its shape says, or ends behind the file", at)
        self._reader.extents.append((address, length))
