"""Typed reading of decoded JSON: exactly these keys, exactly this type, or an error with the key's name.

This module knows no document; each document's reader says what it expects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.canonical import Json


def _fail(where: str, expected: str) -> NoReturn:
    raise IntegrityError(
        f"{where} is not {expected}",
        code="bad-shape",
        hint="the document is damaged, or of a newer release: upgrade Weighbridge or restore the file from Git",
    )


def mapping(value: Json, where: str) -> dict[str, Json]:
    """An object with any keys."""
    return value if isinstance(value, dict) else _fail(where, "an object")


def record(value: Json, where: str, keys: Iterable[str]) -> dict[str, Json]:
    """An object with exactly these keys."""
    found, wanted = mapping(value, where), keys if isinstance(keys, frozenset) else frozenset(keys)
    if found.keys() != wanted:
        unknown, missing = sorted(set(found) - wanted), sorted(wanted - set(found))
        _fail(where, f"a record with the right keys (unknown: {unknown}, missing: {missing})")
    return found


def array(value: Json, where: str) -> list[Json]:
    """An array."""
    return value if isinstance(value, list) else _fail(where, "an array")


def text(value: Json, where: str) -> str:
    """Text."""
    return value if isinstance(value, str) else _fail(where, "text")


def integer(value: Json, where: str) -> int:
    """A whole number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _fail(where, "a whole number")
    return value


def texts(value: Json, where: str) -> dict[str, str]:
    """An object whose values are text."""
    return {key: text(item, f"{where}.{key}") for key, item in mapping(value, where).items()}


def text_list(value: Json, where: str) -> tuple[str, ...]:
    """An array of text."""
    return tuple(text(item, where) for item in array(value, where))
