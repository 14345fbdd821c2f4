"""Said: statements that counted, with the keys that signed them, so that a copy under another envelope moves nothing.

Anybody can put a signature of his own to an envelope. That gives it another id, and so another place among evidence of
one time: a superseded approval would be the last to reach its quorum again. This module does not say who counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from weighbridge.core.attestation import Statement


class Said:
    """What was said by whom; only statements of one type and time are compared whole."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, datetime], list[tuple[Statement, frozenset[str]]]] = {}

    def add(self, statement: Statement, keys: Iterable[str]) -> None:
        """A statement counted by the signatures of these keys."""
        self._known.setdefault((statement.type, statement.issued_at), []).append((statement, frozenset(keys)))

    def holds(self, statement: Statement, key: str) -> bool:
        """Whether a key's word for exactly this statement counted already."""
        known = self._known.get((statement.type, statement.issued_at), ())
        return any(key in keys and said == statement for said, keys in known)
