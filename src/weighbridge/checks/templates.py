"""Chat and prompt templates: parsed by Jinja's own parser, walked, never rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject


def look(template: str, where: str, subject: Subject, notes: Notes) -> None:
    """Judge a template.

    Args:
        template: Its source.
        where: The key or file that holds it, for messages.
        subject: The file that it was read from.
        notes: Where findings go.
    """
