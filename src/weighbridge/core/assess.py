"""Assessment: what the rules say of one pin, by what its inspection saw and which findings are waived.

A pure function. Whether anybody approved, and whose waivers count, is `weighbridge.core.judge`'s to say; whether the
inspection is genuine is `weighbridge.core.record`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from weighbridge.core import spdx
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.facts import facts
from weighbridge.core.finding import Severity
from weighbridge.core.inspection import COMPLETE
from weighbridge.core.ref import places
from weighbridge.core.rules import OFF, PINNED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from weighbridge.core.approval import Waiver
    from weighbridge.core.canonical import Json
    from weighbridge.core.finding import Finding
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Evaluate
    from weighbridge.core.rules import Expression, Rules

PASS, FAIL, WAIVED = "pass", "fail", "waived"
_DENIES: Final = frozenset({Severity.DENY, Severity.UNEXAMINED})
_OF_CODE: Final = frozenset({"remote-code", "python-code"})
_NAMED = 3


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What one rule says.

    Args:
        rule: The rule, such as ``source`` or ``expression small``.
        state: ``pass``, ``fail`` or ``waived``.
        why: One sentence.
        code: The reason code of a failure, see docs/errors.md; empty otherwise.
        hint: The next step after a failure; empty otherwise.
        findings: The findings that do not pass, or that were waived.
    """

    rule: str
    state: str
    why: str
    code: str = ""
    hint: str = ""
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        return {
            "rule": self.rule,
            "state": self.state,
            "why": self.why,
            "code": self.code,
            "hint": self.hint,
            "findings": [item.to_json() for item in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Assessment:
    """What all rules say.

    Args:
        outcomes: One for each rule.
        waived: Findings that would not pass and are waived.
        denying: Findings that do not pass.
    """

    outcomes: tuple[RuleOutcome, ...]
    waived: tuple[Finding, ...] = ()
    denying: tuple[Finding, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether no rule fails."""
        return not self.failures

    @property
    def failures(self) -> tuple[RuleOutcome, ...]:
        """The rules that fail."""
        return tuple([item for item in self.outcomes if item.state == FAIL])


@dataclass(frozen=True, slots=True)
class _Case:
    """All that a rule may look at; the inspection is there, or the rule looks without one."""

    rules: Rules
    pin: Pin
    inspection: Inspection | None
    inspected_at: datetime | None
    now: datetime


_INSPECTION_OFF: Final = RuleOutcome("inspection", PASS, "no inspection is asked for")
_INSPECTED: Final = RuleOutcome("inspection", PASS, "it was inspected")
_ANY_AGE: Final = RuleOutcome("inspection-age", PASS, "an inspection of any age will do")
_ANY_SOURCE: Final = RuleOutcome("source", PASS, "any source is allowed")
_ANY_FORMAT: Final = RuleOutcome("format", PASS, "every format that the checks pass is allowed")
_ANY_LICENCE: Final = RuleOutcome("licence", PASS, "any licence is allowed")
_ANY_SIZE: Final = RuleOutcome("size", PASS, "any size is allowed")
_NO_SCANNER: Final = RuleOutcome("scanner", PASS, "no further scanner is asked for")
_NO_PUBLISHER: Final = RuleOutcome("publisher", PASS, "no publisher's signature is asked for")
_NO_FINDING: Final = RuleOutcome("findings", PASS, "no finding denies")


def _uninspected(case: _Case) -> RuleOutcome:
    if case.rules.inspection == OFF:
        return _INSPECTION_OFF
    return RuleOutcome(
        "inspection",
        FAIL,
        f"{case.pin.name} was not inspected by anybody whose inspections count",
        code="uninspected",
        hint=f"weighbridge inspect {case.pin.name}",
    )


def _age(case: _Case) -> RuleOutcome:
    limit = case.rules.max_inspection_age
    if limit is None or case.inspected_at is None:
        return _ANY_AGE
    age = case.now - case.inspected_at
    if age < limit:
        return RuleOutcome("inspection-age", PASS, f"the inspection is {age} old; {limit} is allowed")
    return RuleOutcome(
        "inspection-age",
        FAIL,
        f"the newest inspection of {case.pin.name} is {age} old; {limit} is allowed",
        code="stale-inspection",
        hint=f"weighbridge inspect {case.pin.name}",
    )


def matches(source: str, pattern: str) -> bool:
    """Whether a source fits a pattern, part by part: `*` stays within one part, a last part `**` takes any more.

    A step upwards, `..`, fits only itself: else what a pattern allows could lead out of it.
    """
    parts, wanted = source.split("/"), pattern.split("/")
    climbs = {index: part for index, part in enumerate(parts) if part.rpartition(":")[2] == ".."}
    if pattern.partition(":")[2] != "**" and any(wanted[index : index + 1] != [climbs[index]] for index in climbs):
        return False
    if wanted[-1].endswith("**"):
        wanted[-1] = wanted[-1][:-1]
        parts = [*parts[: len(wanted) - 1], "/".join(parts[len(wanted) - 1 :])]
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def is_from(source: str, pattern: str) -> bool:
    """Whether any of what a source names fits a pattern: a model may be put together from several web addresses."""
    return any(matches(place, pattern) for place in places(source))


def _source(case: _Case) -> RuleOutcome:
    allowed, source = case.rules.sources, case.pin.source
    kept_out = next((pattern for pattern in case.rules.denied_sources if is_from(source, pattern)), None)
    if kept_out:
        return RuleOutcome(
            "source",
            FAIL,
            f"{source} is kept out by {kept_out}",
            code="source-denied",
            hint="choose a model of another publisher; policy.denied_sources names those that were revoked",
        )
    if not allowed:
        return _ANY_SOURCE
    found = [next((item for item in allowed if matches(place, item)), "") for place in places(source)]
    if all(found):
        return RuleOutcome("source", PASS, f"{source} is allowed by {', '.join(dict.fromkeys(found))}")
    return RuleOutcome(
        "source",
        FAIL,
        f"{source} is no allowed source ({', '.join(allowed)})",
        code="source-not-allowed",
        hint="choose a model of an allowed source, or let the owners of the policy allow this one: policy.sources",
    )


def _format(case: _Case) -> RuleOutcome:
    allowed, inspection = {*case.rules.formats, "empty"}, case.inspection
    if not case.rules.formats or inspection is None:
        return _ANY_FORMAT
    formats = {file.entry.path: inspection.formats.get(file.entry.path, "unknown") for file in case.pin.files}
    wrong = sorted(path for path, found in formats.items() if found not in allowed)
    if not wrong:
        return RuleOutcome("format", PASS, f"every file is of an allowed format ({', '.join(case.rules.formats)})")
    named = ", ".join(f"{path} ({formats[path]})" for path in wrong[:_NAMED])
    more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    return RuleOutcome(
        "format",
        FAIL,
        f"of no allowed format: {named}{more}",
        code="format-not-allowed",
        hint="add the model again with --exclude, or ask for another format; policy.formats decides",
    )


def _licence(case: _Case) -> RuleOutcome:
    rules = case.rules
    if not rules.allowed_licences and not rules.denied_licences and rules.allows_unknown_licences:
        return _ANY_LICENCE
    found = _licences(case)
    if not found:
        if rules.allows_unknown_licences:
            return RuleOutcome("licence", PASS, "it has no known licence, which is allowed")
        wrong = "it has no known licence"
    else:
        bad = [item for item in found if not spdx.permits(item, rules.allowed_licences, rules.denied_licences)]
        if not bad:
            return RuleOutcome("licence", PASS, f"{', '.join(found)} is allowed")
        wrong = f"{', '.join(bad)} is not an allowed licence"
    return RuleOutcome(
        "licence",
        FAIL,
        f"{case.pin.name}: {wrong}",
        code="licence-denied",
        hint="choose a model of an allowed licence, or ask whoever owns the list: policy.licences",
    )


def _licences(case: _Case) -> list[str]:
    """Known licences: as the inspection saw them, else as the source says."""
    stated = case.pin.metadata.get("licence")
    told = (stated,) if isinstance(stated, str) else ()
    found = case.inspection.facts.get("licences", ()) if case.inspection else told
    return [item for item in found if spdx.is_known(item)]


def _size(case: _Case) -> RuleOutcome:
    most, largest = case.rules.max_model_bytes, case.rules.max_file_bytes
    if most is None and largest is None:
        return _ANY_SIZE
    size, biggest = case.pin.size, max(case.pin.files, key=lambda file: file.entry.size).entry
    if most is not None and size > most:
        wrong = f"{case.pin.name} has {size} bytes; {most} are allowed"
    elif largest is not None and biggest.size > largest:
        wrong = f"{biggest.path} has {biggest.size} bytes; {largest} are allowed in one file"
    else:
        return RuleOutcome("size", PASS, f"{size} bytes, at most {biggest.size} in one file")
    hint = "leave files out with --exclude, or choose a smaller model; policy.max_model_bytes and max_file_bytes decide"
    return RuleOutcome("size", FAIL, wrong, code="too-large", hint=hint)


def _scanner(case: _Case) -> RuleOutcome:
    wanted, inspection = case.rules.scanners, case.inspection
    if not wanted or inspection is None:
        return _NO_SCANNER
    done = {tool.name for tool in inspection.tools if tool.status == COMPLETE}
    missing = [name for name in wanted if name not in done]
    if not missing:
        return RuleOutcome("scanner", PASS, f"{', '.join(wanted)} looked at all of it")
    return RuleOutcome(
        "scanner",
        FAIL,
        f"{', '.join(missing)} did not look at all of {case.pin.name}",
        code="scanner-required",
        hint=f"install what is missing, then weighbridge inspect {case.pin.name}",
    )


def _publisher(case: _Case) -> RuleOutcome:
    wanted, inspection = case.rules.publisher_ids, case.inspection
    if not wanted or inspection is None:
        return _NO_PUBLISHER
    signed = wanted & set(inspection.facts.get("publisher", ()))
    if signed:
        return RuleOutcome("publisher", PASS, f"signed by the publisher with {min(signed)}")
    return RuleOutcome(
        "publisher",
        FAIL,
        f"the inspection of {case.pin.name} found no valid signature by a named publisher",
        code="publisher-unsigned",
        hint="see that model.sig is among the files and weighbridge[publisher] is installed, then inspect again",
    )


_SIMPLE: Final = (_source, _licence, _size)
_OF_INSPECTION: Final = (_age, _format, _scanner, _publisher)


def denying(rules: Rules, inspection: Inspection) -> tuple[Finding, ...]:
    """The findings that do not pass under these rules, before any waiver."""
    code = set(inspection.facts.get("code", ())) if rules.remote_code == PINNED else set[str]()
    found: list[Finding] = []
    for (check, severity), items in inspection.groups.items():
        if rules.weighs(check, severity) not in _DENIES:
            continue
        if check in _OF_CODE and severity is not Severity.UNEXAMINED:
            found += _outside(items, code)
        else:
            found += items
    return tuple(found)


def _outside(items: tuple[Finding, ...], code: AbstractSet[str]) -> list[Finding]:
    """Findings about code other than the pin's own.

    What would run is pinned if the pin has code; if it lies elsewhere, there is a `foreign-reference` as well.
    """
    return [item for item in items if not code or (item.check == "python-code" and item.path not in code)]


def _named(found: tuple[Finding, ...]) -> str:
    named = ", ".join(f"{item.check} in {item.path}" for item in found[:_NAMED])
    return f"{named} and {len(found) - _NAMED} more" if len(found) > _NAMED else named


def _findings(found: tuple[Finding, ...], waived: tuple[Finding, ...], name: str) -> RuleOutcome:
    if found:
        return RuleOutcome(
            "findings",
            FAIL,
            f"what was found does not pass: {_named(found)}",
            code="findings",
            hint=f"see them with: weighbridge inspect {name}; approve can waive one with --waive CHECK:PATH",
            findings=found,
        )
    if waived:
        return RuleOutcome("findings", WAIVED, f"waived: {_named(waived)}", findings=waived)
    return _NO_FINDING


def _expression(item: Expression, document: Mapping[str, Json], evaluate: Evaluate | None) -> RuleOutcome:
    rule, hint = (
        f"expression {item.id}",
        "docs/policy.md says what expressions may ask; policy.expressions holds this one",
    )
    if evaluate is None:
        why = f"{item.id} can't be evaluated here"
        return RuleOutcome(rule, FAIL, why, code="rule-unavailable", hint="upgrade or repair the installation")
    try:
        holds = evaluate(item.expression, document)
    except WeighbridgeError as error:
        return RuleOutcome(rule, FAIL, f"{item.id}: {error.message}", code="expression", hint=hint)
    if holds:
        return RuleOutcome(rule, PASS, item.expression)
    return RuleOutcome(rule, FAIL, item.message or f"{item.id} does not hold", code="expression", hint=hint)


def assess(
    rules: Rules,
    pin: Pin,
    inspection: Inspection | None,
    inspected_at: datetime | None,
    waivers: Collection[Waiver],
    now: datetime,
    evaluate: Evaluate | None = None,
) -> Assessment:
    """What the rules say of a pin.

    Args:
        rules: The rules of the stage.
        pin: The pin, as signed.
        inspection: The newest of its inspections that counts; None if there is none.
        inspected_at: When that was made, as its signer claims.
        waivers: Accepted findings, by check and path; one that has ended accepts nothing.
        now: The time of asking.
        evaluate: Evaluates expressions; without one, each of them fails.
    """
    case = _Case(rules, pin, inspection, inspected_at, now)
    outcomes = [rule(case) for rule in _SIMPLE]
    left, accepted = tuple["Finding", ...](), tuple["Finding", ...]()
    if inspection is None or rules.inspection == OFF:
        outcomes.insert(0, _uninspected(case))
    else:
        outcomes = [_INSPECTED, *outcomes, *[rule(case) for rule in _OF_INSPECTION]]
        found = denying(rules, inspection)
        if found:
            good = {(item.check, item.path) for item in waivers if now < item.until}
            accepted = tuple(item for item in found if (item.check, item.path) in good)
            left = tuple(item for item in found if (item.check, item.path) not in good)
        outcomes.append(_findings(left, accepted, pin.name))
    if rules.expressions:
        document = facts(pin, inspection, inspected_at)
        outcomes += [_expression(item, document, evaluate) for item in rules.expressions]
    return Assessment(tuple(outcomes), accepted, left)


def assess_folder(rules: Rules, inspection: Inspection) -> Assessment:
    """What the rules say of files that nobody pinned: they have no source and no approval, so findings alone count."""
    found = denying(rules, inspection)
    return Assessment((_findings(found, (), "PATH"),), (), found)
