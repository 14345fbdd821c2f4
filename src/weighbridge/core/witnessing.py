"""Witnessing: who has seen which evidence of a record, by parents.

It knows places in the ledger and nothing of what is said, save which inspections speak of a digest. Claimed times order
nothing here: the earliest of several witnesses is merely the one whose claim bounds most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.trail_entry import Witness

if TYPE_CHECKING:
    from weighbridge.core.record import Event, Record


class Lineage:
    """The graph of one record.

    Args:
        record: The record.
    """

    def __init__(self, record: Record) -> None:
        self._events = record.events
        self._places: dict[str, int] = {}
        # One bit a place: sets of places as whole numbers cost a thousandth of sets of ids.
        self._above: list[int] = []
        for place, event in enumerate(record.events):
            seen = 0
            for parent in event.attestation.statement.parents[record.name]:
                above = self._places[parent]
                seen |= self._above[above] | 1 << above
            self._places[event.attestation.id] = place
            self._above.append(seen)
        counted = [place for place, event in enumerate(record.events) if not event.fault]
        self._earliest = sorted(counted, key=lambda place: _claim(record.events[place]))

    def descends(self, key: str, ancestor: str) -> bool:
        """Whether the writer of one attestation had seen the other."""
        return bool(self._above[self._places[key]] >> self._places[ancestor] & 1)

    def witness(self, event: Event) -> Witness | None:
        """The earliest claim by somebody else whose counted evidence descends from an event; None if there is none.

        Evidence that no trusted key signed has none: nobody can tell whether its writer is somebody else.
        """
        own = {person.id for person in event.people}
        for place in self._earliest if own else ():
            other = self._events[place]
            by = tuple(sorted({person.id for person in other.people} - own))
            if by and self.descends(other.attestation.id, event.attestation.id):
                statement = other.attestation.statement
                return Witness(by, statement.issued_at, statement.type, other.attestation.id)
        return None

    def inspections(self, event: Event, digest: str) -> tuple[str, ...]:
        """The newest counted inspections of a digest that an event's writer had seen; several where branches met."""
        seen = [
            item.attestation.id
            for item in self._events
            if item.attestation.statement.type == "inspection"
            and not item.fault
            and any(subject.digest == digest for subject in item.attestation.statement.subjects)
            and self.descends(event.attestation.id, item.attestation.id)
        ]
        return tuple(key for key in seen if not any(self.descends(other, key) for other in seen))


def _claim(event: Event) -> tuple[float, str]:
    return event.attestation.statement.issued_at.timestamp(), event.attestation.id
