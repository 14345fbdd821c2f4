"""A ``TORCH_HOME`` that holds approved weights: ``hub/checkpoints/<name>-<hash>.pth``, as torch.hub looks for them.

`torch.hub.load_state_dict_from_url` takes a file of the right name from there and asks nobody. Where a name ends with a
part of a hash, the file is there only if its SHA-256 begins so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from weighbridge.running.hub_cache import Served

_CHECKPOINT = re.compile(r"[^/]*-([0-9a-f]{8,64})\.(?:pth|pt|bin|safetensors)")


def lay_out(home: Path, served: Iterable[Served]) -> None:
    """Make the folder that ``TORCH_HOME`` will name.

    Raises:
        StoreError: The disk failed (code ``disk``).
    """
    checkpoints = home / "hub" / "checkpoints"
    try:
        checkpoints.mkdir(parents=True, exist_ok=True, mode=0o700)
        for item in served:
            for file in item.pin.files:
                name = file.entry.path.rpartition("/")[2]
                named = _CHECKPOINT.fullmatch(name)
                link = checkpoints / name
                if named and file.entry.sha256.startswith(named[1]) and not link.is_symlink():
                    link.symlink_to(item.folder / file.entry.path)
    except OSError as error:
        raise StoreError(f"the folder for torch can't be made: {error}", code="disk") from error
