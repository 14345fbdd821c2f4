"""Signals: credentials, addresses, and code or encoded data where they do not belong.

Byte scans run over whole files and must not fire on numbers; texts are looked at closer. Nothing is decoded further
than needed to tell what it is, and nothing is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject


def look_text(text: str, subject: Subject, notes: Notes, *, prose: bool) -> None:
    """Look for signals in a text.

    Args:
        text: All of it.
        subject: The file or member that it comes from.
        notes: Where findings go.
        prose: Whether people read it, such as a README: addresses and code examples belong there.
    """


def look_bytes(subject: Subject, notes: Notes, *, start: int = 0, end: int | None = None) -> None:
    """Look for payloads in the raw bytes of a file, where only numbers belong.

    Args:
        subject: The file or member; it is read in pieces.
        notes: Where findings go.
        start: The first byte to look at.
        end: The byte after the last one; None for the end of the file.
    """
