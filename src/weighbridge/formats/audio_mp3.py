"""MP3: frames one behind the other, between an ID3v2 tag before and an ID3v1 or APE tag behind them.

Sources: ISO 11172-3 §2.4.2.3 (frame headers), id3.org (tags). Zeros between or behind are filling.

Faults: `frame`, `truncated`, `trailing-bytes`, `limit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import StopError

if TYPE_CHECKING:
    from weighbridge.formats.fault import Faults
    from weighbridge.formats.window import Window

MAX_FRAMES = 2_000_000
MAX_FILLING = 1 << 16
_ID3_BYTES = 10
_OLD_TAG_BYTES = 128
_APE_BYTES = 32
_MPEG1, _LAYER1, _LAYER2, _LAYER3 = 3, 3, 2, 1
_KBITS: Final = {
    (True, _LAYER1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, _LAYER2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, _LAYER3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, _LAYER1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, _LAYER2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, _LAYER3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def walk_mp3(window: Window, faults: Faults) -> None:
    """Walk over the frames."""
    at = after_id3(window, 0)
    end = _before_tags(window)
    frames = 0
    while at + 4 <= end:
        head = int.from_bytes(window.take(at, 4), "big")
        length = frame_bytes(head)
        if not length:
            break
        frames += 1
        at += length
        if frames > MAX_FRAMES:
            raise StopError("limit", f"there are more than {MAX_FRAMES} frames", at)
    if not frames:
        faults.add("frame", "there are no frames", at)
    # The last frame may be cut short.
    if at < end and not _filling(window, at, end):
        faults.add("trailing-bytes", f"{end - at} bytes behind the last frame are none", at)


def after_id3(window: Window, at: int) -> int:
    """Where an ID3v2 tag ends, if one begins there.

    Raises:
        StopError: It reaches beyond the end of the file.
    """
    if window.size_bytes < at + _ID3_BYTES or window.take(at, 3) != b"ID3":
        return at
    head = window.take(at, _ID3_BYTES)
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    end = at + _ID3_BYTES + size + (_ID3_BYTES if head[5] & 16 else 0)
    if max(head[6:]) > 127 or end > window.size_bytes:  # noqa: PLR2004 - seven bits a byte
        raise StopError("truncated", "the ID3 tag reaches beyond the end of the file", at)
    return end


def frame_bytes(head: int) -> int:
    """The length of a frame with this header; 0 if it is none."""
    version, layer = head >> 19 & 3, head >> 17 & 3
    bits, rate, padding = head >> 12 & 15, head >> 10 & 3, head >> 9 & 1
    if head >> 21 != 0x7FF or version == 1 or not layer or bits in {0, 15} or rate == 3:  # noqa: PLR2004 - reserved
        return 0
    kbits = _KBITS[version == _MPEG1, layer][bits - 1]
    hertz = _RATES[version][rate]
    if layer == _LAYER1:
        return (12_000 * kbits // hertz + padding) * 4
    samples = 72_000 if layer == _LAYER3 and version != _MPEG1 else 144_000
    return samples * kbits // hertz + padding


def _before_tags(window: Window) -> int:
    """Where the tags at the end begin."""
    end = window.size_bytes
    if end >= _OLD_TAG_BYTES and window.take(end - _OLD_TAG_BYTES, 3) == b"TAG":
        end -= _OLD_TAG_BYTES
    if end >= _APE_BYTES and window.take(end - _APE_BYTES, 8) == b"APETAGEX":
        foot = window.take(end - _APE_BYTES, _APE_BYTES)
        size = int.from_bytes(foot[12:16], "little") + (_APE_BYTES if foot[23] & 128 else 0)
        end -= min(size, end)
    return end


def _filling(window: Window, at: int, end: int) -> bool:
    return end - at <= MAX_FILLING and not any(window.take(at, end - at))
