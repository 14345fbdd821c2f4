"""JPEG: markers and their segments from SOI to EOI, coded data passed over (ITU-T T.81, annex B).

Cameras store further images behind the first (Multi-Picture Format, CIPA DC-007): those are read the same way. Zeros
behind the end are harmless; anything else is not.

Faults: `truncated`, `marker`, `segment`, `trailing-bytes`, `limit`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.formats.fault import StopError

if TYPE_CHECKING:
    from weighbridge.formats.fault import Faults

MAX_IMAGES = 16
MAX_SEGMENTS = 100_000
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# In coded data a byte FF is followed by 00, a restart marker, or another FF as filling.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def walk_jpeg(data: bytes, faults: Faults) -> None:
    """Walk over the markers."""
    at = 0
    for _ in range(MAX_IMAGES):
        at = _image(data, at)
        rest = data[at : at + 3]
        if rest != b"\xff\xd8\xff":
            break
    if data.count(0, at) != len(data) - at:
        faults.add("trailing-bytes", f"{len(data) - at} bytes stand behind the image", at)


def _image(data: bytes, at: int) -> int:
    """Walk over one image; return where it ends."""
    at += 2
    scans = 0
    for _ in range(MAX_SEGMENTS):
        marker, at = _marker(data, at)
        if marker == _EOI:
            if not scans:
                raise StopError("segment", "the image ends without pixels", at)
            return at
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):  # noqa: PLR2004 - the length counts itself
            raise StopError("truncated", "a segment reaches beyond the end of the file", at)
        at += length
        if marker == _SOS:
            scans += 1
            found = _MARKER.search(data, at)
            if not found:
                raise StopError("truncated", "the coded data has no end", at)
            at = found.start()
    raise StopError("limit", f"there are more than {MAX_SEGMENTS} segments", at)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The next marker, and where its segment begins."""
    if data[at : at + 1] != b"\xff":
        raise StopError("marker", "a marker should stand here", at)
    while data[at : at + 1] == b"\xff":
        at += 1
    marker = data[at] if at < len(data) else 0
    if marker in {0, _SOI}:
        raise StopError("marker", f"a marker {marker:#04x} can't stand here", at)
    return marker, at + 1
