"""Damage, lies and collisions: what is not the pinned bytes never reaches a model's folder."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, Origin, dvc, pin_of

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.layout import Layout
from weighbridge.stores.pointer import directory_id
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin

FILES = {"config.json": b"{}", "weights.safetensors": bytes(range(256)) * 20_000}
# Wang, Feng, Lai, Yu: Collisions for Hash Functions MD4, MD5, HAVAL-128 and RIPEMD (2004).
_PREFIX = "d131dd02c5e6eec4693d9a0698aff95c2fcab5{}712467eab4004583eb8fb7f8955ad340609f4b30283e4888325{}"
_MIDDLE = "415a085125e8f7cdc99fd91dbd{}280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2{}"
_SUFFIX = "487da03fd02396306d248cda0e99f33420f577ee8ce54b67080{}80d1ec69821bcb6a8839396f965{}b6ff72a70"
_PATTERN = _PREFIX + _MIDDLE + _SUFFIX
_COLLIDING = (_PATTERN.format("8", "71", "f", "b", "a", "2"), _PATTERN.format("0", "f1", "7", "3", "2", "a"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    initialise(tmp_path / "project", remote_url=tmp_path / "remote")
    return tmp_path / "project"


def kept(root: Path, files: dict[str, bytes] = FILES, name: str = "minilm") -> Pin:
    origin = Origin(files)
    with DvcStore(root).receive(origin.listing, origin.read, Counter(), key=name) as intake:
        pin = pin_of(intake.files, name)
        intake.keep(pin)
    return pin


def overwrite(path: Path, data: bytes) -> None:
    before = path.stat()
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(before.st_mode & 0o777)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def objects(folder: Path, pin: Pin) -> dict[str, Path]:
    return {file.entry.path: folder / "files/md5" / file.md5[:2] / file.md5[2:] for file in pin.files}


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_the_colliding_blocks_collide() -> None:
    one, two = map(bytes.fromhex, _COLLIDING)
    assert one != two
    assert hashlib.md5(one).hexdigest() == hashlib.md5(two).hexdigest()  # noqa: S324 - that MD5 is broken is the point


def test_bytes_with_the_md5_of_a_cached_object_are_refused(root: Path) -> None:
    one, two = map(bytes.fromhex, _COLLIDING)
    first = kept(root, {"a.bin": one}, name="first")
    evil = Origin({"a.bin": two})
    store = DvcStore(root)
    with store.receive(evil.listing, evil.read, Counter(), key="evil") as intake:
        pin = pin_of(intake.files, "second")
        with pytest.raises(IntegrityError) as error:
            intake.keep(pin)
    assert error.value.code == "md5-collision"
    assert not store.path(pin).exists()
    store.verify(first, Counter())


def test_a_model_whose_files_collide_is_refused(root: Path) -> None:
    one, two = map(bytes.fromhex, _COLLIDING)
    evil = Origin({"a.bin": one, "b.bin": two})
    store = DvcStore(root)
    with store.receive(evil.listing, evil.read, Counter(), key="evil") as intake:
        pin = pin_of(intake.files)
        with pytest.raises(IntegrityError) as error:
            intake.keep(pin)
    assert error.value.code == "md5-collision"
    assert not any(path.is_file() for path in (root / ".dvc/cache/files").rglob("*"))


def test_an_object_of_the_right_md5_and_wrong_sha256_is_refused_from_the_remote(root: Path, tmp_path: Path) -> None:
    one, two = map(bytes.fromhex, _COLLIDING)
    pin = kept(root, {"a.bin": one})
    store = DvcStore(root)
    store.push(pin, Counter())
    overwrite(objects(tmp_path / "remote", pin)["a.bin"], two)
    store.remove(pin)
    objects(root / ".dvc/cache", pin)["a.bin"].unlink()
    with pytest.raises(IntegrityError) as error:
        store.restore(pin, Counter())
    assert error.value.code == "remote-differs"
    assert str(objects(tmp_path / "remote", pin)["a.bin"]) in error.value.hint
    assert not store.path(pin).exists()
    assert not objects(root / ".dvc/cache", pin)["a.bin"].exists()
    assert dvc(root, "pull").returncode == 0, "stock DVC takes it, which is why verify reads SHA-256 and BLAKE3"
    with pytest.raises(IntegrityError, match="has other bytes"):
        store.verify(pin, Counter())


@pytest.mark.parametrize("data", [flipped(FILES["weights.safetensors"]), b"", FILES["weights.safetensors"] + b"more"])
def test_a_tampered_remote_is_refused_and_leaves_nothing(root: Path, tmp_path: Path, data: bytes) -> None:
    pin = kept(root)
    store = DvcStore(root)
    store.push(pin, Counter())
    overwrite(objects(tmp_path / "remote", pin)["weights.safetensors"], data)
    store.remove(pin)
    objects(root / ".dvc/cache", pin)["weights.safetensors"].unlink()
    with pytest.raises(IntegrityError) as error:
        store.restore(pin, Counter())
    assert error.value.code == "remote-differs"
    assert not store.path(pin).exists()
    assert not any((root / ".dvc/cache/weighbridge/incoming").glob("*/*"))
    with pytest.raises(IntegrityError):
        store.restore(pin, Counter(), to=tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_damage_through_a_hard_link_is_repaired_under_a_new_inode(root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    store.push(pin, Counter())
    folder, cached = store.path(pin), objects(root / ".dvc/cache", pin)["weights.safetensors"]
    shared = (folder / "weights.safetensors").stat().st_ino
    assert cached.stat().st_ino == shared
    overwrite(folder / "weights.safetensors", flipped(FILES["weights.safetensors"]))
    assert store.restore(pin, Counter()) is True
    assert cached.read_bytes() == (folder / "weights.safetensors").read_bytes() == FILES["weights.safetensors"]
    assert shared not in {cached.stat().st_ino, (folder / "weights.safetensors").stat().st_ino}
    quarantined = [path.read_bytes() for path in (root / ".dvc/cache/weighbridge/quarantine").iterdir()]
    assert flipped(FILES["weights.safetensors"]) in quarantined


def test_a_damaged_object_is_mended_from_a_good_folder_without_any_remote(root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    cached = objects(root / ".dvc/cache", pin)["weights.safetensors"]
    cached.unlink()
    cached.write_bytes(flipped(FILES["weights.safetensors"]))
    cached.chmod(0o444)
    store.verify(pin, Counter())
    assert store.restore(pin, Counter()) is True
    assert cached.read_bytes() == FILES["weights.safetensors"]


def test_an_add_does_not_believe_a_damaged_object(root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    overwrite(objects(root / ".dvc/cache", pin)["weights.safetensors"], flipped(FILES["weights.safetensors"]))
    again = kept(root)
    assert again == pin
    store.verify(pin, Counter())
    assert store.restore(pin, Counter()) is False
    assert any((root / ".dvc/cache/weighbridge/quarantine").iterdir())


def test_a_damaged_object_is_not_pushed(root: Path, tmp_path: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    overwrite(objects(root / ".dvc/cache", pin)["weights.safetensors"], flipped(FILES["weights.safetensors"]))
    with pytest.raises(IntegrityError) as error:
        store.push(pin, Counter())
    assert error.value.code == "bytes-differ"
    assert not objects(tmp_path / "remote", pin)["weights.safetensors"].exists()
    assert not (tmp_path / "remote/files/md5" / directory_id(pin)[:2] / directory_id(pin)[2:]).exists()
    assert not list((tmp_path / "remote/weighbridge/incoming").iterdir())


def test_a_damaged_directory_object_is_written_again(root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    overwrite(Layout(root, "models").object(directory_id(pin)), b"[]")
    assert store.restore(pin, Counter()) is True
    assert "up to date" in dvc(root, "status").stdout


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "broken link", "link to itself"])
def test_what_is_not_a_plain_file_is_a_problem_and_is_put_right(root: Path, tmp_path: Path, kind: str) -> None:
    pin, store = kept(root), DvcStore(root)
    victim = store.path(pin) / "config.json"
    victim.unlink()
    (tmp_path / "elsewhere").write_bytes(FILES["config.json"])
    if kind == "folder":
        victim.mkdir()
        (victim / "inside").write_text("x")
    elif kind == "fifo":
        os.mkfifo(victim)
    else:
        victim.symlink_to(
            {"link": tmp_path / "elsewhere", "broken link": tmp_path / "no", "link to itself": victim}[kind]
        )
    with pytest.raises(IntegrityError) as error:
        store.verify(pin, Counter())
    found = error.value.details["problems"]
    assert isinstance(found, list)
    assert {line.partition(":")[0].partition("/")[0] for line in found} == {"config.json"}
    assert error.value.hint == "run: weighbridge pull minilm"
    assert store.restore(pin, Counter()) is True
    store.verify(pin, Counter())
    assert (tmp_path / "elsewhere").read_bytes() == FILES["config.json"]


def test_a_link_is_right_only_if_it_leads_to_its_own_object(root: Path) -> None:
    pin, store = kept(root, {"a.bin": b"same size 1", "b.bin": b"same size 2"}), DvcStore(root)
    cached = objects(root / ".dvc/cache", pin)
    for path in ("a.bin", "b.bin"):
        (store.path(pin) / path).unlink()
        (store.path(pin) / path).symlink_to(cached[path])
    store.verify(pin, Counter())
    (store.path(pin) / "a.bin").unlink()
    (store.path(pin) / "a.bin").symlink_to(cached["b.bin"])
    with pytest.raises(IntegrityError, match="leads elsewhere"):
        store.verify(pin, Counter())


def test_an_empty_extra_folder_is_a_problem(root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    (store.path(pin) / "__pycache__").mkdir()
    with pytest.raises(IntegrityError, match="__pycache__: is a folder that the pin does not have"):
        store.verify(pin, Counter())
    assert store.restore(pin, Counter()) is True
    assert sorted(path.name for path in store.path(pin).iterdir()) == sorted(FILES)


@pytest.mark.parametrize("nested", [True, False])
def test_a_folder_that_is_a_link_is_refused_and_replaced(root: Path, tmp_path: Path, *, nested: bool) -> None:
    pin, store = kept(root, {"sub/a.bin": b"a", "b.bin": b"b"}), DvcStore(root)
    victim = store.path(pin) / "sub" if nested else store.path(pin)
    victim.rename(tmp_path / "moved")
    victim.symlink_to(tmp_path / "moved")
    with pytest.raises(IntegrityError):
        store.verify(pin, Counter())
    assert store.restore(pin, Counter()) is True
    store.verify(pin, Counter())
    assert not victim.is_symlink()


def test_no_remote_is_said(tmp_path: Path, root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    dvc(root, "remote", "remove", "weighbridge")
    store = DvcStore(root)
    for call in (lambda: store.push(pin, Counter()), lambda: store.publish("a", b""), lambda: store.published("a")):
        with pytest.raises(StoreError) as error:
            call()
        assert error.value.code == "no-remote"
        assert "dvc remote add" in error.value.hint
    store.remove(pin)
    objects(root / ".dvc/cache", pin)["config.json"].unlink()
    with pytest.raises(StoreError) as error:
        store.restore(pin, Counter(), to=tmp_path / "copy")
    assert error.value.code == "no-remote"


def test_a_remote_that_lacks_an_object_is_said(root: Path, tmp_path: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    store.push(pin, Counter())
    objects(tmp_path / "remote", pin)["config.json"].unlink()
    assert [problem.code for problem in store.problems([pin])] == ["remote-missing"]
    store.remove(pin)
    objects(root / ".dvc/cache", pin)["config.json"].unlink()
    with pytest.raises(StoreError) as error:
        store.restore(pin, Counter())
    assert error.value.code == "remote-missing"
    assert store.push(kept(root), Counter()) is True
    assert store.problems([pin]) == ()
