"""Expressions of GitHub's workflows, ``${{ … }}``, in shell text: each becomes a variable of the same length.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.references.named import HOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_EXPRESSIONS: Final = 500


def to_shell(
    text: str, known: Mapping[str, tuple[str, ...]], read: set[str] | None = None
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """A text with variables for its expressions, and everything that each can be.

    Args:
        text: The text.
        known: What is known, by names such as ``env.MODEL`` and ``matrix.model``.
        read: Takes the names, without what is before the dot.
    """
    env: dict[str, tuple[str, ...]] = {}
    parts: list[str] = []
    at = 0
    while len(env) < MAX_EXPRESSIONS:
        start = text.find("${{", at)
        end = text.find("}}", start + 3) if start >= 0 else -1
        if end < 0:
            break
        name = f"w{len(env)}"
        name += "_" * (end + 2 - start - len(name) - 3)
        env[name] = values(text[start + 3 : end], known)
        if read is not None:
            read.add(text[start + 3 : end].strip().rpartition(".")[2])
        parts += (text[at:start], f"${{{name}}}")
        at = end + 2
    return "".join((*parts, text[at:])), env


def values(expression: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Everything that an expression can be; a default behind ``||`` counts.

    Args:
        expression: What stands within the braces.
        known: What is known.
    """
    found: list[str] = []
    for part in expression.split("||"):
        bare = part.strip()
        if len(bare) > 1 and bare[0] == bare[-1] == "'":
            found.append(bare[1:-1])
        else:
            found += known.get(bare, ())
    return tuple(dict.fromkeys(found)) or (HOLE,)
