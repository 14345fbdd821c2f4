"""Canonical JSON: RFC 8785 on the subset that evidence needs, and a strict reader.

Allowed values: objects, arrays, text without lone surrogates, integers with a magnitude below
2**53, true, false and null. Floats are refused: no two programs agree on them for ever. Objects
are sorted by the UTF-16 code units of their keys (RFC 8785 §3.2.3). Reading refuses duplicate keys,
which RFC 8259 leaves undefined and signature bypasses use. This module knows no schema.
"""

from __future__ import annotations

import json
from typing import NoReturn, TypeAlias, cast

from weighbridge.core.errors import IntegrityError

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64


def _fail(message: str) -> NoReturn:
    raise IntegrityError(message, code="bad-json", hint="the document was not written by Weighbridge: do not trust it")


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _fail("text with a lone surrogate can't be canonical JSON")


def _plain(value: object, depth: int) -> object:
    """The same value with sorted objects, or an error that names what is not allowed."""
    if depth > MAX_DEPTH:
        _fail(f"JSON nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        _check_text(value)
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            _fail(f"the integer {value} is not below 2**53")
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                _fail(f"an object key must be text, not {type(key).__name__}")
            _check_text(key)
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _plain(value[key], depth + 1) for key in ordered}
    return _fail(f"a {type(value).__name__} can't be canonical JSON")


def dumps(value: object) -> bytes:
    """The RFC 8785 bytes of a value.

    Raises:
        IntegrityError: The value holds a float, a big integer, a lone surrogate or a foreign type.
    """
    text = json.dumps(_plain(value, 0), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            _fail(f"duplicate key {key!r}")
        found[key] = value
    return found


def _no_float(text: str) -> NoReturn:
    _fail(f"the number {text} is not an integer")


def _small_int(text: str) -> int:
    if len(text) > len(str(-MAX_INTEGER)):
        _fail("an integer is not below 2**53")
    return int(text)


def loads(data: bytes | str) -> Json:
    """Read JSON strictly: no duplicate keys, floats, big integers, lone surrogates or deep nesting.

    The text need not be canonical; compare with `dumps` where it must be.

    Raises:
        IntegrityError: The text is not such JSON.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_float=_no_float, parse_int=_small_int, parse_constant=_no_float
        )
    except (ValueError, RecursionError) as error:
        _fail(f"not JSON: {error}")
    return cast("Json", _plain(value, 0))
