"""What every store promises."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, FolderStore, Origin, hexdigest, pin_of

from weighbridge.core.errors import IntegrityError, StoreError, UsageError
from weighbridge.core.listing import RemoteFile
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Store

FILES = {
    "config.json": b"{}",
    "empty": b"",
    "sub/größe.bin": b"\xf0" * 5000,
    "weights.safetensors": bytes(range(256)) * 20_000,
}


@pytest.fixture(params=["folder", "dvc"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    if request.param == "folder":
        return FolderStore(tmp_path / "project", tmp_path / "remote")
    initialise(tmp_path / "project", remote_url=tmp_path / "remote")
    return DvcStore(tmp_path / "project")


def kept(store: Store, origin: Origin, name: str = "minilm") -> Pin:
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        pin = pin_of(intake.files, name)
        intake.keep(pin)
    return pin


def problems(error: pytest.ExceptionInfo[IntegrityError]) -> list[str]:
    found = error.value.details["problems"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("kind", ["sha256", "git", ""])
def test_what_is_received_is_hashed_and_readable_before_it_is_kept(store: Store, kind: str) -> None:
    origin, progress = Origin(FILES, kind=kind), Counter()
    with store.receive(origin.listing, origin.read, progress, key="k") as intake:
        assert [file.entry.path for file in intake.files] == sorted(FILES, key=str.encode)
        assert [file.promise for file in intake.files] == [
            file.promise for file in sorted(origin.listing, key=lambda file: file.path.encode())
        ]
        assert {path: intake.path(path).read_bytes() for path in FILES} == FILES
        assert not store.path(pin_of(intake.files)).exists()
        with pytest.raises(UsageError, match="was not received"):
            intake.path("other")
    assert progress.done == progress.total == sum(map(len, FILES.values()))
    assert progress.open == 0


def test_what_is_kept_is_there_and_verifies(store: Store) -> None:
    pin = kept(store, Origin(FILES))
    folder = store.path(pin)
    assert {path: (folder / path).read_bytes() for path in FILES} == FILES
    progress = Counter()
    store.verify(pin, progress)
    store.verify(pin, Counter(), algorithm="sha256")
    assert progress.open == 0
    assert store.restore(pin, Counter()) is False


def test_keeping_twice_is_keeping_once(store: Store) -> None:
    origin = Origin(FILES)
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
        intake.keep(pin)
    store.verify(pin, Counter())


def test_a_pin_of_other_files_is_not_kept(store: Store) -> None:
    origin = Origin(FILES)
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        other = pin_of(intake.files[:1])
        with pytest.raises(UsageError) as error:
            intake.keep(other)
    assert error.value.code == "pin-differs"
    assert not store.path(other).exists()


def test_a_rerun_moves_no_bytes(store: Store) -> None:
    kept(store, Origin(FILES))
    again = Origin(FILES)
    kept(store, again)
    assert again.moved == 0


def test_a_second_revision_moves_only_what_changed(store: Store) -> None:
    first = kept(store, Origin(FILES))
    changed = Origin({**FILES, "config.json": b"[ ]"})
    second = kept(store, changed)
    assert {path for path, _ in changed.reads} == {"config.json"}
    store.verify(first, Counter())
    store.verify(second, Counter())


@pytest.mark.parametrize("kind", ["sha256", "git"])
@pytest.mark.parametrize("path", ["config.json", "weights.safetensors"])
def test_same_size_wrong_bytes_are_refused_and_nothing_is_left(store: Store, kind: str, path: str) -> None:
    origin = Origin(FILES, kind=kind)
    origin.files[path] = origin.files[path][:-1] + b"!"
    with pytest.raises(IntegrityError) as error, store.receive(origin.listing, origin.read, Counter(), key="k"):
        pytest.fail("the context must not open")
    assert error.value.code == "promise-mismatch"
    assert error.value.details["path"] == path
    honest = Origin(FILES, kind=kind)
    kept(store, honest)
    assert honest.moved == sum(map(len, FILES.values()))


@pytest.mark.parametrize("data", [b"", b"{", b"{}}"])
def test_another_size_is_refused(store: Store, data: bytes) -> None:
    origin = Origin(FILES)
    origin.files["config.json"] = data
    with pytest.raises(IntegrityError) as error, store.receive(origin.listing, origin.read, Counter(), key="k"):
        pytest.fail("the context must not open")
    assert error.value.code == "promise-mismatch"


def test_a_broken_transfer_resumes(store: Store) -> None:
    origin = Origin(FILES)
    half = len(FILES["weights.safetensors"]) // 2
    origin.break_after["weights.safetensors"] = half
    with pytest.raises(StoreError, match="broke"), store.receive(origin.listing, origin.read, Counter(), key="k"):
        pytest.fail("the context must not open")
    origin.break_after.clear()
    origin.reads.clear()
    pin = kept(store, origin)
    assert dict(origin.reads).get("weights.safetensors", 0) > 0
    store.verify(pin, Counter())


def test_leaving_without_keeping_discards_nothing_that_resumes(store: Store) -> None:
    origin = Origin(FILES)
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        assert intake.files
    moved = origin.moved
    pin = kept(store, origin)
    assert origin.moved == moved
    store.verify(pin, Counter())


def test_a_path_listed_twice_is_refused(store: Store) -> None:
    origin = Origin(FILES)
    twice = [*origin.listing, origin.listing[0]]
    with pytest.raises(IntegrityError) as error, store.receive(twice, origin.read, Counter(), key="k"):
        pytest.fail("the context must not open")
    assert error.value.code == "bad-path"


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "a/../../outside", ".git/config", "a\x00b", "x/"])
def test_a_path_that_leaves_the_folder_is_never_kept(store: Store, tmp_path: Path, path: str) -> None:
    origin = Origin({path: b"evil"})
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        pin = pin_of(intake.files)
        with pytest.raises(IntegrityError) as error:
            intake.keep(pin)
    assert error.value.code == "bad-path"
    assert not list(tmp_path.rglob("outside"))
    assert not store.path(pin).exists()


def _flip(path: Path) -> None:
    """Change one byte and hide it: mode, times and size stay."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(before.st_mode & 0o777)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("algorithm", ["blake3", "sha256"])
def test_a_flipped_byte_is_seen_and_repaired(store: Store, algorithm: str) -> None:
    pin = kept(store, Origin(FILES))
    store.push(pin, Counter())
    _flip(store.path(pin) / "weights.safetensors")
    with pytest.raises(IntegrityError) as error:
        store.verify(pin, Counter(), algorithm=algorithm)
    assert error.value.code == "bytes-differ"
    found = hexdigest((store.path(pin) / "weights.safetensors").read_bytes(), algorithm)
    wanted = next(getattr(file.entry, algorithm) for file in pin.files if file.entry.path == "weights.safetensors")
    assert problems(error) == [f"weights.safetensors: has other bytes: {algorithm} {found} instead of {wanted}"]
    assert store.restore(pin, Counter()) is True
    store.verify(pin, Counter(), algorithm=algorithm)
    assert store.restore(pin, Counter()) is False


def test_missing_extra_and_linked_files_are_seen_and_repaired(store: Store, tmp_path: Path) -> None:
    pin = kept(store, Origin(FILES))
    store.push(pin, Counter())
    folder = store.path(pin)
    (folder / "config.json").unlink()
    (folder / "extra.py").write_text("import os")
    (folder / "weights.safetensors").unlink()
    (tmp_path / "same").write_bytes(FILES["weights.safetensors"])
    (folder / "weights.safetensors").symlink_to(tmp_path / "same")
    with pytest.raises(IntegrityError) as error:
        store.verify(pin, Counter())
    assert {line.partition(":")[0] for line in problems(error)} == {"config.json", "extra.py", "weights.safetensors"}
    assert store.restore(pin, Counter()) is True
    assert not (folder / "extra.py").exists()
    store.verify(pin, Counter())


def test_an_unknown_algorithm_is_refused(store: Store) -> None:
    pin = kept(store, Origin(FILES))
    with pytest.raises(UsageError):
        store.verify(pin, Counter(), algorithm="md5")


def test_a_folder_that_is_gone_comes_back(store: Store) -> None:
    pin = kept(store, Origin(FILES))
    assert store.remove(pin) is True
    assert not store.path(pin).exists()
    assert store.remove(pin) is False
    with pytest.raises(IntegrityError) as error:
        store.verify(pin, Counter())
    assert error.value.code == "folder-missing"
    assert store.restore(pin, Counter()) is True
    store.verify(pin, Counter())


def test_a_second_push_sends_nothing(store: Store) -> None:
    pin = kept(store, Origin(FILES))
    assert store.push(pin, Counter()) is True
    assert store.push(pin, Counter()) is False


def test_a_copy_is_plain_and_goes_only_where_nothing_is(store: Store, tmp_path: Path) -> None:
    pin = kept(store, Origin(FILES))
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "new", tmp_path / "empty"):
        assert store.restore(pin, Counter(), to=target) is True
        assert {path: (target / path).read_bytes() for path in FILES} == FILES
        assert not any(path.is_symlink() for path in target.rglob("*"))
    (target / "config.json").write_bytes(b"mine")
    with pytest.raises(StoreError) as error:
        store.restore(pin, Counter(), to=target)
    assert error.value.code == "not-empty"
    assert (target / "config.json").read_bytes() == b"mine"
    store.verify(pin, Counter())


def test_a_good_and_pushed_pin_has_no_problems(store: Store) -> None:
    pin = kept(store, Origin(FILES))
    assert [problem.code for problem in store.problems([pin])] == ["remote-missing"]
    store.push(pin, Counter())
    assert store.problems([pin]) == ()
    store.remove(pin)
    assert {problem.code for problem in store.problems([pin])} == {"gc-would-drop", "folder-missing"}
    assert all(problem.hint and problem.name == "minilm" for problem in store.problems([pin]))


def test_documents_are_read_as_written_and_replaced(store: Store) -> None:
    assert store.published("project/minilm/a.json") is None
    store.publish("project/minilm/a.json", b"one")
    store.publish("project/minilm/a.json", b"two")
    assert store.published("project/minilm/a.json") == b"two"
    assert store.published("project/minilm") is None


@pytest.mark.parametrize("key", ["../x", "/x", "a/../b", "", "a//b", "a\\b"])
def test_a_key_that_leaves_its_place_is_refused(store: Store, key: str) -> None:
    with pytest.raises(UsageError):
        store.publish(key, b"")
    with pytest.raises(UsageError):
        store.published(key)


def test_two_paths_with_the_same_bytes(store: Store) -> None:
    pin = kept(store, Origin({"a.json": b"{}", "b.json": b"{}"}))
    store.verify(pin, Counter())
    assert sorted(path.name for path in store.path(pin).iterdir()) == ["a.json", "b.json"]


def test_nothing_to_receive_is_nothing_received(store: Store) -> None:
    with store.receive([], lambda _file, _offset: iter(()), Counter(), key="k") as intake:
        assert intake.files == ()


def test_a_size_that_was_promised_without_a_hash_is_held(store: Store) -> None:
    wrong = [RemoteFile("config.json", 3)]
    with pytest.raises(IntegrityError), store.receive(wrong, Origin({"config.json": b"{}"}).read, Counter(), key="k"):
        pytest.fail("the context must not open")
    assert wrong[0].promise == ""


def test_the_pipeline_is_written_once(store: Store) -> None:
    pin = kept(store, Origin(FILES))
    assert store.pipeline([]) is False
    assert store.pipeline([pin]) is True
    assert store.pipeline([pin]) is False
    assert store.pipeline([]) is True
    assert store.pipeline([]) is False


def test_no_rule_drops_a_file_unless_somebody_wrote_one(store: Store) -> None:
    assert not store.ignored("minilm", "config.json")
