"""Questions that the tests of several verbs ask of a world of fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import fake_verify

from weighbridge.core.attestation import open_envelope
from weighbridge.core.bundle import checkpoint_key
from weighbridge.core.checkpoint import Checkpoint, checkpoint_from
from weighbridge.core.errors import DeniedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.world import World

    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.pin import Pin


KEY = checkpoint_key("project")


def shown(world: World) -> Checkpoint:
    """What the remote's checkpoint says."""
    data = world.store.published(KEY)
    assert data is not None
    return checkpoint_from(open_envelope(data, world.policy.keys, fake_verify).statement)


def code_of(call: Callable[[], object], kind: type[WeighbridgeError]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.hint
    return caught.value.code


def reasons(world: World, name: str = "tiny", stage: str = "production", digest: str | None = None) -> tuple[str, ...]:
    """Why it may not run; nothing if it may."""
    try:
        world.custody.admit(name, stage, digest)
    except DeniedError as error:
        return error.reasons
    return ()


def aliases(world: World, name: str = "tiny") -> dict[str, str]:
    view = world.registry.view(name)
    return {} if view is None else dict(view.aliases)


def two_pins(world: World) -> tuple[Pin, Pin]:
    """An older and a newer pin of tiny, both approved once; the newer is the head."""
    old = world.add().pin
    world.approve()
    world.publish(config_json=b'{"layers": 12}')
    new = world.add().pin
    world.approve()
    return old, new
