"""The real client fetches what was committed, with and without redirects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.hub import DiskFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub

FILES = {
    "config.json": b'{"hidden": 8}',
    "empty.txt": b"",
    "naïve name (1).txt": b"named",
    "sub/model.safetensors": bytes(range(256)) * 5000,
}


def read_folder(folder: str | Path) -> dict[str, bytes]:
    root = Path(folder)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("redirects", [False, True])
def test_a_snapshot_is_what_was_committed(hub: FakeHub, api: HfApi, tmp_path: Path, *, redirects: bool) -> None:
    hub.redirect_files = redirects
    hub.create_repo("org/tiny").commit(FILES)
    assert read_folder(api.snapshot_download("org/tiny", cache_dir=tmp_path)) == FILES
    assert {request.host for request in hub.requests} == ({"hub", "files"} if redirects else {"hub"})


@pytest.mark.parametrize("redirects", [False, True])
@pytest.mark.parametrize("revision", ["main", "refs/pr/1", "v1", None])
def test_one_file_of_any_revision(
    hub: FakeHub, api: HfApi, tmp_path: Path, *, redirects: bool, revision: str | None
) -> None:
    hub.redirect_files = redirects
    repo = hub.create_repo("org/tiny")
    commit = repo.commit(FILES)
    repo.pull_request(1, commit)
    repo.tag("v1", commit)
    for name, data in FILES.items():
        path = api.hf_hub_download("org/tiny", name, revision=revision, cache_dir=tmp_path)
        assert Path(path).read_bytes() == data
        assert commit in path


def test_a_file_on_disk_is_served_from_there(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    source = tmp_path / "weights"
    source.write_bytes(bytes(3 << 20) + b"end")
    size = source.stat().st_size
    hub.create_repo("org/large").commit({"a.bin": source, "b.bin": DiskFile(source, size, "0" * 64)})
    for name in ("a.bin", "b.bin"):
        path = api.hf_hub_download("org/large", name, cache_dir=tmp_path / "cache")
        assert Path(path).read_bytes() == source.read_bytes()


@pytest.mark.parametrize("redirects", [False, True])
def test_datasets_and_ids_without_an_organisation_download_too(
    hub: FakeHub, api: HfApi, tmp_path: Path, *, redirects: bool
) -> None:
    hub.redirect_files = redirects
    for repo_id in ("datasets/org/data", "datasets/squad", "gpt2", "spaces/org/demo"):
        hub.create_repo(repo_id).commit(FILES)
    hub.rename("datasets/squad", "datasets/rajpurkar/squad")
    for kind, name in (("dataset", "org/data"), ("dataset", "squad"), ("model", "gpt2"), ("space", "org/demo")):
        assert read_folder(api.snapshot_download(name, repo_type=kind, cache_dir=tmp_path)) == FILES


def test_the_token_stays_on_the_hub(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    hub.redirect_files = True
    hub.create_repo("org/secret", private=True).commit(FILES)
    hub.add_token("hf_secret", grants=["org/secret"])
    folder = api.snapshot_download("org/secret", token="hf_secret", cache_dir=tmp_path)
    assert read_folder(folder) == FILES
    seen = {request.host: request.headers.get("authorization") for request in hub.requests}
    assert seen == {"hub": "Bearer hf_secret", "files": None}


@pytest.mark.parametrize("redirects", [False, True])
def test_the_command_line_downloads_and_verifies(
    hub: FakeHub, hf: Callable[..., CompletedProcess[str]], tmp_path: Path, *, redirects: bool
) -> None:
    hub.redirect_files = redirects
    hub.create_repo("org/tiny").commit(FILES)
    folder = tmp_path / "local"
    done = hf("download", "org/tiny", "--local-dir", str(folder))
    assert done.returncode == 0, done.stderr
    local = read_folder(folder)
    assert {name: local[name] for name in FILES} == FILES
    done = hf("cache", "verify", "org/tiny", "--local-dir", str(folder), "--fail-on-missing-files")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "sub/model.safetensors").write_bytes(b"!" + FILES["sub/model.safetensors"][1:])
    (folder / "config.json").write_bytes(b'{"hidden": 9}')
    done = hf("cache", "verify", "org/tiny", "--local-dir", str(folder))
    assert done.returncode == 1
    assert "sub/model.safetensors" in done.stdout + done.stderr
    assert "config.json" in done.stdout + done.stderr


def test_the_command_line_verifies_its_cache(
    hub: FakeHub, hf: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    hub.create_repo("org/tiny").commit(FILES)
    assert hf("download", "org/tiny").returncode == 0
    assert hf("cache", "verify", "org/tiny").returncode == 0
    (stored,) = (tmp_path / "hf-home").rglob("snapshots/*/sub/model.safetensors")
    stored.resolve().write_bytes(FILES["sub/model.safetensors"][:-1] + b"!")
    done = hf("cache", "verify", "org/tiny")
    assert done.returncode == 1
    assert "sub/model.safetensors" in done.stdout + done.stderr
