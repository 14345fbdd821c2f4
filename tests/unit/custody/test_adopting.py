from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.inspector import FakeInspector
from tests.fakes.workspace import MemoryWorkspace
from tests.fakes.world import REPOSITORY

from weighbridge.core.errors import IntegrityError, SigningError, StoreError, UsageError
from weighbridge.core.ref import Ref
from weighbridge.core.selection import Selection
from weighbridge.custody.adopting import Adopted, Pending, Wanted, adopt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.fakes.world import World

    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin

BIG = "org/big"
BIG_FILES = {"model.safetensors": b"big " * 50, "big.json": b"{}"}


def wanted(world: World, *texts: str) -> list[Wanted]:
    """What is to be pinned, as its source says now, each under its last part's name."""
    world.source.publish(BIG, BIG_FILES)
    refs = [Ref.parse(text) for text in texts]
    listings = [world.source.resolve(ref) for ref in refs]
    return [
        Wanted(ref.name.rpartition("/")[2], ref, Selection(), listing)
        for ref, listing in zip(refs, listings, strict=True)
    ]


def both(world: World) -> list[Wanted]:
    return wanted(world, f"hf:{REPOSITORY}@main", f"hf:{BIG}")


def carry_out(world: World, things: Sequence[Wanted], *, keep_going: bool = False) -> Adopted:
    world.pass_time(seconds=1)
    return adopt(world.custody, things, key="ann", keep_going=keep_going)


def state(world: World) -> tuple[dict[str, str], dict[str, dict[str, object]], str]:
    pipeline = world.store.root / "models" / "pipeline"
    return dict(world.workspace.locks), dict(world.workspace.intents), pipeline.read_text()


def test_all_are_pinned_and_verified(world: World) -> None:
    done = carry_out(world, both(world))
    assert done.changed
    assert [outcome.pin.name for outcome in done.outcomes if outcome] == ["tiny", "big"]
    assert world.workspace.intents == {
        "tiny": {"source": f"hf:{REPOSITORY}", "follow": "main"},
        "big": {"source": f"hf:{BIG}"},
    }
    assert len(world.custody.verify([])) == 2
    again = carry_out(world, both(world))
    assert not again.changed


def test_nothing_to_pin_writes_nothing(world: World) -> None:
    assert carry_out(world, []) == Adopted((), {}, changed=False)


def test_exactly_what_was_shown_is_pinned(world: World) -> None:
    things = both(world)
    shown = things[0].listing.revision
    world.publish(config_json=b"{}")
    done = carry_out(world, things)
    assert done.outcomes[0]
    assert done.outcomes[0].pin.revision == shown


def test_one_that_fails_leaves_everything_as_it_was(world: World) -> None:
    world.add("other")
    before = state(world)
    world.source.corrupt["big.json"] = b"[]"
    with pytest.raises(IntegrityError):
        carry_out(world, both(world))
    assert state(world) == before
    world.source.corrupt.clear()
    carry_out(world, both(world))
    assert world.workspace.names() == ("big", "other", "tiny")


def test_one_that_fails_may_be_left_out(world: World) -> None:
    world.source.corrupt["big.json"] = b"[]"
    done = carry_out(world, [*reversed(both(world))], keep_going=True)
    assert (list(done.failures), done.outcomes[0], done.changed) == ([0], None, True)
    assert world.workspace.names() == ("tiny",)
    assert set(world.workspace.intents) == {"tiny"}


def test_who_may_not_add_adopts_nothing(team: World) -> None:
    with pytest.raises(SigningError, match="guest may not add models"):
        adopt(team.custody, both(team), key="guest", keep_going=True)


class Busy(FakeInspector):
    """Something else happens while it looks at the big model for the first time."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = meanwhile

    def inspect(self, *args: Any, **options: Any) -> Inspection:
        if options["source"] == f"hf:{BIG}" and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return super().inspect(*args, **options)


def test_a_model_that_somebody_changed_meanwhile_stops_all(world: World) -> None:
    things, part = both(world), Selection(include=("config.json",))
    world.inspector = Busy(lambda: world.custody.add(things[0].ref, "tiny", part, key="ann"))
    with pytest.raises(UsageError) as caught:
        carry_out(world, things)
    assert caught.value.code == "changed-meanwhile"
    assert world.workspace.names() == ("tiny",)
    assert len(world.workspace.pins("tiny")[0].files) == 1
    assert carry_out(world, things).changed
    assert len(world.workspace.pins("tiny")) == 2


def test_somebody_who_did_the_same_meanwhile_is_no_trouble(world: World) -> None:
    things = both(world)
    world.inspector = Busy(lambda: world.custody.add(things[0].ref, "tiny", Selection(), key="ann"))
    assert carry_out(world, things).changed
    assert world.workspace.names() == ("big", "tiny")
    assert len(world.workspace.pins("tiny")) == 1


class Failing(MemoryWorkspace):
    """A workspace whose disk fails at one kind of write.

    Args:
        own: The project's.
        at: The kind of write: ``pins`` or ``intents``.
        after: How many of that kind succeed before.
        times: How many fail then.
        lasts: Whether every write fails from then on.
    """

    def __init__(self, own: MemoryWorkspace, at: str, after: int = 0, *, times: int = 1, lasts: bool = False) -> None:
        super().__init__()
        self.locks, self.intents = own.locks, own.intents
        self.at, self.seen, self.failing, self.lasts = at, 0, range(after, after + times), lasts
        self.broken = False

    def _write(self, kind: str) -> None:
        fails = kind == self.at and self.seen in self.failing
        self.seen += kind == self.at
        if fails or self.broken:
            self.broken = self.lasts
            raise StoreError("the disk is full", code="disk")

    def write_pins(self, name: str, pins: Sequence[Pin]) -> bool:
        self._write("pins")
        return super().write_pins(name, pins)

    def write_intents(self, intents: Mapping[str, Mapping[str, object] | None]) -> bool:
        self._write("intents")
        return super().write_intents(intents)


@pytest.mark.parametrize(("at", "after"), [("pins", 0), ("pins", 1), ("intents", 0)])
def test_a_disk_that_fails_at_the_end_leaves_everything_as_it_was(world: World, at: str, after: int) -> None:
    world.add("other")
    before, own, things = state(world), world.workspace, both(world)
    world.workspace = Failing(own, at, after, times=2 if at == "intents" else 1)
    with pytest.raises(StoreError):
        carry_out(world, things)
    world.workspace = own
    assert state(world) == before
    assert carry_out(world, things).changed
    assert world.custody.names([]) == ("big", "other", "tiny")


def test_after_a_disk_that_fails_for_good_the_same_goes_on(world: World) -> None:
    own, things = world.workspace, both(world)
    world.workspace = Failing(own, "pins", 1, lasts=True)
    with pytest.raises(StoreError):
        carry_out(world, things)
    world.workspace = own
    assert (own.names(), own.intents) == (("big",), {})
    assert carry_out(world, things).changed
    assert set(own.intents) == {"big", "tiny"}


def test_what_one_reaches_for_is_another_one_of_them(world: World) -> None:
    """Whatever the order: nothing is pinned under two names."""
    world.inspector.reaching[f"hf:{BIG}"] = (REPOSITORY,)
    done = carry_out(world, [*reversed(both(world))])
    assert world.workspace.names() == ("big", "tiny")
    assert done.outcomes[0]
    assert set(done.outcomes[0].pin.references) == {"tiny"}
    assert done.outcomes[0].taken == ()


def test_what_one_reaches_for_comes_along(world: World) -> None:
    world.inspector.reaching[f"hf:{BIG}"] = (REPOSITORY,)
    done = carry_out(world, wanted(world, f"hf:{BIG}"))
    assert world.workspace.names() == ("big", "tiny")
    assert done.outcomes[0]
    assert [item.pin.name for item in done.outcomes[0].taken] == ["tiny"]


def test_pending_is_a_workspace_of_its_own(world: World) -> None:
    world.add()
    pending = Pending(world.workspace, ["planned"])
    pin = world.workspace.pins("tiny")[0]
    assert pending.names() == ("planned", "tiny")
    assert not pending.write_pins("tiny", [pin])
    assert pending.write_pins("tiny", [])
    assert pending.pins("tiny") == ()
    assert world.workspace.pins("tiny") == (pin,)
    assert not pending.write_intents({"tiny": None})
    assert "tiny" in world.workspace.intents
    assert pending.commit(world.store)
    assert (world.workspace.names(), world.workspace.intents) == ((), {})


def test_a_source_of_another_kind_is_named(world: World) -> None:
    thing = both(world)[0]
    with pytest.raises(UsageError, match="no source for gs"):
        carry_out(world, [Wanted("x", Ref.parse("gs://bucket/x"), Selection(), thing.listing)])


def test_a_disk_that_fails_once_at_the_very_end_is_asked_again(world: World) -> None:
    own = world.workspace
    world.workspace = Failing(own, "intents")
    assert carry_out(world, both(world)).changed
    assert set(own.intents) == {"big", "tiny"}
