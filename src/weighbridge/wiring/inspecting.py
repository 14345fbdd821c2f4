"""What `inspect` is asked about: governed names, folders or files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.core.assess import assess_folder
from weighbridge.core.errors import UsageError
from weighbridge.core.inspection import BUNDLED
from weighbridge.core.outcome import InspectionOutcome
from weighbridge.core.rules import Rules
from weighbridge.wiring.examining import inspector
from weighbridge.wiring.project import open_project
from weighbridge.wiring.root import find_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.ports import Progress


def inspected(
    targets: Sequence[str],
    progress: Progress,
    *,
    key: str | None = None,
    again: bool = False,
    scanners: Sequence[str] = (),
) -> tuple[InspectionOutcome, ...]:
    """Inspect governed models, folders and files, in the order in which they were named; no target is all models.

    A governed name comes before a folder of that name: ``./name`` is always the folder. Folders and files need no
    project; inside one its rules about findings hold for them too.

    Raises:
        UsageError: A target is neither (code ``unknown-target``).
        ConfigError: No target, and no project.
        IntegrityError: A model's bytes are not what was signed.
    """
    project = open_project(progress=progress) if not targets or find_root() else None
    names = project.custody.workspace.names() if project else ()
    missing = [item for item in targets if item not in names and not Path(item).exists()]
    if missing:
        raise UsageError(
            f"{missing[0]!r} is neither a governed model nor a folder or file",
            code="unknown-target",
            hint=f"governed: {', '.join(names) or 'none'}",
        )
    rules = project.custody.policy.rules if project else Rules()
    found: list[InspectionOutcome] = []
    for target in dict.fromkeys(targets or names):
        if project is not None and target in names:
            found += project.custody.inspect([target], key=key, again=again)
        else:
            found.append(_folder(target, rules, progress, scanners))
    return tuple(found)


def _folder(target: str, rules: Rules, progress: Progress, scanners: Sequence[str]) -> InspectionOutcome:
    wanted = tuple(sorted({BUNDLED, *rules.scanners, *scanners}))
    inspection = inspector().inspect(Path(target), None, progress=progress, scanners=wanted)
    return InspectionOutcome(target, None, inspection, None, assess_folder(rules, inspection), changed=False)
