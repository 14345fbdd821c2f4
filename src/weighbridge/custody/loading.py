"""Verbs of loading, which need no other verb: programs that load models start with these alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import DeniedError
from weighbridge.core.judge import deciding
from weighbridge.custody.ground import Ground
from weighbridge.custody.offer import Offer, admitted

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin


class Loading(Ground):
    """The verbs that give a program approved bytes."""

    __slots__ = ()

    def offer(self, name: str, stage: str | None, digest: str | None = None) -> Offer:
        """The bytes that may run, verified now and out of every other user's reach, and on what grounds.

        Raises:
            DeniedError: They may not run.
            IntegrityError: The bytes are not what was approved.
        """
        record = self.record(name)
        pin, given = admitted(record, self.verdict(record, self.stage(stage).name, digest))
        return Offer(pin, self.store.provide(pin, self.progress, paranoid=self.paranoid), given)

    def load(self, name: str, stage: str | None, digest: str | None = None) -> tuple[Pin, Path]:
        """The pin and the folder of what `offer` gives.

        Raises:
            DeniedError, IntegrityError: As `offer`.
        """
        found = self.offer(name, stage, digest)
        return found.pin, found.folder

    def load_digest(self, digest: str) -> tuple[Pin, Path]:
        """As `load`, for a client that came by way of the registry and knows the digest only.

        `weighbridge.core.judge.deciding` says which name and stage decide.

        Raises:
            DeniedError: It may not run.
            IntegrityError: The bytes are not what was approved.
        """
        found = []
        for name in self.workspace.names():
            record = self.record(name)
            if digest in record.pins:
                view = self.registry().view(name)
                pointing = view.pointing(digest) if view else frozenset()
                stages = [stage.name for stage in self.policy.stages]
                found += [(self.verdict(record, stage, digest), stage in pointing) for stage in stages]
        if not found:
            raise DeniedError(
                f"{digest} is not a pin of this project, or there is no stage",
                reasons=("unknown-digest",),
                hint="weighbridge status lists pins and stages",
            )
        verdict = deciding(found)
        return self.load(verdict.name, verdict.stage, digest)
