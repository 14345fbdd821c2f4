"""Mending the references of one file.

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
_OTHERS: Final = Why("that would change what other references mean")
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
    """Mend references of a file: all at once if that is sure, else one after the other.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        wishes: The references, as the file's extractor gave them.
        read: Gives the bytes of another file, or None.
        is_good: Whether a reference is as it should be.
    """
    file = _File(path, data, read, is_good)
    ordered = sorted(wishes, key=lambda each: _order(each.mention))
    planned = {wish: file.plan(wish) for wish in ordered}
    steps = [each for each in planned.values() if isinstance(each, _Step)]
    if file.apply(steps) is None:
        done: dict[Wish, Mended | Why] = {
            wish: step if isinstance(step, Why) else step.done for wish, step in planned.items()
        }
    else:
        done = {wish: file.take(wish) for wish in reversed(ordered)}
    return MendedFile(
        file.data,
        tuple(replace(each, mention=wish.mention) for wish in ordered if isinstance(each := done[wish], Mended)),
        tuple(NotMended(wish.mention, each.text) for wish in ordered if isinstance(each := done[wish], Why)),
    )


def _order(mention: Mention) -> tuple[int, int, int]:
    return mention.spot.cell or 0, mention.spot.line, mention.spot.column


@dataclass(frozen=True, slots=True)
class _Step:
    """How one place is mended.

    Args:
        wish: What is wished, with the mention as it is now.
        first: Where the place's mentions begin among those of the file.
        count: How many it has.
        edits: The edits.
    """

    wish: Wish
    first: int
    count: int
    edits: Edits

    @property
    def done(self) -> Mended:
        """What is told of it."""
        return _told(self.wish, self.edits)


class _File:
    def __init__(self, path: str, data: bytes, read: Read, is_good: IsGood) -> None:
        self.data = data
        self._path, self._read, self._is_good = path, read, is_good
        self._language = files.language(path, data[:_FIRST_LINE]).partition(":")[0]
        self._found = self._extract(data)
        self._first = self._found.mentions
        self._done: dict[Spot, Mended] = {}
        self._decoded = decode(self._language, data)

    def _extract(self, data: bytes) -> Extraction:
        found = files.extract(self._path, data, self._read)
        if found is None:
            return Extraction()
        return replace(found, mentions=tuple(sorted(found.mentions, key=_order)))

    def plan(self, wish: Wish) -> _Step | Why:
        """How one reference could be mended: by name if that is wished and possible, else by a revision.

        Those behind it may be mended already.
        """
        why: Why | None = None
        for by_name in (True, False) if wish.by_name else (False,):
            if not by_name and not wish.revision:
                break
            step = self._step(wish, by_name=by_name)
            if isinstance(step, _Step):
                return step
            why = why or step
        return why or Why("not exactly one revision of it may run")

    def _step(self, wish: Wish, *, by_name: bool) -> _Step | Why:
        given = wish.mention
        if given not in self._first:
            return Why("its file changed while it was read")
        group = [index for index, each in enumerate(self._first) if each.spot == given.spot]
        if any((self._first[index].ref, self._first[index].revision) != (given.ref, given.revision) for index in group):
            return Why("its place names several models")
        if self._decoded is None:
            return Why("its file's encoding can't be told")
        wish = replace(wish, mention=self._found.mentions[group[0]], by_name=by_name)
        source = Source(self._decoded.text, is_python=self._language == "python")
        edits = _edits(self._language, source, wish)
        return edits if isinstance(edits, Why) else _Step(wish, group[0], len(group), edits)

    def take(self, wish: Wish) -> Mended | Why:
        """Mend one reference; those behind it are mended already."""
        spot = wish.mention.spot
        if spot in self._done:
            return self._done[spot]
        step = self.plan(wish)
        if isinstance(step, _Step) and (why := self.apply([step])) is not None:
            # What can't go by name may have a revision still.
            other = self.plan(replace(wish, by_name=False)) if step.wish.by_name else why
            step = why if isinstance(other, Why) or self.apply([other]) is not None else other
        if isinstance(step, Why):
            return step
        self._done[spot] = step.done
        return step.done

    def apply(self, steps: Sequence[_Step]) -> Why | None:
        """Make edits; why they were not made, or None."""
        by_place = {step.wish.mention.spot: step for step in steps}
        if self._decoded is None or not by_place:
            return None
        edits = list(dict.fromkeys(edit for step in by_place.values() for edit in step.edits))
        text = changed(self._decoded.text, edits)
        if text is None or not is_little(self._path, self._decoded.text, text, len(by_place)):
            return _UNSURE
        data = self._decoded.encode(text)
        found = self._extract(data)
        why = self._fault(found, sorted(by_place.values(), key=lambda each: each.first))
        if why is None:
            self.data, self._found, self._decoded = data, found, replace(self._decoded, text=text)
        return why

    def _fault(self, found: Extraction, steps: Sequence[_Step]) -> Why | None:
        """Why edits do not stay; None if the references that were meant are as wished, and the others as they were."""
        if found.unreadable != self._found.unreadable:
            return _UNSURE
        before, after = list(self._found.mentions), list(found.mentions)
        at = shift = 0
        for step in steps:
            start = step.first + shift
            if not _same(before[at : step.first], after[at + shift : start]):
                return _OTHERS
            count = self._as_wished(after[start:], step)
            if not count:
                return _UNSURE
            at = step.first + step.count
            shift += count - step.count
        return None if _same(before[at:], after[at + shift :]) else _OTHERS

    def _as_wished(self, mentions: Sequence[Mention], step: _Step) -> int:
        """How many references now stand at the place of a step; 0 if they are not as wished."""
        wish, count = step.wish, 0
        if wish.by_name and wish.mention.scheme != "mlflow":
            # What the loaded folder is handed to may be told as a call of an unknown model.
            while count < min(step.count, len(mentions)) and mentions[count].model is None:
                count += 1
            named = mentions[count : count + 1]
            return count + 1 if named and (named[0].scheme, named[0].model) == (SCHEME, wish.name) else 0
        while count < min(step.count, len(mentions)) and _is_pinned(mentions[count], wish):
            count += 1
        return count if count and all(map(self._is_good, mentions[:count])) else 0


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


def _told(wish: Wish, edits: Edits) -> Mended:
    """What is told of a mended reference."""
    mention = wish.mention
    if mention.scheme == "mlflow":
        return Mended(mention, wish.revision, f"names the stage: models:/{mention.model}{wish.revision}")
    if wish.by_name:
        return Mended(mention, "", f"by name: weighbridge.load({wish.name!r})")
    if mention.revision is not None:
        return Mended(mention, wish.revision, f"instead of {mention.revision}")
    key = settings.revision_key(mention.what) if mention.rule == RULE else ""
    added = key if key and any(key in edit.text for edit in edits) else ""
    return Mended(mention, wish.revision, f"as {added}, which the program has to read" if added else "written in")
