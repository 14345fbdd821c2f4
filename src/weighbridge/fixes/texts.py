"""Revisions within a text that names a model, such as ``hf://org/name@main``, and text put in where a mention says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.fixes.source import Edit, Why
from weighbridge.references.settings import normal

if TYPE_CHECKING:
    from weighbridge.core.mending import Wish
    from weighbridge.fixes.source import Edits, Source

_BEFORE_REVISION: Final = ("@", ":", ".git@", "/resolve/", "/raw/", "/blob/", ",revision=")
"""What stands between a model and its revision in one text."""
_ENDS: Final = frozenset(" \t\r\n\"'`,;)]}>|&#?")
"""What no name of a model goes on with."""
_IN_NAMES: Final = frozenset("-_.")
_NO_PLACE: Final = Why("it has no place for a revision")


def within(text: str, shift: int, wish: Wish) -> Edits | Why:
    """The edits that write a revision into a text which begins with a model, or with a URI of it.

    Args:
        text: The text, or the line from there on.
        shift: Where the text begins in its file.
        wish: What is to be mended.
    """
    mention = wish.mention
    model, revision = mention.model or "", mention.revision
    end = next((index for index, mark in enumerate(text) if mark in _ENDS), len(text))
    at = text.find(model, 0, end)
    if mention.scheme == "oci":
        return _digest(text[:end], shift, wish)
    if at < 0:
        return Why("its text is put together from parts" if revision is None else "its revision is written elsewhere")
    behind = at + len(model)
    if mention.scheme == "mlflow" and revision is not None:
        old = f"/{revision}"
        found = text.startswith(f"models:/{model}{old}") and behind + len(old) == end
        return (Edit(shift + behind, shift + end, wish.revision),) if found else _NO_PLACE
    if revision is None:
        return _behind(text, behind, end, shift, wish)
    for mark in _BEFORE_REVISION:
        start = behind + len(mark)
        stop = start + len(revision)
        if text[behind:stop] == f"{mark}{revision}" and not _goes_on(text[stop : stop + 1]):
            return (Edit(shift + start, shift + stop, wish.revision),)
    return Why("its revision is written elsewhere")


def _goes_on(mark: str) -> bool:
    return bool(mark) and (mark.isalnum() or mark in _IN_NAMES)


def _digest(text: str, shift: int, wish: Wish) -> Edits | Why:
    """An image's digest, behind its tag."""
    name = (wish.mention.model or "").rpartition("/")[2]
    if name not in text or "@" in text or not wish.revision.startswith("sha256:"):
        return _NO_PLACE
    return (Edit(shift + len(text), shift + len(text), f"@{wish.revision}"),)


def _behind(text: str, behind: int, end: int, shift: int, wish: Wish) -> Edits | Why:
    """A revision behind a model that has none."""
    mention = wish.mention
    is_uri = text.startswith(("hf://", "huggingface://")) and not _goes_on(text[behind : behind + 1])
    if mention.scheme == "torchhub" and behind == end:
        mark = ":"
    elif is_uri:
        # KServe writes a colon there: https://kserve.github.io/website/docs/model-serving/storage/providers/hf
        mark = ":" if normal(mention.what) in {"storage_uri", "uri"} else "@"
    else:
        return _NO_PLACE
    return (Edit(shift + behind, shift + behind, f"{mark}{wish.revision}"),)


def inserted(source: Source, wish: Wish) -> Edits | Why:
    """The edits that the mention itself tells.

    Args:
        source: The file.
        wish: What is to be mended.
    """
    told, spot = wish.mention.insertion, wish.mention.spot
    start = source.offset(spot.line, spot.column)
    at = source.offset(told.line, told.column) if told is not None else None
    if told is None or at is None:
        return _NO_PLACE
    if start is not None and _varies(source.text[start : max(start, at)]):
        return Why("its model can be another when it runs")
    if told.length:
        if source.text[at : at + told.length] != wish.mention.revision:
            return Why("its revision is not written there as it is")
        return (Edit(at, at + told.length, f"{told.before}{wish.revision}{told.after}"),)
    if told.before.startswith("\n"):
        newline, rest = source.newline(at), source.rest(at)
        if rest.lstrip()[:1] in {"", "#"}:
            at = source.line_end(at)
        return (Edit(at, at, f"{told.before}{wish.revision}{told.after}".replace("\n", newline)),)
    return (Edit(at, at, f"{told.before}{wish.revision}{told.after}"),)


def _varies(text: str) -> bool:
    """Whether a text begins with a word that a workflow fills, or with a variable's default."""
    bare = text.lstrip("\"'")
    word = next(iter(bare.split()), "")
    return bare.startswith("${{") or ":-" in word or ":=" in word
