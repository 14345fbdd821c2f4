from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.pins import make_pin
from tests.fakes.statements import NOON
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.approval import Waiver
from weighbridge.core.assess import Assessment, assess, assess_folder
from weighbridge.core.errors import ConfigError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.origin import is_from, matches
from weighbridge.core.rules import OFF, PINNED, Expression, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin

DAY = timedelta(days=1)
PICKLE = Finding("pickle-globals", "model.safetensors", Severity.DENY, "os.system")
CRASH = Finding("not-inspected", "config.json", Severity.UNEXAMINED, "it crashed")
SECRET = Finding("credential", "config.json", Severity.WARN, "a key")
ADDRESS = Finding("network-address", "config.json", Severity.NOTE, "an address")
KEY = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----"


def assessed(
    rules: Rules,
    inspection: Inspection | None = None,
    waivers: Sequence[Waiver] = (),
    pin: Pin = FIRST,
    now_days: int = 0,
) -> Assessment:
    seen = inspection or inspection_of(pin)
    return assess(rules, pin, seen, NOON, waivers, NOON + now_days * DAY)


def codes(found: Assessment) -> list[str]:
    assert found.passes is not bool(found.failures)
    assert all(item.why for item in found.outcomes)
    assert all(bool(item.code) is bool(item.hint) is (item.state == "fail") for item in found.outcomes)
    return [item.code for item in found.failures]


def state(found: Assessment, rule: str) -> str:
    return next(item.state for item in found.outcomes if item.rule == rule)


def test_what_is_clean_passes() -> None:
    found = assessed(Rules(), inspection_of(FIRST, SECRET, ADDRESS))
    assert codes(found) == []
    assert [item.rule for item in found.outcomes] == [
        "inspection",
        "source",
        "licence",
        "size",
        "inspection-age",
        "format",
        "scanner",
        "publisher",
        "findings",
    ]


def test_without_an_inspection_nothing_passes_unless_none_is_asked_for() -> None:
    none = assess(Rules(), FIRST, None, None, (), NOON)
    assert codes(none) == ["uninspected"]
    assert none.failures[0].hint == "weighbridge inspect minilm"
    assert codes(assess(Rules(inspection=OFF), FIRST, None, None, (), NOON)) == []
    assert codes(assessed(Rules(inspection=OFF), inspection_of(FIRST, PICKLE))) == []


def test_findings_that_deny_and_files_that_could_not_be_examined() -> None:
    found = assessed(Rules(), inspection_of(FIRST, PICKLE, CRASH, SECRET))
    assert codes(found) == ["findings"]
    assert set(found.denying) == {PICKLE, CRASH}
    assert found.failures[0].why.startswith("what was found does not pass: not-inspected in config.json")
    many = [Finding("pickle-globals", f"{number}.bin", Severity.DENY, "x") for number in range(9)]
    assert assessed(Rules(), inspection_of(FIRST, *many)).failures[0].why.endswith(" and 6 more")


def test_a_policy_may_raise_and_lower() -> None:
    seen = inspection_of(FIRST, SECRET)
    assert codes(assessed(Rules(severities={"credential": Severity.DENY}), seen)) == ["findings"]
    template = Finding("template-suspicious", "config.json", Severity.DENY, "a trigger")
    assert codes(assessed(Rules(), inspection_of(FIRST, template))) == ["findings"]
    lower = Rules(severities={"template-suspicious": Severity.WARN})
    assert codes(assessed(lower, inspection_of(FIRST, template))) == []


def test_a_waiver_is_for_one_check_one_path_and_its_time() -> None:
    seen = inspection_of(FIRST, PICKLE)
    good = Waiver("pickle-globals", "model.safetensors", "looked", NOON + DAY)
    found = assessed(Rules(), seen, [good])
    assert codes(found) == []
    assert (state(found, "findings"), found.waived) == ("waived", (PICKLE,))
    assert codes(assessed(Rules(), seen, [good], now_days=1)) == ["findings"]
    for other in (
        Waiver("pickle-globals", "other", "", NOON + DAY),
        Waiver("pickle-structure", "model.safetensors", "", NOON + DAY),
    ):
        assert codes(assessed(Rules(), seen, [other])) == ["findings"]
    both = assessed(Rules(), inspection_of(FIRST, PICKLE, CRASH), [good])
    assert (both.denying, both.waived) == ((CRASH,), (PICKLE,))


@pytest.mark.parametrize(
    ("check", "path", "code", "passes"),
    [
        ("python-code", "modeling.py", ("modeling.py",), True),
        ("python-code", "other.py", ("modeling.py",), False),
        ("remote-code", "config.json", ("modeling.py",), True),
        ("remote-code", "config.json", (), False),
        ("foreign-reference", "config.json", ("modeling.py",), False),
    ],
)
def test_code_inside_the_pin(check: str, path: str, code: tuple[str, ...], passes: bool) -> None:  # noqa: FBT001 - a row
    seen = inspection_of(FIRST, Finding(check, path, Severity.DENY, "code"), facts={"code": code})
    assert assessed(Rules(remote_code=PINNED), seen).passes is passes
    assert not assessed(Rules(), seen).passes
    unseen = inspection_of(FIRST, Finding(check, path, Severity.UNEXAMINED, "code"), facts={"code": code})
    assert not assessed(Rules(remote_code=PINNED), unseen).passes


@pytest.mark.parametrize(
    ("pattern", "source", "fits"),
    [
        ("hf:org/*", "hf:org/minilm", True),
        ("hf:org/mini*", "hf:org/minilm", True),
        ("hf:*/minilm", "hf:org/minilm", True),
        ("hf:**", "hf:org/minilm", True),
        ("hf:org/**", "hf:org/minilm", True),
        ("file:**", "file:a/b/c", True),
        ("hf:*", "hf:org/minilm", False),
        ("hf:or/*", "hf:org/minilm", False),
        ("hf:Org/*", "hf:org/minilm", False),
        ("hf:org/*", "hf:org-evil/minilm", False),
        ("hf:org/*", "hf:evil/org/minilm", False),
        ("hf:org/*/x", "hf:org/minilm", False),
        ("hf:org/**", "hf:evil/org", False),
        ("hf:**", "file:hf:x", False),
        ("hf:a/b/**", "hf:a", False),
        ("file:good/**", "file:good/../evil", False),
        ("file:good/*/*", "file:good/../evil", False),
        ("file:*", "file:..", False),
        ("file:*/x", "file:../x", False),
        ("file:../*", "file:../x", True),
        ("file:**", "file:../x", True),
        ("https://good/**", "https://good/a/b#sha256=0", True),
        ("https://good/**", "https://good.evil/a", False),
        ("https://*.good/**", "https://a.good/b", True),
        ("file:my models/*", "file:my models/x", True),
    ],
)
def test_sources(pattern: str, source: str, fits: bool) -> None:  # noqa: FBT001 - a row of the table
    assert matches(source, pattern) is fits
    pin = make_pin(source=source)
    assert codes(assessed(Rules(sources=("oci:x/*", pattern)), pin=pin)) == ([] if fits else ["source-not-allowed"])


def test_every_address_of_a_model_has_to_be_allowed() -> None:
    pin = make_pin(source="https://good/a https://other/b")
    good, other = "https://good/**", "https://other/*"
    assert codes(assessed(Rules(sources=(good,)), pin=pin)) == ["source-not-allowed"]
    assert codes(assessed(Rules(sources=(other,)), pin=pin)) == ["source-not-allowed"]
    assert codes(assessed(Rules(sources=(other, good)), pin=pin)) == []
    for pattern in (good, other):
        assert codes(assessed(Rules(denied_sources=(pattern,)), pin=pin)) == ["source-denied"]
    # A folder's name may have spaces: it is one place.
    assert not is_from("file:a https://evil/b", "https://evil/*")


def test_weights_that_somebody_named_need_a_rule_of_their_own() -> None:
    pin = make_pin(source="torchhub:good/net#tiny https://other/w.pth")
    assert codes(assessed(Rules(sources=("torchhub:good/**",)), pin=pin)) == ["source-not-allowed"]
    assert codes(assessed(Rules(sources=("torchhub:good/*", "https://other/**")), pin=pin)) == []
    assert codes(assessed(Rules(denied_sources=("https://other/**",)), pin=pin)) == ["source-denied"]


def test_formats() -> None:
    seen = inspection_of(FIRST)
    assert codes(assessed(Rules(formats=("json",)), seen)) == []
    wrong = assessed(Rules(formats=("safetensors",)), seen)
    assert codes(wrong) == ["format-not-allowed"]
    assert "config.json (json)" in wrong.failures[0].why


@pytest.mark.parametrize(
    ("rules", "licences", "passes"),
    [
        (Rules(licences_allow=("Apache-2.0",)), ("apache-2.0",), True),
        (Rules(licences_allow=("Apache-2.0",)), ("apache-2.0", "MIT"), False),
        (Rules(licences_deny=("MIT",)), ("MIT",), False),
        (Rules(licences_deny=("MIT",)), (), True),
        (Rules(licences_allow=("MIT",)), (), False),
        (Rules(licences_allow=("MIT",)), ("other",), False),
        (Rules(licences_unknown="deny"), ("unknown",), False),
        (Rules(licences_unknown="deny"), ("MIT",), True),
    ],
)
def test_licences(rules: Rules, licences: tuple[str, ...], passes: bool) -> None:  # noqa: FBT001 - a row of the table
    found = assessed(rules, inspection_of(FIRST, facts={"licences": licences}))
    assert codes(found) == ([] if passes else ["licence-denied"])


@pytest.mark.parametrize(
    ("patterns", "kept_out"),
    [((), False), (("hf:others/**",), False), (("hf:others/**", "hf:org/**"), True), (("hf:org/minilm",), True)],
)
@pytest.mark.parametrize("allowed", [(), ("hf:org/*",)])
def test_a_source_that_is_kept_out(patterns: tuple[str, ...], allowed: tuple[str, ...], kept_out: bool) -> None:  # noqa: FBT001 - a row
    found = assessed(Rules(denied_sources=patterns, sources=allowed))
    assert codes(found) == (["source-denied"] if kept_out else [])
    if kept_out:
        assert "policy.denied_sources" in found.failures[0].hint
        assert patterns[-1] in found.failures[0].why


def test_a_source_is_kept_out_whatever_was_inspected_or_waived() -> None:
    rules = Rules(inspection=OFF, denied_sources=("hf:org/**",))
    assert codes(assess(rules, FIRST, None, None, (), NOON)) == ["source-denied"]


def test_where_no_inspection_is_asked_for_the_source_says_the_licence() -> None:
    rules = Rules(inspection=OFF, licences_allow=("Apache-2.0",))
    assert codes(assess(rules, FIRST, None, None, (), NOON)) == []
    unstated = make_pin(metadata={"licence": 3})
    assert codes(assess(rules, unstated, None, None, (), NOON)) == ["licence-denied"]


def test_sizes() -> None:
    assert codes(assessed(Rules(max_model_bytes=9, max_file_bytes=7))) == []
    assert codes(assessed(Rules(max_model_bytes=8))) == ["too-large"]
    assert codes(assessed(Rules(max_file_bytes=6))) == ["too-large"]


def test_the_age_of_the_inspection() -> None:
    rules = Rules(max_inspection_age=2 * DAY)
    assert codes(assessed(rules, now_days=1)) == []
    assert codes(assessed(rules, now_days=2)) == ["stale-inspection"]


def test_required_scanners() -> None:
    assert codes(assessed(Rules(scanners=("weighbridge",)))) == []
    found = assessed(Rules(scanners=("weighbridge", "picklescan", "absent")))
    assert codes(found) == ["scanner-required"]
    assert "picklescan, absent" in found.failures[0].why


def test_a_publishers_signature() -> None:
    rules = Rules(publishers=(KEY,))
    (wanted,) = rules.publisher_ids
    assert codes(assessed(rules)) == ["publisher-unsigned"]
    assert codes(assessed(rules, inspection_of(FIRST, facts={"publisher": ("sha256:other",)}))) == [
        "publisher-unsigned"
    ]
    assert codes(assessed(rules, inspection_of(FIRST, facts={"publisher": (wanted,)}))) == []


def test_expressions() -> None:
    def evaluate(expression: str, document: Mapping[str, Json]) -> bool:
        if expression == "broken":
            raise ConfigError("it is broken")
        return document["name"] == expression

    rules = Rules(expressions=(Expression("a", "minilm", "no"), Expression("b", "other", "says no")))
    found = assess(rules, FIRST, inspection_of(FIRST), NOON, (), NOON, evaluate)
    assert codes(found) == ["expression"]
    assert (found.failures[0].rule, found.failures[0].why) == ("expression b", "says no")
    assert codes(assessed(rules)) == ["rule-unavailable", "rule-unavailable"]
    rules = Rules(expressions=(Expression("a", "broken", "no"), Expression("b", "other", "")))
    whys = [item.why for item in assess(rules, FIRST, inspection_of(FIRST), NOON, (), NOON, evaluate).failures]
    assert whys == ["a: it is broken", "b does not hold"]


def test_of_a_folder_findings_alone_count() -> None:
    assert assess_folder(Rules(sources=("hf:x/y",)), inspection_of(FIRST)).passes
    assert codes(assess_folder(Rules(), inspection_of(FIRST, PICKLE))) == ["findings"]


def test_the_published_json() -> None:
    found = assessed(Rules(), inspection_of(FIRST, PICKLE))
    assert found.failures[0].to_json() == {
        "rule": "findings",
        "state": "fail",
        "why": "what was found does not pass: pickle-globals in model.safetensors",
        "code": "findings",
        "hint": "see them with: weighbridge inspect minilm; approve can waive one with --waive CHECK:PATH",
        "findings": [PICKLE.to_json()],
    }
