from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from tests.samples import media

from weighbridge.formats import audio, audio_mp3, images, images_jpeg, svg

if TYPE_CHECKING:
    from weighbridge.formats.media_report import MediaReport


def sound(data: bytes) -> MediaReport:
    return audio.parse(io.BytesIO(data), len(data))


def ids(report: MediaReport) -> set[str]:
    return {fault.id for fault in report.faults}


@pytest.mark.parametrize("data", media.IMAGES.values(), ids=media.IMAGES)
def test_images_end_where_they_end(data: bytes) -> None:
    assert images.parse(data).faults == ()
    assert images.parse(data[:-5]).faults
    if data != media.TIFF:
        assert ids(images.parse(data + media.ZIP)) == {"trailing-bytes"}


@pytest.mark.parametrize("data", media.SOUNDS.values(), ids=media.SOUNDS)
def test_sounds_end_where_they_end(data: bytes) -> None:
    assert sound(data).faults == ()
    assert sound(data[:12]).faults
    if data != media.FLAC:
        assert ids(sound(data + 2 * media.ZIP)) == {"trailing-bytes"}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "unknown-image"),
        (b"\0\0\0\x1cftypavif", "unknown-image"),
        (media.PNG[:8] + media.chunk(b"IHDR", bytes(13)) + media.PNG[33:], "header"),
        (media.PNG[:33] + media.chunk(b"IHDR", media.PNG[16:29]) + media.PNG[33:], "chunk-order"),
        (media.PNG[:33] + media.chunk(b"ABCD", b"") + media.PNG[33:], "chunk-type"),
        (media.PNG[:33] + media.chunk(b"1234", b"") + media.PNG[33:], "chunk-type"),
        (media.PNG[:-12] + media.chunk(b"IEND", b"x"), "chunk-type"),
        (b"\xff\xd8\xff\xd9", "segment"),
        (b"\xff\xd8\xff\xe0\0\1", "truncated"),
        (b"\xff\xd8\xff\xe0\0\2x", "marker"),
        (b"\xff\xd8\xff\xff\xd8", "marker"),
        (b"\xff\xd8\xff\x01" + b"\xff\xda\0\2data", "truncated"),
        (media.GIF[:13] + bytes(6) + b"x", "block"),
        (media.GIF[:19] + b";", "block"),
        (media.riff(b"WEBP", (b"evil", b"")), "chunk"),
        (media.WEBP[:4] + struct.pack("<I", 13) + media.WEBP[8:], "size"),
        (media.WEBP[:4] + struct.pack("<I", 99) + media.WEBP[8:], "truncated"),
        (media.BMP[:14] + bytes(1) + media.BMP[15:], "header"),
        (media.BMP[:10] + bytes(4) + media.BMP[14:], "offset"),
        (media.BMP[:18] + struct.pack("<ii", 9, -9) + media.BMP[26:], "truncated"),
        (media.TIFF[:4] + bytes(4) + media.TIFF[8:], "header"),
        (media.TIFF[:-4] + struct.pack("<I", 8), "offset"),
        (media.TIFF[:14] + struct.pack("<II", 99, 8) + bytes(4), "offset"),
        (media.ICO[:4] + bytes(2) + media.ICO[6:], "header"),
        (media.ICO[:18] + bytes(4) + media.ICO[22:], "offset"),
    ],
)
def test_broken_images(data: bytes, fault: str) -> None:
    assert fault in ids(images.parse(data))


def test_images_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images_jpeg, "MAX_SEGMENTS", 2)
    assert ids(images.parse(media.JPEG)) == {"limit"}
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    assert ids(images.parse(media.PNG)) == {"limit"}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "unknown-audio"),
        (media.riff(b"WAVE", (b"data", b"")), "chunk"),
        (media.riff(b"WAVE", (b"\1\2\3\4", b"")), "chunk"),
        (media.WAV[:4] + struct.pack("<I", 99) + media.WAV[8:], "truncated"),
        (media.WAV[:40] + struct.pack("<I", 99) + media.WAV[44:], "truncated"),
        (media.WAV[:4] + struct.pack("<I", 48) + media.WAV[8:] + bytes(4), "size"),
        (media.FLAC[:4] + b"\xff" + media.FLAC[5:], "block"),
        (media.FLAC[:-22] + bytes(22), "frame"),
        (b"OggS\1" + bytes(30), "page"),
        (b"ID3\4\0\0\x7f\0\0\0" + bytes(20), "truncated"),
        (b"ID3\4\0\0\0\0\0\0" + bytes(200), "frame"),
        (b"\xff\xe2" + bytes(30), "frame"),
    ],
)
def test_broken_sounds(data: bytes, fault: str) -> None:
    assert fault in ids(sound(data))


def test_a_stream_of_unknown_size_goes_on_to_the_end() -> None:
    data = media.WAV[:4] + b"\xff" * 4 + media.WAV[8:40] + b"\xff" * 4 + media.WAV[44:]
    assert sound(data).faults == ()


def test_tags_behind_a_sound() -> None:
    tag = b"APETAGEX" + struct.pack("<IIII", 2000, 40, 1, 0) + bytes(8)
    frames = media.MP3[14:-128]
    assert sound(frames + bytes(8) + tag).faults == ()


def test_lengths_of_frames() -> None:
    assert audio_mp3.frame_bytes(0xFFFB9064) == 417
    assert audio_mp3.frame_bytes(0xFFF39064) == 261
    assert audio_mp3.frame_bytes(0xFFFF9064) == 312
    assert audio_mp3.frame_bytes(0xFFFBF064) == 0


def test_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_PARTS", 1)
    monkeypatch.setattr(audio_mp3, "MAX_FRAMES", 1)
    for data in (media.WAV, media.OGG, media.MP3):
        assert ids(sound(data)) == {"limit"}


@pytest.mark.parametrize("data", media.DRAWINGS_BAD.values(), ids=media.DRAWINGS_BAD)
def test_drawings_that_do_more_than_draw(data: bytes) -> None:
    assert svg.parse(data).faults


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "syntax"),
        (b'<?xml version="1.0" encoding="no-such"?><svg/>', "syntax"),
        (b"<html/>", "root"),
        (b"<svg>" + b"<g>" * 600, "nesting"),
        (b"<svg>" + b"<script/>" * 600, "too-many-faults"),
        (media.svg("<style>@im<![CDATA[port 'x']]></style>"), "style"),
        (media.svg('<animate attributeName="xlink:href"/>'), "reference"),
    ],
)
def test_broken_drawings(data: bytes, fault: str) -> None:
    assert fault in ids(svg.parse(data))


def test_drawings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "MAX_BYTES", 10)
    assert ids(svg.parse(media.svg(""))) == {"limit"}
