"""Lineage: the graph of parents of one model's evidence. It knows nothing of what is said or who counts."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.attestation import Attestation


def in_order(found: Mapping[str, Attestation], name: str) -> list[Attestation]:
    """Parents first; among the free ones the earlier claimed time, then the id.

    Raises:
        IntegrityError: A parent is missing.
    """
    waiting = {key: len(item.statement.parents[name]) for key, item in found.items()}
    children: dict[str, list[str]] = {key: [] for key in found}
    for key, item in found.items():
        for parent in item.statement.parents[name]:
            if parent not in found:
                raise IntegrityError(
                    f"evidence {parent[:16]} of {name} is missing",
                    code="missing-parent",
                    hint="restore it from Git: git log --diff-filter=D -- models/*/evidence",
                    details={"missing": parent, "named_by": key},
                )
            children[parent].append(key)
    free = [(item.statement.issued_at, key) for key, item in found.items() if not waiting[key]]
    heapq.heapify(free)
    ordered = []
    while free:
        _, key = heapq.heappop(free)
        ordered.append(found[key])
        for child in children[key]:
            waiting[child] -= 1
            if not waiting[child]:
                heapq.heappush(free, (found[child].statement.issued_at, child))
    return ordered


def past(found: Mapping[str, Attestation], name: str, last: str) -> frozenset[str]:
    """An attestation and everything that it descends from; nothing if it is not there.

    Args:
        found: A model's attestations by id.
        name: The model.
        last: The attestation's id.
    """
    seen: set[str] = set()
    waiting = [last]
    while waiting:
        key = waiting.pop()
        if key in found and key not in seen:
            seen.add(key)
            waiting += found[key].statement.parents[name]
    return frozenset(seen)


def leaves(found: Mapping[str, Attestation], name: str) -> tuple[str, ...]:
    """Ids of the attestations that no other names as parent, sorted."""
    named = {parent for item in found.values() for parent in item.statement.parents[name]}
    return tuple(sorted(set(found) - named))
