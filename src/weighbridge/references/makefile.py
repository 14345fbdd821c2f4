"""Makefiles: the models that recipes fetch and serve. A recipe is a script of the shell in which Make puts variables.

https://www.gnu.org/software/make/manual/make.html#Recipes
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.references.extraction import MAX_BYTES, Extraction, without_insertions
from weighbridge.references.shell import extract_text
from weighbridge.references.shell_commands import NEEDLES
from weighbridge.references.substitution import parentheses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.core.mention import Mention

MAX_LINES: Final = 20_000
_OPERATORS: Final = ("?=", ":::=", "::=", ":=", "+=", "=")
_DIRECTIVES: Final = ("export ", "override ", "private ")


@dataclass(slots=True)
class _Recipe:
    """One recipe: its lines as they stand in the file, from its first one on."""

    line: int
    lines: list[str] = field(default_factory=list)


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a Makefile names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    lowered = data.lower()
    if not any(needle in lowered for needle in NEEDLES):
        return Extraction()
    if len(data) > MAX_BYTES or data.count(b"\n") > MAX_LINES:
        return Extraction((), f"a Makefile of {len(data)} bytes is not read")
    lines = data.decode("utf-8-sig", "replace").split("\n")
    known = dict(_variables(lines))
    mentions: list[Mention] = []
    problem = ""
    for recipe in _recipes(lines):
        text = "\n".join(_shell(line, known) for line in recipe.lines)
        found = extract_text(path, text, recipe.line, column=2, indent=1, repository=repository)
        mentions += without_insertions(found.mentions)
        problem = problem or found.unreadable
    return Extraction(tuple(sorted(dict.fromkeys(mentions), key=lambda each: each.spot)), problem)


def _variables(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Variables and their values; one that is set again has the last one."""
    known: dict[str, str] = {}
    for line in lines:
        if line.startswith(("\t", "#")):
            continue
        text = line.partition(" #")[0].strip()
        for word in _DIRECTIVES:
            text = text.removeprefix(word)
        mark = next((each for each in _OPERATORS if each in text), "")
        name, _, value = text.partition(mark) if mark else ("", "", "")
        name = name.strip()
        if not name or not all(letter.isalnum() or letter in "_-." for letter in name):
            continue
        value = _replaced(value.strip(), known)
        before = known.get(name, "")
        known[name] = f"{before} {value}".strip() if mark == "+=" else value
        yield name, known[name]


def _recipes(lines: list[str]) -> Iterator[_Recipe]:
    """The recipes, which are the lines that begin with a tab."""
    recipe: _Recipe | None = None
    goes_on = False
    for number, line in enumerate(lines, 1):
        if line.startswith("\t") or (goes_on and recipe is not None):
            if recipe is None:
                recipe = _Recipe(number)
            recipe.lines.append(line.removeprefix("\t"))
            goes_on = line.endswith("\\")
        elif recipe is not None:
            yield recipe
            recipe, goes_on = None, False
    if recipe is not None:
        yield recipe


def _shell(line: str, known: dict[str, str]) -> str:
    """A line of a recipe as the shell gets it: Make's marks taken off, its variables put in."""
    bare = line.lstrip("@-+")
    # `$$` is the shell's own `$`; it must outlive Make's variables.
    parts = [_replaced(part, known) for part in bare.split("$$")]
    return " " * (len(line) - len(bare)) + "$".join(parts)


def _replaced(text: str, known: dict[str, str]) -> str:
    """A text with ``$(NAME)`` and ``${NAME}`` replaced."""
    first, *parts = text.split("${")
    for part in parts:
        name, mark, rest = part.partition("}")
        first += f"$({name}){rest}" if mark else f"${{{part}"
    return parentheses(first, known)
