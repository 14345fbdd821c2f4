from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.story import policy

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import ConfigError
from weighbridge.core.finding import Severity
from weighbridge.core.policy import Stage
from weighbridge.core.rules import MAX_EXPRESSION_BYTES, OFF, PINNED, Expression, Rules

KEY = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nYWJj\nZGVm\n-----END CERTIFICATE-----"
SMALL = Expression("small", "size_bytes < 10", "too big")

CHANGES = [
    Rules(inspection=OFF),
    Rules(sources=("hf:org/*",)),
    Rules(formats=("safetensors",)),
    Rules(licences_allow=("MIT",)),
    Rules(licences_deny=("MIT",)),
    Rules(licences_unknown="deny"),
    Rules(max_model_bytes=1),
    Rules(max_file_bytes=1),
    Rules(remote_code=PINNED),
    Rules(severities={"credential": Severity.DENY}),
    Rules(scanners=("modelscan",)),
    Rules(max_inspection_age=timedelta(days=1)),
    Rules(inspected_by=frozenset({"machine"})),
    Rules(publishers=(KEY,)),
    Rules(expressions=(SMALL,)),
    Rules(expressions=(replace(SMALL, message=""),)),
]


def test_every_rule_is_in_the_digest_of_the_policy() -> None:
    everywhere = [policy(rules=rules).digest for rules in [Rules(), *CHANGES]]
    in_a_stage = [policy(Stage("production", rules=rules), rules=Rules()).digest for rules in [Rules(), *CHANGES]]
    assert len({*everywhere, *in_a_stage}) == 2 * (len(CHANGES) + 1)


def test_a_stage_without_rules_has_those_of_the_policy() -> None:
    strict = Rules(max_model_bytes=1)
    rules = policy(Stage("staging"), Stage("production", rules=strict))
    assert rules.rules_of(rules.stages[0]) is rules.rules
    assert rules.rules_of(rules.stages[1]) is strict


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"licences_allow": ("MIT",), "licences_deny": ("mit",)}, "contradiction"),
        ({"inspection": OFF, "formats": ("json",)}, "contradiction"),
        ({"inspection": OFF, "scanners": ("picklescan",)}, "contradiction"),
        ({"inspection": OFF, "publishers": (KEY,)}, "contradiction"),
        ({"inspection": OFF, "max_inspection_age": timedelta(1)}, "contradiction"),
        ({"max_file_bytes": 2, "max_model_bytes": 1}, "contradiction"),
        ({"severities": {"no-such-check": Severity.DENY}}, "unknown-check"),
        ({"severities": {"pickle-globals": Severity.WARN}}, "bad-severity"),
        ({"severities": {"not-inspected": Severity.DENY}}, "bad-severity"),
        ({"severities": {"credential": Severity.UNEXAMINED}}, "bad-severity"),
        ({"expressions": (SMALL, SMALL)}, "duplicate"),
        ({"expressions": (Expression("Small", "true", ""),)}, "bad-value"),
        ({"expressions": (Expression("a", "", ""),)}, "bad-value"),
        ({"expressions": (Expression("a", "1" * (MAX_EXPRESSION_BYTES + 1), ""),)}, "bad-value"),
        ({"publishers": (KEY, KEY)}, "duplicate"),
        ({"publishers": ("YWJj",)}, "bad-publisher"),
        ({"publishers": (KEY.replace("YWJj", "YWJ"),)}, "bad-publisher"),
        ({"publishers": (KEY.replace("YWJj", "\n"),)}, "bad-publisher"),
        ({"publishers": (KEY + CERTIFICATE,)}, "bad-publisher"),
    ],
)
def test_rules_that_can_not_stand(change: dict[str, Any], code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        replace(Rules(), **change)
    assert caught.value.code == code
    assert caught.value.hint


def test_raising_is_always_allowed_and_lowering_as_far_as_the_catalogue_says() -> None:
    order = (Severity.NOTE, Severity.WARN, Severity.DENY)
    for check in CATALOGUE.values():
        for severity in order:
            if check.lowest in order[: order.index(severity) + 1]:
                assert Rules(severities={check.id: severity}).severities == {check.id: severity}
            else:
                with pytest.raises(ConfigError):
                    Rules(severities={check.id: severity})


def test_what_findings_weigh() -> None:
    rules = Rules(severities={"credential": Severity.DENY, "network-address": Severity.NOTE})
    assert rules.weighs("credential", Severity.WARN) is Severity.DENY
    assert rules.weighs("network-address", Severity.WARN) is Severity.NOTE
    assert rules.weighs("network-address", Severity.UNEXAMINED) is Severity.UNEXAMINED
    assert rules.weighs("pickle-globals", Severity.DENY) is Severity.DENY


def test_publishers_are_named_by_the_digest_of_their_key_or_certificate() -> None:
    assert Rules(publishers=(KEY, CERTIFICATE)).publisher_ids == {of_bytes(b"abc"), of_bytes(b"abcdef")}


def test_every_publisher_of_some_rule() -> None:
    stages = (Stage("staging"), Stage("production", rules=Rules(publishers=(CERTIFICATE, KEY))))
    assert policy(*stages, rules=Rules(publishers=(KEY,))).publishers == (CERTIFICATE, KEY)
    assert policy().publishers == ()


@pytest.mark.parametrize(
    ("rules", "allows"),
    [
        (Rules(), True),
        (Rules(licences_deny=("MIT",)), True),
        (Rules(licences_allow=("MIT",)), False),
        (Rules(licences_allow=("MIT",), licences_unknown="allow"), True),
        (Rules(licences_unknown="deny"), False),
    ],
)
def test_an_unknown_licence_is_denied_where_there_is_a_list(rules: Rules, allows: bool) -> None:  # noqa: FBT001 - a row
    assert rules.allows_unknown_licences is allows
