"""What somebody who can write to the store, or to the cache, can't do."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.integration.test_consumer.world import (
    WEIGHTS,
    bundle_of,
    checkpoint_of,
    code_of,
    contents,
    load,
    object_of,
    trust_text,
)

from weighbridge.core.bundle import bundle_from
from weighbridge.core.errors import DeniedError, IntegrityError, StoreError
from weighbridge.wiring import consumer
from weighbridge.wiring.clock import now
from weighbridge.wiring.consumer import open_consumer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.test_consumer.world import Machine


def replace_object(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def leftovers(machine: Machine) -> list[str]:
    return sorted(str(path) for path in (machine.cache / "incoming").rglob("*"))


def test_a_bundle_cut_short_is_refused(machine: Machine) -> None:
    path = bundle_of(machine.store, machine.world.pins["second"])
    bundle = bundle_from(path.read_bytes())
    for envelope in bundle.ledger("minilm"):
        left = tuple(other for other in bundle.ledger("minilm") if other != envelope)
        path.write_bytes(replace(bundle, evidence={"minilm": left}).to_bytes())
        with pytest.raises((IntegrityError, DeniedError)):
            load()
    path.write_bytes(replace(bundle, name="other").to_bytes())
    assert code_of(load, IntegrityError) == "foreign-evidence"
    assert machine.models() == []


def test_a_changed_byte_in_a_bundles_evidence_is_refused(machine: Machine) -> None:
    path = bundle_of(machine.store, machine.world.pins["second"])
    data = path.read_bytes()
    begin, end = data.index(b'"minilm":['), data.index(b']},"name"')
    for place in range(begin, end, (end - begin) // 40):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises((IntegrityError, DeniedError)):
            load()
    assert machine.models() == []


def test_a_missing_bundle_is_an_error_of_the_store(machine: Machine) -> None:
    bundle_of(machine.store, machine.world.pins["second"]).unlink()
    assert code_of(load, StoreError) == "remote-missing"


def test_old_evidence_beside_a_new_checkpoint_is_a_rollback(machine: Machine) -> None:
    new = checkpoint_of(machine.store).read_bytes()
    machine.show("first")
    old = bundle_of(machine.store, machine.world.pins["first"]).read_bytes()
    checkpoint_of(machine.store).write_bytes(new)
    path = bundle_of(machine.store, machine.world.pins["first"])
    path.with_name(f"{machine.world.pins['second'].digest.removeprefix('sha256:')}.json").write_bytes(old)
    assert code_of(load, IntegrityError) == "rolled-back"
    digest = machine.world.pins["first"].digest
    assert code_of(lambda: open_consumer().load_digest(digest), IntegrityError) == "rolled-back"


def test_new_evidence_beside_an_old_checkpoint_is_a_rollback(machine: Machine) -> None:
    shutil.copy(checkpoint_of(machine.world.steps["first"] / "store"), checkpoint_of(machine.store))
    assert code_of(load, IntegrityError) == "rolled-back"


def test_a_hidden_revocation_is_a_rollback(machine: Machine) -> None:
    shutil.copy(checkpoint_of(machine.world.steps["revoked"] / "store"), checkpoint_of(machine.store))
    assert code_of(load, IntegrityError) == "rolled-back"


def test_a_store_that_was_set_back_is_refused_by_who_saw_a_newer_checkpoint(machine: Machine) -> None:
    load()
    machine.show("first")
    assert code_of(load, IntegrityError) == "rolled-back"
    machine.show("second")
    assert contents(load())["model.safetensors"] == WEIGHTS


def test_numbers_are_remembered_when_keys_are_replaced(machine: Machine) -> None:
    load()
    machine.trust.write_text(trust_text(machine.world.policy, keys="[]"))
    assert code_of(load, IntegrityError) == "untrusted"
    machine.trust.write_text(trust_text(machine.world.policy))
    machine.show("first")
    assert code_of(load, IntegrityError) == "rolled-back"


def test_an_expired_checkpoint_is_denied(machine: Machine) -> None:
    machine.show("past")
    assert code_of(load, DeniedError) == "stale-evidence"
    digest = machine.world.pins["past"].digest
    assert code_of(lambda: open_consumer().load_digest(digest), DeniedError) == "stale-evidence"
    assert machine.models() == []


def other_bytes(path: Path) -> None:
    replace_object(path, WEIGHTS[:-1] + b"x")


def longer(path: Path) -> None:
    replace_object(path, WEIGHTS + b"x")


def shorter(path: Path) -> None:
    replace_object(path, WEIGHTS[:-1])


@pytest.mark.parametrize("lie", [other_bytes, longer, shorter])
def test_an_object_of_other_bytes_under_the_right_name_is_refused(
    machine: Machine, lie: Callable[[Path], None]
) -> None:
    path = object_of(machine.store, machine.world.pins["second"], "model.safetensors")
    lie(path)
    assert code_of(load, IntegrityError) == "remote-differs"
    assert (machine.models(), leftovers(machine)) == ([], [])
    replace_object(path, WEIGHTS)
    assert contents(load())["model.safetensors"] == WEIGHTS


def test_a_missing_object_is_named_and_what_came_before_is_used_again(machine: Machine) -> None:
    path = object_of(machine.store, machine.world.pins["second"], "sub/vocab.txt")
    path.unlink()
    assert code_of(load, StoreError) == "remote-missing"
    assert machine.models() == []
    machine.show("second")
    object_of(machine.store, machine.world.pins["second"], "model.safetensors").unlink()
    assert contents(load())["model.safetensors"] == WEIGHTS
    assert leftovers(machine) == []


def test_something_that_is_no_file_in_an_objects_place_does_not_hang(machine: Machine) -> None:
    path = object_of(machine.store, machine.world.pins["second"], "model.safetensors")
    path.unlink()
    os.mkfifo(path)
    assert code_of(load, StoreError) == "remote-missing"


def elsewhere(folder: Path) -> Path:
    """A name that is not taken, outside of the cache."""
    home = folder.parents[3]
    return home / f"elsewhere-{sum(path.name.startswith('elsewhere') for path in home.iterdir())}"


def flip(folder: Path) -> None:
    path = folder / "model.safetensors"
    status = path.stat()
    path.chmod(0o600)
    path.write_bytes(WEIGHTS[:7] + b"?" + WEIGHTS[8:])
    path.chmod(status.st_mode)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def extra(folder: Path) -> None:
    (folder / "sub" / "tokenizer.py").write_bytes(b"print('hello')")


def extra_folder(folder: Path) -> None:
    (folder / "empty").mkdir()


def missing(folder: Path) -> None:
    (folder / "config.json").unlink()


def link(folder: Path) -> None:
    path = folder / "config.json"
    path.symlink_to(path.rename(elsewhere(folder)))


def linked_folder(folder: Path) -> None:
    (folder / "sub").symlink_to((folder / "sub").rename(elsewhere(folder)))


def whole_link(folder: Path) -> None:
    folder.symlink_to(folder.rename(elsewhere(folder)))


def not_a_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip, extra, extra_folder, missing, link, linked_folder, whole_link, not_a_folder])
def test_a_damaged_copy_is_thrown_away_and_fetched_again(machine: Machine, damage: Callable[[Path], None]) -> None:
    folder = load()
    good = contents(folder)
    damage(folder)
    assert load() == folder
    assert contents(folder) == good
    assert not folder.is_symlink()
    assert leftovers(machine) == []
    damage(folder)
    shutil.rmtree(machine.store)
    assert code_of(load, StoreError) == "store-unreachable"
    assert not folder.exists()


def test_a_cache_that_others_may_change_is_refused(machine: Machine) -> None:
    machine.cache.mkdir(parents=True)
    machine.cache.chmod(0o777)
    assert code_of(load, StoreError) == "cache-unsafe"


def test_a_store_that_was_never_reached_serves_nothing(machine: Machine) -> None:
    shutil.rmtree(machine.store)
    assert code_of(load, StoreError) == "store-unreachable"


def test_evidence_that_is_too_old_for_the_stage_is_denied_offline(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.trust.write_text(trust_text(machine.world.policy, stage='max_evidence_age = "1h"'))
    folder = load()
    shutil.rmtree(machine.store)
    assert load() == folder
    monkeypatch.setattr(consumer, "now", lambda: now() + timedelta(hours=2))
    assert code_of(load, DeniedError) == "stale-evidence"


def set_back(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let this machine's clock be slow."""
    monkeypatch.setattr(consumer, "now", lambda: now() - by)


def test_a_clock_set_back_behind_the_newest_checkpoint_that_was_seen_loads_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    set_back(monkeypatch, timedelta(hours=1))
    assert code_of(load, IntegrityError) == "future-evidence"
    shutil.rmtree(machine.store)
    assert code_of(load, IntegrityError) == "future-evidence"


def test_no_older_checkpoint_is_believed_though_the_clock_was_set_back_to_its_day(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    machine.show("past")
    set_back(monkeypatch, timedelta(days=3))
    assert code_of(load, IntegrityError) == "rolled-back"


def test_an_ended_checkpoint_that_was_never_followed_by_another_is_believed_by_a_clock_set_back_into_its_time(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.show("past")
    assert code_of(load, DeniedError) == "stale-evidence"
    set_back(monkeypatch, timedelta(days=2, hours=12))
    # Only the number is kept and the time that stands beside it: docs/security-model.md names this limit.
    assert load().name == machine.world.pins["past"].digest.removeprefix("sha256:")
