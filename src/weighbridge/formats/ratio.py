"""How much packed bytes may unpack to: weights hardly shrink, and text by ten or a hundred; bombs by a thousand."""

from __future__ import annotations

HARMLESS_BYTES = 16 << 20
MAX_RATIO = 200


def is_bomb(size_bytes: int, packed_bytes: int) -> bool:
    """Whether so many bytes are too many to come from so few."""
    return size_bytes > HARMLESS_BYTES and size_bytes > MAX_RATIO * packed_bytes
