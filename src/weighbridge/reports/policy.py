"""What the rules say, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.explanation import Explanation


def explanation_lines(found: Sequence[Explanation]) -> list[str]:
    """Each rule of each stage with its state and why, and every waiver that counts."""
    lines = []
    for item in found:
        says = "passes" if item.assessment.passes else "does not pass"
        lines.append(f"{item.pin.name} {short(item.pin.digest)} {says} the rules of {item.stage}")
        for rule in item.assessment.outcomes:
            lines.append(f"  {rule.state:<6}  {rule.rule}: {rule.why}")
            lines += [f"            {row.severity}  {row.check}  {row.path}: {row.message}" for row in rule.findings]
            lines += [f"            next: {rule.hint}"] if rule.hint else []
        lines += [f"  waived by {row.by}: {row.check} in {row.path}: {row.reason}" for row in item.grants]
    return lines
