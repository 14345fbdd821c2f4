"""Other scanners as evidence: picklescan, which is bundled, and programs that run in environments of their own.

What they find counts; that they find nothing proves nothing. This package chooses no scanner: the caller does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks.scanners.fickling import Fickling
from weighbridge.checks.scanners.modelaudit import Modelaudit
from weighbridge.checks.scanners.modelscan import Modelscan
from weighbridge.checks.scanners.purser import Purser
from weighbridge.core.inspection import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.checks.scanners.program import Dialect

SCANNERS: Final[Mapping[str, Callable[[], Dialect]]] = {
    made.name: made for made in (Fickling, Modelaudit, Modelscan, Purser)
}
"""The scanners that are programs, by name."""
NAMES: Final = frozenset({BUNDLED, *SCANNERS})
"""Every scanner that a policy may name."""
