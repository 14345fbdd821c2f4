from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner
from tests.fakes.world import FILES, REPOSITORY

from weighbridge.core.attestation import Subject
from weighbridge.core.errors import IntegrityError
from weighbridge.core.lock import lock_text
from weighbridge.core.ref import Ref

if TYPE_CHECKING:
    from tests.fakes.world import World


def test_status_shows_pins_heads_and_problems(world: World) -> None:
    assert world.custody.status([]) == ()
    pin = world.add().pin
    (before,) = world.custody.status([])
    assert (before.pins, before.heads, before.problems) == ((pin,), {}, ())
    assert [reason.code for reason in before.verdicts[0].reasons] == ["no-approval"]
    world.approve()
    assert world.custody.status(["tiny"])[0].heads == {"production": pin.digest}


def test_status_refuses_a_forged_lock(world: World) -> None:
    world.add()
    world.ledger.envelopes.clear()
    with pytest.raises(IntegrityError):
        world.custody.status([])


def test_outdated_tells_current_moved_replaced_and_gone(world: World) -> None:
    world.add()
    assert world.custody.outdated([], {})[0].state == "current"
    revision = world.publish(config_json=b'{"layers": 12}')
    (moved,) = world.custody.outdated([], {})
    assert (moved.state, moved.revision) == ("moved", revision)
    assert [(change.path, str(change.kind)) for change in moved.changes] == [("config.json", "changed")]
    (other,) = world.custody.outdated([], {"tiny": Ref.parse(f"hf:{REPOSITORY}@v2")})
    assert (other.state, other.revision) == ("gone", None)


def test_outdated_notices_a_new_commit_with_the_same_files(world: World) -> None:
    world.add()
    world.source.publish(REPOSITORY, {**FILES, "extra.txt": b"new"})
    (drift,) = world.custody.outdated(["tiny"], {})
    assert [str(change.kind) for change in drift.changes] == ["added"]


def test_outdated_notices_another_owner(world: World) -> None:
    pin = world.add().pin
    forged = replace(pin, identity={**pin.identity, "id": "somebody else's"})
    world.workspace.locks["tiny"] = lock_text([forged])
    statement_signed = world.custody.record("tiny")
    world.custody.append("pin", [(statement_signed, Subject("tiny", pin.digest))], forged.to_json(), FakeSigner("ann"))
    assert world.custody.outdated([], {})[0].state == "replaced"
