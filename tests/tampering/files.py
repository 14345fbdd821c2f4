"""Changes of whole files: deleted, emptied, cut, doubled, set back, swapped with a sibling, single bytes flipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Files = Mapping[str, bytes | None]


def of_file(
    base: Path, path: str, past: Mapping[str, Path], siblings: list[str], twin: str
) -> Iterator[tuple[str, Files]]:
    """Every change of one file as kind and contents by path.

    Args:
        base: The folder of everything.
        path: The file.
        past: Folders of earlier states.
        siblings: Files of the same kind.
        twin: The name of a copy.
    """
    data = (base / path).read_bytes()
    yield "file deleted", {path: None}
    yield "file emptied", {path: b""}
    yield "file cut", {path: data[: len(data) // 2]}
    yield "file longer", {path: data + b"\n "}
    yield "file doubled", {twin: data}
    for sibling in siblings:
        if sibling != path:
            yield "file swapped", {path: (base / sibling).read_bytes()}
    old = [folder / path for folder in past.values() if (folder / path).is_file()]
    for other in dict.fromkeys(item.read_bytes() for item in old):
        if other != data:
            yield "file set back", {path: other}
    yield from flips(path, data)


def flips(path: str, data: bytes, also: str | None = None) -> Iterator[tuple[str, Files]]:
    """The first, middle and last byte, one bit each; mode and times stay as they were.

    Args:
        path: The file.
        data: What it holds.
        also: Another name of the same bytes, changed with it as a hard link would.
    """
    for what, place in (("first", 0), ("middle", len(data) // 2), ("last", len(data) - 1)):
        if data:
            other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            yield f"{what} byte flipped", {path: other} | ({also: other} if also else {})
