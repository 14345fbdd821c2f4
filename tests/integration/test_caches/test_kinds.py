"""Real caches of real clients: what lies there is told, and what is revoked goes."""

from __future__ import annotations

import os
import shutil
from hashlib import md5, sha1, sha256
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import scan_cache_dir
from tests.integration.test_caches.looking import FILES, NEWER, WEIGHTS, Hub, check, contents, flip, pinned, write

from weighbridge.caches.look import look
from weighbridge.caches.places import existing, named, recognised
from weighbridge.core.cached import State
from weighbridge.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_downloaded_model_is_approved_file_by_file_and_read_once(hub: Hub) -> None:
    commit = hub.commit(FILES)
    found = check(hub.cache, pinned(FILES, commit=commit))
    assert found.look.place.kind.kind == "huggingface"
    base = f"models--org--tiny/snapshots/{commit}"
    assert found.states == {f"{base}/{path}": "approved" for path in FILES}
    assert sum(found.read) == sum(map(len, FILES.values()))


def test_a_revoked_model_is_purged_whole_and_the_client_finds_a_sound_cache(hub: Hub) -> None:
    commit = hub.commit(FILES)
    hub.commit({"config.json": b"{}", "README.md": b"another"}, "org/other")
    found = check(hub.cache, pinned(FILES, commit=commit, says="revoked"))
    assert sorted(set(found.states.values())) == ["revoked", "unapproved"]
    done, failures = found.purge()
    assert (len(done), failures) == (3, ())
    assert not (hub.cache / "models--org--tiny").exists()
    assert len([path for path in contents(hub.cache) if path.startswith("models--org--other/snapshots")]) == 2
    scanned = scan_cache_dir(hub.cache)
    assert [repo.repo_id for repo in scanned.repos] == ["org/other"]
    assert not scanned.warnings
    again = check(hub.cache, pinned(FILES, commit=commit, says="revoked"))
    assert set(again.states.values()) == {"unapproved"}
    assert again.purge() == (frozenset(), ())


def test_the_newer_snapshot_keeps_what_it_shares(hub: Hub) -> None:
    old, new = hub.commit(FILES), hub.commit(NEWER)
    pins = pinned(FILES, commit=old, says="revoked"), pinned(NEWER, commit=new)
    found = check(hub.cache, *pins)
    assert sorted(found.states.values()) == ["approved", "approved", "approved", "revoked"]
    found.purge()
    assert contents(hub.snapshot(new)) == NEWER
    assert not (hub.snapshot(old) / "model.safetensors").is_symlink()
    assert contents(hub.snapshot(old)) == {key: data for key, data in FILES.items() if key != "model.safetensors"}
    assert check(hub.cache, *pins).purge() == (frozenset(), ())


def test_files_that_a_snapshot_nobody_pinned_shares_stay(hub: Hub) -> None:
    old, new = hub.commit(FILES), hub.commit(NEWER)
    found = check(hub.cache, pinned(FILES, commit=old, says="revoked"))
    found.purge()
    assert contents(hub.snapshot(new)) == NEWER


def test_weights_are_purged_from_another_repository_and_its_configuration_stays(hub: Hub) -> None:
    copy = hub.commit(FILES, "org/copy")
    check(hub.cache, pinned({"a/other.bin": WEIGHTS, "config.json": b"{}"}, says="revoked")).purge()
    assert contents(hub.snapshot(copy, "org/copy")) == {"config.json": b"{}", "sub/vocab.txt": b"a\nb\n"}


@pytest.mark.parametrize("path", ["model.safetensors", "config.json"])
def test_a_blob_that_is_not_what_its_name_promises_is_damaged(hub: Hub, path: str) -> None:
    commit = hub.commit(FILES)
    blob = (hub.snapshot(commit) / path).resolve()
    assert len(blob.name) == (64 if path == "model.safetensors" else 40)
    flip(blob)
    name = f"models--org--tiny/snapshots/{commit}/{path}"
    assert check(hub.cache).states[name] == "damaged"
    found = check(hub.cache, pinned(FILES, commit=commit))
    assert sorted(found.states.values()) == ["approved", "approved", "damaged"]
    (bad,) = [item for item in found.entries if item.state is State.DAMAGED]
    assert len(bad.faults) == 2
    assert found.purge() == (frozenset(), ())
    assert blob.exists()


def test_a_snapshot_that_leads_to_another_file_s_blob_is_damaged(hub: Hub) -> None:
    """Approved bytes, each blob true to its name: only the pinned commit tells that they were exchanged."""
    commit = hub.commit({"a.bin": WEIGHTS, "b.bin": WEIGHTS[::-1]})
    first, second = hub.snapshot(commit) / "a.bin", hub.snapshot(commit) / "b.bin"
    said = second.readlink()
    first.unlink()
    first.symlink_to(said)
    found = check(hub.cache, pinned({"a.bin": WEIGHTS, "b.bin": WEIGHTS[::-1]}, commit=commit))
    (bad,) = [item for item in found.entries if item.state is State.DAMAGED]
    assert bad.faults == (f"hf:org/tiny has other bytes at a.bin of the pinned commit {commit}",)


def test_a_snapshot_s_link_to_nowhere_is_damaged(hub: Hub) -> None:
    commit = hub.commit(FILES)
    (hub.snapshot(commit) / "config.json").resolve().unlink()
    assert check(hub.cache).states[f"models--org--tiny/snapshots/{commit}/config.json"] == "damaged"


def test_a_download_that_is_not_over_is_told_and_not_read(hub: Hub) -> None:
    hub.commit(FILES)
    name = f"models--org--tiny/blobs/{sha256(WEIGHTS).hexdigest()}.incomplete"
    (hub.cache / name).write_bytes(WEIGHTS)
    found = check(hub.cache, pinned(FILES, says="revoked"))
    assert found.states[name] == "unfinished"
    found.purge()
    assert (hub.cache / name).exists()


def test_a_cache_without_links_is_judged_alike(hub: Hub) -> None:
    """Where links can't be made, the client puts files into the snapshot."""
    commit = hub.commit(FILES)
    for path in FILES:
        blob = (hub.snapshot(commit) / path).resolve()
        (hub.snapshot(commit) / path).unlink()
        shutil.move(blob, hub.snapshot(commit) / path)
    pin = pinned(FILES, commit=commit, says="revoked")
    found = check(hub.cache, pin)
    assert set(found.states.values()) == {"revoked"}
    flip(hub.snapshot(commit) / "model.safetensors")
    assert "damaged" in check(hub.cache, pin).states.values()


def test_blobs_that_the_whole_cache_shares_go_with_all_links_to_them(hub: Hub) -> None:
    """What huggingface_hub 2.x does with files of Xet: a blob is a link to the store of the whole cache."""
    commit = hub.commit(FILES)
    blob = (hub.snapshot(commit) / "model.safetensors").resolve()
    store = hub.cache / "blobs" / "ab" / ("ab" * 32)
    store.parent.mkdir(parents=True)
    shutil.move(blob, store)
    blob.symlink_to(os.path.relpath(store, blob.parent))
    assert (hub.snapshot(commit) / "model.safetensors").read_bytes() == WEIGHTS
    assert check(hub.cache, pinned(FILES, commit=commit)).states[
        f"models--org--tiny/snapshots/{commit}/model.safetensors"
    ] == ("approved")
    found = check(hub.cache, pinned(FILES, commit=commit, says="revoked"))
    _, failures = found.purge()
    assert not failures
    assert not store.exists()
    assert not (hub.cache / "models--org--tiny").exists()
    flip(write(hub.cache, {f"blobs/ab/{'ab' * 32}": WEIGHTS}) / "blobs" / "ab" / ("ab" * 32))
    blob.parent.mkdir(parents=True)
    blob.symlink_to(os.path.relpath(store, blob.parent))
    assert set(check(hub.cache).states.values()) == {"damaged"}, "the blob's name promises, wherever its bytes lie"


def test_checkpoints_of_torch_keep_the_hash_in_their_name(tmp_path: Path) -> None:
    good, bad = sha256(WEIGHTS).hexdigest()[:8], "0" * 8
    files = {
        f"hub/checkpoints/resnet18-{good}.pth": WEIGHTS,
        f"hub/checkpoints/other-{bad}.pth": b"odd size",
        f"hub/org_repo_main/x-{bad}.pth": b"not a checkpoint",
        "hub/checkpoints/model-20230101.part.pth": b"a date",
        "hub/checkpoints/x.pth.abc.partial": b"half",
        "hub/trusted_list": b"org_repo\n",
    }
    home = write(tmp_path / "torch", files)
    found = check(home, pinned({"resnet18.pth": WEIGHTS}))
    assert found.look.place.kind.kind == "torch"
    assert list(found.states.values()) == ["unapproved", "damaged", "approved", "unfinished", "unapproved"]
    assert found.look.place.kind.kind == check(home / "hub").look.place.kind.kind
    revoked = check(home, pinned({"resnet18.pth": WEIGHTS}, says="revoked"))
    revoked.purge()
    assert not (home / f"hub/checkpoints/resnet18-{good}.pth").exists()
    assert len(contents(home)) == len(files) - 1


def test_objects_of_dvc_keep_the_hash_in_their_name(tmp_path: Path) -> None:
    def address(data: bytes) -> str:
        found = md5(data, usedforsecurity=False).hexdigest()
        return f"files/md5/{found[:2]}/{found[2:]}"

    listing = b'[{"md5": "x", "relpath": "config.json"}]'
    files = {
        address(WEIGHTS): WEIGHTS,
        address(b"{}"): b"{}",
        f"{address(listing)}.dir": listing,
        f"{address(b'another')}.dir": listing,
        address(b"this"): b"that",
        "weighbridge/incoming/0-ab/model.safetensors": WEIGHTS,
        "weighbridge/incoming/0-ab.lock": b"",
        "weighbridge/index/a": b"x",
        "runs/ab/abc/def": b"{}",
    }
    cache = write(tmp_path / "cache", files)
    found = check(cache, pinned(FILES, says="revoked"))
    assert found.look.place.kind.kind == "dvc"
    assert found.states == {
        address(WEIGHTS): "revoked",
        address(b"{}"): "unapproved",
        f"{address(b'another')}.dir": "damaged",
        address(b"this"): "damaged",
        "weighbridge/incoming/0-ab/model.safetensors": "unfinished",
    }
    found.purge()
    assert contents(cache) == {path: data for path, data in files.items() if path != address(WEIGHTS)}


def test_a_plain_folder_covers_artifacts_and_copies(tmp_path: Path) -> None:
    model = {f"0/run/artifacts/model/{path}": data for path, data in FILES.items()}
    runs = write(tmp_path / "mlruns", {**model, "0/run/meta.yaml": b"x: 1\n", "other/config.json": b"{}"})
    found = check(runs, pinned(FILES, says="revoked"))
    assert (found.look.place.kind.kind, sorted(found.states.values())) == (
        "folder",
        ["revoked", "revoked", "revoked", "unapproved", "unapproved"],
    )
    found.purge()
    assert contents(runs) == {"0/run/meta.yaml": b"x: 1\n", "other/config.json": b"{}"}
    assert not (runs / "0/run/artifacts").exists()


def test_hard_links_are_read_once_and_go_together(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {"a/model.bin": WEIGHTS})
    (folder / "b.bin").hardlink_to(folder / "a/model.bin")
    (tmp_path / "elsewhere").hardlink_to(folder / "b.bin")
    found = check(folder, pinned({"model.bin": WEIGHTS}, says="revoked"))
    (only,) = found.entries
    assert (only.file.names, only.file.elsewhere, sum(found.read)) == (("a/model.bin", "b.bin"), 1, len(WEIGHTS))
    found.purge()
    assert contents(folder) == {}
    assert (tmp_path / "elsewhere").read_bytes() == WEIGHTS


# Which folders are caches.


def test_a_home_of_the_hub_s_clients_is_told_from_torch_s(hub: Hub, tmp_path: Path) -> None:
    hub.commit(FILES)
    (place,) = recognised([tmp_path])
    assert (place.root, place.kind.kind) == (hub.cache, "huggingface")


def test_data_sets_are_told_apart_from_models(tmp_path: Path) -> None:
    cache = write(tmp_path / "hub", {f"datasets--org--tiny/snapshots/{'1' * 40}/config.json": b"{}", "note": b"x"})
    found = check(cache, pinned(FILES, says="revoked"))
    assert set(found.states.values()) == {"unapproved"}, "a data set of the same name is another repository"
    kind = found.look.place.kind
    assert [kind.group(item.file.path) for item in found.entries] == ["datasets/org/tiny", "note"]
    assert check(write(tmp_path / "tree", {"a/b": b""})).look.place.kind.group("a/b") == "a"
    assert check(write(tmp_path / "dvc", {"files/md5/x": b""})).look.place.kind.group("files/md5/x") == "files/md5"


def test_a_git_blob_of_an_empty_file_keeps_its_promise(tmp_path: Path) -> None:
    name = sha1(b"blob 0\0", usedforsecurity=False).hexdigest()
    cache = write(tmp_path / "hub", {f"models--a--b/blobs/{name}": b""})
    assert set(check(cache).states.values()) == {"unapproved"}


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ring").symlink_to("ring")
    write(tmp_path, {"file": b"x"})
    for name in ("missing", "file", "ring"):
        with pytest.raises(UsageError) as caught:
            recognised([tmp_path / name])
        assert caught.value.code == "no-cache"


def test_folders_that_overlap_are_refused_and_the_same_one_counts_once(tmp_path: Path) -> None:
    write(tmp_path, {"a/b/file": b"x"})
    assert len(recognised([tmp_path / "a", tmp_path / "a" / "b" / ".."])) == 1
    with pytest.raises(UsageError) as caught:
        recognised([tmp_path / "a", tmp_path / "a" / "b"])
    assert caught.value.code == "overlapping-caches"


def test_a_folder_that_vanished_is_an_error(tmp_path: Path) -> None:
    (place,) = recognised([write(tmp_path / "tree", {"file": b"x"})])
    shutil.rmtree(place.root)
    with pytest.raises(StoreError) as caught:
        look(place)
    assert caught.value.code == "cache-unreadable"


@pytest.mark.parametrize(
    ("variables", "hub_folder", "torch_folder"),
    [
        ({}, "home/.cache/huggingface/hub", "home/.cache/torch"),
        ({"XDG_CACHE_HOME": "{}/xdg", "HF_HOME": ""}, "xdg/huggingface/hub", "xdg/torch"),
        ({"HF_HOME": "{}/hf", "TORCH_HOME": "{}/t"}, "hf/hub", "t"),
        ({"HF_HOME": "{}/hf", "HUGGINGFACE_HUB_CACHE": "{}/old"}, "old", "home/.cache/torch"),
        ({"HUGGINGFACE_HUB_CACHE": "{}/old", "HF_HUB_CACHE": "{}/new"}, "new", "home/.cache/torch"),
    ],
)
def test_the_environment_names_caches_as_the_clients_read_it(
    tmp_path: Path, variables: dict[str, str], hub_folder: str, torch_folder: str
) -> None:
    environment = {key: value.format(tmp_path) for key, value in variables.items()}
    wanted = named(environment, tmp_path / "home")
    assert [path for path, _ in wanted] == [tmp_path / hub_folder, tmp_path / torch_folder]
    assert existing(wanted) == []
    (tmp_path / torch_folder).mkdir(parents=True)
    assert [(place.root, place.kind.kind) for place in existing(wanted)] == [(tmp_path / torch_folder, "torch")]
