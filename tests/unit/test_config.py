from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from weighbridge.config import read_settings, read_trust
from weighbridge.core.errors import ConfigError, UsageError
from weighbridge.core.policy import NOTHING, KeyLimits

if TYPE_CHECKING:
    from weighbridge.core.policy import Policy

KEY = f'{{ id = "{"a" * 64}", public = "{"b" * 64}" }}'
GOOD = f"""\
schema = "weighbridge.config/1"
project = "demo"
models_folder = "third-party/models"
mlflow_uri = "https://mlflow.example.org"
legacy_stages = true

[stages.staging]
approvals = 1
adder_may_approve = true
roles = ["approver", "lead"]
lasts = "26w"
max_evidence_age = "24h"
allow_superseded = true

[stages.production]

[people.ann]
name = "Ann"
roles = ["adder"]
keys = [{KEY}]

[models.minilm]
source = "hf:org/name"
follow = "main"
include = ["*.json"]
exclude = ["x"]
all_formats = true

[models.plain]
source = "file:somewhere"
"""


REMOTES = """
[dvc.remotes]
hf = "cache"
s3 = "near"
"""


def test_remotes_are_read() -> None:
    settings = read_settings(GOOD.replace("[models.plain]", '[models.plain]\nremote = "team"') + REMOTES)
    assert settings.remotes == {"hf": "cache", "s3": "near"}
    assert {name: intent.remote for name, intent in settings.models.items()} == {"minilm": "", "plain": "team"}
    assert read_settings(GOOD).remotes == {}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[dvc.remotes]\nhf = "a b; c"', "dvc.remotes.hf"),
        ('[dvc.remotes]\nhf = ""', "dvc.remotes.hf"),
        ("[dvc.remotes]\nhf = 1", "dvc.remotes.hf"),
        ('[dvc]\nremote = "x"', "dvc.remote"),
        ('[models.x]\nsource = "hf:a/b"\nremote = "-q"', "models.x.remote"),
    ],
)
def test_a_remote_is_named_as_dvc_names_it(text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        read_settings(f"{GOOD}\n{text}\n")


def test_every_key_is_read() -> None:
    settings = read_settings(GOOD)
    staging, production = settings.policy.stages
    assert (settings.policy.project, settings.policy.trust) == ("demo", "local")
    assert (staging.approvals, staging.adder_may_approve, staging.allow_superseded) == (1, True, True)
    assert (staging.lasts, staging.max_evidence_age) == (timedelta(weeks=26), timedelta(hours=24))
    assert staging.roles == {"approver", "lead"}
    assert (production.approvals, production.adder_may_approve, production.lasts) == (2, False, None)
    (ann,) = settings.policy.people
    assert (ann.id, ann.name, ann.roles, ann.keys[0].id) == ("ann", "Ann", frozenset({"adder"}), "a" * 64)
    assert str(settings.models["minilm"].ref) == "hf:org/name@main"
    assert settings.models["minilm"].selection.all_formats
    assert settings.models["plain"].ref.revision is None
    assert (settings.models_folder, settings.mlflow_uri) == ("third-party/models", "https://mlflow.example.org")
    assert settings.legacy_stages


def test_defaults() -> None:
    settings = read_settings('schema = "weighbridge.config/1"\nproject = "demo"\n')
    assert (settings.models_folder, settings.mlflow_uri, settings.legacy_stages) == ("models", "", False)
    assert (settings.policy.stages, settings.policy.people, dict(settings.models)) == ((), (), {})
    assert settings.sources == {}


def test_sources_of_somebody_else_are_named() -> None:
    text = 'schema = "weighbridge.config/1"\nproject = "demo"\n[sources]\nshelf = "our.models_1:Shelf"\n'
    assert read_settings(text).sources == {"shelf": "our.models_1:Shelf"}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("legacy_stages = true", "legacy_stage = true", "legacy_stage"),
        ("legacy_stages = true", 'legacy_stages = "yes"', "legacy_stages"),
        ("approvals = 1", "approvals = 1.5", "stages.staging.approvals"),
        ("approvals = 1", "approvals = true", "stages.staging.approvals"),
        ("approvals = 1", "approvals = 0", "stages.staging.approvals"),
        ("approvals = 1", "quorum = 1", "stages.staging.quorum"),
        ('lasts = "26w"', 'lasts = "6 months"', "stages.staging.lasts"),
        ('lasts = "26w"', "lasts = 6", "stages.staging.lasts"),
        ("[stages.production]", "[stages.Production]", "Production"),
        ("[stages.production]", "[stages.latest]", "latest"),
        ("[stages.production]", "[stages.v1]", "v1"),
        ('roles = ["adder"]', "roles = [1]", "people.ann.roles"),
        (f"keys = [{KEY}]", "keys = 1", "people.ann.keys"),
        (f"keys = [{KEY}]", "keys = [1]", "people.ann.keys[0]"),
        ("a" * 64, "A" * 64, "people.ann.keys[0].id"),
        (f"keys = [{KEY}]", f"keys = [{KEY}, {KEY}]", "stands twice"),
        ('include = ["*.json"]', 'include = "*.json"', "models.minilm.include"),
        ('follow = "main"', "follow = 3", "models.minilm.follow"),
        ('follow = "main"', 'ref = "main"', "models.minilm.ref"),
        ('project = "demo"', 'project = "De mo"', "project"),
        ('project = "demo"', "", "project"),
        ('"third-party/models"', '"../models"', "models_folder"),
        ('"third-party/models"', '"/models"', "models_folder"),
        ('"third-party/models"', '""', "models_folder"),
        ("[stages.staging]", "[stages]\nstaging = 3\n[other]", "stages.staging"),
        ("[people.ann]", "people = 3\n[x.y]", "people"),
        ('name = "Ann"', "name = []", "people.ann.name"),
        ("[people.ann]", "[sources]\nshelf = 3\n[people.ann]", "sources.shelf"),
        ("[people.ann]", '[sources]\nshelf = "shelf"\n[people.ann]', "sources.shelf"),
        ("[people.ann]", '[sources]\nshelf = "our.shelf:Shelf()"\n[people.ann]', "sources.shelf"),
        ("[people.ann]", '[sources]\nSHELF = "our.shelf:Shelf"\n[people.ann]', "sources.SHELF"),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        read_settings(GOOD.replace(old, new))
    assert named in str(caught.value)
    assert caught.value.hint


def test_duplicate_keys_and_broken_toml_name_the_line() -> None:
    with pytest.raises(ConfigError, match="line 3") as caught:
        read_settings('schema = "weighbridge.config/1"\nproject = "a"\nproject = "b"\n')
    assert caught.value.code == "bad-toml"


@pytest.mark.parametrize(
    ("schema", "code"),
    [("weighbridge.config/2", "newer-schema"), ("weighbridge.trust/1", "bad-schema"), ("", "bad-schema")],
)
def test_another_schema_says_what_to_do(schema: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings(GOOD.replace("weighbridge.config/1", schema))
    assert caught.value.code == code


def test_a_bad_reference_or_name_is_a_usage_error() -> None:
    for old, new in (("hf:org/name", "org/name"), ("[models.minilm]", "[models.MiniLM]")):
        with pytest.raises(UsageError):
            read_settings(GOOD.replace(old, new))


def test_a_trust_file_holds_rules_and_people_only() -> None:
    text = 'schema = "weighbridge.trust/1"\nproject = "demo"\n[stages.production]\napprovals = 1\n'
    policy = read_trust(text, "sha256:" + "0" * 64)
    assert (policy.project, policy.trust) == ("demo", "sha256:" + "0" * 64)
    with pytest.raises(ConfigError, match="unknown key models"):
        read_trust(text + '[models.minilm]\nsource = "hf:org/name"\n', "sha256:" + "0" * 64)


def _trusted(stages: str, people: str = "") -> Policy:
    return read_trust(f'schema = "weighbridge.trust/1"\nproject = "demo"\n{stages}\n{people}', "sha256:" + "0" * 64)


@pytest.mark.parametrize(
    ("text", "local", "trusted"),
    [
        ("[stages.production]", None, timedelta(hours=24)),
        ("[stages.staging]", None, None),
        ('[stages.production]\nmax_evidence_age = "90m"', timedelta(minutes=90), timedelta(minutes=90)),
        ('[stages.production]\nmax_evidence_age = "unlimited"', None, None),
        ('[stages.staging]\nmax_evidence_age = "unlimited"', None, None),
    ],
)
def test_how_old_evidence_may_be(text: str, local: timedelta | None, trusted: timedelta | None) -> None:
    settings = read_settings(f'schema = "weighbridge.config/1"\nproject = "demo"\n{text}')
    assert settings.policy.stages[0].max_evidence_age == local
    assert _trusted(text).stages[0].max_evidence_age == trusted


def test_a_stage_after_another() -> None:
    first, second = _trusted('[stages.staging]\n[stages.production]\nafter = "staging"').stages
    assert (first.after, second.after) == (None, "staging")
    for text in ('[stages.production]\nafter = "staging"\n[stages.staging]', "[stages.production]\nafter = 1"):
        with pytest.raises(ConfigError):
            _trusted(text)


@pytest.mark.parametrize(
    ("more", "limits"),
    [
        ("", KeyLimits()),
        ('expires = "2027-06-30"', KeyLimits(expires=datetime(2027, 6, 30, tzinfo=UTC))),
        ("expires = 2027-06-30", KeyLimits(expires=datetime(2027, 6, 30, tzinfo=UTC))),
        (f'revoked = "{"c" * 64}"', KeyLimits(last="c" * 64)),
        ('revoked = "entirely"', KeyLimits(last=NOTHING)),
        ('revoked = "entirely", expires = "2027-06-30"', KeyLimits(datetime(2027, 6, 30, tzinfo=UTC), NOTHING)),
    ],
)
def test_how_far_a_key_counts(more: str, limits: KeyLimits) -> None:
    key = KEY.replace(" }", f", {more} }}" if more else " }")
    policy = _trusted("[stages.production]", f"[people.ann]\nkeys = [{key}]")
    assert policy.limits("a" * 64) == limits
    assert bool(policy.people[0].limits) is bool(more)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ('revoked = ""', "revoked"),
        ('revoked = "Entirely"', "revoked"),
        (f'revoked = "{"C" * 64}"', "revoked"),
        ("revoked = true", "revoked"),
        ('expires = "soon"', "expires"),
        ('expires = "2027-13-01"', "expires"),
        ("expires = 2027-06-30T00:00:00Z", "expires"),
        ("expires = 20270630", "expires"),
        ("expires = false", "expires"),
    ],
)
def test_a_key_s_limits_are_read_strictly(more: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _trusted("", f"[people.ann]\nkeys = [{KEY.replace(' }', f', {more} }}')}]")
    assert f"people.ann.keys[0].{where}" in caught.value.message
