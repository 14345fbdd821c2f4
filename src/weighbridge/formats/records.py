"""Recognise two formats of records: TFRecord by its checksum, MessagePack maps by the keys of models.

Neither is read any further.
"""

from __future__ import annotations

from typing import Final

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_LENGTH_BYTES = 8
_FRAME_BYTES = 12
_BITS = 0xFFFFFFFF


def _table_entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE: Final = tuple(_table_entry(value) for value in range(256))


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli, RFC 3720 appendix B.4) of a few bytes."""
    crc = _BITS
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ _BITS


def is_tfrecord(head: bytes) -> bool:
    """Whether the first 12 bytes are a length and its masked CRC, as TensorFlow's record files begin."""
    if len(head) < _FRAME_BYTES:
        return False
    crc = crc32c(head[:_LENGTH_BYTES])
    masked = ((crc >> 15 | crc << 17) + _MASK_DELTA) & _BITS
    return int.from_bytes(head[_LENGTH_BYTES:_FRAME_BYTES], "little") == masked


def is_msgpack(head: bytes) -> bool:
    """Whether the first bytes are a map whose first key is a text."""
    first = head[:1]
    key = 1 if b"\x81" <= first <= b"\x8f" else 3 if first == b"\xde" else 5 if first == b"\xdf" else 0
    return bool(key) and len(head) > key and (0xA1 <= head[key] <= 0xBF or head[key] == 0xD9)  # noqa: PLR2004 - types
