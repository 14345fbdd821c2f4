"""WebP, BMP, TIFF and ICO: containers whose sizes and offsets must lie within the file.

Sources: RFC 9649 (WebP), the Windows bitmap headers, TIFF 6.0 §2, the ICO directory. TIFF has no end: what no offset
names is not seen.

Faults: `truncated`, `header`, `chunk`, `size`, `offset`, `trailing-bytes`, `limit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from weighbridge.formats.fault import StopError, quoted

if TYPE_CHECKING:
    from weighbridge.formats.fault import Faults

MAX_DIRECTORIES = 10_000
_BMP_HEADERS: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_BMP_FILE_BYTES = 14
_TIFF_TYPES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WEBP: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "})


def number(data: bytes, at: int, length: int, order: Literal["little", "big"] = "little") -> int:
    """An unsigned number of so many bytes.

    Raises:
        StopError: It lies beyond the end of the file.
    """
    if at + length > len(data):
        raise StopError("truncated", "the file ends within a header", len(data))
    return int.from_bytes(data[at : at + length], order)


def walk_webp(data: bytes, faults: Faults) -> None:
    """Walk over the chunks of a RIFF container."""
    end = 8 + number(data, 4, 4)
    if data[:4] != b"RIFF" or end > len(data):
        raise StopError("truncated", "the image is longer than its file", 4)
    at = 12
    while at < end:
        kind, length = data[at : at + 4], number(data, at + 4, 4)
        if kind not in _WEBP:
            faults.add("chunk", f"a chunk of type {quoted(kind)}", at)
        at += 8 + length + length % 2
    if at != end:
        faults.add("size", "the chunks do not fill the image", end)
    if end != len(data):
        faults.add("trailing-bytes", f"{len(data) - end} bytes stand behind the image", end)


def walk_bmp(data: bytes, faults: Faults) -> None:
    """Check the headers and the pixels' place."""
    size, pixels, header = number(data, 2, 4), number(data, 10, 4), number(data, 14, 4)
    if header not in _BMP_HEADERS:
        raise StopError("header", f"a header of {header} bytes", 14)
    if not _BMP_FILE_BYTES + header <= pixels <= len(data):
        raise StopError("offset", "the pixels do not lie within the file", 10)
    if size > len(data):
        faults.add("truncated", "the image is longer than its file", 2)
    short = header == 12  # noqa: PLR2004 - the header of OS/2 has 16-bit sizes
    width, height = (number(data, 18, 2), number(data, 20, 2)) if short else (number(data, 18, 4), number(data, 22, 4))
    bits = number(data, 24 if short else 28, 2)
    plain = short or number(data, 30, 4) in {0, 3}
    height = 2**32 - height if height >= 2**31 else height
    end = pixels + (width * bits + 31) // 32 * 4 * height
    if plain and end > len(data):
        faults.add("truncated", "there are fewer pixels than the header says", pixels)
    # Writers may fill the file up to whole pages of four bytes, and colour profiles follow the pixels.
    last = max(size, end + 3) if plain and header != 124 else max(size, end)  # noqa: PLR2004 - the header with a profile
    if len(data) > last:
        faults.add("trailing-bytes", f"{len(data) - last} bytes stand behind the image", last)


def walk_tiff(data: bytes, faults: Faults) -> None:
    """Follow the chain of directories."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    seen: set[int] = set()
    at = number(data, 4, 4, order)
    while at:
        if at in seen or len(seen) >= MAX_DIRECTORIES:
            raise StopError("offset", "the directories form a ring, or are too many", at)
        seen.add(at)
        count = number(data, at, 2, order)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            size = _TIFF_TYPES.get(number(data, entry + 2, 2, order), 0) * number(data, entry + 4, 4, order)
            if size > 4 and number(data, entry + 8, 4, order) + size > len(data):  # noqa: PLR2004 - fits the entry
                faults.add("offset", "a value lies beyond the end of the file", entry)
        at = number(data, at + 2 + 12 * count, 4, order)
    if not seen:
        faults.add("header", "there is no image", 4)


def walk_ico(data: bytes, faults: Faults) -> None:
    """Check that the directory's images fill the file."""
    count = number(data, 4, 2)
    last = 6 + 16 * count
    if not count or last > len(data):
        raise StopError("header", "the directory has no images, or too many", 4)
    for entry in range(6, last, 16):
        length, offset = number(data, entry + 8, 4), number(data, entry + 12, 4)
        if offset < 6 + 16 * count or offset + length > len(data):
            faults.add("offset", "an image does not lie within the file", entry)
        last = max(last, offset + length)
    if last < len(data):
        faults.add("trailing-bytes", f"{len(data) - last} bytes stand behind the images", last)
