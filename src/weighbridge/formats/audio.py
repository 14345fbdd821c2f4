"""Audio: WAV, FLAC, Ogg and MP3 by their containers, from the first byte to the last; sound is not decoded.

Sources: the RIFF specification, RFC 9639 (FLAC), RFC 3533 (Ogg), ISO 11172-3 §2.4 with the tags ID3v2 and ID3v1. Of a
FLAC file only the metadata and the first frame's mark are read, as frames do not say how long they are.

Faults: `unknown-audio`, `truncated`, `chunk`, `size`, `block`, `page`, `frame`, `trailing-bytes`,
`limit`, `too-many-faults`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from weighbridge.formats.audio_mp3 import walk_mp3
from weighbridge.formats.fault import Fault, StopError, quoted
from weighbridge.formats.media_report import MediaReport, gather
from weighbridge.formats.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.fault import Faults
    from weighbridge.formats.window import Readable

MAX_PARTS = 4_000_000
_UNKNOWN_SIZES: Final = frozenset({0, 0xFFFFFFFF})
_PAGE_BYTES = 27
_FRAME_MARK = 0x3FFE


def parse(file: Readable, size_bytes: int) -> MediaReport:
    """Read a sound file; an error of the file object itself passes through."""
    window = Window(file, size_bytes)
    name, walk = _walk_for(window.take(0, min(12, size_bytes)))
    if walk is None:
        return MediaReport("", (Fault("unknown-audio", "a sound of a format that is not read", 0),))
    return gather(name, functools.partial(walk, window))


def _walk_for(head: bytes) -> tuple[str, Callable[[Window, Faults], None] | None]:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav", _walk_wav
    if head[:4] == b"fLaC":
        return "flac", _walk_flac
    if head[:4] == b"OggS":
        return "ogg", _walk_ogg
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 in {0xE2, 0xE4, 0xE6}):
        return "mp3", walk_mp3
    return "", None


def _walk_wav(window: Window, faults: Faults) -> None:
    said = int.from_bytes(window.take(4, 4), "little")
    # A writer that could not go back leaves the sizes open: the sound goes on to the end.
    end = window.size_bytes if said in _UNKNOWN_SIZES else 8 + said
    if end > window.size_bytes:
        raise StopError("truncated", "the sound is longer than its file", 4)
    at = 12
    seen = set()
    while at + 8 <= end:
        kind = window.take(at, 4)
        length = int.from_bytes(window.take(at + 4, 4), "little")
        if not kind.isascii() or not kind.decode("ascii").isprintable():
            raise StopError("chunk", f"a chunk of type {quoted(kind)}", at)
        seen.add(kind)
        if kind == b"data" and end == window.size_bytes and length in _UNKNOWN_SIZES:
            length = end - at - 8
        at += 8 + length
        if at > end:
            raise StopError("truncated", f"the chunk {quoted(kind)} is longer than the file", at)
        at += at % 2
        if len(seen) > MAX_PARTS:
            raise StopError("limit", "there are too many chunks", at)
    if not {b"fmt ", b"data"} <= seen:
        faults.add("chunk", "the format or the sound is missing", 12)
    if at < end:
        faults.add("size", "the chunks do not fill the file", at)
    if window.size_bytes > end + end % 2:
        faults.add("trailing-bytes", f"{window.size_bytes - end} bytes stand behind the sound", end)


def _walk_flac(window: Window, faults: Faults) -> None:
    at = 4
    last = False
    first = True
    while not last:
        head = window.take(at, 4)
        last = bool(head[0] & 128)
        kind, length = head[0] & 127, int.from_bytes(head[1:], "big")
        if kind == 127 or (kind == 0) != first:  # noqa: PLR2004 - never a type (RFC 9639 §8.1)
            raise StopError("block", f"a metadata block of type {kind} can't stand here", at)
        first = False
        at += 4 + length
    if int.from_bytes(window.take(at, 2), "big") >> 2 != _FRAME_MARK:
        faults.add("frame", "no frame follows the metadata", at)


def _walk_ogg(window: Window, faults: Faults) -> None:
    at = 0
    for _ in range(MAX_PARTS):
        head = window.take(at, _PAGE_BYTES)
        if head[:4] != b"OggS" or head[4] or head[5] > 7:  # noqa: PLR2004 - three flags (RFC 3533 §6)
            faults.add("trailing-bytes" if at else "page", "no page begins here", at)
            return
        at += _PAGE_BYTES + head[26]
        at += sum(window.take(at - head[26], head[26]))
        if at == window.size_bytes:
            return
    raise StopError("limit", f"there are more than {MAX_PARTS} pages", at)
