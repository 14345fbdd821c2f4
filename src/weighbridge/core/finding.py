"""Finding: what one check saw in one file, or that it could not look.

"Could not look" is a finding, never silence. This module does not decide: the policy does.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

DOCS_URL = "https://weighbridge.dev/docs/checks"


class Severity(enum.StrEnum):
    """How much a finding weighs; `deny` and `unexamined` do not pass unless waived."""

    NOTE = "note"
    WARN = "warn"
    DENY = "deny"
    UNEXAMINED = "unexamined"

    @property
    def weight(self) -> int:
        """From 0, the lightest first; what could not be examined may be anything."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What one check saw in one file.

    Args:
        check: The check's id.
        path: The file's manifest path.
        severity: How much it weighs.
        message: What was seen, in one sentence.
    """

    check: str
    path: str
    severity: Severity
    message: str

    @property
    def passes(self) -> bool:
        """Whether the file may be used in spite of this finding."""
        return self.severity in {Severity.NOTE, Severity.WARN}

    @property
    def url(self) -> str:
        """Where the check is documented."""
        return f"{DOCS_URL}#{self.check}"

    def to_json(self) -> dict[str, Json]:
        """The finding's published JSON."""
        return {
            "check": self.check,
            "severity": str(self.severity),
            "path": self.path,
            "message": self.message,
            "url": self.url,
        }
