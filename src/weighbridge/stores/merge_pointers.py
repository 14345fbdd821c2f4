"""What a merge does to DVC's pointers of governed models: each live pin has exactly the pointer that `add` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.digest import short
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.merge import MergeFinding, Tree, refused, shown
from weighbridge.stores import pointer
from weighbridge.stores.plain_yaml import MAX_BYTES, Plain, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.core.merge import Sides
    from weighbridge.core.pin import Pin
    from weighbridge.stores.remotes import Remotes

_TOP: Final = frozenset({"outs", "meta", "desc", "md5"})
_OUT: Final = frozenset({"md5", "size", "nfiles", "hash", "path", "remote", "desc", "type", "labels", "meta"})
_AGAIN: Final = "run weighbridge add again, and commit the pointer that it writes"


def pointer_findings(sides: Sides, name: str, pins: Sequence[Pin], remotes: Remotes) -> Iterator[MergeFinding]:
    """The pointers of one model after the merge.

    Args:
        sides: The two sides.
        name: The model.
        pins: Its live pins after the merge.
        remotes: Which DVC remote holds which model, as the base says.
    """
    folder = f"{sides.models}{name}/"
    wanted = {f"{folder}{short(pin.digest)}.dvc": pin for pin in pins}
    for path, pin in wanted.items():
        if sides.merge.has(path):
            yield from _one(sides.merge, path, pin, remotes)
        elif path not in sides.merge.entries:
            message = f"{name} {short(pin.digest)} is not in DVC: its pointer is missing"
            yield refused("pointer-missing", path, message, _AGAIN)
    for path in sides.merge.below(folder):
        if path.endswith(".dvc") and path not in wanted:
            message = "no pin of the lock stands behind this pointer"
            yield refused("pointer-stray", path, message, f"dvc remove {path}; or restore the lock")


def _one(tree: Tree, path: str, pin: Pin, remotes: Remotes) -> Iterator[MergeFinding]:
    remote = remotes.of(pin)
    data = tree.content(path) if tree.entries[path].size_bytes <= MAX_BYTES else bytes(MAX_BYTES + 1)
    if data == pointer.text(pin, remote=remote).encode():
        return
    try:
        document = parse(data)
    except WeighbridgeError as error:
        yield refused("pointer-differs", path, error.message, _AGAIN)
        return
    words = _fault(document, pin)
    if words:
        yield refused("pointer-differs", path, words, _AGAIN)
        return
    named = _out(document).get("remote", "")
    if named != (remote or ""):
        message = f"it names {_said(named)}, and the base's weighbridge.toml {_said(remote or '')}"
        yield refused("pointer-remote", path, message, _AGAIN)


def _said(remote: object) -> str:
    return f"the remote {shown(str(remote))!r}" if remote else "the default remote"


def _out(document: Plain) -> dict[str, Plain]:
    outs = document.get("outs") if isinstance(document, dict) else None
    first = outs[0] if isinstance(outs, list) and len(outs) == 1 else None
    return first if isinstance(first, dict) else {}


def _fault(document: Plain, pin: Pin) -> str:
    """How a pointer differs from what `add` writes, in words; empty where it does not."""
    out = _out(document)
    if not isinstance(document, dict) or not out:
        return "it is not a pointer to one folder"
    extra = sorted({*(document.keys() - _TOP), *(out.keys() - _OUT)})
    if extra:
        return f"it has what no pointer of a model has: {shown(', '.join(extra))}"
    expected = {
        "md5": pointer.directory_id(pin),
        "size": str(pin.size),
        "nfiles": str(len(pin.files)),
        "hash": "md5",
        "path": short(pin.digest),
    }
    wrong = sorted(key for key, value in expected.items() if out.get(key) != value)
    return f"it names other bytes than the lock ({', '.join(wrong)})" if wrong else ""
