"""What others wrote, as JSON that evidence can hold: no floats, no big integers, no lone surrogates, a bounded size.

Nothing is judged here; what does not fit is turned into text or left out by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.core import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json

MAX_BYTES = 32 << 10
MAX_DEPTH = 16


def plain(value: Any, depth: int = 0) -> Json:
    """The value with floats and integers of 2**53 and more as text, and anything deeper than 16 levels as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and abs(value) <= canonical.MAX_INTEGER:
        return value
    if depth < MAX_DEPTH and isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if depth < MAX_DEPTH and isinstance(value, dict):
        return {text(str(key)): plain(item, depth + 1) for key, item in value.items()}
    return text(str(value))


def text(value: str) -> str:
    """The text with lone surrogates replaced."""
    return value.encode("utf-8", "replace").decode()


def bounded(values: Mapping[str, Any]) -> tuple[dict[str, Json], list[str]]:
    """As many of the entries as fit into 32 KiB of canonical JSON, the smallest first, and the names of the others."""
    safe = {text(str(key)): plain(item) for key, item in values.items()}
    sizes = {key: len(canonical.dumps({key: item})) for key, item in safe.items()}
    kept: dict[str, Json] = {}
    omitted: list[str] = []
    left = MAX_BYTES
    for key in sorted(safe, key=lambda key: (sizes[key], key)):
        left -= sizes[key]
        if left >= 0:
            kept[key] = safe[key]
        else:
            omitted.append(key)
    return kept, sorted(omitted)
