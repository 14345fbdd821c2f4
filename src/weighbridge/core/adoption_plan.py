"""The plan of an adoption: each revision that would be pinned, with what its source says of it now.

It asks no source and writes nothing; what a source said is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.core.change import changes, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weighbridge.core.adoption import Held, Survey, Use
    from weighbridge.core.canonical import Json
    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.listing import Listing, RemoteFile
    from weighbridge.core.mention import Spot

    Shown = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One revision of a model that would be pinned.

    Args:
        name: The governed name.
        use: What files name.
        listing: What its source has now; None if that can't be told.
        taken: The files of it that would be governed.
        trouble: Why nothing can be pinned; None if it can.
    """

    name: str
    use: Use
    listing: Listing | None = None
    taken: tuple[RemoteFile, ...] = ()
    trouble: WeighbridgeError | None = None

    @property
    def revision(self) -> str:
        """What it resolved to; empty if it did not."""
        return self.listing.revision if self.listing else ""

    @property
    def size(self) -> int:
        """Bytes, as the source says."""
        return sum(file.size for file in self.taken)

    @property
    def licence(self) -> str:
        """As the source says it; empty if it does not."""
        return str(self.listing.metadata.get("licence") or "") if self.listing else ""

    def to_json(self, shown: Shown) -> dict[str, Json]:
        """Its published JSON.

        Args:
            shown: Gives a path as it is to be read.
        """
        error = self.trouble
        return {
            "name": self.name,
            "source": self.use.ref.source,
            "follow": self.use.ref.revision or "",
            "revision": self.revision or None,
            "files": len(self.taken),
            "size_bytes": self.size,
            "licence": self.licence,
            "used": spots_json(self.use.spots, shown),
            "error": None if error is None else {"code": error.code, "message": error.message, "hint": error.hint},
        }


def spots_json(spots: Iterable[Spot], shown: Shown) -> list[Json]:
    """Places, each with its path as it is to be read."""
    return [{**spot.to_json(), "path": shown(spot.path)} for spot in spots]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an adoption would do.

    Args:
        proposals: What would be pinned, and what can't be; of one model, the revision to follow is the last.
        survey: What else files name.
        remarks: What its reader should know of the proposals.
    """

    proposals: tuple[Proposal, ...]
    survey: Survey
    remarks: tuple[str, ...] = ()

    @property
    def ready(self) -> tuple[Proposal, ...]:
        """What can be pinned."""
        return tuple(each for each in self.proposals if each.trouble is None)

    @property
    def failed(self) -> tuple[Proposal, ...]:
        """What can't be."""
        return tuple(each for each in self.proposals if each.trouble is not None)


def plan(proposals: Sequence[Proposal], found: Survey, held: Held) -> Plan:
    """Proposals without those that would pin the same thing twice, and what is to be told of them.

    Args:
        proposals: In the order of `Survey.uses`, each with what its source said.
        found: What else files name.
        held: What is there already.
    """
    kept: list[Proposal] = []
    remarks: list[str] = []
    for each in proposals:
        if each.trouble is None and (same := _same_pinned(each, held)):
            remarks.append(f"{each.use.ref} has the files of {same}, which {each.name} pins: name that revision")
            continue
        twin = next((other for other in kept if _are_twins(each, other)), None)
        if twin is None:
            kept.append(each)
            continue
        kept.remove(twin)
        # The later one moves, or is used more.
        kept.append(replace(each, use=replace(each.use, spots=tuple(sorted((*twin.use.spots, *each.use.spots))))))
        if twin.revision != each.revision:
            remarks.append(f"{twin.use.ref} has the files of {each.revision}, which is pinned in its place")
    return Plan(tuple(kept), found, (*remarks, *_conflicts(kept, held)))


def _same_pinned(each: Proposal, held: Held) -> str:
    pins = held.live(each.use.key) if each.name in held.follows else ()
    listed = each.listing.files if each.listing else ()
    return next((pin.revision for pin in pins if not changes(everything(pin), listed)), "")


def _are_twins(one: Proposal, other: Proposal) -> bool:
    """Whether two proposals of one model would pin the same files."""
    if one.name != other.name or one.listing is None or other.listing is None:
        return False
    return one.revision == other.revision or not changes(one.listing.files, other.listing.files)


def _conflicts(kept: Sequence[Proposal], held: Held) -> list[str]:
    """Models of which files name several revisions."""
    ready = [each for each in kept if each.trouble is None]
    found = []
    for name in dict.fromkeys(each.name for each in ready):
        several = [each for each in ready if each.name == name]
        if len(several) > 1:
            ref = held.follows.get(name, several[-1].use.ref)
            said = ", ".join(each.use.ref.revision or "the default" for each in several)
            follows = ref.revision or "the default"
            found.append(f"{name} is named at several revisions ({said}): each is pinned, and it follows {follows}")
    return found
