"""The Range header, for one range (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.hub.messages import Answer

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Cut a 200 to the range that was asked: 206, or 416 where the content has no such bytes.

    Several ranges, other units and an If-Range that does not match are ignored, which the RFC allows.
    """
    asked = _ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if (
        not asked
        or asked.group(0) == "bytes=-"
        or headers.get("if-range", answer.headers["ETag"]) != answer.headers["ETag"]
    ):
        return answer
    size = answer.body.size
    first, last = asked.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size or stop <= start:
        return replace(answer, status=416, stop=0, subject="error").with_headers(Content_Range=f"bytes */{size}")
    return replace(answer, status=206, start=start, stop=stop).with_headers(
        Content_Range=f"bytes {start}-{stop - 1}/{size}"
    )
