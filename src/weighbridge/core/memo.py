"""Memo: what was made of a document before, for as long as there is room.

Reading evidence is pure: the same bytes give the same statement. A program that loads often, or reads a ledger and then
judges it, reads each document once. This module knows no document.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Value = TypeVar("_Value")


class Memo(Generic[_Value]):
    """Values by the id of what they were made from; the least recently used leave first. Safe between threads.

    Args:
        most: What all values together may weigh.
        weigh: What one weighs, such as the size of its document in bytes.
    """

    def __init__(self, most: int, weigh: Callable[[_Value], int]) -> None:
        self._most = most
        self._weigh = weigh
        self._weight = 0
        self._lock = threading.Lock()
        self._kept: dict[str, _Value] = {}

    def of(self, key: str, make: Callable[[], _Value]) -> _Value:
        """The value of a key, made now unless it is known; an error is not remembered.

        Args:
            key: The digest of what it is made from, and of nothing else.
            make: Makes it.
        """
        with self._lock:
            if key in self._kept:
                self._kept[key] = self._kept.pop(key)
                return self._kept[key]
        value = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = value
                self._weight += self._weigh(value)
            while self._weight > self._most:
                self._weight -= self._weigh(self._kept.pop(next(iter(self._kept))))
        return value
