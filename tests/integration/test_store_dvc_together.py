"""Several processes, users and machines with one cache."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, Origin, dvc
from tests.integration.another_user import FILES, GROUP, add

from weighbridge.core.errors import StoreError
from weighbridge.core.listing import RemoteFile
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    initialise(tmp_path / "project", remote_url=tmp_path / "remote")
    return tmp_path / "project"


@pytest.mark.parametrize(("names", "keys"), [("aa", "aa"), ("ab", "ab"), ("aa", "ab")])
def test_two_processes_add_at_once(root: Path, names: str, keys: str) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        moved = pool.starmap(add, [(root, names[0], keys[0]), (root, names[1], keys[1])])
    total = sum(map(len, FILES.values()))
    assert sum(moved) == total if keys[0] == keys[1] else sum(moved) in {total, 2 * total}
    assert "{}" in dvc(root, "status", "--json").stdout
    for name in set(names):
        assert len((root / "models" / name / ".gitignore").read_text().splitlines()) == 1


def test_threads_may_add_different_models_at_once(root: Path) -> None:
    threads = [threading.Thread(target=add, args=(root, name, name)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.parent.name for path in (root / "models").glob("*/*.dvc")) == ["a", "b", "c"]


def _add_as(user: int, project: Path, practice: Path) -> None:
    """Add a model in a process of another user."""
    command = [sys.executable, "-m", "tests.integration.another_user", str(user), str(project), str(practice)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that two users of one group work in, each with a project of their own, and one cache."""
    # Not pytest's own folder, which is closed to other users.
    with tempfile.TemporaryDirectory(prefix="weighbridge-test-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", f"{folder}/user")
        _share(Path(folder).resolve())
        yield Path(folder).resolve()


def _share(base: Path) -> None:
    cache = base / "cache"
    cache.mkdir()
    cache.chmod(0o2775)
    if os.getuid() == 0:
        os.chown(cache, 0, GROUP)
    for number in (1, 2):
        home = base / f"home{number}"
        initialise(home / "project", remote_url=home / "remote")
        dvc(home / "project", "cache", "dir", str(cache), DVC_SITE_CACHE_DIR=str(home / "site"))
        dvc(home / "project", "config", "cache.shared", "group", DVC_SITE_CACHE_DIR=str(home / "site"))
        if os.getuid() == 0:
            for path in (home, *home.rglob("*")):
                os.chown(path, 1000 + number, GROUP, follow_symlinks=False)


def test_two_users_share_a_cache(shared: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(shared / "user"))
    for number in (1, 2):
        home = shared / f"home{number}"
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(home / "site"))
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        monkeypatch.setenv("LOGNAME", f"user{number}")
        _add_as(1000 + number, home / "project", root)
    folders = [
        next((shared / f"home{number}/project/models/minilm").glob("*/weights.safetensors")) for number in (1, 2)
    ]
    cached = [path for path in (shared / "cache/files/md5").rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert len(cached) == 1
    assert cached[0].stat().st_mode & 0o777 == 0o444
    assert all(folder.stat().st_mode & 0o2070 == 0o2070 for folder in (cached[0].parent, *cached[0].parents[1:3]))
    assert [folder.samefile(cached[0]) for folder in folders] == [True, True]
    if os.getuid() == 0 and Path("/proc/sys/fs/protected_hardlinks").read_text().strip() == "1":
        assert [folder.is_symlink() for folder in folders] == [False, True]


def test_a_cache_that_can_not_be_written_says_what_to_do(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = shared / "home1"
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(home / "site"))
    (shared / "cache" / "weighbridge").write_bytes(b"")
    with pytest.raises(StoreError) as error:
        add(home / "project", "minilm", "k")
    assert error.value.code in {"no-permission", "disk-failed"}
    assert error.value.hint


def test_a_model_that_can_not_fit_is_refused_before_its_first_byte(root: Path) -> None:
    origin = Origin({})
    big = [RemoteFile("a.bin", 1 << 60, "sha256:" + "0" * 64)]
    with pytest.raises(StoreError) as error, DvcStore(root).receive(big, origin.read, Counter(), key="k"):
        pytest.fail("the context must not open")
    assert error.value.code == "no-space"
    assert error.value.details["needed_bytes"] == 1 << 60
    assert origin.reads == []
