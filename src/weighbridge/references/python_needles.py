"""Which calls of the table a Python file can hold, by its words alone: most files hold none and are never parsed.

The words decide nothing else. A call needs all parts of its name, and the name of its library where it has one; methods
of clients and other objects that come from elsewhere need only the name.
"""

from __future__ import annotations

import keyword
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.references.named import ENDINGS
from weighbridge.references.python_calls import CALLS, Call
from weighbridge.references.python_vendors import VENDOR_CALLS
from weighbridge.references.readers import Kind

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

ALL: Final = (*CALLS, *VENDOR_CALLS)
LIBRARIES: Final = frozenset(library for call in ALL for library in call.libraries) | {"hub", "datasets", "accelerate"}
STAR_WORDS: Final = {"weights": ("weights", "pretrained", "weights_backbone"), "imagenet": ("applications",)}
"""Words that a call of ``*`` has beside it, by what must hold of it."""
_WORD: Final = bytes(byte if bytes([byte]).isalnum() or byte == 95 else 32 for byte in range(256))  # noqa: PLR2004  _


@dataclass(frozen=True, slots=True)
class _Need:
    """What a file must hold for one name of a call.

    Args:
        call: The call.
        name: Its name in the table.
        last: Its last part.
        parts: Words of the name.
        libraries: Words for its libraries; empty for any.
    """

    call: Call
    name: str
    last: str
    parts: frozenset[bytes]
    libraries: frozenset[bytes]

    @property
    def roams(self) -> bool:
        """Whether its object may come from another module, in a file that does not import the library."""
        return self.call.objects and "." in self.name


def _need(call: Call, name: str) -> _Need:
    own = {part for part in call.libraries if name.startswith(f"{part}.")}
    parts = frozenset(part.encode() for part in name.split(".") if part != "*" and part not in own)
    return _Need(call, name, name.rpartition(".")[2], parts, frozenset(each.encode() for each in call.libraries))


_NEEDED: Final = tuple(_need(call, name) for call in ALL for name in call.names)
BY_LAST: Final[dict[str, tuple[Call, ...]]] = {
    last: tuple(dict.fromkeys(need.call for need in _NEEDED if need.last == last))
    for last in {need.last for need in _NEEDED}
}
_FILES: Final = (*(each.encode() for each in ENDINGS), b"huggingface.co", b"hf.co")
"""Texts of which one is in every address of a model's file."""
_LISTED: Final = bytes(byte for byte in range(128) if bytes([byte]).isalnum()) + b" \t,._()\\;"
_KEYWORDS: Final = frozenset(each.encode() for each in (*keyword.kwlist, *keyword.softkwlist))
_LONGEST: Final = 40
_NEAR: Final = 400
_FIRST: Final = frozenset(max(need.parts, key=len, default=b"") for need in _NEEDED)


def text_of(data: bytes) -> str:
    """A file's text with its lines, names in the form in which the compiler has them.

    Args:
        data: The file.
    """
    if data.isascii():
        return data.decode("ascii")
    return unicodedata.normalize("NFKC", data.decode("utf-8", "ignore"))


def names(data: bytes) -> set[str]:
    """Last names of the calls that a file can hold; empty if it can hold none.

    Args:
        data: The file.
    """
    plain = data if data.isascii() else text_of(data).encode("utf-8", "ignore")
    words = set(plain.translate(_WORD).split())
    if _FIRST.isdisjoint(words):
        return set()
    places = _Places(plain.replace(b"\r", b"\n") if b"\r" in plain else plain)
    found: set[str] = set()
    for need in _NEEDED:
        if need.parts <= words and _is_there(need, words, places):
            found |= set(STAR_WORDS[need.call.when]) if need.last == "*" else {need.last}
    return found


def _is_there(need: _Need, words: set[bytes], places: _Places) -> bool:
    known = not need.libraries or any(places.is_imported(each) for each in need.libraries & words)
    if not known and not (need.roams and places.is_joined(need.name.encode())):
        return False
    if need.call.quiet and need.call.kind == Kind.LINK and not places.has_files():
        return False
    return all(map(places.is_code, need.parts))


class _Places:
    """Whether words stand where code can: it may say so of prose, and never the opposite of code."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._code: dict[bytes, bool] = {}
        self._imported: dict[bytes, bool] = {}
        self._files: bool | None = None

    def has_files(self) -> bool:
        """Whether a text can be an address of a model's file."""
        if self._files is None:
            lowered = self._text.lower() if b"://" in self._text else b""
            self._files = any(_ends(lowered, each) for each in _FILES)
        return self._files

    def is_joined(self, name: bytes) -> bool:
        """Whether the parts of a dotted name stand side by side, perhaps on lines of their own."""
        first, _, rest = name.partition(b".")
        for at in self._at(first):
            tail = self._text[at + len(first) : at + len(first) + _NEAR].lstrip()
            if tail.startswith(b".") and tail[1:].lstrip().startswith(rest):
                return True
        return False

    def is_code(self, word: bytes) -> bool:
        """Whether a word can be a name in code, not only one in prose."""
        if word not in self._code:
            self._code[word] = any(map(self._can_be_code, self._heads(word), self._tails(word)))
        return self._code[word]

    def is_imported(self, word: bytes) -> bool:
        """Whether a word stands on a line that can import it."""
        if word not in self._imported:
            self._imported[word] = any(
                b"import" in head or head.lstrip().startswith(b"from ") or not (head + tail).translate(None, _LISTED)
                for head, tail in zip(self._heads(word), self._tails(word), strict=True)
            )
        return self._imported[word]

    def _at(self, word: bytes) -> Iterator[int]:
        at = self._text.find(word)
        while at >= 0:
            before, after = self._text[at - 1 : at] if at else b"", self._text[at + len(word) : at + len(word) + 1]
            if not _is_part(before) and not _is_part(after):
                yield at
            at = self._text.find(word, at + len(word))

    def _heads(self, word: bytes) -> Iterator[bytes]:
        """What stands on its line before each place of a word."""
        for at in self._at(word):
            yield self._text[self._text.rfind(b"\n", 0, at) + 1 : at]

    def _tails(self, word: bytes) -> Iterator[bytes]:
        """What follows on its line after each place of a word."""
        for at in self._at(word):
            following = self._text.find(b"\n", at)
            yield self._text[at + len(word) : following if following >= 0 else len(self._text)]

    @staticmethod
    def _can_be_code(head: bytes, tail: bytes) -> bool:
        bare = head.lstrip()
        if bare.startswith((b"#", b">>>")) and b'"""' not in head and b"'''" not in head:
            return False
        if tail.startswith(b"`") or bare.endswith(b"def "):
            return False
        # Two names side by side are never code.
        return not (_is_name(_last_word(head)) or _is_name(_first_word(tail)))


def _ends(text: bytes, ending: bytes) -> bool:
    at = text.find(ending)
    while at >= 0:
        if not text[at + len(ending) : at + len(ending) + 1].isalnum():
            return True
        at = text.find(ending, at + 1)
    return False


def _is_part(mark: bytes) -> bool:
    return bool(mark) and (mark.isalnum() or mark == b"_" or mark >= b"\x80")


def _is_name(word: bytes) -> bool:
    return bool(word) and not word.isdigit() and word not in _KEYWORDS


def _last_word(head: bytes) -> bytes:
    """The word that ends with a space before a place; nothing if a sign stands between."""
    bare = head.rstrip(b" \t\f")
    if len(bare) == len(head):
        return b""
    return bare.translate(_WORD)[-_LONGEST:].rpartition(b" ")[2] if _is_part(bare[-1:]) else b""


def _first_word(tail: bytes) -> bytes:
    bare = tail.lstrip(b" \t\f")
    if len(bare) == len(tail):
        return b""
    return bare[:_LONGEST].translate(_WORD).partition(b" ")[0] if _is_part(bare[:1]) else b""


class Lines:
    """The lines of a file on which some words stand.

    Args:
        text: The file's text, its lines ended by line feeds.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, list[int]] = {}

    def of(self, words: Iterable[str]) -> list[int]:
        """Numbers of the lines that hold any of the words, sorted.

        Args:
            words: The words.
        """
        found: set[int] = set()
        for word in words:
            if word not in self._known:
                self._known[word] = self._of(word)
            found.update(self._known[word])
        return sorted(found)

    def _of(self, word: str) -> list[int]:
        found: list[int] = []
        text, length = self._text, len(word)
        at, line, counted = text.find(word), 1, 0
        while at >= 0:
            following = at + length
            if not _is_inner(text[at - 1 : at]) and not _is_inner(text[following : following + 1]):
                line += text.count("\n", counted, at)
                counted = at
                found.append(line)
                following = text.find("\n", at)
            at = text.find(word, following) if following >= 0 else -1
        return found


def _is_inner(mark: str) -> bool:
    return mark.isalnum() or mark == "_"


def touched(node: ast.stmt, lines: list[int]) -> bool:
    """Whether a statement has one of the lines.

    Args:
        node: The statement.
        lines: Numbers of lines, sorted.
    """
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    index = bisect_left(lines, first)
    return index < len(lines) and lines[index] <= (node.end_lineno or node.lineno)
