"""Licence expressions against lists of allowed and denied ids.

The grammar is that of SPDX 2.3, annex D: ids, `WITH`, `AND`, `OR` and parentheses. Ids are compared exactly, letter
case aside. What can't be read is never allowed. This module knows no licence texts and no list of ids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

MAX_CHARACTERS, _MAX_DEPTH = 2_000, 20
_TOKENS = re.compile(r"[()]|[^\s()]+")
_OPERATORS = frozenset({"and", "or", "with", "(", ")"})
_UNKNOWN = frozenset({"", "unknown", "other", "none", "noassertion", "licenseref-unknown"})


def normal(licence: str) -> str:
    """A licence id or expression as it is compared."""
    return " ".join(licence.casefold().split())


def is_known(licence: str) -> bool:
    """Whether an expression says anything."""
    return normal(licence) not in _UNKNOWN


class _Reader:
    """Walks the tokens of one expression once."""

    def __init__(self, tokens: list[str], allow: AbstractSet[str], deny: AbstractSet[str]) -> None:
        self.tokens = tokens[::-1]
        self.allow = allow
        self.deny = deny

    def take(self, word: str) -> bool:
        """Whether this word comes next; then it is gone."""
        found = bool(self.tokens) and self.tokens[-1] == word
        if found:
            self.tokens.pop()
        return found

    def either(self, depth: int) -> bool:
        passes = self.both(depth)
        while self.take("or"):
            passes |= self.both(depth)
        return passes

    def both(self, depth: int) -> bool:
        passes = self.one(depth)
        while self.take("and"):
            passes &= self.one(depth)
        return passes

    def one(self, depth: int) -> bool:
        if self.take("("):
            if depth >= _MAX_DEPTH:
                raise ValueError("too deep")
            passes = self.either(depth + 1)
            if not self.take(")"):
                raise ValueError("a parenthesis is not closed")
            return passes
        licence = self.word()
        names = {licence, f"{licence} with {self.word()}"} if self.take("with") else {licence}
        return not names & self.deny and (not self.allow or bool(names & self.allow))

    def word(self) -> str:
        if not self.tokens or self.tokens[-1] in _OPERATORS:
            raise ValueError("an id is missing")
        return self.tokens.pop()


def permits(expression: str, allow: AbstractSet[str], deny: AbstractSet[str]) -> bool:
    """Whether a licence expression leaves a choice that is allowed and not denied.

    Args:
        expression: Such as ``Apache-2.0 OR (MIT AND BSD-3-Clause)``.
        allow: Normal ids, with or without ``with`` an exception; empty for any.
        deny: Normal ids; one denies its exceptions too.

    Returns:
        False also for what is no expression.
    """
    if len(expression) > MAX_CHARACTERS:
        return False
    reader = _Reader(_TOKENS.findall(normal(expression)), allow, deny)
    try:
        passes = reader.either(0)
    except ValueError:
        return False
    return passes and not reader.tokens
