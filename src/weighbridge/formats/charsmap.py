"""Charsmap: the compiled table of replacements in sentencepiece models and in tokenizers made of them.

It is a length in bytes (32 bits, little endian), a double-array trie of 32-bit units so long, and the replacements,
each closed by a zero byte. Source: sentencepiece `src/normalizer.cc`, `Normalizer::DecodePrecompiledCharsMap`.
"""

from __future__ import annotations

MAX_BYTES = 16 << 20
_LENGTH_BYTES = 4
_UNIT_BYTES = 4
_BLOCK_BYTES = 1024


def charsmap_fault(data: bytes) -> str:
    """What is wrong with a table, in one sentence; empty if nothing is."""
    if not data:
        return ""
    if len(data) > MAX_BYTES:
        return f"a charsmap of {len(data)} bytes is not read"
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    if len(data) <= _LENGTH_BYTES or length > len(data) - _LENGTH_BYTES:
        return "the trie of the charsmap reaches beyond its end"
    if length < _BLOCK_BYTES or length % _BLOCK_BYTES:
        return "the trie of the charsmap is not whole blocks"
    return _texts_fault(data[_LENGTH_BYTES + length :])


def _texts_fault(texts: bytes) -> str:
    if texts and texts[-1]:
        return "the replacements of the charsmap are not closed"
    try:
        texts.decode()
    except UnicodeDecodeError:
        return "the replacements of the charsmap are not UTF-8"
    return ""
