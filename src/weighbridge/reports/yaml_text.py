"""YAML for people to read and keep, from plain values: what a parser gives back is exactly what went in.

Only what the exports need: mappings, lists, texts, numbers and yes or no. A text is written bare where every version of
YAML reads it as that text, and else in double quotes with everything escaped that is not printable ASCII. Nothing here
reads YAML, and no anchor, tag or multi-line text is ever written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.canonical import Json

_BARE = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
# YAML 1.1 reads these, in any case, as yes, no or nothing.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_LAST_SHORT = 0xFFFF


def scalar(value: Json) -> str:
    """One value on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return text if _BARE.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes, in ASCII: no reader can take any part of it for something else."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(item: str) -> str:
    if item in '"\\':
        return f"\\{item}"
    if item.isascii() and item.isprintable():
        return item
    return f"\\u{ord(item):04x}" if ord(item) <= _LAST_SHORT else f"\\U{ord(item):08x}"


def document(value: Mapping[str, Json]) -> str:
    """A mapping as a document, each level two columns further in."""
    return "".join(f"{line}\n" for line in _mapping(value))


def _mapping(value: Mapping[str, Json]) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{scalar(key)}:", item)


def _list(value: list[Json]) -> Iterator[str]:
    for item in value:
        if isinstance(item, dict) and item:
            first, *rest = _mapping(item)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
        else:
            yield from _entry("-", item)


def _entry(head: str, item: Json) -> Iterator[str]:
    if isinstance(item, dict) and item:
        yield head
        yield from (f"  {line}" for line in _mapping(item))
    elif isinstance(item, list) and item:
        yield head
        yield from (f"  {line}" for line in _list(item))
    elif isinstance(item, dict | list):
        yield f"{head} {'{}' if isinstance(item, dict) else '[]'}"
    else:
        yield f"{head} {scalar(item)}"
