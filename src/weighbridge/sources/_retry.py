"""Trying again: how often, and how long to wait in between.

Nothing here knows what is tried. No clock is read: a date in ``Retry-After`` is compared with the ``Date`` of the
same answer (RFC 9110 §10.2.3, §6.6.1), so that a wrong clock on either side changes nothing.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.core.errors import SourceError

    _T = TypeVar("_T")

UNREACHABLE: Final = frozenset({"unreachable"})
"""The code of a host that is not there: who asks it a first question need not wait to be told so."""
MAX_WAIT_SECONDS = 300.0
_LONGEST_BACKOFF_SECONDS = 30.0
# draft-ietf-httpapi-ratelimit-headers, as the Hub sends it: no request remains, and again after t seconds.
_EXHAUSTED = re.compile(r"\br=0\s*;\s*t=(\d{1,9})\b")


class TransientError(Exception):
    """A failure that may pass.

    Args:
        error: What to raise when it does not.
        wait_seconds: How long the server asked to wait; None if it did not say.
    """

    def __init__(self, error: SourceError, wait_seconds: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to keep trying.

    Args:
        max_tries: Tries in a row without progress, at least 1.
        sleep: Waits for so many seconds.
    """

    max_tries: int = 5
    sleep: Callable[[float], None] = time.sleep

    def wait(self, tries: int, fault: TransientError) -> None:
        """Wait after the given number of failed tries.

        Raises:
            SourceError: That was the last try.
        """
        if tries >= self.max_tries:
            raise fault.error from fault
        backoff = min(2.0 ** (tries - 1), _LONGEST_BACKOFF_SECONDS)
        self.sleep(min(MAX_WAIT_SECONDS, backoff if fault.wait_seconds is None else fault.wait_seconds))

    def keep_trying(self, work: Callable[[], _T], *, hopeless: frozenset[str] = frozenset()) -> _T:
        """What some work gives in the end, begun anew after each failure that may pass.

        Args:
            work: What is tried.
            hopeless: Codes of errors that are not waited for.

        Raises:
            SourceError: It failed as often as patience allows.
        """
        tries = 0
        while True:
            try:
                return work()
            except TransientError as fault:
                if fault.error.code in hopeless:
                    raise fault.error from None
                tries += 1
                self.wait(tries, fault)


def asked_wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long an answer asks to wait, by ``Retry-After`` or the Hub's ``ratelimit``; None if it does not say."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        found = _EXHAUSTED.search(headers.get("ratelimit", ""))
        return float(found[1]) if found else None
