"""Trees taken out of a real Git repository: nothing runs, no link is followed, names may be hostile."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from weighbridge.core.errors import StoreError, UsageError, WeighbridgeError
from weighbridge.core.merge import Kind
from weighbridge.trees import revisions
from weighbridge.trees.revisions import Revisions

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *words: str, data: bytes | None = None) -> str:
    who = {f"GIT_{role}_{what}": "m@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "HOME": str(root.parent)}
    done = subprocess.run(["git", *words], cwd=root, env=environment, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")


def commit(root: Path) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")
    return git(root, "rev-parse", "HEAD")


def everything(_path: str) -> bool:
    return True


def test_a_commit_and_its_working_tree_are_the_same_tree(root: Path) -> None:
    write(root, a="1", b="2")
    (root / "sub").mkdir()
    (root / "sub" / "c").write_bytes(b"\r\n\0")
    (root / "b").chmod(0o755)
    (root / "link").symlink_to("a")
    (root / "empty").write_bytes(b"")
    name = commit(root)
    with Revisions(root / "sub") as found:
        assert (found.root, found.home) == (root, "sub/")
        there, here = found.tree(found.commit("main"), everything), found.working_tree(everything)
        assert found.commit("HEAD~0") == name
        assert there.entries == here.entries
        assert {path: entry.kind for path, entry in there.entries.items()} == {
            "a": Kind.FILE,
            "b": Kind.PROGRAM,
            "empty": Kind.FILE,
            "link": Kind.LINK,
            "sub/c": Kind.FILE,
        }
        assert there.content("sub/c") == here.content("sub/c") == b"\r\n\0"
        assert there.content("empty") == b""
        assert there.content("a") == b"1"
        assert sorted(found.tree(name, lambda path: path == "a").entries) == ["a"]


def test_what_is_new_counts_and_what_is_ignored_or_gone_does_not(root: Path) -> None:
    write(root, a="1", gone="1", **{".gitignore": "*.log\n"})
    commit(root)
    (root / "gone").unlink()
    write(root, new="1", **{"x.log": "1"})
    with Revisions(root) as found:
        assert sorted(found.working_tree(everything).entries) == [".gitignore", "a", "new"]


def test_a_folder_that_became_a_link_is_not_entered(root: Path, tmp_path: Path) -> None:
    (root / "models").mkdir()
    (root / "models" / "lock.json").write_text("1", encoding="utf-8")
    commit(root)
    outside = tmp_path / "outside"
    (root / "models").rename(outside)
    (root / "models").symlink_to(outside)
    with Revisions(root) as found:
        entries = found.working_tree(everything).entries
        assert {path: entry.kind for path, entry in entries.items()} == {"models": Kind.LINK}


def test_sockets_pipes_and_repositories_inside_are_no_files(root: Path) -> None:
    write(root, pipe="1", deep="1")
    commit(root)
    (root / "pipe").unlink()
    os.mkfifo(root / "pipe")
    inner = root / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    write(inner, x="1")
    commit(inner)
    with Revisions(root) as found:
        entries = found.working_tree(everything).entries
        assert {path: entry.kind for path, entry in entries.items()} == {
            "deep": Kind.FILE,
            "inner": Kind.SUBMODULE,
            "pipe": Kind.OTHER,
        }
    (root / "pipe").unlink()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    with Revisions(root) as found:
        assert found.tree(found.commit("HEAD"), everything).entries["inner"].kind is Kind.SUBMODULE


def test_names_may_be_hostile(root: Path) -> None:
    names = [b"-x", b"--help", b":(glob)*", b"a\nb", b"\xff\xfe", b'"q"', b"t\tab", " \u202e".encode(), b"sp ace"]
    for name in names:
        with (root / os.fsdecode(name)).open("wb") as file:
            file.write(name)
    commit(root)
    with Revisions(root) as found:
        there, here = found.tree(found.commit("HEAD"), everything), found.working_tree(everything)
        assert there.entries == here.entries
        assert {path.encode("utf-8", "surrogateescape") for path in there.entries} == set(names)
        for path in there.entries:
            assert there.content(path) == here.content(path) == path.encode("utf-8", "surrogateescape")


def test_a_tree_with_names_that_git_itself_would_not_write_is_read(root: Path) -> None:
    blob = git(root, "hash-object", "-w", "--stdin", data=b"x")
    rows = b"".join(b"100644 %b\0%b" % (name, bytes.fromhex(blob)) for name in (b"..", b".git"))
    tree = git(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=rows)
    name = git(root, "commit-tree", tree, "-m", "x")
    with Revisions(root) as found:
        assert sorted(found.tree(name, everything).entries) == ["..", ".git"]


@pytest.mark.parametrize(
    "revision", ["", "-x", "--help", "--output=x", "nothing", "a\0b", "HEAD:a", "HEAD^{tree}", "@{-1}"]
)
def test_what_names_no_commit_is_refused(root: Path, revision: str) -> None:
    write(root, a="1")
    commit(root)
    with Revisions(root) as found, pytest.raises(UsageError) as caught:
        found.commit(revision)
    assert caught.value.code == "unknown-revision"
    assert sorted(path.name for path in root.iterdir()) == [".git", "a"]


def test_nothing_of_the_repository_runs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks, filters, text conversions, monitors and aliases of the clone's own configuration stay asleep."""
    ran = tmp_path / "ran"
    write(root, a="1", **{".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    name = commit(root)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "merge.evil.driver",
        "core.pager",
        "core.editor",
    ):
        git(root, "config", key, str(program))
    git(root, "config", "alias.ls-tree", f"!{program}")
    for hook in ("post-index-change", "post-checkout", "fsmonitor-watchman", "reference-transaction"):
        (root / ".git" / "hooks").mkdir(exist_ok=True)
        (root / ".git" / "hooks" / hook).symlink_to(program)
    write(root, a="2")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    with Revisions(root) as found:
        assert found.tree(name, everything).content("a") == b"1"
        assert found.working_tree(everything).content("a") == b"2"
        assert found.ancestors(name, name) == (name,)
    assert not ran.exists()


def test_replacements_and_a_hook_s_surroundings_do_not_count(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, a="good")
    name = commit(root)
    bad = git(root, "hash-object", "-w", "--stdin", data=b"evil")
    git(root, "replace", git(root, "rev-parse", "HEAD:a"), bad)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    with Revisions(root) as found:
        assert found.tree(name, everything).content("a") == b"good"


def test_where_two_commits_parted(root: Path, tmp_path: Path) -> None:
    first = commit(root)
    git(root, "checkout", "-qb", "topic")
    topic = commit(root)
    git(root, "checkout", "-q", "main")
    git(root, "commit", "-qm", "other", "--allow-empty")
    git(root, "checkout", "-q", "--orphan", "alone")
    write(root, a="alone")
    alone = commit(root)
    with Revisions(root) as found:
        assert found.ancestors(found.commit("main"), topic) == (first,)
        assert found.ancestors(found.commit("main"), alone) == ()
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{root}", str(shallow))
    with Revisions(shallow) as found:
        assert found.ancestors(found.commit("origin/main"), found.commit("origin/topic")) == ()


def test_a_missing_object_is_said_and_not_fetched(root: Path) -> None:
    write(root, a="1")
    name = commit(root)
    blob = git(root, "rev-parse", "HEAD:a")
    with Revisions(root) as found:
        tree = found.tree(name, everything)
        (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(StoreError) as caught:
            tree.content("a")
    assert caught.value.code == "git-failed"
    with Revisions(root) as found:
        tree = found.tree(name, everything)
        with pytest.raises(StoreError):
            tree.content("a")


def test_a_killed_reader_is_said(root: Path) -> None:
    write(root, a="1", b="2")
    name = commit(root)
    with Revisions(root) as found:
        tree = found.tree(name, everything)
        assert tree.content("a") == b"1"
        assert found._batch is not None
        found._batch.process.kill()
        found._batch.process.wait()
        with pytest.raises(StoreError) as caught:
            tree.content("b")
    assert caught.value.code == "git-failed"


def test_bounds_hold(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, a="1" * 100, b="2" * 100)
    name = commit(root)
    for bound, value in (("MAX_PATHS", 1), ("MAX_GOVERNING", 1)):
        with monkeypatch.context() as patched, Revisions(root) as found:
            patched.setattr(revisions, bound, value)
            with pytest.raises(StoreError) as caught:
                found.tree(name, everything)
            assert caught.value.code == "merge-too-large"
            with pytest.raises(StoreError) as caught:
                found.working_tree(everything)
            assert caught.value.code == "merge-too-large"
    for bound, value in (("MAX_FILE_BYTES", 99), ("MAX_READ_BYTES", 150)):
        with monkeypatch.context() as patched, Revisions(root) as found:
            patched.setattr(revisions, bound, value)
            for tree in (found.tree(name, everything), found.working_tree(everything)):
                with pytest.raises(StoreError) as caught:
                    assert tree.content("a") == tree.content("a") != tree.content("b")
                assert caught.value.code == "merge-too-large"


def test_no_repository_and_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(StoreError) as caught:
        Revisions(tmp_path)
    assert caught.value.code == "git-failed"
    with pytest.raises(StoreError) as caught:
        Revisions(tmp_path / "absent")
    assert caught.value.code == "git-failed"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StoreError) as caught:
        Revisions(tmp_path)
    assert caught.value.code == "no-git"


def test_a_file_that_can_not_be_read_is_said(root: Path) -> None:
    write(root, a="1")
    commit(root)
    with Revisions(root) as found:
        tree = found.working_tree(everything)
        (root / "a").unlink()
        with pytest.raises(WeighbridgeError) as caught:
            tree.content("a")
        assert caught.value.code == "unreadable"
        disk = revisions._Disk(root, "sha1", "true")
        with pytest.raises(WeighbridgeError) as caught:
            disk.entry("x" * 300)
        assert caught.value.code == "unreadable"


def test_other_object_names_and_file_systems_without_modes(tmp_path: Path) -> None:
    root = tmp_path / "long"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    write(root, a="1")
    (root / "a").chmod(0o755)
    git(root, "config", "core.fileMode", "false")
    name = commit(root)
    with Revisions(root) as found:
        assert len(name) == 64
        assert found.tree(name, everything).entries == found.working_tree(everything).entries
