"""Expressions of the policy: the Common Expression Language (CEL), evaluated by the Rust engine's Python package.

CEL reads what it is handed, always ends, and can reach neither files nor the network. What an expression costs is
bounded before it runs: by its length, and by how deep its loops over the document's lists are nested. Whatever goes
wrong is an error, never a yes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import cel

from weighbridge.core.errors import ConfigError
from weighbridge.core.rules import MAX_EXPRESSION_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json

MAX_STEPS = 5_000_000
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|map|filter|sortBy)\s*$")
_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_FAILURES = (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError, RecursionError)
_BEFORE = 24


def _refused(message: str) -> ConfigError:
    return ConfigError(
        message,
        code="bad-expression",
        hint="docs/policy.md shows what expressions may ask; weighbridge policy check tries them all",
    )


@lru_cache(maxsize=256)
def compiled(expression: str) -> cel.Program:
    """An expression, ready to run.

    Raises:
        ConfigError: It is too long or no expression (code ``bad-expression``).
    """
    if len(expression.encode("utf-8", "surrogatepass")) > MAX_EXPRESSION_BYTES:
        raise _refused(f"the expression is longer than {MAX_EXPRESSION_BYTES} bytes")
    try:
        return cel.compile(expression)
    except _FAILURES as error:
        raise _refused(f"it is no expression: {_first(error)}") from error


def evaluate(expression: str, document: Mapping[str, Json]) -> bool:
    """Whether an expression holds of a document.

    Raises:
        ConfigError: It is no expression, fails, costs too much or gives no yes or no (code ``bad-expression``).
    """
    program = compiled(expression)
    if _longest(dict(document)) ** _loops(expression) > MAX_STEPS:
        raise _refused("the expression nests too many loops for so large a model")
    try:
        result = program.execute(dict(document))
    except _FAILURES as error:
        raise _refused(f"it can't be evaluated: {_first(error)}") from error
    if not isinstance(result, bool):
        raise _refused(f"it gives {type(result).__name__}, not true or false")
    return result


def fault(expression: str, document: Mapping[str, Json]) -> str:
    """What is wrong with an expression, whatever a model is like; empty if nothing is known to be.

    Args:
        expression: The expression.
        document: The facts of some model: it may lack optional keys, but has every name.
    """
    try:
        compiled(expression).execute(dict(document))
    except ConfigError as error:
        return error.message
    except RuntimeError as error:
        return _first(error) if str(error).startswith("Undefined") else ""
    except _FAILURES:
        return ""
    return ""


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _longest(value: Json) -> int:
    """The length of the longest list or mapping, at least 1."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return max([1, len(parts), *(_longest(item) for item in parts if isinstance(item, dict | list))])


@lru_cache(maxsize=256)
def _loops(expression: str) -> int:
    """How deep loops are nested, by their parentheses; texts are passed over."""
    opened: list[bool] = []
    bare, deepest = _TEXT.sub("''", expression), 0
    for at, character in enumerate(bare):
        if character == "(":
            opened.append(bool(_LOOP.search(bare, max(0, at - _BEFORE), at)))
            deepest = max(deepest, sum(opened))
        elif character == ")" and opened:
            opened.pop()
    return deepest
