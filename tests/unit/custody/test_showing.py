from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner
from tests.fakes.world import FILES, REPOSITORY

from weighbridge.core.attestation import Subject
from weighbridge.core.errors import IntegrityError
from weighbridge.core.lock import lock_text
from weighbridge.core.ref import Ref
from weighbridge.reports.audit_rows import pin_rows
from weighbridge.reports.audit_text import trail_lines
from weighbridge.reports.inspection import add_lines
from weighbridge.reports.text import drift_lines, signing_lines

if TYPE_CHECKING:
    from tests.fakes.world import World

    from weighbridge.core.canonical import Json


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


@pytest.mark.parametrize(
    ("days", "state", "said"),
    [
        (62, "current", "; retiring on {day}, in 62 days"),
        (1, "current", "; retiring on {day}, in 1 day"),
        (0, "retired", "; retired since {day}"),
        (-400, "retired", "; retired since {day}"),
    ],
)
def test_outdated_tells_the_day_from_which_a_model_is_not_served(
    world: World, days: int, state: str, said: str
) -> None:
    day = world.now.date() + timedelta(days=days)
    world.source.metadata = {"retires": day.isoformat()}
    world.add()
    (drift,) = world.custody.outdated([], {})
    assert (drift.state, drift.retires, drift.days_left) == (state, day, days)
    assert drift_lines([drift])[0].endswith(said.format(day=day))
    world.publish(config_json=b'{"layers": 12}')
    (moved,) = world.custody.outdated([], {})
    assert (moved.state, moved.days_left) == ("moved", days)
    (gone,) = world.custody.outdated([], {"tiny": Ref.parse("hf:org/none")})
    assert (gone.state, gone.retires, gone.days_left) == ("gone", day, days)


def test_whoever_adds_signs_or_audits_is_told_that_day(world: World) -> None:
    world.source.metadata = {"retires": "2027-01-31"}
    outcome = world.add()
    assert "  retires   2027-01-31" in add_lines(outcome, world.custody.policy)
    assert ("retires", "2027-01-31") in pin_rows(outcome.pin)
    assert any("retires 2027-01-31" in line for line in trail_lines(world.custody.audit("tiny")))
    shown = world.custody.explain("tiny", "production")
    assert "    retires   2027-01-31" in signing_lines([shown], "production", [])


@pytest.mark.parametrize("day", ["soon", 7, None, ""])
def test_what_is_no_day_retires_nothing(world: World, day: Json) -> None:
    world.source.metadata = {"retires": day}
    world.add()
    (drift,) = world.custody.outdated([], {})
    assert (drift.state, drift.retires, drift.days_left) == ("current", None, None)
    assert drift.to_json()["retires"] is None
    assert "retir" not in drift_lines([drift])[0]
