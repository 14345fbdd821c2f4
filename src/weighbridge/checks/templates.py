"""Chat and prompt templates: parsed by Jinja's own parser, walked, never rendered.

Keeps the fact ``template`` of each, so that a tree's templates can be compared.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from weighbridge.checks.jinja_parse import UnreadableError, parse
from weighbridge.checks.jinja_reach import Reach
from weighbridge.checks.jinja_scope import scope_of
from weighbridge.checks.jinja_triggers import Triggers
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

_MAX_SHOWN = 10
_CERTAIN = ("internal", "a key", "'attr'")


def look(template: str, where: str, subject: Subject, notes: Notes) -> None:
    """Judge a template that a loader renders.

    Args:
        template: Its source.
        where: The key or file that holds it, for messages.
        subject: The file that it was read from.
        notes: Where findings go.
    """
    notes.fact("template", {"where": where[:200], "sha256": digest(template)})
    try:
        _judge(template, where, subject, notes)
    except UnreadableError as error:
        notes.add("template-ssti", f"the template {quoted(where)} {error}", inside=subject.inside)


def look_perhaps(text: str, where: str, subject: Subject, notes: Notes) -> None:
    """Judge a text that may be a template, such as a prompt; what is no Jinja is no finding."""
    try:
        tree = parse(text)
        reach = Reach(tree, scope_of(tree)).faults()
    except UnreadableError:
        return
    for line, reason in [fault for fault in reach if any(word in fault[1] for word in _CERTAIN)][:_MAX_SHOWN]:
        message = f"the text {quoted(where)} is a template that {reason} (line {line})"
        notes.add("template-ssti", message, inside=subject.inside)


def digest(template: str) -> str:
    """SHA-256 of a template, whose line ends and outer blanks do not count."""
    plain = template.replace("\r\n", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _judge(template: str, where: str, subject: Subject, notes: Notes) -> None:
    tree = parse(template)
    scope = scope_of(tree)
    for check, faults in (
        ("template-ssti", Reach(tree, scope).faults()),
        ("template-suspicious", Triggers(tree, scope).faults()),
    ):
        for line, reason in faults[:_MAX_SHOWN]:
            notes.add(check, f"the template {quoted(where)} {reason} (line {line})", inside=subject.inside)
