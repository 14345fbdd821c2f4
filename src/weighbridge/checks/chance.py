"""Chance: bare tensors whose first bytes look like a format that proves little by them.

A file of numbers begins like a pickle, a sound or a message every now and then. Where its examination found nothing but
that it breaks that format, no loader would run anything of it, and an ONNX file of the tree may account for it as for
bytes of no format (see `outside`): the fact ``raw`` then holds the findings that this settles. Whatever imports, hides
or was not read to its end keeps all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import signals
from weighbridge.formats.kinds import Kind
from weighbridge.formats.promises import contradiction

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

_KINDS: Final = frozenset({Kind.PICKLE, Kind.AUDIO, Kind.IMAGE, Kind.ONNX, Kind.SAFETENSORS, Kind.SENTENCEPIECE})
_BROKEN: Final = frozenset(
    {"pickle-structure", "image-structure", "onnx-structure", "safetensors-structure", "sentencepiece-structure"}
)
_UNREAD: Final = ("[limit at", "[too-many-faults at")


def look(kind: Kind, subject: Subject, notes: Notes) -> None:
    """Keep the findings that say no more than that a file is broken, if it has no others."""
    if subject.inside or kind not in _KINDS:
        return
    name = contradiction(kind, subject.name)
    broken = [each for each in notes.findings if each.check in _BROKEN]
    told = {(each.check, each.message) for each in broken} | {("format-mismatch", name)}
    unread = any(mark in each.message for each in broken for mark in _UNREAD)
    if not broken or unread or any((each.check, each.message) not in told for each in notes.findings):
        return
    signals.look_bytes(subject, notes)
    for check, message in sorted(told):
        notes.fact("raw", [check, message])
