"""Loading with a store and a trust file alone, from an empty folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.test_consumer.world import (
    FILE_MODE,
    FILES,
    WEIGHTS,
    checkpoint_of,
    code_of,
    contents,
    load,
    trust_text,
)

from weighbridge.core.errors import ConfigError, DeniedError, IntegrityError, UsageError
from weighbridge.wiring.consumer import open_consumer

if TYPE_CHECKING:
    import pytest
    from tests.integration.test_consumer.world import Machine


def test_an_empty_folder_loads_what_is_approved(machine: Machine) -> None:
    code = "import weighbridge; print(weighbridge.load('minilm', stage='production'))"
    with machine.python(code) as program:
        told, complaint = program.communicate(timeout=60)
    assert (program.returncode, complaint) == (0, "")
    folder = Path(told.strip())
    assert contents(folder) == FILES | {"config.json": b'{"hidden_size": 9}'}
    assert folder.is_relative_to(machine.cache)
    assert machine.cache.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == FILE_MODE for path in folder.rglob("*") if path.is_file())
    assert list((machine.home / "empty").iterdir()) == []


def test_the_only_stage_may_be_left_out_and_an_unknown_one_is_named(machine: Machine) -> None:
    assert open_consumer().load("minilm", None)[1] == load()
    assert code_of(lambda: open_consumer().load("minilm", "edge"), UsageError) == "unknown-stage"
    machine.trust.write_text(trust_text(machine.world.policy) + "[stages.staging]\n")
    assert code_of(lambda: open_consumer().load("minilm", None), UsageError) == "unknown-stage"


def test_a_file_address_is_the_same_as_a_path(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_STORE", f"file://{machine.store}")
    assert contents(load())["model.safetensors"] == WEIGHTS


def test_a_second_load_verifies_the_copy_without_the_store(machine: Machine) -> None:
    folder = load()
    shutil.rmtree(machine.store)
    assert load() == folder
    assert contents(folder)["model.safetensors"] == WEIGHTS


def test_an_unknown_name_and_an_impossible_one_are_refused(machine: Machine) -> None:
    assert code_of(lambda: open_consumer().load("other", "production"), DeniedError) == "unknown-model"
    assert code_of(lambda: open_consumer().load("../minilm", "production"), UsageError) == "bad-name"
    assert machine.models() == []


def test_an_unapproved_digest_is_denied(machine: Machine) -> None:
    digest = machine.world.pins["unapproved"].digest
    machine.show("unapproved")
    assert code_of(lambda: open_consumer().load_digest(digest), DeniedError) == "unknown-digest"
    machine.show("revoked")
    assert code_of(lambda: open_consumer().load_digest(digest), DeniedError) == "no-approval"
    assert machine.models() == []


def test_a_superseded_digest_is_denied_unless_the_rules_allow_it(machine: Machine) -> None:
    digest = machine.world.pins["first"].digest
    assert code_of(lambda: open_consumer().load_digest(digest), DeniedError) == "superseded"
    machine.trust.write_text(trust_text(machine.world.policy, stage="allow_superseded = true"))
    assert contents(open_consumer().load_digest(digest)[1]) == FILES


def test_a_revoked_head_is_denied_also_where_its_bytes_are_cached(machine: Machine) -> None:
    digest = open_consumer().load("minilm", "production")[0].digest
    machine.show("revoked")
    for _ in range(2):
        assert code_of(lambda: open_consumer().load_digest(digest), DeniedError) == "revoked"
        code_of(load, DeniedError)
        shutil.rmtree(machine.store, ignore_errors=True)


def test_the_trust_file_of_another_project_lets_nothing_run(machine: Machine) -> None:
    machine.trust.write_text(trust_text(machine.world.policy, project="another"))
    assert code_of(load, DeniedError) == "unpublished"


def test_another_projects_evidence_under_this_projects_name_is_refused(machine: Machine) -> None:
    theirs = checkpoint_of(machine.store).parent
    shutil.copytree(theirs, theirs.with_name("another"))
    machine.trust.write_text(trust_text(machine.world.policy, project="another"))
    assert code_of(load, IntegrityError) == "foreign-evidence"


def test_keys_that_the_trust_file_does_not_have_count_for_nothing(machine: Machine) -> None:
    machine.trust.write_text(trust_text(machine.world.policy, keys="[]"))
    assert code_of(load, IntegrityError) == "untrusted"


def test_a_trust_file_that_asks_for_more_people_denies(machine: Machine) -> None:
    text = trust_text(machine.world.policy).replace("approvals = 1", "approvals = 2")
    machine.trust.write_text(text)
    assert code_of(load, DeniedError) == "quorum"


def test_no_trust_file_a_lost_one_and_one_in_the_store_are_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = machine.store / "trust.toml"
    shutil.copy(machine.trust, inside)
    (machine.home / "link.toml").symlink_to(inside)
    for path, code in ((inside, "trust-in-store"), (machine.home / "link.toml", "trust-in-store")):
        monkeypatch.setenv("WEIGHBRIDGE_TRUST", str(path))
        assert code_of(load, ConfigError) == code
    monkeypatch.setenv("WEIGHBRIDGE_TRUST", str(machine.home / "none.toml"))
    assert code_of(load, ConfigError) == "bad-trust"
    monkeypatch.setattr("weighbridge.wiring.project.SYSTEM_TRUST", machine.home / "none.toml")
    monkeypatch.delenv("WEIGHBRIDGE_TRUST")
    assert code_of(load, ConfigError) == "no-trust"
    monkeypatch.delenv("WEIGHBRIDGE_STORE")
    assert code_of(load, ConfigError) == "no-store"


def test_a_changed_checkpoint_is_refused(machine: Machine) -> None:
    path = checkpoint_of(machine.store)
    envelope = json.loads(path.read_bytes())
    signature = envelope["signatures"][0]
    signature["sig"] = ("B" if signature["sig"][0] == "A" else "A") + signature["sig"][1:]
    path.write_bytes(json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode())
    assert code_of(load, IntegrityError) == "bad-signature"
    path.write_bytes(b"{}")
    assert code_of(load, IntegrityError) == "bad-shape"
    path.unlink()
    assert code_of(load, DeniedError) == "unpublished"
    assert machine.models() == []
