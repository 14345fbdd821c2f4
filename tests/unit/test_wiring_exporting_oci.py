"""Exports to a registry: what is pushed, what is not pushed again, and what is refused before anybody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.oci_registry import FakeRegistry, digest_of
from tests.fakes.pins import entry
from tests.fakes.world import FILES, World

from weighbridge.core.errors import DeniedError, IntegrityError, StoreError, UsageError
from weighbridge.wiring import exporting_oci
from weighbridge.wiring.exporting_oci import OciExport, export_oci, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    made = World(tmp_path)
    made.add()
    made.custody.approve(["tiny"], stage="production")
    return made


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with FakeRegistry() as made:
        yield made


def export(world: World, registry: FakeRegistry, *, digest: str | None = None, stage: str | None = None) -> OciExport:
    target = target_of(f"oci:{registry.host}/models/tiny:v1")
    return export_oci(world.custody, "tiny", target, stage=stage, digest=digest)


def test_what_a_stage_allows_is_pushed_once(world: World, registry: FakeRegistry) -> None:
    done = export(world, registry)
    assert done.changed
    assert done.pinned == f"oci:{registry.host}/models/tiny@{done.digest}"
    assert digest_of(registry.manifests["models/tiny", "v1"][0]) == done.digest
    assert {file.path for file in done.pushed} == {file.entry.path for file in done.pin.files}
    assert all(registry.blobs[f"sha256:{file.entry.sha256}"] == FILES[file.entry.path] for file in done.pin.files)
    again = export(world, registry, stage="production", digest=done.pin.digest[:19])
    assert (again.changed, again.pushed, again.digest) == (False, (), done.digest)


def test_what_was_lost_or_moved_is_put_back(world: World, registry: FakeRegistry) -> None:
    done = export(world, registry)
    registry.put("models/tiny", "v1", b"{}", "application/x")
    again = export(world, registry)
    assert (again.changed, again.pushed, again.digest) == (True, (), done.digest)
    lost = done.pin.files[0].entry
    del registry.blobs[f"sha256:{lost.sha256}"]
    assert export(world, registry).pushed == (lost,)


def test_what_no_stage_allows_is_not_pushed(world: World, registry: FakeRegistry) -> None:
    world.publish(config_json=b'{"layers": 7}')
    newer = world.add().pin
    with pytest.raises(DeniedError):
        export(world, registry, digest=newer.digest)
    assert export(world, registry).pin != newer
    with pytest.raises(UsageError):
        export(world, registry, stage="staging")


@pytest.mark.parametrize(
    "text", ["hf:org/tiny@main", "oci:host.example.org/x", f"oci:host.example.org/x@sha256:{'0' * 64}"]
)
def test_only_a_tag_of_a_registry_is_a_target(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        target_of(text)
    assert caught.value.code == "bad-ref"


def test_too_many_files_for_one_artifact_are_refused(
    world: World, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting_oci, "_MAX_MANIFEST_BYTES", 100)
    with pytest.raises(UsageError) as caught:
        export(world, registry)
    assert caught.value.code == "oci-oversized"
    assert not registry.asked


def test_bytes_that_are_not_the_pin_s_are_not_pushed(world: World, registry: FakeRegistry) -> None:
    pin = world.custody.candidate("tiny")
    (world.custody.store.path(pin) / "config.json").write_bytes(b'{"layers": 9}')
    with pytest.raises(IntegrityError):
        export(world, registry)
    assert not registry.asked


@pytest.mark.parametrize("data", [b"", b"{", b"{}}"])
def test_a_file_that_changes_while_it_is_pushed_is_noticed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "config.json").write_bytes(data)
    with pytest.raises(IntegrityError) as caught:
        b"".join(exporting_oci._bytes(tmp_path / "config.json", entry("config.json", b"{}")))
    assert caught.value.code == "changed-in-transfer"
    with pytest.raises(StoreError):
        b"".join(exporting_oci._bytes(tmp_path / "none", entry("config.json", b"{}")))
