"""Configuration is code: what a parsed document or a text of settings would make a loader do.

It judges keys, wherever they stand and whatever the file is called. It opens, follows and fetches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject


def look(name: str, document: object, subject: Subject, notes: Notes) -> None:
    """Judge a parsed document.

    Args:
        name: The last part of the file's name, in lower case.
        document: What JSON, YAML or TOML holds: mappings, lists, texts, numbers.
        subject: The file that it was read from.
        notes: Where findings go.
    """


def look_text(name: str, text: str, subject: Subject, notes: Notes) -> None:
    """Judge a text of settings: requirements, a template, an ini file.

    Args:
        name: The last part of the file's name, in lower case.
        text: All of it.
        subject: The file that it was read from.
        notes: Where findings go.
    """
