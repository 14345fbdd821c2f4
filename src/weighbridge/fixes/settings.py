"""Settings: the revision as a key of its own beside the model's, written as the model's key is.

Which keys there are, `weighbridge.references.settings` knows; whether a program reads them, nobody here does, so that
what was added is told by its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.fixes.source import Edit, Why
from weighbridge.references.settings import normal

if TYPE_CHECKING:
    from weighbridge.core.mending import Wish
    from weighbridge.fixes.source import Edits, Source

_IDENTITY: Final = frozenset(
    {"id", "name", "or", "path", "repo", "ref", "modelid", "source", "uri", "url", "repository"}
)
"""Last words of keys that say how a model is named."""
_TRAINER: Final = "model_name_or_path"
"""Of Hugging Face's trainers, whose key of the revision is another: https://huggingface.co/docs/transformers"""
_QUOTES: Final = ('"', "'")
_NO_PLACE: Final = Why("no key for its revision can be put beside it")


def revision_key(key: str) -> str:
    """The key of a revision that belongs to a model's key, in the same spelling.

    Args:
        key: The model's key, such as ``EMBEDDING_MODEL_ID``.
    """
    name = normal(key)
    words = name.split("_")
    while words and words[-1] in _IDENTITY:
        words.pop()
    stem = [] if words == ["model"] and name != _TRAINER else words
    parts = [*stem, "revision"]
    marks = [mark for mark in key if not mark.isalnum()]
    if key.isupper():
        parts = [part.upper() for part in parts]
    elif not marks and not key.islower():
        first = str.capitalize if key[:1].isupper() else str.lower
        return "".join([first(parts[0]), *(part.capitalize() for part in parts[1:])])
    return (marks[-1] if marks else "_").join(parts)


def beside(language: str, source: Source, wish: Wish) -> Edits | Why:
    """The edits that add a key for the revision.

    Args:
        language: The extractor of the file.
        source: The file.
        wish: What is to be mended.
    """
    spot = wish.mention.spot
    at = source.offset(spot.line, spot.column)
    if at is None or wish.mention.scheme != "hf":
        return _NO_PLACE
    setting = _Setting(source, wish, at)
    if language == "keyed":
        if spot.path.lower().endswith((".json", ".jsonc")):
            return setting.json()
        return setting.inline(" = ") if setting.is_inline else setting.line()
    if language == "yaml_files":
        return setting.yaml()
    return setting.word()


class _Setting:
    """A key with its value on one line.

    Args:
        source: The file.
        wish: What is to be mended.
        at: Where the value begins, behind its quote.
    """

    def __init__(self, source: Source, wish: Wish, at: int) -> None:
        self._source, self._revision = source, wish.revision
        self._key, self._new = wish.mention.what, revision_key(wish.mention.what)
        self._at = at
        self._head, rest = source.head(at), source.rest(at)
        self._open = next((mark for mark in _QUOTES if self._head.count(mark) % 2), "")
        self._quote = self._open if self._open and self._head.endswith(self._open) else ""
        ends = self._open or " \t#,}]"
        length = next((index for index, mark in enumerate(rest) if mark in ends), len(rest))
        self._is_exact = "\\" not in rest[:length] and (not self._open or rest[length : length + 1] == self._open)
        self._end = at + length + len(self._open)
        self._rest = source.rest(self._end)

    @property
    def is_inline(self) -> bool:
        """Whether it stands within braces on its line."""
        return "{" in self._head and self._rest.lstrip()[:1] in {",", "}"}

    def line(self) -> Edits | Why:
        """A line more, as the value's own is, but for the key and the value."""
        start, found, behind = self._head.rpartition(self._key)
        is_pair = behind.strip(" \t\"'") in {"=", ":"}
        if not found or not is_pair or not self._is_exact or not self._is_alone(self._rest):
            return _NO_PLACE
        return self._below(f"{start}{self._new}{behind}{self._revision}{self._open}")

    def json(self) -> Edits | Why:
        """A pair more, on its own line where the pair has one."""
        if (variable := self._flow_pair() or self._block_pair()) is not None:
            return variable
        start, found, behind = self._head.rpartition(f'"{self._key}"')
        if not found or not self._is_exact or behind.replace(" ", "") != ':"':
            return _NO_PLACE
        pair = f'"{self._new}"{behind}{self._revision}"'
        rest = self._rest.lstrip()
        if start.strip() or not self._is_alone(rest.removeprefix(",")):
            return (Edit(self._end, self._end, f", {pair}"),)
        if rest.startswith(","):
            return self._below(f"{start}{pair},")
        end = self._source.line_end(self._end)
        comma, line = Edit(self._end, self._end, ","), f"{self._source.newline(end)}{start}{pair}"
        return comma, Edit(end, end, line)

    def inline(self, sign: str) -> Edits | Why:
        """A pair more within braces."""
        if not self._is_exact:
            return _NO_PLACE
        quote = self._quote or '"'
        return (Edit(self._end, self._end, f", {self._new}{sign}{quote}{self._revision}{quote}"),)

    def yaml(self) -> Edits | Why:
        """A key more, or an item more in a list of variables."""
        if self.is_inline:
            return self._flow_pair() or self.inline(": ")
        lead = self._head[: len(self._head) - len(self._head.lstrip(" -"))]
        body = self._head[len(lead) :]
        key, sign, _ = body.strip("\"'").partition(":")
        if sign and key.strip().strip("\"'") == self._key and body.rstrip("\"' ").endswith(":"):
            quote = self._quote or '"'
            name = body[: body.index(":")].replace(self._key, self._new)
            return self._yaml_line(f"{lead.replace('-', ' ')}{name}: {quote}{self._revision}{quote}")
        if "-" in lead and body.lstrip("\"'") == f"{self._key}=":
            return self._yaml_line(f"{lead}{self._open}{self._new}={self._revision}{self._open}")
        return self._pair(lead) if key.strip() == "value" and sign else self.word()

    def _flow_pair(self) -> Edits | None:
        """One more ``{name: …, value: …}`` behind one on a line; None if it stands in none."""
        item = self._head[self._head.rfind("{") :]
        bare = "".join(mark for mark in item if mark not in " \t\"'")
        rest, closing, _ = self._rest.partition("}")
        if bare != f"{{name:{self._key},value:" or not closing or rest.strip() or not self._is_exact:
            return None
        end = self._end + len(rest) + 1
        opening, quote = ("", self._quote) if self._quote else ('"', '"')
        pair = f"{item.replace(self._key, self._new)}{opening}{self._revision}{quote}{rest}}}"
        return (Edit(end, end, f", {pair}"),)

    def _block_pair(self) -> Edits | None:
        """The same where ``{``, the name, the value and ``}`` stand on lines of their own; None if they do not."""
        source, newline = self._source, self._source.newline(self._at)
        opening, name = self._line_above(2), self._line_above(1)
        closing_at = source.line_end(self._end) + len(newline)
        closing = source.rest(closing_at) if closing_at < len(source.text) else ""
        parts = [_squeezed(part) for part in (opening, name, self._head, self._rest, closing.rstrip(","))]
        if parts != ["{", f'"name":"{self._key}",', '"value":"', "", "}"] or not self._is_exact:
            return None
        end = source.line_end(closing_at)
        value = f'{self._head}{self._revision}"{self._rest}'
        lines = [opening, name.replace(self._key, self._new), value, closing]
        comma = "" if closing.rstrip().endswith(",") else ","
        return (Edit(end, end, f"{comma}{newline}{newline.join(lines)}"),)

    def _line_above(self, count: int) -> str:
        """A line above the value's; empty if there is none."""
        at = self._source.line_start(self._at)
        for _ in range(count - 1):
            at = self._source.line_start(max(at - 1, 0))
        return self._source.head(at - 1).rstrip("\r") if at else ""

    def _yaml_line(self, line: str) -> Edits | Why:
        return self._below(line) if self._is_exact and self._is_alone(self._rest) else _NO_PLACE

    def _pair(self, lead: str) -> Edits | Why:
        """An item more in a container's list of ``name`` and ``value``."""
        item = self._line_above(1)
        start, found, behind = item.rpartition(self._key)
        name = start.strip().strip("\"'")
        if not found or behind.strip("\"' ") or name.replace(" ", "") != "-name:" or "-" in lead:
            return _NO_PLACE
        newline = self._source.newline(self._at)
        quote = self._quote or '"'
        value = f"{lead}value: {quote}{self._revision}{quote}"
        return self._yaml_line(f"{start}{self._new}{behind}{newline}{value}")

    def word(self) -> Edits | Why:
        """A word more behind the one of a shell, of ``ENV`` or of ``docker run -e``."""
        start, found, behind = self._head.rpartition(self._key)
        if not found or behind not in {"=", f"={self._quote}"} or not self._is_exact:
            return _NO_PLACE
        bare = start.removesuffix(self._open) if self._open else start
        option = next((each for each in ("-e ", "--env ", "--env=") if bare.endswith(each)), "")
        return (Edit(self._end, self._end, f" {option}{self._new}={self._revision}"),)

    def _below(self, line: str) -> Edits:
        end = self._source.line_end(self._end)
        return (Edit(end, end, f"{self._source.newline(end)}{line}"),)

    @staticmethod
    def _is_alone(rest: str) -> bool:
        return rest.strip()[:2] in {"", "//", "/*"} or rest.strip()[:1] in {"#", ";"}


def _squeezed(text: str) -> str:
    return "".join(text.split())
