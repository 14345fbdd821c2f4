"""Text: characters of a plain text, and those among them that readers and reviewers see differently.

UTF-8 is text, UTF-16 with its mark too; other bytes count as text of an old encoding only if no control character is
among them. Bidirectional overrides show a line in another order than programs read it (Trojan Source, CVE-2021-42574);
tag characters and rows of variation selectors are shown as nothing at all, yet a language model reads them.

Faults: `nul`, `encoding`.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.fault import Fault

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# U+0080 to U+009F but the line end U+0085, in UTF-8.
_MORE_CONTROLS = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
_CONTROL_BYTES: Final = bytes({*range(1, 9), *range(0x0E, 0x20), 0x7F})
_BIDI_MARKS: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# How these characters begin in UTF-8.
_HIDDEN_START = re.compile(rb"\xf3\xa0|\xef\xb8[\x80-\x8f]\xef\xb8")
_OVERRIDE = re.compile("[\u202d\u202e]")
# A flag is a black flag with tag characters behind it, closed by one of them.
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
_HIDDEN = re.compile("[\U000e0000-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{5}")


@dataclass(frozen=True, slots=True)
class TextReport:
    """What a text holds.

    Args:
        text: Its characters; empty if it is none.
        encoding: `utf-8`, `utf-8-sig`, `utf-16`, or `latin-1` for any old encoding.
        faults: Why it is no text.
        controls: How many control characters it has besides tabs, line ends and form feeds.
        bidi: How many characters that turn the direction of what follows.
        overrides: How many of them override the direction of the letters themselves.
        unbalanced: The first line, from 1, that leaves a direction open; 0 if none does.
        hidden: How many characters (or rows of them) that are never shown.
    """

    text: str
    encoding: str
    faults: tuple[Fault, ...]
    controls: int = 0
    bidi: int = 0
    overrides: int = 0
    unbalanced: int = 0
    hidden: int = 0


def parse(data: bytes) -> TextReport:
    """Read a plain text."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or len(data.translate(None, _CONTROL_BYTES + b"\0")) != len(data):
            return TextReport("", encoding, (Fault("encoding", "the bytes are no text", error.start),))
        return TextReport(data.decode("latin-1"), "latin-1", ())
    at = text.find("\0")
    if at >= 0:
        return TextReport("", encoding, (Fault("nul", "a byte is 0: no text", at),))
    if text.isascii():
        return TextReport(text, encoding, (), len(text) - len(text.encode().translate(None, _CONTROL_BYTES)))
    raw = data if encoding == "utf-8" else text.encode("utf-8", "surrogatepass")
    controls = len(raw) - len(raw.translate(None, _CONTROL_BYTES)) + len(_MORE_CONTROLS.findall(raw))
    directions = _directions(text) if any(mark in text for mark in _BIDI_MARKS) else (0, 0, 0)
    return TextReport(text, encoding, (), controls, *directions, _hidden(text) if _HIDDEN_START.search(raw) else 0)


def _directions(text: str) -> tuple[int, int, int]:
    """How many turn the direction, how many override it, and the first line that leaves one open."""
    found = len(_BIDI.findall(text))
    lines = enumerate(re.split("[\n\u2029]", text), 1)
    unbalanced = next((number for number, line in lines if _BIDI.search(line) and _open(line)), 0)
    return found, len(_OVERRIDE.findall(text)), unbalanced


def _open(line: str) -> bool:
    """Whether a line leaves a direction open, by the rules of UAX #9 (X1 to X8), simplified to counting."""
    embedded = isolated = 0
    for found in _BIDI.finditer(line):
        mark = found[0]
        if mark == "\u202c":
            embedded = max(embedded - 1, 0)
        elif mark == "\u2069":
            isolated = max(isolated - 1, 0)
        elif mark < "\u202f":
            embedded += 1
        else:
            isolated += 1
    return bool(embedded or isolated)


def _hidden(text: str) -> int:
    return len(_HIDDEN.findall(_FLAG.sub("", text) if "\U0001f3f4" in text else text))
