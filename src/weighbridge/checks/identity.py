"""Identity: names of files that read like others, and owners that read like known ones."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from weighbridge.checks.confusables import INVISIBLE, imitated_word, mixed_word, skeleton
from weighbridge.checks.organisations import KNOWN
from weighbridge.checks.tree import WHOLE, Tree, finding
from weighbridge.core import paths
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.core.finding import Finding

_HUB = "hf:"
_LONG_ENOUGH = 5
_SEPARATORS: Final = dict.fromkeys(map(ord, "-_."))


def confusable_names(tree: Tree) -> Iterator[Finding]:
    """Files whose names read alike, and names with letters that are not what they look like."""
    alike: dict[str, list[str]] = defaultdict(list)
    for path in tree.files:
        alike[skeleton(path)].append(path)
        odd = oddity(path)
        if odd:
            yield finding("confusable-name", path, odd)
    for same in alike.values():
        for path in same[1:]:
            yield finding("confusable-name", path, f"the name reads like that of {quoted(same[0])}")


def unsafe_names(tree: Tree) -> Iterator[Finding]:
    """Paths that mean another file, or none, on some of the systems that models are used on."""
    for path in tree.files:
        wrong = paths.fault(path)
        if wrong is not None:
            yield finding("unsafe-name", path, f"the path {wrong}")


def oddity(path: str) -> str:
    """What in a path reads like something else, in one sentence; empty if nothing does."""
    found = INVISIBLE.search(path)
    if found is not None:
        return f"the name holds the invisible character U+{ord(found.group()):04X}"
    for character in path:
        if character.isascii():
            continue
        folded = unicodedata.normalize("NFKC", character)
        if unicodedata.category(character) == "Zs" or any(each.isascii() and not each.isspace() for each in folded):
            return f"the name holds U+{ord(character):04X}, which reads like {quoted(folded)}"
    word = mixed_word(path) or imitated_word(path)
    if word is not None:
        return f"the letters of {quoted(word)} are not those that they look like"
    if any(part != part.strip() or part.endswith(".") for part in path.split("/")):
        return "a part of the name begins or ends with a blank, or ends with a dot"
    return ""


def confusable_owner(tree: Tree) -> Iterator[Finding]:
    """An owner on the Hub that reads like a known one and is not it."""
    if not tree.source.startswith(_HUB):
        return
    owner, separator, _ = tree.source.removeprefix(_HUB).partition("/")
    if not separator or owner in KNOWN:
        return
    like = imitated(owner, KNOWN)
    # The Hub itself knows no case: it said whom it took the name for, and that it is spelt otherwise.
    if like is not None and not (tree.metadata.get("requested") and like.casefold() == owner.casefold()):
        message = f"the owner {quoted(owner)} is not {quoted(like)}, but reads like it"
        yield finding("confusable-owner", WHOLE, message)


def imitated(owner: str, known: Iterable[str]) -> str | None:
    """The known name that an owner reads like, None if none or if it is that name."""
    plain = skeleton(owner)
    bare = plain.translate(_SEPARATORS)
    for name in sorted(known):
        folded = name.casefold()
        if plain == folded or bare == folded.translate(_SEPARATORS):
            return name
        if len(folded) >= _LONG_ENOUGH and _one_edit_apart(plain, folded):
            return name
    return None


def _one_edit_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes one text the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    return (
        one[1:] == other
        or one == other[1:]
        or one[1:] == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )
