"""Times in evidence: whole seconds of UTC, written ``2026-11-23T12:00:00Z`` (RFC 3339).

The core never asks what time it is; callers hand it in.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from weighbridge.core.errors import IntegrityError

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of now evidence may be dated: clocks of honest machines differ."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


def time_text(moment: datetime) -> str:
    """The text of an aware time, cut to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_from(text: str) -> datetime:
    """Read such a text.

    Raises:
        IntegrityError: It is not ``YYYY-MM-DDTHH:MM:SSZ``.
    """
    try:
        if _TIME.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        pass
    raise IntegrityError(f"{text!r} is not a time", code="bad-time", hint="write 2026-11-23T12:00:00Z")
