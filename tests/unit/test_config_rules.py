from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from weighbridge.config import read_settings, read_trust
from weighbridge.core.errors import ConfigError
from weighbridge.core.finding import Severity
from weighbridge.core.rules import Expression, Rules

KEY = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n"
HEAD = 'schema = "weighbridge.config/1"\nproject = "demo"\n'
RULES = f'''\
[policy]
inspection = "required"
sources = ["hf:org/*"]
formats = ["safetensors", "json"]
max_model_bytes = 1000
max_file_bytes = 100
remote_code = "pinned"
scanners = ["modelscan"]
max_inspection_age = "30d"
inspected_by = ["machine"]

[policy.licences]
allow = ["MIT"]
deny = ["GPL-3.0-only"]
unknown = "allow"

[policy.checks]
network-address = "deny"
credential = "note"

[policy.publisher]
keys = ["""{KEY}"""]

[[policy.expressions]]
id = "small"
expression = "size_bytes < 10"
message = "too big"

[[policy.expressions]]
id = "named"
expression = "name != 'x'"
'''
STAGE = """\
[stages.production.policy]
max_model_bytes = 10
max_file_bytes = 5

[stages.production.policy.licences]
unknown = "deny"

[stages.production.policy.checks]
credential = "deny"

[[stages.production.policy.expressions]]
id = "small"
expression = "size_bytes < 5"

[stages.staging]
"""
READ = Rules(
    sources=("hf:org/*",),
    formats=("safetensors", "json"),
    licences_allow=("MIT",),
    licences_deny=("GPL-3.0-only",),
    licences_unknown="allow",
    max_model_bytes=1000,
    max_file_bytes=100,
    remote_code="pinned",
    severities={"network-address": Severity.DENY, "credential": Severity.NOTE},
    scanners=("modelscan",),
    max_inspection_age=timedelta(days=30),
    inspected_by=frozenset({"machine"}),
    publishers=(KEY,),
    expressions=(Expression("small", "size_bytes < 10", "too big"), Expression("named", "name != 'x'", "")),
)


def test_every_key_is_read() -> None:
    assert read_settings(HEAD + RULES).policy.rules == READ


def test_without_a_table_the_defaults_hold() -> None:
    policy = read_settings(f"{HEAD}[stages.production]\n").policy
    assert policy.rules == Rules()
    assert policy.stages[0].rules is None


def test_a_stage_changes_key_by_key() -> None:
    policy = read_settings(HEAD + RULES + STAGE).policy
    production, staging = policy.stages
    assert policy.rules == READ
    assert staging.rules is None
    assert production.rules == replace(
        READ,
        max_model_bytes=10,
        max_file_bytes=5,
        licences_unknown="deny",
        severities={"network-address": Severity.DENY, "credential": Severity.DENY},
        expressions=(Expression("named", "name != 'x'", ""), Expression("small", "size_bytes < 5", "")),
    )


def test_a_trust_file_has_rules_too() -> None:
    head = 'schema = "weighbridge.trust/1"\nproject = "demo"\n'
    policy = read_trust(head + RULES + STAGE, "sha256:" + "0" * 64)
    assert policy.rules == READ
    assert [stage.rules for stage in policy.stages] == [
        stage.rules for stage in read_settings(HEAD + RULES + STAGE).policy.stages
    ]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"required"', '"maybe"', "policy.inspection"),
        ('["hf:org/*"]', "[]", "policy.sources"),
        ('["hf:org/*"]', '"hf:org/*"', "policy.sources"),
        ('"json"]', '"jsn"]', "policy.formats"),
        ('"json"]', '"hdf5"]', "hdf5"),
        ("max_model_bytes = 1000", "max_model_bytes = 0", "policy.max_model_bytes"),
        ("max_file_bytes = 100\n", "max_file_bytes = true\n", "policy.max_file_bytes"),
        ("max_file_bytes = 100\n", "max_file_bytes = 100000\n", "max_file_bytes"),
        ('"pinned"', '"allow"', "policy.remote_code"),
        ('["modelscan"]', "[1]", "policy.scanners"),
        ('"30d"', '"30"', "policy.max_inspection_age"),
        ('["machine"]', "[]", "policy.inspected_by"),
        ('allow = ["MIT"]', "allow = []", "policy.licences.allow"),
        ('deny = ["GPL-3.0-only"]', 'deny = ["mit"]', "mit"),
        ('unknown = "allow"', 'unknown = "maybe"', "policy.licences.unknown"),
        ('unknown = "allow"', 'others = "deny"', "policy.licences.others"),
        ('network-address = "deny"', 'network-address = "unexamined"', "policy.checks.network-address"),
        ('network-address = "deny"', 'network-adress = "deny"', "policy: checks.network-adress"),
        ('network-address = "deny"', 'pickle-globals = "note"', "policy: checks.pickle-globals"),
        ("-----BEGIN PUBLIC KEY-----", "-----BEGIN PRIVATE KEY-----", "policy: publisher.keys"),
        ("[policy.publisher]", "[policy.publishers]", "policy.publishers"),
        ('id = "named"', "", "policy.expressions[1].id"),
        ('id = "named"', 'id = "small"', "small"),
        ("expression = \"name != 'x'\"", 'expression = ""', "named"),
        ('message = "too big"', 'text = "too big"', "policy.expressions[0].text"),
        ("[policy]", "[policy]\nseverity = 1", "policy.severity"),
        ("[stages.production.policy]", "[stages.production.policy]\ninspected_by = ['adder']", "inspected_by"),
        ("max_model_bytes = 10\n", "max_model_bytes = 2\n", "stages.production.policy: max_file_bytes"),
        ("[stages.production.policy]", "[stages.production.policy]\nsources = 1", "stages.production.policy.sources"),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, named: str) -> None:
    text = HEAD + RULES + STAGE
    assert old in text
    with pytest.raises(ConfigError) as caught:
        read_settings(text.replace(old, new))
    assert named in caught.value.message
    assert caught.value.hint
