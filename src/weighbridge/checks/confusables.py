"""Letters that look like others, as far as names of files and owners are concerned.

The letters that readers take for ASCII letters, from Unicode's table of confusables (UTS #39, confusables.txt); those
of the scripts in which whole words can be written that look Latin. Compatibility forms (full width, mathematical) are
not listed: NFKC folds them. ASCII letters are never confused with each other here: ``model_O1`` and ``model_01`` are
ordinary names.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_TABLE = """
a \u0430\u03b1\u0251 b \u0184\u042c c \u0441\u03f2\u1d04\u2ca5 d \u0501\u13e7\ua4d2 e \u0435\u04bd\u212e
f \u0192\u1e9d\uab35 g \u0261\u0581\u018d h \u04bb\u0570\u13c2 i \u0456\u03b9\u0131\u0269\u1d26 j \u0458\u03f3
k \u03ba\u043a\u1d0b l \u04cf\u01c0\u05c0\u05d5\u0627 m \u217f\u043c\u1d0d n \u0578\u057c\u043f
o \u043e\u03bf\u0585\u0966\u05e1\u0d20\u1d0f\u10ff p \u0440\u03c1\u2ca3 q \u051b\u0563\u0566
r \u0433\u1d26\u2c85 s \u0455\u01bd\ua731 t \u03c4\u0442\u1d1b u \u057d\u03c5\u028b\u1d1c
v \u03bd\u0475\u1d20\u05d8 w \u0461\u0561\u051d\u1d21 x \u0445\u03c7\u1541\u157d
y \u0443\u04af\u03b3\u028f\u0263 z \u1d22\u0225 A \u0391\u0410\u13aa B \u0392\u0412\u13f4 C \u0421\u03f9\u216d
D \u13a0\ua4d3 E \u0395\u0415\u13ac F \u03dc\u15b4 G \u050c\u13c0 H \u0397\u041d\u13bb I \u0399\u0406\u04c0
J \u0408\u13ab\u037f K \u039a\u041a\u13e6 L \u13de\u053c M \u039c\u041c\u13b7 N \u039d\u2c9a
O \u039f\u041e\u0555 P \u03a1\u0420\u13e2 Q \u2d55 R \u13a1\u01a6 S \u0405\u0555\u13da T \u03a4\u0422\u13a2
U \u054d\u144c V \u0474\u13d9 W \u051c\u13b3 X \u03a7\u0425 Y \u03a5\u04ae Z \u0396\u13c3
"""


def _pairs() -> dict[int, str]:
    words = _TABLE.split()
    return {ord(odd): plain for plain, odds in zip(words[::2], words[1::2], strict=True) for odd in odds}


LOOKALIKES: Final = _pairs()
"""The ASCII letter that a letter looks like, by code point."""

INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\x00-\x1f\x7f-\x9f\u2028\u2029]"
)
"""Characters that show nothing, or turn the order in which others show."""

_TWINS: Final = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u04cf\u051b\u051d\u03bf\u03bd\u03b9\u0501"
)
"""Letters that can't be told from ASCII letters at all; whole Russian words have others among them."""

_WORD = re.compile(r"[^\W\d_]+")


def skeleton(text: str) -> str:
    """What a reader takes a name for: texts with one skeleton are taken for each other."""
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(LOOKALIKES)
    return unicodedata.normalize("NFKC", plain.casefold())


def mixed_word(text: str) -> str | None:
    """The first word of ASCII letters and of others that look like them; None if there is none.

    A Greek letter that stands alone, as in formulas, is no such word.
    """
    for found in _WORD.finditer(unicodedata.normalize("NFC", text)):
        word = found.group()
        if any(letter.isascii() for letter in word) and any(ord(letter) in LOOKALIKES for letter in word):
            return word
    return None


def imitated_word(text: str) -> str | None:
    """The first word of three letters or more that are all twins of ASCII letters; None if there is none."""
    for found in _WORD.finditer(unicodedata.normalize("NFC", text)):
        word = found.group()
        if len(word) > 2 and _TWINS.issuperset(word):  # noqa: PLR2004 - formulas have two
            return word
    return None
