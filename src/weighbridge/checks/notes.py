"""Notes: what the checks of one file write down, bounded, whatever the file holds.

A check writes findings, and facts for the checks of the whole tree. It judges nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.formats.fault import Fault

MAX_FINDINGS = 200
MAX_FACTS = 2_000
MAX_FACT_CHARACTERS = 20_000
_MAX_MESSAGE = 400
LIMITED: Final = {"limit": "not-inspected"}
"""What was too large to be read on was not looked at."""


class Notes:
    """What was seen in one file and in the members of its archives.

    Args:
        path: The file's manifest path.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self.facts: dict[str, list[Json]] = {}
        self._count = 0

    def add(self, check: str, message: str, *, inside: str = "", severity: Severity | None = None) -> str:
        """Write a finding down, and return its message as it is kept.

        Args:
            check: An id of `weighbridge.core.catalogue`.
            message: One sentence; hostile text in it must be `weighbridge.formats.fault.quoted`.
            inside: The member of an archive that it is about.
            severity: What it weighs, if not what the catalogue says.
        """
        where = f"in {ascii(inside)[1:-1]}: " if inside else ""
        text = (where + message)[:_MAX_MESSAGE]
        finding = Finding(check, self.path, severity or CATALOGUE[check].severity, text)
        if finding in self.findings:
            return text
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)
        elif len(self.findings) == MAX_FINDINGS:
            more = f"more than {MAX_FINDINGS} findings; the others are not listed"
            self.findings.append(Finding("not-inspected", self.path, Severity.UNEXAMINED, more))
        return text

    def faults(
        self,
        check: str,
        faults: Iterable[Fault],
        *,
        inside: str = "",
        instead: Mapping[str, str] | None = None,
        mild: Container[str] = (),
    ) -> None:
        """Write a parser's faults down.

        Args:
            check: What speaks.
            faults: In the order in which they were seen.
            inside: The member of an archive that they are about.
            instead: Another check for the faults of some ids.
            mild: Ids of faults that only warn.
        """
        for fault in faults:
            severity = Severity.WARN if fault.id in mild else None
            text = f"{fault.message} [{fault.id} at byte {fault.offset}]"
            self.add((instead or {}).get(fault.id, check), text, inside=inside, severity=severity)

    def fact(self, name: str, value: Json) -> None:
        """Keep a fact for the tree's checks; too many or too long ones are a finding, never silence."""
        self._count += 1
        text = value if isinstance(value, str) else repr(value)
        if self._count > MAX_FACTS or len(text) > MAX_FACT_CHARACTERS:
            self.add("not-inspected", f"more facts than are kept ({name})")
            return
        self.facts.setdefault(name, []).append(value)
