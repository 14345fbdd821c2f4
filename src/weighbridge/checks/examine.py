"""Examine one file: recognise what it is, then run the examiner of that kind.

The table of examiners is the allow-list of formats: what is not in it is denied as unsupported. Runs inside the
worker; an examiner that raises is a finding there, never a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.checks import archives, chance, code, keras, media, numpy, pickles, texts, tokenizers, torch, weights
from weighbridge.formats.kinds import Kind
from weighbridge.formats.polyglot import second
from weighbridge.formats.recognise import contradiction, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

    Examiner = Callable[[Subject, Notes], None]

EXAMINERS: Mapping[Kind, Examiner] = {
    **archives.EXAMINERS,
    **code.EXAMINERS,
    **keras.EXAMINERS,
    **media.EXAMINERS,
    **numpy.EXAMINERS,
    **pickles.EXAMINERS,
    **texts.EXAMINERS,
    **tokenizers.EXAMINERS,
    **torch.EXAMINERS,
    **weights.EXAMINERS,
}


def examine(subject: Subject, notes: Notes) -> None:
    """Recognise and examine a file or a member of an archive."""
    kind = recognise(subject.file, subject.size_bytes, subject.name)
    if not subject.inside:
        notes.fact("format", str(kind))
    for wrong in (contradiction(kind, subject.name), second(kind, subject.file, subject.size_bytes)):
        if wrong:
            notes.add("format-mismatch", wrong, inside=subject.inside)
    examiner = EXAMINERS.get(kind)
    if kind is Kind.EMPTY:
        return
    if examiner is None:
        notes.add("format-unsupported", f"{kind} is not examined", inside=subject.inside)
        return
    examiner(subject, notes)
    chance.look(kind, subject, notes)
