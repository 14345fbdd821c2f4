"""Fault: one place where a file breaks the rules of its format.

A parser never raises for what a file contains: it collects faults, a bounded number of them, and says
whether it came to the end. This module does not judge how bad a fault is.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_FAULTS = 100
MAX_QUOTED = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule.

    Args:
        id: The rule, in kebab case; each parser's module lists its own.
        message: What was seen, in one sentence, printable ASCII.
        offset: The byte of the file where it was seen.
    """

    id: str
    message: str
    offset: int


class StopError(Exception):
    """The file can't be read on: what follows has no meaning. Parsers catch it; it never leaves them."""

    def __init__(self, id: str, message: str, offset: int) -> None:  # noqa: A002 - the field's name
        super().__init__(message)
        self.fault = Fault(id, message, offset)


class Faults:
    """The faults of one file, at most `MAX_FAULTS` and one that says that there are more."""

    def __init__(self) -> None:
        self._kept: list[Fault] = []

    def add(self, id: str, message: str, offset: int) -> None:  # noqa: A002 - the field's name
        """Keep a fault.

        Raises:
            StopError: There are too many.
        """
        self._kept.append(Fault(id, message, offset))
        if len(self._kept) >= MAX_FAULTS:
            raise StopError("too-many-faults", f"{MAX_FAULTS} faults were found; reading stopped", offset)

    def stop(self, error: StopError) -> None:
        """Keep the fault that ended the reading."""
        self._kept.append(error.fault)

    def all(self) -> tuple[Fault, ...]:
        """The faults in the order in which they were seen."""
        return tuple(self._kept)


def quoted(text: str | bytes) -> str:
    """Hostile text for a message: printable ASCII, shortened."""
    if isinstance(text, bytes):
        text = text[: 4 * MAX_QUOTED].decode("utf-8", "replace")
    short = text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "..."
    return ascii(short)
