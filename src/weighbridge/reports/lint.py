"""Lint for people, for code scanning dashboards and for annotations on a pull request."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from weighbridge.core.lint_report import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.core.canonical import Json
    from weighbridge.core.lint_report import LintReport, Remark, Told

    Shown = Callable[[str], str]

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
DOCUMENTATION: Final = "https://weighbridge.dev/docs/lint.md"
_GITHUB_LEVELS: Final = {"error": "error", "note": "notice"}


def lint_lines(report: LintReport, shown: Shown) -> list[str]:
    """Every reference that counts, at its place, with the next step; then how many there are.

    Args:
        report: The report.
        shown: Gives a path as a person here names it.
    """
    lines: list[str] = []
    for each in (*report.errors, *report.notes):
        linted = each.linted
        rule = f" [{linted.mention.rule}]"
        lines.append(f"{_place(each, shown)}: {each.level}: {linted.ruling}: {linted.message}{rule}")
        if linted.hint:
            lines.append(f"  next: {linted.hint}")
    lines += [f"{_remark_place(item, shown)}: {item.level}: {item.message}" for item in report.remarks]
    return [*lines, _summary(report)]


def _place(told: Told, shown: Shown) -> str:
    spot = told.linted.mention.spot
    cell = f"cell {spot.cell}:" if spot.cell is not None else ""
    return f"{shown(spot.path)}:{cell}{spot.line}:{spot.column}"


def _remark_place(remark: Remark, shown: Shown) -> str:
    cell = f":cell {remark.cell}" if remark.cell is not None else ""
    return f"{shown(remark.path)}{cell}{f':{remark.line}' if remark.line else ''}"


def _summary(report: LintReport) -> str:
    counts = Counter(str(each.linted.ruling) for each in report.told if not each.excused)
    excused = sum(bool(each.excused) for each in report.told)
    listed = ", ".join(f"{counts[name]} {name}" for name in sorted(counts)) or "no models named"
    verdict = "deny" if report.fails else "allow"
    files = f"{report.files} file{'' if report.files == 1 else 's'}"
    return f"{verdict}: {listed} in {files}" + (f"; {excused} excused" if excused else "")


def lint_annotations(report: LintReport, shown: Shown) -> list[str]:
    """Workflow commands of GitHub Actions, one line each.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands

    Args:
        report: The report.
        shown: Gives a path relative to the repository.
    """
    return [*_annotations(report, shown), _summary(report)]


def _annotations(report: LintReport, shown: Shown) -> Iterator[str]:
    for each in (*report.errors, *report.notes):
        linted, spot = each.linted, each.linted.mention.spot
        hint = f"; next: {linted.hint}" if linted.hint else ""
        # Within a notebook's cell, a line is none of the file.
        place = {"line": str(spot.line), "col": str(spot.column)} if spot.cell is None else {}
        cell = f"cell {spot.cell}, line {spot.line}: " if spot.cell is not None else ""
        yield _command(
            _GITHUB_LEVELS[each.level],
            {"file": shown(spot.path), **place, "title": f"weighbridge {linted.ruling}"},
            f"{cell}{linted.message}{hint}",
        )
    for item in report.remarks:
        place = {"line": str(item.line)} if item.line and item.cell is None else {}
        yield _command(
            _GITHUB_LEVELS[item.level], {"file": shown(item.path), **place, "title": "weighbridge"}, item.message
        )


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_escaped(value, ',:')}" for key, value in properties.items())
    return f"::{name} {listed}::{_escaped(message, '')}"


def _escaped(text: str, more: str) -> str:
    for letter in ("%", "\r", "\n", *more):
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text


def lint_sarif(report: LintReport, shown: Shown, version: str) -> dict[str, Json]:
    """One SARIF 2.1.0 log (OASIS); what is excused is suppressed, not left out.

    Args:
        report: The report.
        shown: Gives a path relative to the repository.
        version: The program's version.
    """
    told = [each for each in report.told if each.level]
    rulings = sorted({str(each.linted.ruling) for each in told})
    rules: list[Json] = [{"id": name, "helpUri": f"{DOCUMENTATION}#{name}"} for name in rulings]
    notifications: list[Json] = [
        {
            "level": item.level,
            "message": {"text": item.message},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(shown(item.path))}}}],
        }
        for item in report.remarks
    ]
    driver: dict[str, Json] = {
        "name": "weighbridge",
        "version": version,
        "informationUri": "https://weighbridge.dev",
        "rules": rules,
    }
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, shown, rulings) for each in told],
            }
        ],
    }


def _uri(path: str) -> str:
    """A path as a URI reference (RFC 3986); bytes that are no UTF-8 are kept."""
    return quote(path.encode("utf-8", "surrogateescape"))


def _result(told: Told, shown: Shown, rulings: list[str]) -> Json:
    linted, spot = told.linted, told.linted.mention.spot
    where: dict[str, Json] = {"artifactLocation": {"uri": _uri(shown(spot.path))}}
    cell = f"cell {spot.cell}, line {spot.line}: " if spot.cell is not None else ""
    if spot.cell is None:
        where["region"] = {"startLine": spot.line, "startColumn": spot.column}
    name = "\n".join((shown(spot.path), *identity(linted)[1:]))
    result: dict[str, Json] = {
        "ruleId": str(linted.ruling),
        "ruleIndex": rulings.index(str(linted.ruling)),
        "level": told.level,
        "kind": "fail",
        "message": {"text": f"{cell}{linted.message}" + (f" (next: {linted.hint})" if linted.hint else "")},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"weighbridge/v1": sha256(name.encode("utf-8", "surrogatepass")).hexdigest()},
        "properties": {"extractor": linted.mention.rule, "what": linted.mention.what},
    }
    if told.excused:
        result["suppressions"] = [{"kind": "inSource", "justification": told.excused}]
    return result
