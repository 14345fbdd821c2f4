"""One change to a project's files, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

PROJECT_PROBES = frozenset({"local", "trusted"})
STORE_PROBES = frozenset({"trusted", "consumer", "seen"})
BUNDLE_PROBES = frozenset({"bundle", "bundle-seen"})
ALL_PROBES = PROJECT_PROBES | STORE_PROBES | BUNDLE_PROBES

Act: TypeAlias = Callable[[Path], None]
"""Something done to the folder beyond files: to MLflow's database, say."""


@dataclass(frozen=True)
class Mutation:
    """One change.

    Args:
        artefact: What is changed, such as ``evidence/approval``.
        kind: How, such as ``leaf changed``.
        where: Which file and leaf of it; the same for every world.
        files: Contents by path below the base; None for a file that is deleted.
        names: The models that probes ask about.
        probes: The probes that read what is changed.
        registry: Statements for MLflow's database.
        locus: The leaf's path without names and indices: what classes are told apart by.
    """

    artefact: str
    kind: str
    where: str
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    probes: frozenset[str] = ALL_PROBES
    registry: tuple[str, ...] = ()
    locus: str = ""

    @property
    def label(self) -> str:
        return f"{self.artefact}: {self.where}: {self.kind}"
