"""GIF: blocks from the header to the trailer (GIF89a specification, appendix B).

Faults: `truncated`, `block`, `trailing-bytes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.fault import StopError

if TYPE_CHECKING:
    from weighbridge.formats.fault import Faults

_SCREEN_BYTES = 13
_DESCRIPTOR_BYTES = 10
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def walk_gif(data: bytes, faults: Faults) -> None:
    """Walk over the blocks."""
    at = _SCREEN_BYTES + _table(data, 10)
    images = 0
    while _byte(data, at) != _TRAILER:
        kind = data[at]
        if kind == _EXTENSION:
            at = _blocks(data, at + 2)
        elif kind == _IMAGE:
            images += 1
            at = _blocks(data, at + _DESCRIPTOR_BYTES + _table(data, at + 9) + 1)
        else:
            raise StopError("block", f"a block of type {kind:#04x}", at)
    if not images:
        faults.add("block", "there is no image", at)
    at += 1
    if at != len(data):
        faults.add("trailing-bytes", f"{len(data) - at} bytes stand behind the image", at)


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise StopError("truncated", "the file ends within the image", len(data))
    return data[at]


def _table(data: bytes, at: int) -> int:
    """Bytes of the colour table that a byte of flags announces."""
    flags = _byte(data, at)
    return 3 << (flags & 7) + 1 if flags & 128 else 0


def _blocks(data: bytes, at: int) -> int:
    """Pass over sub-blocks; return where they end."""
    while size := _byte(data, at):
        at += size + 1
    return at + 1
