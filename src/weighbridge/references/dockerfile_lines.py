"""Dockerfiles as instructions: parser directives, comments, continuation lines and heredocs.

https://docs.docker.com/reference/dockerfile/, "Format", "Parser directives" and "Here-documents".
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINES: Final = 10_000
_WITH_HEREDOCS: Final = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A heredoc.

    Args:
        line: The line of its first text.
        text: All of it, without the line that ends it.
    """

    line: int
    text: str


@dataclass(slots=True)
class Instruction:
    """One instruction.

    Args:
        name: In capitals, such as ``RUN``.
        line: Where it begins, counted from 1.
        text: What follows the name, as shell text: blanks stand for the name and for flags, so that places hold;
            comments within are empty lines.
        flags: Its flags, such as ``--from=base``.
        heredocs: Its heredocs.
        tail: The heredocs' lines, as they stand in the file.
    """

    name: str
    line: int
    text: str
    flags: list[str] = field(default_factory=list)
    heredocs: list[Heredoc] = field(default_factory=list)
    tail: str = ""

    @property
    def column(self) -> int:
        """Where what follows the name and the flags begins, counted from 1."""
        return len(self.text) - len(self.text.lstrip(" \t")) + 1

    @property
    def flat(self) -> str:
        """The text with continuation lines as blanks, from `column` on."""
        return self.text.replace("\\\n", " \n").strip(" \t\n")


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile.

    Args:
        text: The file.
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")][:MAX_LINES]
    escape = _escape(lines)
    ends: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        ends.setdefault(line.lstrip("\t"), []).append(index)
    at = 0
    while at < len(lines):
        stripped = lines[at].strip()
        if not stripped or stripped.startswith("#"):
            at += 1
            continue
        start = at
        parts, at = _continued(lines, at, escape)
        instruction = _instruction("\n".join(parts), start + 1)
        if instruction.name in _WITH_HEREDOCS:
            at = _heredocs(instruction, lines, at, ends)
        yield instruction


def _escape(lines: list[str]) -> str:
    for line in lines:
        text = line.strip()
        if not text.startswith("#") or "=" not in text:
            break
        name, _, value = text.removeprefix("#").partition("=")
        if name.strip().lower() == "escape":
            return "`" if value.strip() == "`" else "\\"
    return "\\"


def _continued(lines: list[str], at: int, escape: str) -> tuple[list[str], int]:
    """The lines of one instruction, and the line behind it."""
    parts: list[str] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        stripped = line.strip()
        if parts and (not stripped or stripped.startswith("#")):
            parts.append("\\")
            continue
        body = line.rstrip(" \t")
        if not body.endswith(escape):
            parts.append(line)
            break
        parts.append(f"{body[:-1]}\\")
    while parts and parts[-1] == "\\":
        parts.pop()
    return parts, at


def _instruction(text: str, line: int) -> Instruction:
    start = len(text) - len(text.lstrip(" \t"))
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    name = text[start:end].upper()
    blank, flags = " " * end, []
    rest = text[end:]
    while rest.lstrip(" \t").startswith("--"):
        bare = rest.lstrip(" \t")
        length = next((index for index, mark in enumerate(bare) if mark.isspace()), len(bare))
        flags.append(bare[:length])
        blank += " " * (len(rest) - len(bare) + length)
        rest = bare[length:]
    return Instruction(name, line, blank + rest, flags)


def _heredocs(instruction: Instruction, lines: list[str], at: int, ends: dict[str, list[int]]) -> int:
    """Take an instruction's heredocs; gives the line behind them."""
    start = at
    for name, is_dashed in _heredoc_names(instruction.text):
        places = ends.get(name, [])
        known = range(bisect_left(places, at), len(places))
        found = next((places[index] for index in known if is_dashed or lines[places[index]] == name), -1)
        if found < 0:
            break
        instruction.heredocs.append(Heredoc(at + 1, "\n".join(lines[at:found])))
        at = found + 1
    instruction.tail = "\n".join(lines[start:at])
    return at


def _heredoc_names(text: str) -> Iterator[tuple[str, bool]]:
    """``<<NAME``, ``<<-NAME``, ``<<"NAME"``."""
    for part in text.split("<<")[1:]:
        is_dashed = part.startswith("-")
        bare = part.removeprefix("-")
        quote = bare[:1] if bare[:1] in {'"', "'"} else ""
        bare = bare.removeprefix(quote)
        end = next((index for index, mark in enumerate(bare) if not (mark.isalnum() or mark == "_")), len(bare))
        if end:
            yield bare[:end], is_dashed
