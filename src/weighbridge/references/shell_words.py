"""Words of the shell: what quotes, variables and expansions make of a syntax tree's nodes, without running anything.

POSIX.1-2017, Shell Command Language, §2.2 (quoting) and §2.6 (expansions), and Bash's arrays. A variable can have
several values, where a script has several paths; what only running it would tell is a hole.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final

from weighbridge.references.arguments import Word
from weighbridge.references.named import HOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

MAX_ALTERNATIVES: Final = 16
MAX_TEXT: Final = 20_000
_MAX_DEPTH: Final = 40
_MAX_COLUMN: Final = 10_000
_UNKNOWN: Final = (HOLE,)
_FOLDERS: Final = frozenset({"HOME", "PWD", "OLDPWD", "TMPDIR", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "RUNNER_TEMP"})
"""Variables of every environment that hold a folder."""
_ESCAPED_IN_QUOTES: Final = '$`"\\'
_ANSI: Final = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


@dataclass(slots=True)
class Scope:
    """What is known of variables.

    Args:
        values: Everything that each can hold.
        lists: The elements of arrays.
        read: Names that were read.
        arguments: The script's or function's own arguments; None if they can't be told.
    """

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    arguments: tuple[tuple[str, ...], ...] | None = None

    def get(self, name: str) -> tuple[str, ...] | None:
        """Everything that a variable can hold; None if nothing is known of it."""
        self.read.add(name)
        if name.isdigit() and name != "0" and self.arguments is not None:
            index = int(name[:4]) - 1
            return self.arguments[index] if index < len(self.arguments) else ("",)
        found = self.values.get(name)
        if found is None and name in self.lists:
            found = self.lists[name][:1]
        return (f"/{HOLE}",) if found is None and name in _FOLDERS else found

    def set(self, name: str, texts: tuple[str, ...], *, is_certain: bool) -> None:
        """Give a variable a value, beside the ones that it may still have."""
        before = () if is_certain else self.values.get(name, ())
        self.values[name] = tuple(dict.fromkeys((*before, *texts)))[:MAX_ALTERNATIVES]


class Places:
    """Lines and columns of a text's bytes.

    Args:
        source: The text.
        line: The line of its first byte in the file.
        column: The column of its first byte.
        indent: How far the later lines are moved to the right in the file.
    """

    def __init__(self, source: bytes, line: int, column: int, indent: int) -> None:
        self._source = source
        self._is_ascii = source.isascii()
        self._line, self._column, self._indent = line, column, indent
        self._starts = [0]
        at = source.find(b"\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = source.find(b"\n", at + 1)

    def at(self, offset: int) -> tuple[int, int]:
        """The line and column of a byte, both counted from 1."""
        row = bisect_right(self._starts, offset) - 1
        column = offset - self._starts[row]
        if not self._is_ascii and column < _MAX_COLUMN:
            column = len(self._source[self._starts[row] : offset].decode("utf-8", "replace"))
        return self._line + row, column + (self._column if row == 0 else self._indent + 1)


class Evaluator:
    """Gives the words that nodes stand for.

    Args:
        source: The text that was parsed.
        places: Its lines and columns.
        run: Reads the commands within a substitution.
    """

    def __init__(self, source: bytes, places: Places, run: Callable[[Node], None]) -> None:
        self._source = source
        self._places = places
        self._run = run
        bare = ("word", "number", "variable_name", "regex", "extglob_pattern", "special_variable_name")
        self._readers: dict[str, Callable[[Node, Scope, int], tuple[str, ...]]] = {
            **dict.fromkeys(bare, self._bare),
            **dict.fromkeys(("command_name", "concatenation", "translated_string"), self._joined),
            **dict.fromkeys(("command_substitution", "process_substitution"), self._substitution),
            "raw_string": self._raw_string,
            "ansi_c_string": self._ansi_string,
            "string": self._quoted,
            "simple_expansion": self._simple,
            "expansion": self._expansion,
        }

    def raw(self, node: Node) -> str:
        """The text of a node, as written."""
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def word(self, node: Node, texts: tuple[str, ...]) -> Word:
        """A word at a node's place."""
        line, column = self._places.at(node.start_byte)
        end_line, end_column = self._places.at(node.end_byte)
        quoted = node.type in {"string", "raw_string", "ansi_c_string"}
        return Word(texts, line, column + quoted, end_line, end_column)

    def words(self, node: Node, scope: Scope) -> list[Word]:
        """The words that a node becomes: several for an array, and for an unquoted variable with spaces in it."""
        elements = self._elements(node, scope)
        if elements is not None:
            return [self.word(node, (text,)) for text in elements]
        texts = self.texts(node, scope)
        if node.type in {"simple_expansion", "expansion"} and len(texts) == 1 and len(texts[0].split()) != 1:
            return [self.word(node, (part,)) for part in texts[0].split()]
        return [self.word(node, texts)]

    def _elements(self, node: Node, scope: Scope) -> tuple[str, ...] | None:
        """The elements of ``"${ARRAY[@]}"``; of ``"$@"`` too."""
        inner = node
        if node.type == "string":
            named = node.named_children
            if len(named) != 1 or node.end_byte - node.start_byte != named[0].end_byte - named[0].start_byte + 2:
                return None
            inner = named[0]
        text = self.raw(inner)
        if text in {"$@", "$*", "${@}"} and scope.arguments is not None:
            return tuple(texts[0] if len(texts) == 1 else HOLE for texts in scope.arguments)
        if inner.type == "expansion" and text.endswith(("[@]}", "[*]}")):
            name = text[2:-4]
            scope.read.add(name)
            return scope.lists.get(name)
        return None

    def texts(self, node: Node, scope: Scope, depth: int = 0) -> tuple[str, ...]:
        """Everything that a node can be."""
        if depth > _MAX_DEPTH or node.end_byte - node.start_byte > MAX_TEXT:
            return _UNKNOWN
        reader = self._readers.get(node.type)
        return _UNKNOWN if reader is None else reader(node, scope, depth)

    def _bare(self, node: Node, scope: Scope, depth: int) -> tuple[str, ...]:
        return self._joined(node, scope, depth) if node.named_child_count else (unescape(self.raw(node)),)

    def _raw_string(self, node: Node, _: Scope, __: int) -> tuple[str, ...]:
        return (self.raw(node)[1:-1],)

    def _ansi_string(self, node: Node, _: Scope, __: int) -> tuple[str, ...]:
        return (_ansi(self.raw(node)[2:-1]),)

    def _quoted(self, node: Node, scope: Scope, depth: int) -> tuple[str, ...]:
        return self._joined(node, scope, depth, is_quoted=True)

    def _substitution(self, node: Node, _: Scope, __: int) -> tuple[str, ...]:
        self._run(node)
        return _UNKNOWN

    def _simple(self, node: Node, scope: Scope, _: int) -> tuple[str, ...]:
        found = scope.get(self.raw(node)[1:])
        return _UNKNOWN if found is None else found

    def _joined(self, node: Node, scope: Scope, depth: int, *, is_quoted: bool = False) -> tuple[str, ...]:
        """The parts of a word one behind the other; what lies between the tree's nodes is plain text."""
        edge = 1 if is_quoted else 0
        at, end = node.start_byte + edge, node.end_byte - edge
        parts: list[tuple[str, ...]] = []
        for child in node.named_children:
            if child.type == "string_content":
                continue
            parts.append((self._plain(at, child.start_byte, is_quoted=is_quoted),))
            parts.append(self.texts(child, scope, depth + 1))
            at = child.end_byte
        parts.append((self._plain(at, end, is_quoted=is_quoted),))
        joined: tuple[str, ...] = ("",)
        for part in parts:
            if len(joined) * len(part) > MAX_ALTERNATIVES or len(joined[0]) > MAX_TEXT:
                return _UNKNOWN
            joined = tuple(one + other for one, other in product(joined, part))
        return joined

    def _plain(self, start: int, end: int, *, is_quoted: bool) -> str:
        text = self._source[start:end].decode("utf-8", "replace") if end > start else ""
        return unescape(text, only=_ESCAPED_IN_QUOTES if is_quoted else "")

    def _expansion(self, node: Node, scope: Scope, depth: int) -> tuple[str, ...]:
        """``${NAME}``, and with ``:-``, ``:=``, ``:+``, ``:?`` and an array's first element."""
        children = node.children[1:-1]
        if not children or children[0].type not in {"variable_name", "special_variable_name", "subscript"}:
            return _UNKNOWN
        name = self.raw(children[0])
        if children[0].type == "subscript":
            return self._element(name, scope) if len(children) == 1 else _UNKNOWN
        known = scope.get(name)
        if len(children) == 1:
            return _UNKNOWN if known is None else known
        operator = children[1].type
        other = self._other(children[2:], scope, depth)
        if operator in {":-", "-", ":=", "="}:
            if operator in {":=", "="}:
                scope.set(name, other, is_certain=False)
            filled = tuple(text for text in known or () if text and text != HOLE)
            return filled or other
        if operator in {":+", "+"}:
            return other if known else ("",)
        return _UNKNOWN if known is None or operator not in {":?", "?"} else known

    def _other(self, nodes: list[Node], scope: Scope, depth: int) -> tuple[str, ...]:
        if len(nodes) > 1:
            return _UNKNOWN
        return self.texts(nodes[0], scope, depth + 1) if nodes else ("",)

    @staticmethod
    def _element(text: str, scope: Scope) -> tuple[str, ...]:
        name, _, index = text.removesuffix("]").partition("[")
        scope.read.add(name)
        elements = scope.lists.get(name)
        if elements is None or not index.isdigit() or int(index[:4]) >= len(elements):
            return _UNKNOWN
        return (elements[int(index[:4])],)


def unescape(text: str, only: str = "") -> str:
    """A text without its backslashes (§2.2.1); within double quotes only those before ``only`` are any (§2.2.3)."""
    if "\\" not in text:
        return text
    parts: list[str] = []
    index = 0
    while index < len(text):
        mark = text[index]
        if mark == "\\" and index + 1 < len(text):
            following = text[index + 1]
            index += 2
            if following != "\n":
                parts.append(following if not only or following in only else mark + following)
        else:
            parts.append(mark)
            index += 1
    return "".join(parts)


def _ansi(text: str) -> str:
    parts: list[str] = []
    index = 0
    while index < len(text):
        if text[index] == "\\" and index + 1 < len(text):
            parts.append(_ANSI.get(text[index + 1], HOLE))
            index += 2
        else:
            parts.append(text[index])
            index += 1
    return "".join(parts)
