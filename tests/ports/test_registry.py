"""What every registry promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.fakes.mlflow_hands import MlflowHands, database_uri
from tests.fakes.pins import make_pin
from tests.fakes.registry import MemoryRegistry
from tests.services.servers import BACKENDS

from weighbridge.core.errors import RegistryError, UsageError
from weighbridge.registries.mlflow import MlflowRegistry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fakes.meddling import Hands
    from tests.services.mlflow_server import Tracking

    from weighbridge.core.ports import Registry

PIN = make_pin()
NEXT = make_pin(files={"config.json": b"{ }"}, revision="3" * 40)
THIRD = make_pin(files={"config.json": b"{  }"}, revision="4" * 40)


SERVERS = [pytest.param(backend, marks=pytest.mark.services) for backend in BACKENDS]


@pytest.fixture(params=["memory", "sqlite", *SERVERS])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Registry, Hands]:
    if request.param == "memory":
        memory = MemoryRegistry()
        return memory, memory
    if request.param in BACKENDS:
        tracking: Tracking = request.getfixturevalue(request.param)
        tracking.empty()
        return MlflowRegistry(tracking.uri), tracking.hands
    uri = database_uri(tmp_path)
    return MlflowRegistry(uri), MlflowHands(uri)


@pytest.fixture
def registry(world: tuple[Registry, Hands]) -> Registry:
    return world[0]


@pytest.fixture
def hands(world: tuple[Registry, Hands]) -> Hands:
    return world[1]


def test_a_model_that_nobody_registered_is_not_there(registry: Registry) -> None:
    assert registry.view("minilm") is None


def test_register_makes_a_version_with_the_missions_tags(registry: Registry) -> None:
    assert registry.register(PIN) == ("1", True)
    view = registry.view("minilm")
    assert view is not None
    assert view.version_of(PIN.digest) == "1"
    assert view.aliases == {}
    tags = view.versions[0].tags
    wanted = {
        "source": "huggingface",
        "model_id": "org/minilm",
        "content_hash": PIN.digest,
        "governance_tier": "third-party",
        "weighbridge.project": "project",
    }
    assert wanted.items() <= tags.items()


def test_a_rerun_changes_nothing(registry: Registry) -> None:
    registry.register(PIN)
    before = registry.view("minilm")
    assert registry.register(PIN) == ("1", False)
    assert registry.view("minilm") == before


def test_versions_are_listed_oldest_first(registry: Registry) -> None:
    pins = [make_pin(files={"config.json": b"x" * size}) for size in range(1, 12)]
    numbers = [registry.register(pin)[0] for pin in pins]
    view = registry.view("minilm")
    assert view is not None
    assert numbers == [str(number) for number in range(1, 12)]
    assert [item.digest for item in view.versions] == [pin.digest for pin in pins]


def test_another_scheme_is_named_as_it_is(registry: Registry) -> None:
    registry.register(make_pin(source="https://host/file.onnx"))
    view = registry.view("minilm")
    assert view is not None
    assert view.versions[0].tags["source"] == "https"
    assert view.versions[0].tags["model_id"] == "//host/file.onnx"


def test_an_edited_tag_is_put_back_and_people_keep_their_own(registry: Registry, hands: Hands) -> None:
    registry.register(PIN)
    hands.set_tag("minilm", "1", "content_hash", "sha256:" + "0" * 64)
    hands.set_tag("minilm", "1", "weighbridge.approved", "yes")
    hands.set_tag("minilm", "1", "team", "search")
    assert registry.register(PIN) == ("1", True)
    view = registry.view("minilm")
    assert view is not None
    assert view.versions[0].tags["content_hash"] == PIN.digest
    assert "weighbridge.approved" not in view.versions[0].tags
    assert view.versions[0].tags["team"] == "search"
    assert registry.register(PIN) == ("1", False)


@pytest.mark.parametrize("tags", [{}, {"weighbridge.project": "other"}, {"owner": "weighbridge"}])
def test_a_model_of_somebody_else_is_refused(registry: Registry, hands: Hands, tags: dict[str, str]) -> None:
    hands.create_model("minilm", tags)
    with pytest.raises(RegistryError) as caught:
        registry.register(PIN)
    assert caught.value.code == "foreign-model"
    assert "name" in caught.value.hint
    view = registry.view("minilm")
    assert view is not None
    assert view.versions == ()


def test_a_model_of_somebody_else_is_never_changed(registry: Registry, hands: Hands) -> None:
    hands.create_model("minilm", {})
    hands.create_version("minilm", f"weighbridge://sha256/{PIN.digest[7:]}", {})
    hands.set_alias("minilm", "production", "1")
    before = registry.view("minilm")
    calls: list[Callable[[], bool]] = [
        lambda: registry.point("minilm", "staging", PIN.digest),
        lambda: registry.unpoint("minilm", "production"),
        lambda: registry.retire("minilm", PIN.digest),
    ]
    for call in calls:
        with pytest.raises(RegistryError) as caught:
            call()
        assert caught.value.code == "foreign-model"
    assert registry.view("minilm") == before


@pytest.mark.parametrize(
    "source",
    [
        "s3://bucket/model",
        "weighbridge://sha256/" + "A" * 64,
        "weighbridge://sha256/" + "a" * 63,
        "weighbridge://sha256/" + "a" * 64 + "/more",
        "weighbridge://other/" + "a" * 64,
    ],
)
def test_a_version_with_another_source_stands_for_no_digest(registry: Registry, hands: Hands, source: str) -> None:
    registry.register(PIN)
    hands.create_version("minilm", source, {"content_hash": NEXT.digest})
    view = registry.view("minilm")
    assert view is not None
    assert [item.digest for item in view.versions] == [PIN.digest, None]
    assert view.version_of(NEXT.digest) is None


def test_the_oldest_of_two_versions_counts(registry: Registry, hands: Hands) -> None:
    registry.register(PIN)
    hands.create_version("minilm", f"weighbridge://sha256/{PIN.digest[7:]}", {})
    assert registry.register(PIN) == ("1", False)
    registry.point("minilm", "production", PIN.digest)
    view = registry.view("minilm")
    assert view is not None
    assert view.aliases == {"production": "1"}


def test_point_moves_the_alias(registry: Registry) -> None:
    registry.register(PIN)
    registry.register(NEXT)
    assert registry.point("minilm", "production", PIN.digest) is True
    assert registry.point("minilm", "production", PIN.digest) is False
    assert registry.point("minilm", "production", NEXT.digest) is True
    assert registry.point("minilm", "staging", PIN.digest) is True
    view = registry.view("minilm")
    assert view is not None
    assert view.aliases == {"production": "2", "staging": "1"}


def test_an_alias_moved_by_hand_is_put_back(registry: Registry, hands: Hands) -> None:
    registry.register(PIN)
    registry.register(NEXT)
    registry.point("minilm", "production", PIN.digest)
    hands.set_alias("minilm", "production", "2")
    assert registry.point("minilm", "production", PIN.digest) is True
    view = registry.view("minilm")
    assert view is not None
    assert view.aliases == {"production": "1"}


def test_only_a_registered_digest_can_be_pointed_at(registry: Registry) -> None:
    registry.register(PIN)
    with pytest.raises(RegistryError) as caught:
        registry.point("minilm", "production", NEXT.digest)
    assert caught.value.code == "not-registered"


@pytest.mark.parametrize("verb", ["point", "unpoint", "retire"])
def test_a_model_that_is_not_there_is_an_error(registry: Registry, verb: str) -> None:
    calls = {
        "point": lambda: registry.point("minilm", "production", PIN.digest),
        "unpoint": lambda: registry.unpoint("minilm", "production"),
        "retire": lambda: registry.retire("minilm", PIN.digest),
    }
    with pytest.raises(RegistryError) as caught:
        calls[verb]()
    assert caught.value.code == "registry-missing"


def test_unpoint_takes_the_alias_away_once(registry: Registry) -> None:
    registry.register(PIN)
    registry.point("minilm", "production", PIN.digest)
    assert registry.unpoint("minilm", "production") is True
    assert registry.unpoint("minilm", "production") is False
    view = registry.view("minilm")
    assert view is not None
    assert view.aliases == {}


def test_retire_marks_the_version_and_drops_its_aliases_only(registry: Registry) -> None:
    registry.register(PIN)
    registry.register(NEXT)
    registry.point("minilm", "production", PIN.digest)
    registry.point("minilm", "canary", PIN.digest)
    registry.point("minilm", "staging", NEXT.digest)
    assert registry.retire("minilm", PIN.digest) is True
    assert registry.retire("minilm", PIN.digest) is False
    view = registry.view("minilm")
    assert view is not None
    assert view.aliases == {"staging": "2"}
    assert [item.tags.get("weighbridge.removed") for item in view.versions] == ["true", None]
    with pytest.raises(RegistryError) as caught:
        registry.point("minilm", "production", PIN.digest)
    assert caught.value.code == "version-removed"


def test_retire_of_an_unknown_digest_changes_nothing(registry: Registry) -> None:
    registry.register(PIN)
    assert registry.retire("minilm", THIRD.digest) is False


def test_what_was_retired_can_be_registered_again(registry: Registry) -> None:
    registry.register(PIN)
    registry.retire("minilm", PIN.digest)
    assert registry.register(PIN) == ("1", True)
    assert registry.point("minilm", "production", PIN.digest) is True


@pytest.mark.parametrize("name", ["a' or name='b", "../x", "Mini", ""])
def test_a_name_that_can_not_be_governed_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.view(name)
    assert caught.value.code == "bad-name"


def test_the_view_says_whose_the_model_is(registry: Registry, hands: Hands) -> None:
    registry.register(PIN)
    hands.create_model("private", {"team": "search"})
    ours, private = registry.view("minilm"), registry.view("private")
    assert ours is not None
    assert private is not None
    assert (ours.owner, private.owner, private.tags) == ("project", "", {"team": "search"})
    assert ours.tags == registry.tags(PIN).model
    assert registry.names() == {"minilm": "project", "private": ""}


def test_nothing_registered_has_no_names(registry: Registry) -> None:
    assert registry.names() == {}
    assert registry.legacy_stages is False


def test_the_tags_of_a_pin_are_those_that_register_and_retire_write(registry: Registry) -> None:
    registry.register(PIN)
    tags = registry.tags(PIN)
    registered = registry.view("minilm")
    assert registered is not None
    assert registered.versions[0].tags == tags.version
    registry.retire("minilm", PIN.digest)
    retired = registry.view("minilm")
    assert retired is not None
    assert retired.versions[0].tags == {**tags.version, **tags.removed}


def test_tags_are_written_and_taken_away_on_versions_and_models(registry: Registry, hands: Hands) -> None:
    registry.register(PIN)
    hands.create_version("minilm", "s3://bucket/model", {"weighbridge.name": "minilm", "team": "search"})
    registry.retag("minilm", "2", {"weighbridge.name": None, "source": "s3"})
    registry.retag("minilm", None, {"weighbridge.ref": "hf:other/minilm", "governance_tier": None})
    view = registry.view("minilm")
    assert view is not None
    assert view.versions[1].tags == {"team": "search", "source": "s3"}
    assert view.tags == {"weighbridge.project": "project", "weighbridge.ref": "hf:other/minilm"}


def test_a_version_leaves_its_stage(registry: Registry, hands: Hands) -> None:
    registry.register(PIN)
    hands.set_stage("minilm", "1", "Production")
    staged = registry.view("minilm")
    assert staged is not None
    assert staged.versions[0].stage == "Production"
    registry.unstage("minilm", "1")
    left = registry.view("minilm")
    assert left is not None
    assert left.versions[0].stage == ""


def test_what_is_not_ours_is_not_tagged_or_moved(registry: Registry, hands: Hands) -> None:
    hands.create_model("minilm", {})
    hands.create_version("minilm", "s3://bucket/model", {"weighbridge.name": "minilm"})
    before = registry.view("minilm")
    calls: list[Callable[[], None]] = [
        lambda: registry.retag("minilm", "1", {"weighbridge.name": None}),
        lambda: registry.retag("minilm", None, {"weighbridge.project": "project"}),
        lambda: registry.unstage("minilm", "1"),
    ]
    for call in calls:
        with pytest.raises(RegistryError) as caught:
            call()
        assert caught.value.code == "foreign-model"
    assert registry.view("minilm") == before


def test_a_version_that_is_gone_is_an_error(registry: Registry) -> None:
    registry.register(PIN)
    calls: list[Callable[[], None]] = [
        lambda: registry.retag("minilm", "7", {"source": "s3"}),
        lambda: registry.unstage("minilm", "7"),
        lambda: registry.retag("other", "1", {"source": "s3"}),
    ]
    for call in calls:
        with pytest.raises(RegistryError) as caught:
            call()
        assert caught.value.code == "registry-missing"


def test_many_at_once_make_one_version_for_each_digest(registry: Registry) -> None:
    registry.register(PIN)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(registry.register, [NEXT, THIRD] * 6))
    view = registry.view("minilm")
    assert view is not None
    assert sorted(item.digest or "" for item in view.versions) == sorted([PIN.digest, NEXT.digest, THIRD.digest])
    assert sum(changed for _, changed in answers) == 2
