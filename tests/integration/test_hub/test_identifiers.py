"""The ids of files, folders and commits are those that Git and Git LFS would give."""

from __future__ import annotations

import hashlib
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.fakes.hub import DiskFile, FakeHub

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"config.json": b"{}\n", "a/b/deep.txt": b"deep", "a/b.txt": b"", "a-b/x.txt": b"order matters", "a.txt": b"1"}


def test_trees_and_commits_are_those_of_git(tmp_path: Path) -> None:
    date = datetime(2026, 3, 1, 12, tzinfo=UTC)
    repo = FakeHub().create_repo("org/model", author="alice")
    ours = repo.commit(FILES, message="First", date=date)
    for path, data in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    who = {"NAME": "alice", "EMAIL": "alice@users.noreply.example", "DATE": f"{int(date.timestamp())} +0000"}
    environment = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    environment |= {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "First")
    commit = repo.find(ours)
    assert commit.folders == {path: git("rev-parse", f"HEAD:{path}") for path in ("a", "a/b", "a-b")}
    assert commit.files["a/b/deep.txt"].oid == git("rev-parse", "HEAD:a/b/deep.txt")
    assert ours == git("rev-parse", "HEAD")


def test_a_file_in_lfs_has_the_id_of_its_pointer_and_its_own_sha256() -> None:
    repo = FakeHub().create_repo("org/model")
    weights = repo.find(repo.commit({"model.safetensors": b"weights"})).files["model.safetensors"]
    sha256 = hashlib.sha256(b"weights").hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 7\n".encode()
    assert weights.sha256 == weights.etag == sha256
    assert weights.pointer == pointer
    assert weights.oid == hashlib.sha1(b"blob %d\0%b" % (len(pointer), pointer), usedforsecurity=False).hexdigest()


def test_a_file_on_disk_has_the_ids_of_its_bytes_and_is_not_read_when_its_hash_is_given(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    repo = FakeHub().create_repo("org/model")
    in_memory = repo.find(repo.commit({"m.bin": b"weights", "m.txt": b"weights"})).files
    on_disk = repo.find(repo.commit({"m.bin": path, "m.txt": path})).files
    path.unlink()
    known = repo.find(repo.commit({"m.bin": DiskFile(path, 7, sha256)})).files
    assert {blob.oid for files in (in_memory, on_disk, known) for blob in (files["m.bin"],)} == {known["m.bin"].oid}
    assert on_disk["m.txt"].oid == in_memory["m.txt"].oid


def test_what_goes_to_lfs_follows_suffix_and_size_or_the_tests_own_rule() -> None:
    repo = FakeHub().create_repo("org/model")
    large = bytes((10 << 20) + 1)
    files = repo.find(repo.commit({"a.json": b"1", "a.gguf": b"1", "large.json": large})).files
    assert [path for path, blob in files.items() if blob.sha256] == ["a.gguf", "large.json"]
    files = repo.find(repo.commit({"b.bin": b"1", "b.json": b"1"}, lfs=lambda path, _: path == "b.json")).files
    assert (files["b.bin"].sha256, bool(files["b.json"].sha256)) == (None, True)


def test_the_same_history_has_the_same_ids_on_another_hub() -> None:
    def history() -> tuple[str, str]:
        repo = FakeHub().create_repo("org/model")
        return repo.commit(FILES), repo.commit({"config.json": b"[]"}, delete=["a.txt"])

    assert history() == history()
