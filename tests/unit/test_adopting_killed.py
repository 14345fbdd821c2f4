"""The last writes of an adoption, killed at every step: each lock is whole, weighbridge.toml has all or nothing."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.fakes.interrupted import DONE, KILLED, run_interrupted
from tests.fakes.pins import make_pin
from tests.fakes.store import FolderStore

from weighbridge.config import read_settings
from weighbridge.custody.adopting import Pending
from weighbridge.workspace import FolderWorkspace

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = 'schema = "weighbridge.config/1"\nproject = "p"\n\n# kept\n[models.old]\nsource = "hf:org/old"\n'
PREPARE = """
import sys
from pathlib import Path
sys.path.insert(0, ROOT)
from tests.fakes.pins import make_pin
from weighbridge.core.errors import StoreError
from weighbridge.custody.adopting import Pending
from weighbridge.workspace import FolderWorkspace
import tomlkit

class Store:
    def pipeline(self, pins):
        return False

root = Path(FOLDER)
pending = Pending(FolderWorkspace(root, root / "weighbridge.toml", root / "models"), ["a", "b"])
for name in ("a", "b"):
    pending.write_pins(name, [make_pin(name)])
    pending.write_intent(name, {"source": f"hf:org/{name}", "follow": "main"})
"""
COMMIT = """
try:
    pending.commit(Store())
except StoreError:
    sys.exit(3)
"""
REFUSED = 3


def step(root: Path, folder: Path, at: int, fault: str) -> int:
    prepare = PREPARE.replace("ROOT", repr(str(root))).replace("FOLDER", repr(str(folder)))
    return run_interrupted(prepare, COMMIT, at=at, fault=fault, root=folder.name).returncode


def state(folder: Path) -> tuple[set[str], list[str]]:
    """What weighbridge.toml names, and the models whose lock is whole; fails if one is not."""
    config = folder / "weighbridge.toml"
    own = FolderWorkspace(folder, config, folder / "models")
    follows = set(read_settings(config.read_text(encoding="utf-8")).models)
    live = [name for name in own.names() if own.pins(name) == (make_pin(name),)]
    assert live == list(own.names())
    assert follows in ({"old"}, {"old", "a", "b"}), "all or nothing"
    assert follows == {"old"} or live == ["a", "b"], "locks come first"
    return follows, live


def again(folder: Path) -> None:
    """The same adoption, by somebody whom nobody kills."""
    pending = Pending(FolderWorkspace(folder, folder / "weighbridge.toml", folder / "models"), ["a", "b"])
    for name in ("a", "b"):
        pending.write_pins(name, [make_pin(name)])
        pending.write_intent(name, {"source": f"hf:org/{name}", "follow": "main"})
    pending.commit(FolderStore(folder, None))


def begun(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    (folder / "models").mkdir(parents=True)
    (folder / "weighbridge.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def test_the_last_writes_at_every_step(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    root, steps = pytestconfig.rootpath, 0
    for at in itertools.count(1):
        folder = begun(tmp_path, f"kill-{at}-")
        code = step(root, folder, at, "KILL")
        state(folder)
        if code == DONE:
            steps = at - 1
            break
        assert code == KILLED
        again(folder)
        assert state(folder) == ({"old", "a", "b"}, ["a", "b"])
    assert steps > 5
    refused = 0
    for at in range(1, steps + 1):
        folder = begun(tmp_path, f"full-{at}-")
        code = step(root, folder, at, "ENOSPC")
        assert code in {REFUSED, DONE}
        # The last file is tried twice, and it is not needed that a folder is synced.
        assert state(folder) == (({"old"}, []) if code == REFUSED else ({"old", "a", "b"}, ["a", "b"]))
        refused += code == REFUSED
    assert refused >= 3
