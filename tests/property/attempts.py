"""A call that may be refused with one of our errors; any other exception fails the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from weighbridge.core.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def attempt(call: Callable[[], T]) -> T | WeighbridgeError:
    """What the call gives, or the error it raised."""
    try:
        return call()
    except WeighbridgeError as error:
        return error
