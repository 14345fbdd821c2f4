"""Images: each by its own structure, from the first byte to the last; pixels are not decoded.

Bytes behind the image's end are a fault in every format that has an end: that is where archives and programs hide.

Faults: `unknown-image`, `limit`, `truncated`, `trailing-bytes`, `too-many-faults`, and those of the
modules for PNG, JPEG, GIF and the others.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Fault
from weighbridge.formats.images_gif import walk_gif
from weighbridge.formats.images_jpeg import walk_jpeg
from weighbridge.formats.images_plain import walk_bmp, walk_ico, walk_tiff, walk_webp
from weighbridge.formats.images_png import walk_png
from weighbridge.formats.media_report import MediaReport, gather

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.fault import Faults

MAX_BYTES = 128 << 20

_WALKS: Final[tuple[tuple[bytes, int, str, Callable[[bytes, Faults], None]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "png", walk_png),
    (b"\xff\xd8\xff", 0, "jpeg", walk_jpeg),
    (b"GIF87a", 0, "gif", walk_gif),
    (b"GIF89a", 0, "gif", walk_gif),
    (b"WEBP", 8, "webp", walk_webp),
    (b"BM", 0, "bmp", walk_bmp),
    (b"II*\x00", 0, "tiff", walk_tiff),
    (b"MM\x00*", 0, "tiff", walk_tiff),
    (b"\x00\x00\x01\x00", 0, "ico", walk_ico),
    (b"\x00\x00\x02\x00", 0, "ico", walk_ico),
)


def parse(data: bytes) -> MediaReport:
    """Read an image."""
    if len(data) > MAX_BYTES:
        return MediaReport("", (Fault("limit", f"an image of {len(data)} bytes is not read", MAX_BYTES),))
    for magic, at, name, walk in _WALKS:
        if data[at : at + len(magic)] == magic:
            return gather(name, functools.partial(walk, data))
    return MediaReport("", (Fault("unknown-image", "an image of a format that is not read", 0),))
