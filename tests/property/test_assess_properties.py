"""Assessment only ever moves one way: more waivers never deny, stricter rules never allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.statements import NOON
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core import spdx
from weighbridge.core.approval import Waiver
from weighbridge.core.assess import assess
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import united
from weighbridge.core.rules import OFF, PINNED, REQUIRED, Rules

if TYPE_CHECKING:
    from weighbridge.core.inspection import Inspection

CHECKS = st.sampled_from(["pickle-globals", "credential", "remote-code", "python-code", "not-inspected", "newer-check"])
PATHS = st.sampled_from(["config.json", "model.safetensors", "a.py", "."])
SEVERITIES = st.sampled_from(list(Severity))
FINDINGS = st.builds(Finding, CHECKS, PATHS, SEVERITIES, st.just("seen"))
LICENCES = st.sampled_from(["MIT", "Apache-2.0", "GPL-3.0-only OR MIT", "unknown", "MIT AND (", ""])


@st.composite
def inspections(draw: st.DrawFn) -> Inspection:
    facts = {
        "code": tuple(draw(st.lists(st.just("a.py"), max_size=1))),
        "licences": tuple(draw(st.lists(LICENCES, max_size=2))),
    }
    return inspection_of(FIRST, *draw(st.lists(FINDINGS, max_size=5, unique=True)), facts=facts)


WAIVERS = st.lists(st.builds(Waiver, CHECKS, PATHS, st.just("why"), st.just(NOON + timedelta(hours=1))), max_size=4)
RULES = st.builds(
    Rules,
    sources=st.sampled_from([(), ("hf:org/*",), ("hf:other/*",)]),
    formats=st.sampled_from([(), ("json",), ("gguf",)]),
    licences_allow=st.sampled_from([(), ("MIT",)]),
    licences_unknown=st.sampled_from(["", "allow", "deny"]),
    max_model_bytes=st.sampled_from([None, 5, 50]),
    remote_code=st.sampled_from(["deny", PINNED]),
    severities=st.sampled_from([{}, {"credential": Severity.NOTE}]),
    scanners=st.sampled_from([(), ("weighbridge",), ("absent",)]),
    max_inspection_age=st.sampled_from([None, timedelta(minutes=1), timedelta(days=1)]),
)
SEEN = st.none() | inspections()


def passes(rules: Rules, seen: Inspection | None, waivers: list[Waiver]) -> bool:
    at = None if seen is None else NOON - timedelta(minutes=5)
    return assess(rules, FIRST, seen, at, waivers, NOON).passes


@given(RULES, SEEN, WAIVERS, WAIVERS)
def test_more_waivers_never_deny(rules: Rules, seen: Inspection | None, some: list[Waiver], more: list[Waiver]) -> None:
    assert not passes(rules, seen, some) or passes(rules, seen, [*some, *more])


STRICTER = st.sampled_from(
    [
        {"sources": ("hf:other/*",)},
        {"formats": ("gguf",)},
        {"licences_deny": ("Apache-2.0",)},
        {"licences_unknown": "deny"},
        {"max_model_bytes": 3},
        {"max_file_bytes": 3},
        {"remote_code": "deny"},
        {"severities": {"credential": Severity.DENY, "pickle-globals": Severity.DENY}},
        {"scanners": ("absent", "weighbridge")},
        {"max_inspection_age": timedelta(seconds=1)},
    ]
)


@given(RULES, SEEN, WAIVERS, STRICTER)
def test_stricter_rules_never_allow(
    rules: Rules, seen: Inspection | None, waivers: list[Waiver], change: dict[str, Any]
) -> None:
    stricter = replace(rules, **change)
    assert not passes(stricter, seen, waivers) or passes(rules, seen, waivers)


@given(RULES, inspections(), inspections(), WAIVERS)
def test_inspections_together_never_pass_where_one_does_not(
    rules: Rules, some: Inspection, other: Inspection, waivers: list[Waiver]
) -> None:
    # What either saw may help in three ways: a licence is known, a scanner looked, the code that runs is pinned.
    strict = replace(rules, remote_code="deny", licences_unknown="allow", scanners=())
    each = passes(strict, some, waivers) and passes(strict, other, waivers)
    assert not passes(strict, united([some, other]), waivers) or each


@given(SEEN, WAIVERS)
def test_asking_for_no_inspection_never_denies_more(seen: Inspection | None, waivers: list[Waiver]) -> None:
    assert not passes(Rules(inspection=REQUIRED), seen, waivers) or passes(Rules(inspection=OFF), seen, waivers)


@given(st.lists(FINDINGS, max_size=5, unique=True))
def test_without_waivers_and_overrides_every_serious_finding_denies(found: list[Finding]) -> None:
    serious = any(item.severity in {Severity.DENY, Severity.UNEXAMINED} for item in found)
    assert passes(Rules(), inspection_of(FIRST, *found), []) is not serious


@given(st.sampled_from(sorted(CATALOGUE)), SEVERITIES, SEVERITIES)
def test_what_was_not_examined_stays_so(check: str, weight: Severity, severity: Severity) -> None:
    lowest = CATALOGUE[check].lowest
    order = [Severity.NOTE, Severity.WARN, Severity.DENY, Severity.UNEXAMINED]
    if Severity.UNEXAMINED in {lowest, weight} or order.index(weight) < order.index(lowest):
        return
    rules = Rules(severities={check: weight})
    assert (rules.weighs(check, severity) is Severity.UNEXAMINED) is (severity is Severity.UNEXAMINED)


@given(
    st.text("aA-. ()", max_size=60) | st.lists(st.sampled_from(["(", ")", "and", "or", "with", "mit"])).map(" ".join)
)
def test_any_text_is_permitted_or_not_and_never_both_listed_and_denied(text: str) -> None:
    assert spdx.permits(text, frozenset(), frozenset({"mit"})) <= spdx.permits(text, frozenset(), frozenset())
    assert spdx.permits(text, frozenset({"mit"}), frozenset()) <= spdx.permits(text, frozenset(), frozenset())
