"""The commands that are disturbed, each with what comes before it and what may be loaded after it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.weights import safetensors

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "tiny"
TWIN = "twin"
REPOSITORY = "org/tiny"
STAGE = ("--stage", "production")
WEIGHTS = "model.safetensors"
KEY = "{key}"
"""Stands for the id of the first key."""


def _bytes(seed: int, size: int) -> bytes:
    return safetensors(random.Random(seed).randbytes(size))  # noqa: S311  any bytes would do


# Weights of more than two blocks, so that they are written in more than two calls.
FIRST = {"config.json": b"{}", "sub/vocab.txt": b"a\n", "tokens.json": b"[]", WEIGHTS: _bytes(1, 2_200_000)}
SECOND = {**FIRST, "tokens.json": b"[1]", WEIGHTS: _bytes(2, 2_200_000)}


@dataclass(frozen=True, slots=True)
class Scene:
    """A command in a project.

    Args:
        name: Of this scene.
        before: The commands that bring the project there, each after the name of a hand or ``weighbridge``.
        command: What is disturbed.
        loads: What `load` may give afterwards; no bytes stand for a denial.
        models: The models that are loaded; all of them get the same.
        halfway: Commands that lead from before to where the command may be stopped between two of its steps.
    """

    name: str
    before: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    loads: tuple[Mapping[str, bytes] | None, ...]
    models: tuple[str, ...] = (NAME,)
    halfway: tuple[tuple[str, ...], ...] = ()


_ADD = ("weighbridge", "add", f"hf:{REPOSITORY}@main", "--name", NAME)
_ADD_FOLDER = ("weighbridge", "add", "file:../upstream", "--name", NAME)
_ADD_TWIN = ("weighbridge", "add", "file:../upstream", "--name", TWIN)
_APPROVE = ("weighbridge", "approve", NAME, *STAGE)
_ADDED = (("upstream", "first"), _ADD_FOLDER)
_APPROVED = (*_ADDED, _APPROVE)
_PAIR = (*_ADDED, _ADD_TWIN, ("weighbridge", "register", NAME, TWIN))
_BOTH = ("weighbridge", "approve", NAME, TWIN, *STAGE)
_NEW_KEY = ("key", "second")
_REASON = ("--reason", "suspicion")
SCENES = {
    scene.name: scene
    for scene in (
        Scene("add", (), _ADD, (None,)),
        Scene("inspect", (_ADD, ("inspections",)), ("weighbridge", "inspect", NAME), (None,)),
        Scene("add-second", (*_APPROVED, ("upstream", "second")), _ADD_FOLDER, (FIRST,)),
        Scene("approve", (_ADD, ("weighbridge", "register", NAME)), _APPROVE, (None, FIRST)),
        Scene("approve-second", (*_APPROVED, ("upstream", "second"), _ADD_FOLDER), _APPROVE, (FIRST, SECOND)),
        Scene("pull", (_ADD, _APPROVE, ("drop",)), ("weighbridge", "pull", NAME), (None, FIRST)),
        Scene("repair", (_ADD, _APPROVE, ("damage",)), ("weighbridge", "pull", NAME), (None, FIRST)),
    )
}
WORDS = {
    scene.name: scene
    for scene in (
        Scene("request", _ADDED, ("weighbridge", "request", NAME, *STAGE), (None,)),
        Scene("reject", _ADDED, ("weighbridge", "reject", NAME, *STAGE, *_REASON), (None,)),
        Scene("approve-together", _PAIR, _BOTH, (None, FIRST), (NAME, TWIN)),
        Scene("revoke", _APPROVED, ("weighbridge", "revoke", NAME, *STAGE, *_REASON), (FIRST, None)),
        Scene("export-heads", _APPROVED, ("weighbridge", "export", "heads"), (FIRST,)),
        Scene("export-bundle", _APPROVED, ("weighbridge", "export", "bundle", NAME), (FIRST,)),
        Scene(
            "keys-revoke",
            (*_PAIR, _BOTH, _NEW_KEY),
            ("weighbridge", "keys", "revoke", KEY, "--key", "second", *_REASON),
            (FIRST,),
            (NAME, TWIN),
        ),
        Scene(
            "keys-rotate",
            _APPROVED,
            ("weighbridge", "keys", "rotate", KEY, "--label", "second"),
            (FIRST,),
            halfway=(_NEW_KEY,),
        ),
    )
}
"""What people say of models. Their registry is not disturbed: `approve` and `approve-second` do that."""
