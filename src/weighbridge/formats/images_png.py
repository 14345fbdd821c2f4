"""PNG: chunks from the signature to IEND, each with its checksum (PNG specification, third edition, §5 and §15).

Faults: `truncated`, `chunk-type`, `chunk-order`, `checksum`, `header`, `trailing-bytes`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import StopError, quoted

if TYPE_CHECKING:
    from weighbridge.formats.fault import Faults

_SIGNATURE_BYTES = 8
_FRAME_BYTES = 12
_HEADER_BYTES = 13
_CRITICAL: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def walk_png(data: bytes, faults: Faults) -> None:
    """Walk over the chunks."""
    at = _SIGNATURE_BYTES
    seen: set[bytes] = set()
    view = memoryview(data)
    while b"IEND" not in seen:
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + _FRAME_BYTES + length
        if end > len(data):
            raise StopError("truncated", "a chunk reaches beyond the end of the file", at)
        kind = data[at + 4 : at + 8]
        _check(kind, data[at + 8 : at + 8 + _HEADER_BYTES], length, seen, at, faults)
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            faults.add("checksum", f"the checksum of the chunk {quoted(kind)} is wrong", at)
        seen.add(kind)
        at = end
    if b"IDAT" not in seen:
        faults.add("chunk-order", "there are no pixels", at)
    if at != len(data):
        faults.add("trailing-bytes", f"{len(data) - at} bytes stand behind the image", at)


def _check(kind: bytes, head: bytes, length: int, seen: set[bytes], at: int, faults: Faults) -> None:
    if not kind.isalpha():
        raise StopError("chunk-type", f"a chunk of type {quoted(kind)}", at)
    if not kind[0] & 32 and kind not in _CRITICAL:
        faults.add("chunk-type", f"an unknown chunk that readers must understand: {quoted(kind)}", at)
    if (kind == b"IHDR") != (not seen):
        faults.add("chunk-order", f"the chunk {quoted(kind)} stands where it must not", at)
    if kind == b"IEND" and length:
        faults.add("chunk-type", "the last chunk has contents", at)
    if kind == b"IHDR":
        sizes = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
        good = length == _HEADER_BYTES and all(0 < size < 2**31 for size in sizes)
        if not good or head[8] not in _DEPTHS.get(head[9], ()):
            faults.add("header", "the header is not one of an image", at)
