"""An inspector that looks at names alone: every file is clean unless a test says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import UsageError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import COMPLETE, MISSING, Inspection, Tool

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.ports import Progress

KNOWN = ("fickling", "modelaudit", "modelscan", "picklescan", "purser")


def _sizes(folder: Path) -> dict[str, int]:
    if folder.is_file():
        return {folder.name: folder.stat().st_size}
    if not folder.is_dir():
        raise UsageError(f"there is nothing at {folder}", code="no-files")
    found = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}
    return {name: names[name] for name in sorted(names) if not name.startswith(".git/")}


def _foreign(text: str, *, governed: bool) -> Finding:
    return Finding("foreign-reference", "config.json", Severity.WARN if governed else Severity.DENY, f"fetches {text}")


class FakeInspector:
    """A `weighbridge.core.ports.Inspector`.

    Args:
        findings: What it finds about a path, if that file is there; the path ``.`` is always there.
        formats: Formats by path; ``text`` for others.
        facts: The inspection's facts.
    """

    def __init__(
        self,
        *findings: Finding,
        formats: Mapping[str, str] | None = None,
        facts: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.findings = list(findings)
        self.formats = dict(formats or {})
        self.facts = dict(facts or {})
        self.ruleset = "sha256:" + "7" * 64
        self.missing: set[str] = set()
        """Scanners that are not installed."""
        self.seen: list[dict[str, int]] = []
        """The files of every call."""
        self.reaching: dict[str, tuple[str, ...]] = {}
        """What the configuration of models reaches for, by their source."""

    def inspect(
        self,
        folder: Path,
        files: Mapping[str, int] | None,
        *,
        source: str = "",
        metadata: Mapping[str, Json] | None = None,
        progress: Progress,
        scanners: Sequence[str] = ("picklescan",),
        governed: Collection[str] = (),
    ) -> Inspection:
        del metadata
        reaching = self.reaching.get(source, ())
        reached = [_foreign(text, governed=text.lower() in governed) for text in reaching]
        for name in scanners:
            if name not in KNOWN:
                raise UsageError(f"there is no scanner {name}", code="unknown-scanner")
        there = _sizes(folder) if files is None else dict(files)
        self.seen.append(there)
        progress.begin("inspect", sum(there.values()))
        progress.advance(sum(there.values()))
        progress.end()
        return Inspection(
            findings=tuple(sorted(finding for finding in [*self.findings, *reached] if finding.path in {*there, "."})),
            formats={path: self.formats.get(path, "text") for path in there},
            facts={"code": (), "licences": (), "references": tuple(sorted(reaching)), "requirements": (), **self.facts},
            tools=tuple(
                Tool(name, "1", MISSING if name in self.missing else COMPLETE)
                for name in sorted({"weighbridge", *scanners})
            ),
            ruleset=self.ruleset,
        )
