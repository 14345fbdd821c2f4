"""Media: images and sounds, which nothing loads as code, but behind which archives and programs hide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats import audio, images, svg
from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.formats.media_report import MediaReport

_CHECK = "image-structure"


def examine_image(subject: Subject, notes: Notes) -> None:
    """An image of pixels."""
    _whole(subject, notes, images.MAX_BYTES, images.parse)


def examine_svg(subject: Subject, notes: Notes) -> None:
    """A drawing."""
    _whole(subject, notes, svg.MAX_BYTES, svg.parse)


def examine_audio(subject: Subject, notes: Notes) -> None:
    """A sound."""
    report = audio.parse(subject.file, subject.size_bytes)
    notes.faults(_CHECK, report.faults, inside=subject.inside)


def _whole(subject: Subject, notes: Notes, limit: int, parse: Callable[[bytes], MediaReport]) -> None:
    data = subject.whole(limit)
    if data is None:
        notes.add("not-inspected", f"an image of {subject.size_bytes} bytes is not read", inside=subject.inside)
        return
    notes.faults(_CHECK, parse(data).faults, inside=subject.inside)


EXAMINERS: Final[Mapping[Kind, Examiner]] = {
    Kind.IMAGE: examine_image,
    Kind.SVG: examine_svg,
    Kind.AUDIO: examine_audio,
}
