"""Patterns of ``.gitignore``, ``.dvcignore`` and ``.gitattributes``, matched in bounded time (gitignore(5)).

A regular expression made of a stranger's pattern may run for years; this does not backtrack further than to the last
star. What the pages leave open is read so that more matches: letters match in any case, and a class of characters that
is not closed, or holds a named class or a backslash, matches all that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern.

    Args:
        parts: Its parts between slashes, from the file's own folder on.
        negated: Whether it takes back what earlier ones matched.
        folder_only: Whether it matches folders alone.
    """

    parts: tuple[str, ...]
    negated: bool = False
    folder_only: bool = False

    @classmethod
    def parse(cls, line: str, folder: str) -> Glob | None:
        """Read one line; None if it is blank or a comment.

        Args:
            line: The line.
            folder: The folder that the file lies in: empty, or ending in ``/``.
        """
        text = _trimmed(line).lower()
        if not text or text.startswith("#"):
            return None
        negated = text.startswith("!")
        text = text[negated:]
        folder_only = text.endswith("/")
        body = text.rstrip("/")
        if "/" not in body:
            body = f"**/{body}"
        above = [f"\\{part}" if part[0] in "*?[\\" else part for part in folder.lower().split("/") if part]
        return cls((*above, *[part for part in body.split("/") if part]), negated, folder_only)

    def matches(self, parts: Sequence[str], *, is_folder: bool = False) -> bool:
        """Whether it matches a path.

        Args:
            parts: The path's parts, in small letters.
            is_folder: Whether the path is a folder.
        """
        if self.folder_only and not is_folder:
            return False
        return _matched(self.parts, parts, lambda item: item == "**", _part_matches)


def leaves_out(patterns: Sequence[str], path: str) -> bool:
    """Whether patterns leave a path out, as lines of a ``.gitignore`` would: the last one that matches says.

    Args:
        patterns: The lines.
        path: A file, relative to where the patterns hold.
    """
    parts = path.lower().split("/")
    globs = [glob for line in patterns if (glob := Glob.parse(line, "")) is not None]
    for end in range(1, len(parts) + 1):
        found = [glob for glob in globs if glob.matches(parts[:end], is_folder=end < len(parts))]
        if found and not found[-1].negated:
            return True
    return False


def _trimmed(line: str) -> str:
    text = line.rstrip("\r\n").rstrip(" ")
    lost = len(line.rstrip("\r\n")) > len(text)
    return f"{text} " if lost and text.endswith("\\") else text


def _matched(
    pattern: Sequence[str], items: Sequence[str], star: Callable[[str], bool], one: Callable[[str, str], bool]
) -> bool:
    """Match a sequence whose stars take any number of items."""
    at = there = 0
    last, taken = -1, 0
    while there < len(items):
        if at < len(pattern) and star(pattern[at]):
            last, taken, at = at, there, at + 1
        elif at < len(pattern) and one(pattern[at], items[there]):
            at, there = at + 1, there + 1
        elif last >= 0:
            taken += 1
            at, there = last + 1, taken
        else:
            return False
    return all(star(item) for item in pattern[at:])


def _part_matches(pattern: str, text: str) -> bool:
    return _matched(_tokens(pattern), text, lambda item: item == "*", _letter_matches)


def _tokens(pattern: str) -> list[str]:
    """Letters (behind a backslash), ``?``, ``*`` and classes."""
    found, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            found.append(pattern[at : at + 2])
            at += 2
        elif letter == "[":
            end = pattern.find("]", at + 2 + pattern.startswith(("[!", "[^"), at))
            whole = pattern[at : end + 1]
            if end < 0 or "[:" in whole or "\\" in whole:
                return [*found, "*"]
            found.append(whole)
            at = end + 1
        else:
            found.append(letter if letter in "*?" else f"\\{letter}")
            at += 1
    return found


def _letter_matches(item: str, letter: str) -> bool:
    if item == "?":
        return True
    if item.startswith("["):
        return _in_class(item[1:-1], letter)
    return item[1:] == letter


def _in_class(body: str, letter: str) -> bool:
    negated = body.startswith(("!", "^"))
    body = body[negated:]
    found, at = False, 0
    while at < len(body):
        if body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            found |= body[at] <= letter <= body[at + 2]
            at += 3
        else:
            found |= body[at] == letter
            at += 1
    return found is not negated
