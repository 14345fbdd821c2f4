"""Adding a model as another user: ``python -m tests.integration.another_user UID PROJECT PRACTICE``.

A process of its own, so that nothing is forked while threads run. It practises on a project that it may use as it
is, so that all is imported before it gives up the right to read the program.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.fakes.store import Counter, Origin, pin_of

from weighbridge.stores.dvc import DvcStore

FILES = {"config.json": b"{}", "weights.safetensors": bytes(range(256)) * 20_000}
GROUP = 65534


def add(root: Path, name: str, key: str) -> int:
    """Add the same files under a name; gives the bytes that were moved for it."""
    origin = Origin(FILES)
    store = DvcStore(root)
    with store.receive(origin.listing, origin.read, Counter(), key=key) as intake:
        pin = pin_of(intake.files, name)
        intake.keep(pin)
    store.verify(pin, Counter())
    return origin.moved


def main() -> None:
    user, project, practice = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    add(practice, "minilm", "k")
    if os.getuid() == 0:
        os.setgroups([GROUP])
        os.setgid(GROUP)
        os.setuid(user)
    os.umask(0o002)
    add(project, "minilm", "k")
    os._exit(0)


if __name__ == "__main__":
    main()
