"""Mending the references of one file: one after the other, each read again before the next.

An edit stays only if the extractor then sees the same references as before, the one that was meant mended and no other
changed. What is not sure is left as it is, and told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.mending import Mended, NotMended
from weighbridge.fixes import notebook, python, settings
from weighbridge.fixes.shapes import is_little
from weighbridge.fixes.source import Source, Why, changed, decode
from weighbridge.fixes.texts import inserted, within
from weighbridge.references import files
from weighbridge.references.extraction import Extraction
from weighbridge.references.settings import RULE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.core.mending import Wish
    from weighbridge.core.mention import Mention, Spot
    from weighbridge.fixes.source import Edits

    Read = Callable[[str], bytes | None]
    IsGood = Callable[[Mention], bool]

SCHEME: Final = "weighbridge"
_UNSURE: Final = Why("it could not be mended safely")
_FIRST_LINE: Final = 200


@dataclass(frozen=True, slots=True)
class MendedFile:
    """What came of one file.

    Args:
        data: Its bytes, mended; those it had, if nothing was.
        mended: What was mended, by place.
        left: What was not.
    """

    data: bytes
    mended: tuple[Mended, ...]
    left: tuple[NotMended, ...]


def mend(path: str, data: bytes, wishes: Sequence[Wish], read: Read, is_good: IsGood) -> MendedFile:
    """Mend references of a file.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        wishes: The references, as the file's extractor gave them.
        read: Gives the bytes of another file, or None.
        is_good: Whether a reference is as it should be.
    """
    file = _File(path, data, read, is_good)
    mended, left = [], []
    for wish in sorted(wishes, key=lambda each: _order(each.mention), reverse=True):
        done = file.take(wish)
        if isinstance(done, Why):
            left.append(NotMended(wish.mention, done.text))
        else:
            mended.append(done)
    return MendedFile(file.data, tuple(reversed(mended)), tuple(reversed(left)))


def _order(mention: Mention) -> tuple[int, int, int]:
    return mention.spot.cell or 0, mention.spot.line, mention.spot.column


class _File:
    def __init__(self, path: str, data: bytes, read: Read, is_good: IsGood) -> None:
        self.data = data
        self._path, self._read, self._is_good = path, read, is_good
        self._language = files.language(path, data[:_FIRST_LINE]).partition(":")[0]
        self._found = self._extract(data)
        self._first = list(self._found.mentions)
        self._done: dict[Spot, Mended] = {}

    def _extract(self, data: bytes) -> Extraction:
        found = files.extract(self._path, data, self._read)
        if found is None:
            return Extraction()
        return replace(found, mentions=tuple(sorted(found.mentions, key=_order)))

    def take(self, wish: Wish) -> Mended | Why:
        """Mend one reference; later ones are mended already."""
        if wish.mention not in self._first:
            return Why("its file changed while it was read")
        given, spot = wish.mention, wish.mention.spot
        if spot in self._done:
            return replace(self._done[spot], mention=given)
        group = [index for index, each in enumerate(self._first) if each.spot == spot]
        if any((self._first[index].ref, self._first[index].revision) != (given.ref, given.revision) for index in group):
            return Why("its place names several models")
        wish = replace(wish, mention=self._found.mentions[group[0]])
        why: Why | None = None
        for by_name in (True, False) if wish.by_name else (False,):
            if not by_name and not wish.revision:
                break
            done = self._try(replace(wish, by_name=by_name), group)
            if not isinstance(done, Why):
                self._done[spot] = done
                return replace(done, mention=given)
            why = why or done
        return why or Why("not exactly one revision of it may run")

    def _try(self, wish: Wish, group: list[int]) -> Mended | Why:
        decoded = decode(self._language, self.data)
        if decoded is None:
            return Why("its file's encoding can't be told")
        source = Source(decoded.text, is_python=self._language == "python")
        edits = _edits(self._language, source, wish)
        if isinstance(edits, Why):
            return edits
        text = changed(decoded.text, edits)
        if text is None or not is_little(self._path, decoded.text, text):
            return _UNSURE
        data = decoded.encode(text)
        found = self._extract(data)
        if (why := self._fault(found, group, wish)) is not None:
            return why
        self.data, self._found = data, found
        return _told(wish, text, edits)

    def _fault(self, found: Extraction, group: list[int], wish: Wish) -> Why | None:
        """Why an edit does not stay; None if all is as it was, and the references of one place are as wished."""
        before, after = self._found.mentions, found.mentions
        first, behind = group[0], len(before) - group[-1] - 1
        middle = after[first : len(after) - behind]
        if found.unreadable != self._found.unreadable or len(after) < first + behind:
            return _UNSURE
        if not _same(before[:first], after[:first]) or not _same(before[group[-1] + 1 :], after[len(after) - behind :]):
            return Why("that would change what other references mean")
        if wish.by_name and wish.mention.scheme != "mlflow":
            named = [each for each in middle if each.scheme == SCHEME and each.model == wish.name]
            is_sure = len(named) == 1 and all(each.model is None or each in named for each in middle)
        else:
            is_sure = bool(middle) and all(_is_pinned(each, wish) and self._is_good(each) for each in middle)
        return None if is_sure else _UNSURE


def _same(one: Sequence[Mention], other: Sequence[Mention]) -> bool:
    return len(one) == len(other) and all(_bare(a) == _bare(b) for a, b in zip(one, other, strict=True))


def _bare(mention: Mention) -> Mention:
    """A mention wherever it stands."""
    return replace(mention, spot=replace(mention.spot, line=0, column=0), insertion=None)


def _is_pinned(mention: Mention, wish: Wish) -> bool:
    return _bare(mention) == replace(_bare(wish.mention), revision=wish.revision)


def _edits(language: str, source: Source, wish: Wish) -> Edits | Why:
    """The edits by language."""
    mention = wish.mention
    if not mention.can_pin and not wish.by_name:
        return Why("this way of naming it takes no revision")
    if language == "notebook":
        return notebook.edits(source, wish)
    if language == "python":
        return python.by_name(source, wish) if wish.by_name and mention.scheme != "mlflow" else python.pin(source, wish)
    if wish.by_name and mention.scheme != "mlflow":
        return Why("only a call in Python can take the governed name")
    return inserted(source, wish) if mention.insertion is not None else _in_text(language, source, wish)


def _in_text(language: str, source: Source, wish: Wish) -> Edits | Why:
    """The edits where only the model's own text, or a key beside it, can hold the revision."""
    mention = wish.mention
    at = source.offset(mention.spot.line, mention.spot.column)
    if at is None:
        return Why("its place can't be told")
    # In Python that stands in a script, the place is the quote's.
    at += source.text[at : at + 1] in {'"', "'"}
    found = within(source.rest(at), at, wish)
    if isinstance(found, Why) and mention.rule == RULE and mention.revision is None:
        return settings.beside(language, source, wish)
    return found


def _told(wish: Wish, text: str, edits: Edits) -> Mended:
    mention = wish.mention
    if mention.scheme == "mlflow":
        return Mended(mention, wish.revision, f"names the stage: models:/{mention.model}{wish.revision}")
    if wish.by_name:
        return Mended(mention, "", f"by name: weighbridge.load({wish.name!r})")
    if mention.revision is not None:
        return Mended(mention, wish.revision, f"instead of {mention.revision}")
    key = settings.revision_key(mention.what) if mention.rule == RULE else ""
    added = key if key and any(key in edit.text for edit in edits) and key in text else ""
    return Mended(mention, wish.revision, f"as {added}, which the program has to read" if added else "written in")
