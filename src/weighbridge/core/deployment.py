"""Deployment: a wish to run a digest somewhere. The verdict on it is `weighbridge.core.judge`'s."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deployment:
    """A wish to run a model.

    Args:
        project: The project whose approvals are asked for.
        name: The governed name.
        stage: The stage.
        digest: The exact bytes; None for the head of the stage.
        cluster: Where; empty for this machine.
        namespace: Where in the cluster.
        workload: What will run it.
    """

    project: str
    name: str
    stage: str
    digest: str | None = None
    cluster: str = ""
    namespace: str = ""
    workload: str = ""
