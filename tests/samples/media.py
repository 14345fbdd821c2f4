"""Samples of images and sounds, of a few pixels and a few frames."""

from __future__ import annotations

import struct
import zlib
from typing import Final

ZIP: Final = b"PK\x03\x04 an archive"


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def riff(kind: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A RIFF container."""
    body = kind + b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG file."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


_HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
_PIXELS = chunk(b"IDAT", zlib.compress(b"\0\0"))
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG: Final = _SIGNATURE + _HEADER + chunk(b"tEXt", b"Title\0A") + _PIXELS + chunk(b"IEND", b"")
JPEG: Final = (
    b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xDB, bytes(65)) + segment(0xC0, bytes(9))
    + segment(0xDA, bytes(6)) + b"\x12\xff\x00\x34\xff\xd0\x56" + b"\xff\xd9"
)  # fmt: skip
GIF: Final = (
    b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"!\xf9\4\0\0\0\0\0" + b",\0\0\0\0\1\0\1\0\0" + b"\2\2D\1\0" + b";"
)  # fmt: skip
WEBP: Final = riff(b"WEBP", (b"VP8L", b"\x2f\0\0\0\0"))
BMP: Final = b"BM" + struct.pack("<IIIIiiHHIIiiII", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)
TIFF: Final = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 256, 4, 1, 1) + bytes(4)
ICO: Final = b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 1, 1, 0, 0, 1, 32, len(PNG), 22) + PNG
WAV: Final = riff(b"WAVE", (b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)), (b"data", bytes(8)))
FLAC: Final = b"fLaC\x80\0\0\x22" + bytes(34) + b"\xff\xf8" + bytes(20)
OGG: Final = b"OggS\0\2" + bytes(20) + b"\1\x05vorbi" + b"OggS\0\4" + bytes(20) + b"\0"
MP3: Final = b"ID3\4\0\0\0\0\0\4abcd" + (b"\xff\xfb\x90\x64" + bytes(413)) * 3 + b"TAG" + bytes(125)

DRAWING: Final = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def svg(inner: str, before: str = "") -> bytes:
    """A drawing."""
    return (before + DRAWING.format(inner)).encode()


IMAGES: Final = {
    "a.png": PNG, "a.jpg": JPEG, "a.gif": GIF, "a.webp": WEBP, "a.bmp": BMP, "a.tiff": TIFF, "a.ico": ICO,
}  # fmt: skip
SOUNDS: Final = {"a.wav": WAV, "a.flac": FLAC, "a.ogg": OGG, "a.mp3": MP3}

_DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
_ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
DRAWINGS_BAD: Final = {
    "svg-script": svg("<script>alert(1)</script>"),
    "svg-event": svg('<path d="M0 0" onclick="alert(1)"/>'),
    "svg-link": svg('<a xlink:href="javascript:alert(1)"><text>a</text></a>'),
    "svg-image-elsewhere": svg('<image xlink:href="https://example.com/a.png"/>'),
    "svg-foreign": svg('<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'),
    "svg-style": svg("<style>@import 'https://example.com/a.css';</style>"),
    "svg-fill": svg('<path style="fill: url( http://example.com/a#b)"/>'),
    "svg-animation": svg('<a><animate attributeName="href" to="javascript:alert(1)"/></a>'),
    "svg-entities": svg("<text>&b;</text>", _ENTITIES),
    "svg-own-doctype": svg("", '<!DOCTYPE svg SYSTEM "file:///etc/passwd">'),
    "svg-stylesheet": svg("", '<?xml-stylesheet href="https://example.com/a.xsl"?>'),
    "svg-broken": svg("<g>"),
}
_BAD: Final[dict[str, dict[str, bytes]]] = {
    "png-archive-behind": {"a.png": PNG + ZIP},
    "png-checksum": {"a.png": PNG.replace(b"Title\0A", b"Title\0B")},
    "png-no-pixels": {"a.png": _SIGNATURE + _HEADER + chunk(b"IEND", b"")},
    "jpeg-archive-behind": {"a.jpg": JPEG + ZIP},
    "gif-archive-behind": {"a.gif": GIF + ZIP},
    "webp-archive-behind": {"a.webp": WEBP + ZIP},
    "bmp-archive-behind": {"a.bmp": BMP + ZIP},
    "wav-archive-behind": {"a.wav": WAV + ZIP},
    "ogg-archive-behind": {"a.ogg": OGG + ZIP},
    "mp3-archive-behind": {"a.mp3": MP3 + ZIP},
    **{case: {"a.svg": data} for case, data in DRAWINGS_BAD.items()},
}
_GOOD: Final[dict[str, dict[str, bytes]]] = {
    **{name.removeprefix("a."): {name: data} for name, data in {**IMAGES, **SOUNDS}.items()},
    "jpeg-of-a-camera": {"a.jpg": JPEG + JPEG + bytes(100)},
    "svg": {"a.svg": svg('<a xlink:href="https://example.com"><path fill="url(#b)"/></a><use xlink:href="#b"/>')},
    "svg-of-a-program": {"a.svg": svg("<style>text { fill: red }</style>", f'<?xml version="1.0"?>\n{_DOCTYPE}\n')},
}

SAMPLES: Final = {
    **{f"image-structure/bad/{case}": files for case, files in _BAD.items()},
    **{f"image-structure/good/{case}": files for case, files in _GOOD.items()},
}
