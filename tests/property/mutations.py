"""Mutated copies of sample files, the same in every run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Lengths and counts at which arithmetic goes wrong.
EDGES = (0, 1, 7, 8, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1)


def mutated(samples: Sequence[bytes], count: int, seed: int = 0) -> Iterator[bytes]:
    """So many mutants: each a sample with one to four changes."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(count):
        data = bytearray(chance.choice(samples))
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            _change(data, chance, samples)
        yield bytes(data)


def _change(data: bytearray, chance: random.Random, samples: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    kind = chance.randrange(8)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1 and at < len(data):
        data[at] = chance.randrange(256)
    elif kind == 2:
        data[at:at] = chance.randbytes(chance.randrange(1, 9))
    elif kind == 3:
        del data[at : at + chance.randrange(1, 20)]
    elif kind == 4:
        size = chance.choice((1, 4, 8))
        edge = chance.choice(EDGES) & (2 ** (8 * size) - 1)
        data[at : at + size] = edge.to_bytes(size, chance.choice(("little", "big")))
    elif kind == 5:
        other = chance.choice(samples)
        start = chance.randrange(len(other) + 1)
        data[at:at] = other[start : start + chance.randrange(1, 60)]
    elif kind == 6:
        data[at:at] = data[at : at + chance.randrange(1, 60)]
    else:
        _digit(data, chance)


def _digit(data: bytearray, chance: random.Random) -> None:
    """Change a digit of a number written in text, if there is one; else cut the end."""
    places = [place for place, byte in enumerate(data[:400]) if byte in b"0123456789"]
    if places:
        data[chance.choice(places)] = chance.choice(b"0123456789")
    else:
        del data[chance.randrange(len(data) + 1) :]
