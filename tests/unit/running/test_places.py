"""What a program's clients find: the cache of the Hub's, torch's folder, the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir, try_to_load_from_cache
from tests.fakes.store import Origin, pin_of

from weighbridge.core.errors import StoreError
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import Pin, PinnedFile
from weighbridge.running import environment, hub_cache, torch_home
from weighbridge.running.hub_cache import Served

FILES = {"config.json": b"{}", "sub/weights.safetensors": b"weights", "sub/deep/er.txt": b"text"}


def pinned(data: bytes, path: str, promise: str = "") -> PinnedFile:
    from hashlib import md5, sha256  # noqa: PLC0415 - here alone

    entry = FileEntry(path, len(data), sha256(data).hexdigest(), "b" * 64)
    return PinnedFile(entry, md5(data, usedforsecurity=False).hexdigest(), promise)


def serve(root: Path, name: str = "one", **changes: str) -> Served:
    folder = root / name
    origin = Origin(FILES, kind="git")
    promises = {file.path: file.promise for file in origin.listing}
    files = []
    for path, data in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        files.append(pinned(data, path, promises[path] if path == "config.json" else ""))
    return Served(pin_of(tuple(files), name, **changes), folder)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return serve(tmp_path, source="hf:org/minilm")


def test_the_hub_s_client_finds_every_file_by_ref_and_commit(tmp_path: Path, served: Served) -> None:
    hub_cache.lay_out(tmp_path / "hub", tmp_path / "trees", [served])
    for revision in ("main", served.pin.revision):
        for path, data in FILES.items():
            found = try_to_load_from_cache("org/minilm", path, cache_dir=tmp_path / "hub", revision=revision)
            assert isinstance(found, str)
            assert Path(found).read_bytes() == data
            assert Path(found).resolve() == (served.folder / path).resolve()
    report = scan_cache_dir(tmp_path / "hub")
    assert not report.warnings
    (repository,) = report.repos
    assert (repository.repo_id, repository.nb_files) == ("org/minilm", len(FILES))
    assert repository.refs.keys() == {"main"}


def test_blobs_are_named_by_what_the_hub_promised(tmp_path: Path, served: Served) -> None:
    hub_cache.lay_out(tmp_path / "hub", tmp_path / "trees", [served])
    blobs = {path.name for path in (tmp_path / "hub" / "models--org--minilm" / "blobs").iterdir()}
    config, *others = served.pin.files
    assert blobs == {config.promise.removeprefix("git:"), *(file.entry.sha256 for file in others)}


def test_a_tree_is_made_once_and_put_right_where_it_was_changed(tmp_path: Path, served: Served) -> None:
    trees = tmp_path / "trees"
    trees.mkdir()
    tree = hub_cache.tree(trees, [served])
    made = tree.stat().st_ino
    assert hub_cache.tree(trees, [served]) == tree
    assert tree.stat().st_ino == made
    snapshot = tree / "snapshots" / served.pin.revision
    for spoil in (
        lambda: (snapshot / "extra").write_bytes(b"x"),
        (snapshot / "config.json").unlink,
        lambda: (tree / "refs" / "main").write_text("0" * 40),
        lambda: (tree / "fifo").symlink_to("/etc/passwd"),
        lambda: os.mkfifo(tree / "pipe"),
    ):
        spoil()
        assert hub_cache.tree(trees, [served]) == tree
        assert (snapshot / "config.json").read_bytes() == b"{}"
        assert (tree / "refs" / "main").read_text() == served.pin.revision
        assert not (tree / "pipe").exists()
    assert [path.name for path in trees.iterdir()] == [tree.name]


def test_other_bytes_or_another_place_make_another_tree(tmp_path: Path, served: Served) -> None:
    (tmp_path / "trees").mkdir()
    trees = {
        hub_cache.tree(tmp_path / "trees", [item])
        for item in (
            served,
            Served(served.pin, tmp_path / "elsewhere"),
            serve(tmp_path, source="hf:org/minilm", follow="v2"),
            serve(tmp_path, source="hf:org/minilm", revision="2" * 40),
        )
    }
    assert len(trees) == 4


def test_two_pins_of_one_repository_stand_beside_each_other(tmp_path: Path, served: Served) -> None:
    other = serve(tmp_path, "two", source="hf:org/minilm", revision="2" * 40)
    hub_cache.lay_out(tmp_path / "hub", tmp_path / "trees", [served, other])
    snapshots = tmp_path / "hub" / "models--org--minilm" / "snapshots"
    assert {path.name for path in snapshots.iterdir()} == {"1" * 40, "2" * 40}
    assert (snapshots.parent / "refs" / "main").read_text() == "1" * 40


def test_the_same_folder_can_be_laid_out_again(tmp_path: Path, served: Served) -> None:
    hub = tmp_path / "hub"
    for items in ([served], [served, serve(tmp_path, "two", source="hf:org/two")], [served]):
        hub_cache.lay_out(hub, tmp_path / "trees", items)
        assert len(list(hub.glob("models--*"))) == len(items)
    (hub / "models--org--minilm").unlink()
    (hub / "models--org--minilm").mkdir()
    (hub / "models--org--forged").symlink_to(tmp_path)
    hub_cache.lay_out(hub, tmp_path / "trees", [served])
    assert [path.name for path in hub.iterdir()] == ["models--org--minilm"]
    assert (hub / "models--org--minilm" / "refs" / "main").read_text() == served.pin.revision


def test_models_from_elsewhere_are_not_the_hub_s(tmp_path: Path) -> None:
    hub_cache.lay_out(tmp_path / "hub", tmp_path / "trees", [serve(tmp_path, source="file:here")])
    assert not list((tmp_path / "hub").iterdir())


def test_a_disk_that_fails_is_told(tmp_path: Path, served: Served) -> None:
    (tmp_path / "file").write_text("")
    for make in (
        lambda: hub_cache.lay_out(tmp_path / "file" / "hub", tmp_path / "trees", [served]),
        lambda: hub_cache.tree(tmp_path / "file", [served]),
        lambda: torch_home.lay_out(tmp_path / "file" / "torch", [served]),
    ):
        with pytest.raises(StoreError) as error:
            make()
        assert error.value.code == "disk"


def test_torch_finds_weights_whose_name_keeps_its_promise(tmp_path: Path) -> None:
    data = b"weights"
    right = pinned(data, "x").entry.sha256[:8]
    names = [f"net-{right}.pth", f"sub/net-{right}.pt", "net-00000000.pth", "net.pth", f"net-{right}.txt"]
    pin: Pin = pin_of(tuple(pinned(data, name) for name in names), source="file:here")
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(data)
    torch_home.lay_out(tmp_path / "torch", [Served(pin, folder), Served(pin, folder)])
    found = {path.name: path.read_bytes() for path in (tmp_path / "torch" / "hub" / "checkpoints").iterdir()}
    assert found == {f"net-{right}.pth": data, f"net-{right}.pt": data}


def test_tokens_and_ways_round_are_taken_out_of_the_environment(tmp_path: Path) -> None:
    place = environment.Place(tmp_path)
    changes = environment.offline(place, endpoint="http://127.0.0.1:1", registry_uri="sqlite:///x")
    found = environment.applied({"HF_TOKEN": "secret", "TRANSFORMERS_CACHE": "/x", "PATH": "/bin"}, changes)
    assert "HF_TOKEN" not in found
    assert "TRANSFORMERS_CACHE" not in found
    assert found["PATH"] == "/bin"
    assert found["HF_HUB_OFFLINE"] == "1"
    assert found["HF_ENDPOINT"] == "http://127.0.0.1:1"
    assert found["MLFLOW_REGISTRY_URI"] == "sqlite:///x"
    assert "MLFLOW_REGISTRY_URI" not in environment.offline(place)
    assert environment.offline(place)["HF_ENDPOINT"] == environment.NOWHERE


@pytest.mark.parametrize(("before", "after"), [({}, "/hooks"), ({"PYTHONPATH": "/a"}, f"/hooks{os.pathsep}/a")])
def test_the_hooks_come_before_the_program_s_own_path(before: dict[str, str], after: str, tmp_path: Path) -> None:
    changes = environment.explained(before, environment.Place(tmp_path), Path("/hooks"))
    assert changes == {"WEIGHBRIDGE_RUN_CONFIG": str(tmp_path / "run.json"), "PYTHONPATH": after}
