"""Mentions as short texts, so that a test reads as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.mention import Mention


def label(mention: Mention) -> str:
    """``RULE SCHEME:MODEL@REVISION``; a model that can't be told is ``?``."""
    model = "?" if mention.model is None else mention.model
    at = f"@{mention.revision}" if mention.revision is not None else ""
    return f"{mention.rule} {mention.scheme}:{model}{at}"


def models(mentions: Iterable[Mention]) -> list[str]:
    """``SCHEME:MODEL@REVISION`` of each, ``@?`` for a revision that can't be told."""
    return [label(each).partition(" ")[2] + ("@?" if each.is_open else "") for each in mentions]


def pinned(text: str, mention: Mention, revision: str) -> str:
    """A text with a revision written in where the mention says."""
    insertion = mention.insertion
    assert insertion is not None
    lines = text.split("\n")
    line = lines[insertion.line - 1]
    at = insertion.column - 1
    lines[insertion.line - 1] = (
        f"{line[:at]}{insertion.before}{revision}{insertion.after}{line[at + insertion.length :]}"
    )
    return "\n".join(lines)


def nothing(_: str) -> bytes | None:
    """A repository without other files."""
    return None
