"""One way not to tell the truth: where it is told, how often, and what it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Self

from tests.fakes.hub.messages import Answer, Host, Question

if TYPE_CHECKING:
    from collections.abc import Iterable

GET = frozenset({"GET"})
GET_AND_HEAD = frozenset({"GET", "HEAD"})
ANY_METHOD = frozenset({"GET", "HEAD", "POST"})
EVERYWHERE = "/*"
EVERY_FILE = "*"
EVERY_API = "/api/*"

Change = Callable[[Question, Answer], Answer | None]


@dataclass
class Lie:
    """One way not to tell the truth.

    Args:
        kind: the name of the function which made it.
        on: where, by a glob.
        change: turns the honest answer into the lie, or gives None where it can't be told.
        times: how often, None for ever.
        methods: of requests.
        host: one of the two, or None for both.
        count: how often it was told.
    """

    kind: str
    on: str
    change: Change
    times: int | None
    methods: frozenset[str] = GET
    host: Host | None = None
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def only(self, *, methods: Iterable[str] | None = None, host: Host | None = None) -> Self:
        """Narrow the lie to some methods or to one host; returns it."""
        self.methods = self.methods if methods is None else frozenset(methods)
        self.host = host or self.host
        return self

    def told(self, question: Question, honest: Answer) -> Answer:
        """The lie in place of the honest answer, or the honest answer where the lie has no place."""
        if question.method not in self.methods or self.host not in {None, question.host}:
            return honest
        matched = question.path if self.on.startswith("/") else honest.path
        if matched is None or not fnmatchcase(matched, self.on):
            return honest
        with self._lock:
            if self.times is not None and self.count >= self.times:
                return honest
            lie = self.change(question, honest)
            if lie is None:
                return honest
            self.count += 1
            return lie
