"""What the parsers of images and sounds report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import Faults, StopError

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.fault import Fault


@dataclass(frozen=True, slots=True)
class MediaReport:
    """What a file is, and which rules it breaks.

    Args:
        format: Such as ``png``; empty if it is none that is known.
        faults: The broken rules.
    """

    format: str
    faults: tuple[Fault, ...]


def gather(name: str, walk: Callable[[Faults], None]) -> MediaReport:
    """The report of one walk over a file."""
    faults = Faults()
    try:
        walk(faults)
    except StopError as error:
        faults.stop(error)
    return MediaReport(name, faults.all())
