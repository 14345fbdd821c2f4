from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from weighbridge.core.errors import IntegrityError
from weighbridge.core.times import time_from, time_text

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2026-11-23T12:00:00Z"),
        (NOON.replace(microsecond=999_999), "2026-11-23T12:00:00Z"),
        (NOON.astimezone(timezone(timedelta(hours=14))), "2026-11-23T12:00:00Z"),
        (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "2024-02-29T23:59:59Z"),
    ],
)
def test_a_time_is_written_as_whole_seconds_of_utc(moment: datetime, text: str) -> None:
    assert time_text(moment) == text
    assert time_from(text) == moment.replace(microsecond=0)
    assert time_from(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00:00+00:00", "2026-11-23 12:00:00Z",
     "2026-02-30T00:00:00Z",
     "2026-11-23T24:00:00Z", "2026-11-23T12:00:60Z", "2026-11-23T12:00:00.5Z", "2026-11-23T12:00:00Z\n",
     "٢٠٢٦-11-23T12:00:00Z", "0000-01-01T00:00:00Z", "26-11-23T12:00:00Z", "2026-11-23t12:00:00z"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        time_from(text)
    assert caught.value.code == "bad-time"
