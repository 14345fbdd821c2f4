"""The plan of an adoption: each revision that would be pinned, with what its source says of it now.

It asks no source and writes nothing; what a source said is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from weighbridge.core.adoption import Survey, Use
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
        proposals: What would be pinned, and what can't be.
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


def plan(proposals: Sequence[Proposal], found: Survey) -> Plan:
    """Proposals without those that would pin one revision twice, and what is to be told of them.

    Args:
        proposals: In the order of `Survey.uses`, each with what its source said.
        found: What else files name.
    """
    kept: list[Proposal] = []
    for each in proposals:
        twin = next((other for other in kept if each.revision and _place(other) == _place(each)), None)
        if twin is None:
            kept.append(each)
        else:
            # The later one moves, or is used more.
            use = replace(each.use, spots=tuple(sorted({*twin.use.spots, *each.use.spots})))
            kept[kept.index(twin)] = replace(each, use=use)
    return Plan(tuple(kept), found, tuple(_conflicts(kept)))


def _place(each: Proposal) -> tuple[str, str]:
    return each.use.key, each.revision


def _conflicts(kept: Sequence[Proposal]) -> Iterator[str]:
    """Models of which files name several revisions."""
    several: dict[str, list[Proposal]] = {}
    for each in kept:
        if each.trouble is None:
            several.setdefault(each.use.key, []).append(each)
    for items in several.values():
        if len(items) > 1:
            said = ", ".join(each.use.ref.revision or "the default" for each in items)
            yield f"{items[0].use.ref.source} is named at several revisions ({said}): each gets a name of its own"
