"""Canonical JSON: RFC 8785 on the subset that evidence needs, and a strict reader.

Allowed values: objects, arrays, text without lone surrogates, integers with a magnitude below
2**53, true, false and null. Floats are refused: no two programs agree on them for ever. Objects
are sorted by the UTF-16 code units of their keys (RFC 8785 §3.2.3). Reading refuses duplicate keys,
which RFC 8259 leaves undefined and signature bypasses use. This module knows no schema.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
_CONTAINERS = (dict, list, tuple)


def _fail(message: str) -> NoReturn:
    raise IntegrityError(message, code="bad-json", hint="the document was not written by Weighbridge: do not trust it")


def _check(value: object, depth: int = 1) -> bool:
    """Whether all keys are ASCII, so that any sort is the sort by UTF-16; an error names what is not allowed."""
    if depth > MAX_DEPTH:
        _fail(f"JSON nested deeper than {MAX_DEPTH} levels")
    plain = True
    items: Iterable[object] = value if isinstance(value, list | tuple) else ()
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                _fail(f"an object key must be text, not {type(key).__name__}")
            plain &= key.isascii()
        items = value.values()
    for item in items:
        if type(item) is str:
            continue
        if isinstance(item, _CONTAINERS):
            plain &= _check(item, depth + 1)
        else:
            _check_scalar(item)
    return plain


def _check_scalar(value: object) -> None:
    if value is None or isinstance(value, str):
        return
    if not isinstance(value, int):
        _fail(f"a {type(value).__name__} can't be canonical JSON")
    if abs(value) > MAX_INTEGER:
        _fail(f"the integer {value} is not below 2**53")


def _sorted(value: object) -> object:
    """The same value with objects sorted by the UTF-16 code units of their keys."""
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
        return {key: _sorted(value[key]) for key in keys}
    return value


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        _fail("text with a lone surrogate can't be canonical JSON")


_AS_IS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
_BY_KEY = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False, sort_keys=True
)


def dumps(value: object) -> bytes:
    """The RFC 8785 bytes of a value.

    Raises:
        IntegrityError: The value holds a float, a big integer, a lone surrogate or a foreign type.
    """
    # In a list, so that a scalar alone is checked as an item too; the depth is counted from the value itself.
    return _encoded(_BY_KEY.encode(value) if _check([value], 0) else _AS_IS.encode(_sorted(value)))


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        _fail(f"duplicate key {twice!r}")
    return found


def _no_float(text: str) -> NoReturn:
    _fail(f"the number {text} is not an integer")


def _small_int(text: str) -> int:
    if len(text) > len(str(-MAX_INTEGER)):
        _fail("an integer is not below 2**53")
    value = int(text)
    if abs(value) > MAX_INTEGER:
        _fail("an integer is not below 2**53")
    return value


def _check_depth(value: object, depth: int = 1) -> None:
    if depth > MAX_DEPTH:
        _fail(f"JSON nested deeper than {MAX_DEPTH} levels")
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        if isinstance(item, _CONTAINERS):
            _check_depth(item, depth + 1)


# Made once: making them costs more than reading a small document.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=_no_float, parse_int=_small_int, parse_constant=_no_float
)


def loads(data: bytes | str) -> Json:
    """Read JSON strictly: no duplicate keys, floats, big integers, lone surrogates or deep nesting.

    The text need not be canonical; compare with `dumps` where it must be.

    Raises:
        IntegrityError: The text is not such JSON.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        _fail(f"not JSON: {error}")
    _check_depth(value)
    if isinstance(data, str) or "\\u" in text:
        # In UTF-8 only an escape can hide a lone surrogate.
        _encoded(_AS_IS.encode(value))
    return cast("Json", value)
