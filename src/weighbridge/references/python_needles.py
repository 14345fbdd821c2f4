"""Which calls of the table a Python file can hold, by its words alone: most files hold none and are never parsed.

The words decide nothing else. A call needs all parts of its name, and the name of its library where it has one; methods
of clients and other objects that come from elsewhere need only the name.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from weighbridge.references.python_calls import CALLS, Call
from weighbridge.references.python_vendors import VENDOR_CALLS

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

ALL: Final = (*CALLS, *VENDOR_CALLS)
LIBRARIES: Final = frozenset(library for call in ALL for library in call.libraries) | {"hub", "datasets", "accelerate"}
STAR_WORDS: Final = {"weights": ("weights", "pretrained", "weights_backbone"), "imagenet": ("applications",)}
"""Words that a call of ``*`` has beside it, by what must hold of it."""
_WORD: Final = bytes(byte if bytes([byte]).isalnum() or byte == 95 else 32 for byte in range(256))  # noqa: PLR2004  _
_NEEDED: Final[tuple[tuple[Call, frozenset[bytes], frozenset[bytes], str], ...]] = tuple(
    (
        call,
        frozenset(part.encode() for part in name.split(".") if part != "*")
        - {part.encode() for part in call.libraries if name.startswith(f"{part}.")},
        frozenset(library.encode() for library in call.libraries if not (call.objects and "." in name)),
        name.rpartition(".")[2],
    )
    for call in ALL
    for name in call.names
)
BY_LAST: Final[dict[str, tuple[Call, ...]]] = {
    last: tuple(dict.fromkeys(call for call, _, _, each in _NEEDED if each == last))
    for last in {each for *_, each in _NEEDED}
}
_FIRST: Final = frozenset(next(iter(sorted(parts, key=len, reverse=True)), b"") for _, parts, _, _ in _NEEDED)


def text_of(data: bytes) -> str:
    """A file's text with its lines, names in the form in which the compiler has them.

    Args:
        data: The file.
    """
    if data.isascii():
        return data.decode("ascii")
    return unicodedata.normalize("NFKC", data.decode("utf-8", "replace"))


def names(data: bytes) -> set[str]:
    """Last names of the calls that a file can hold; empty if it can hold none.

    Args:
        data: The file.
    """
    plain = data if data.isascii() else text_of(data).encode("utf-8", "replace")
    words = set(plain.translate(_WORD).split())
    if _FIRST.isdisjoint(words):
        return set()
    found: set[str] = set()
    for call, parts, libraries, last in _NEEDED:
        if parts <= words and (not libraries or not libraries.isdisjoint(words)):
            found |= set(STAR_WORDS[call.when]) if last == "*" else {last}
    return found


class Lines:
    """The lines of a file on which some words stand.

    Args:
        text: The file's text, its lines ended by line feeds.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def of(self, words: Iterable[str]) -> list[int]:
        """Numbers of the lines that hold any of the words, sorted.

        Args:
            words: The words; a part of a longer one counts.
        """
        found: set[int] = set()
        for word in words:
            at = self._text.find(word)
            while at >= 0:
                line = bisect_left(self._starts, at + 1)
                found.add(line)
                following = self._starts[line] if line < len(self._starts) else len(self._text)
                at = self._text.find(word, following)
        return sorted(found)


def touched(node: ast.stmt, lines: list[int]) -> bool:
    """Whether a statement has one of the lines.

    Args:
        node: The statement.
        lines: Numbers of lines, sorted.
    """
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    index = bisect_left(lines, first)
    return index < len(lines) and lines[index] <= (node.end_lineno or node.lineno)
