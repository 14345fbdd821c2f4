"""An audit: the trails of the models that were asked about, what was verified now, and what the registry shows.

It brings together what others found, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.divergence import Code

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json
    from weighbridge.core.deployments import Deployed
    from weighbridge.core.divergence import Comparison, Divergence
    from weighbridge.core.trail_entry import Trail

# A registry may be shared: what others keep there is told, and is no fault of ours.
_OTHERS = frozenset({Code.MODEL_UNGOVERNED, Code.MODEL_ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Checked:
    """The bytes of one live pin, read and compared now; or evidence that can't be matched with the lock.

    Args:
        name: The governed name.
        digest: The pin's digest; None if the lock of the model differs from its evidence.
        size_bytes: How many bytes had to be read.
        problems: Every difference; empty if there is none.
    """

    name: str
    digest: str | None
    size_bytes: int
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        return {
            "name": self.name,
            "digest": self.digest,
            "size_bytes": self.size_bytes,
            "good": not self.problems,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Args:
        trails: By model, in the order asked for.
        checked: What was verified now; None if nobody asked for it.
        registry: Registry and signed state beside each other; None if the registry was not asked.
        deployments: The runs on record here that were given one of the models, the newest first.
    """

    trails: tuple[Trail, ...]
    checked: tuple[Checked, ...] | None = None
    registry: Comparison | None = None
    deployments: tuple[Deployed, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything that was verified is as it was signed."""
        return not any(item.problems for item in self.checked or ())

    @property
    def runs_believed(self) -> bool:
        """Whether every run on record has a signature and grounds that count."""
        return not any(item.problems for item in self.deployments)

    @property
    def diverging(self) -> bool:
        """Whether the registry shows something else than signed state; models of others aside."""
        told = any(self.divergences(item.name) for item in self.trails)
        return told or any(item.code not in _OTHERS for item in self.ungoverned)

    @property
    def view(self) -> str:
        """What the registry's view comes to: ``same``, ``diverges``, ``failed`` or ``skipped``."""
        if self.registry is None:
            return "skipped"
        if self.diverging:
            return "diverges"
        return "failed" if self.registry.trouble else "same"

    def divergences(self, name: str) -> tuple[Divergence, ...]:
        """What the registry shows otherwise of one model."""
        return self.registry.divergences.get(name, ()) if self.registry else ()

    @property
    def ungoverned(self) -> tuple[Divergence, ...]:
        """What the registry shows of models that nobody governs here, if it was asked about all of them."""
        return (self.registry.ungoverned if self.registry else None) or ()

    def to_json(self) -> dict[str, Json]:
        """The audit's published JSON, without its schema."""
        whole = self.registry is not None and self.registry.ungoverned is not None
        return {
            "models": [self._model(item) for item in self.trails],
            "deployments": [item.to_json() for item in self.deployments],
            "ungoverned": [item.to_json() for item in self.ungoverned] if whole else None,
            "registry": self._registry(),
            "verified": self._verified(),
        }

    def _model(self, trail: Trail) -> dict[str, Json]:
        found = None if self.registry is None else self.registry.divergences.get(trail.name)
        return {**trail.to_json(), "divergences": None if found is None else [item.to_json() for item in found]}

    def _registry(self) -> Json:
        if self.registry is None:
            return {"state": "skipped", "problem": None}
        trouble = self.registry.trouble
        if trouble is None:
            return {"state": "compared", "problem": None}
        return {"state": "failed", "problem": dict(zip(("code", "message", "hint"), trouble, strict=True))}

    def _verified(self) -> Json:
        if self.checked is None:
            return None
        return {"good": self.good, "pins": [item.to_json() for item in self.checked], "registry": self.view}
