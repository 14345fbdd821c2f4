"""The clock, which nothing below this layer reads."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
