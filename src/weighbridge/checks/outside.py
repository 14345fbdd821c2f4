"""Outside: files of bare tensors beside an ONNX model.

Such a file has no format of its own, so its examination denies it. It passes when ONNX files of the same model say
what every byte of it is: their tensors' ranges cover it from the first byte to the last. Padding between ranges, as
writers align tensors, is no longer than `MAX_PADDING_BYTES`.

Facts: ``raw`` (bytes without a format, scanned for payloads: true, or a finding's check and message that a chance
likeness made, see `chance`); ``claims`` (``{"path", "ranges"}``: the merged
ranges of bytes, relative to the model's root, that an ONNX file takes from a file).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.checks.tree import Tree, finding
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.core.finding import Finding

    Ranges = list[tuple[int, int]]

MAX_PADDING_BYTES = 1 << 16
MAX_RANGES = 500


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in order, those joined that touch, overlap or have only padding between them."""
    found: Ranges = []
    for begin, end in sorted(ranges):
        if found and begin - found[-1][1] < MAX_PADDING_BYTES:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def claimed(tree: Tree) -> dict[str, Ranges]:
    """What ONNX files claim, by path."""
    found: dict[str, Ranges] = {}
    for _, value in tree.each("claims"):
        if isinstance(value, dict) and isinstance(value["ranges"], list):
            rows = [row for row in value["ranges"] if isinstance(row, list)]
            pairs = [(begin, end) for begin, end in rows if isinstance(begin, int) and isinstance(end, int)]
            found.setdefault(str(value.get("path")), []).extend(pairs)
    return {path: merged(ranges) for path, ranges in found.items()}


def check(tree: Tree) -> Iterator[Finding]:
    """Tensors that would be read from beyond the end of a file, or from a file of another format."""
    raw = {path for path, _ in tree.each("raw")}
    for path, ranges in claimed(tree).items():
        size = tree.files.get(path)
        if size is None:
            continue
        if ranges and ranges[-1][1] > size:
            yield finding("onnx-external-data", path, f"tensors end at byte {ranges[-1][1]}, the file at {size}")
        if size and path not in raw:
            message = f"an ONNX file takes tensors from {quoted(path)}, which has a format of its own"
            yield finding("onnx-external-data", path, message)


def settled(tree: Tree, findings: Iterable[Finding]) -> list[Finding]:
    """Findings without those of files of bare tensors that ONNX files account for, byte by byte."""
    raw = {path for path, _ in tree.each("raw")}
    known = {
        path
        for path, ranges in claimed(tree).items()
        if path in raw
        and len(ranges) == 1
        and ranges[0][0] < MAX_PADDING_BYTES
        and ranges[0][1] == tree.files.get(path)
    }
    told = {
        (path, value[0], value[1])
        for path, value in tree.each("raw")
        if path in known and isinstance(value, list) and len(value) == 2  # noqa: PLR2004 - check and message
    }
    return [
        each
        for each in findings
        if (each.path, each.check, each.message) not in told
        and (each.check != "format-unsupported" or each.path not in known)
    ]
