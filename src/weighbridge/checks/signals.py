"""Signals: credentials, addresses, and code or encoded data where they do not belong.

Byte scans run over whole files and must not fire on numbers; texts are looked at closer. Nothing is decoded further
than needed to tell what it is, and nothing is run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.checks.signal_addresses import addresses_in
from weighbridge.checks.signal_code import code_in, fetched_into_shell, loud_in
from weighbridge.checks.signal_payloads import IN_TEXT, TEXT_RUN, binary_in, encoded_in, runs
from weighbridge.checks.signal_secrets import credentials_in
from weighbridge.core.finding import Severity
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

CHUNK_BYTES = 4 << 20
OVERLAP_BYTES = 8192
_MAX_NAMED = 5
_ESCAPE = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_COMMENT = re.compile(rb"^[ \t]{0,200}#[^\n]*$", re.MULTILINE)
_COMMENTED = (".yaml", ".yml", ".toml")
_VOCABULARY = re.compile(
    r"tokenizer\.json|tokens?\.txt|.*vocab.*|.*merges.*|added_tokens\.json|.*\.(?:bpe|tiktoken|dict)"
)


def look_text(
    text: str, subject: Subject, notes: Notes, *, prose: bool, data_set: bool = False, source: str | None = None
) -> None:
    """Look for signals in a text.

    Args:
        text: All of it.
        subject: The file or member that it comes from.
        notes: Where findings go.
        prose: Whether people read it, such as a README: addresses and code examples belong there.
        data_set: Whether it is records of prompts and answers: code in them is worth a warning.
        source: What of it may be code, such as a tokenizer's settings without its words; all of it if None.
    """
    data = text.encode("utf-8", "replace")
    for said in _some(credentials_in(data, prose=prose)):
        notes.add("credential", f"the text holds {said}", inside=subject.inside)
    if prose:
        _look_prose(data, subject, notes)
        return
    plain = _unescaped(data)
    found = code_in(plain if source is None else _unescaped(source.encode("utf-8", "replace"))) or encoded_in(plain)
    if found is not None:
        severity = Severity.WARN if data_set else None
        message = f"the text holds {found[0]}: {quoted(found[1])}"
        notes.add("embedded-payload", message, inside=subject.inside, severity=severity)
    vocabulary = _VOCABULARY.fullmatch(subject.name) is not None
    if subject.name.endswith(_COMMENTED):
        plain = _COMMENT.sub(b"", plain)
    named = list(_some(addresses_in(plain, vocabulary=vocabulary)))
    if named:
        listed = ", ".join(map(quoted, named))
        notes.add("network-address", f"the text names {listed}", inside=subject.inside)


def _unescaped(data: bytes) -> bytes:
    """The text with JSON's escapes of ASCII letters and slashes undone."""
    if b"\\u00" in data:
        data = _ESCAPE.sub(lambda found: bytes.fromhex(found.group(1).decode()), data)
    return data.replace(b"\\/", b"/")


def _look_prose(data: bytes, subject: Subject, notes: Notes) -> None:
    found = loud_in(data) or encoded_in(data)
    if found is not None:
        message = f"the text shows {found[0]}: {quoted(found[1])}"
        notes.add("embedded-payload", message, inside=subject.inside, severity=Severity.WARN)
    fetched = fetched_into_shell(data)
    if fetched is not None:
        message = f"the text tells to run {fetched[0]}: {quoted(fetched[1])}"
        notes.add("network-address", message, inside=subject.inside, severity=Severity.WARN)


def _some(found: Iterator[str]) -> Iterator[str]:
    for count, each in enumerate(found):
        if count >= _MAX_NAMED:
            return
        yield each


def look_bytes(subject: Subject, notes: Notes, *, start: int = 0, end: int | None = None) -> None:
    """Look for payloads in the raw bytes of a file, where only numbers belong.

    Args:
        subject: The file or member; it is read in pieces.
        notes: Where findings go.
        start: The first byte to look at.
        end: The byte after the last one; None for the end of the file.
    """
    at, end = start, subject.size_bytes if end is None else min(end, subject.size_bytes)
    tail = b""
    while at < end:
        subject.file.seek(at)
        piece = subject.file.read(min(CHUNK_BYTES, end - at))
        if not piece:
            notes.add("not-inspected", "the file ends earlier than its size says", inside=subject.inside)
            return
        data = tail + piece
        found = binary_in(data) or _written_in(data)
        if found is not None:
            message = f"among the numbers stands {found[0]}: {quoted(found[1])}, before byte {at + len(piece)}"
            notes.add("embedded-payload", message, inside=subject.inside)
            return
        tail = data[-OVERLAP_BYTES:]
        at += len(piece)


def _written_in(data: bytes) -> tuple[str, bytes] | None:
    """Code or encoded data in one of the stretches of plain text among numbers."""
    text = b"\0".join(data[start:end] for start, end in runs(data.translate(IN_TEXT), TEXT_RUN))
    return (code_in(text) or encoded_in(text)) if text else None
