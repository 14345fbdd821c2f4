"""Archives for torch.hub: what Git makes is taken as Git means it, and anything else is refused."""

from __future__ import annotations

import io
import stat
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.fakes.github import FakeGitHub, archive
from tests.fakes.torchhub import refusal, source_of

from weighbridge.core.errors import NotFoundError, StoreError
from weighbridge.core.ref import Ref
from weighbridge.sources import _archive, _github
from weighbridge.sources._archive import open_archive
from weighbridge.sources._http import Web
from weighbridge.sources._retry import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        yield made


def zipped(members: Mapping[str, bytes], *, mode: int = 0, comment: bytes = b"4" * 40) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = (3 if mode else 0), mode << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(member, content)
        made.comment = comment
    return data.getvalue()


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    at = data.index(b"here it is")
    return data[:at] + b"H" + data[at + 1 :]


def stored(name: str, content: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr(zipfile.ZipInfo(name), content)
        made.comment = b"4" * 40
    return data.getvalue()


def twice(data: bytes) -> bytes:
    return data.replace(b"t/bbb", b"t/aaa")


HOSTILE = {
    "cut off": cut(zipped({"t/a": b"a" * 999})),
    "no zip": b"<html>not found</html>",
    "empty": b"",
    "no members": zipped({}),
    "traversal": zipped({"t/a": b"", "t/../../b": b""}),
    "absolute": zipped({"/t/a": b""}),
    "two tops": zipped({"t/a": b"", "u/a": b""}),
    "no top": zipped({"hubconf.py": b""}),
    "link": zipped({"t/a": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777),
    "device": zipped({"t/a": b""}, mode=stat.S_IFCHR | 0o666),
    "twice": twice(zipped({"t/aaa": b"1", "t/bbb": b"2"})),
    "file and folder": zipped({"t/a": b"1", "t/a/b": b"2"}),
    "bomb": zipped({"t/a": bytes(20 << 20)}),
    "wrong checksum": flipped(stored("t/a", b"here it is")),
    "no comment": zipped({"t/a": b""}, comment=b""),
    "comment is no commit": zipped({"t/a": b""}, comment=b"main"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_is_not_what_it_should_be_is_refused(github: FakeGitHub, name: str) -> None:
    repo = github.repo("org/net")
    commit = repo.commit({"a": b""})
    commit.archive = HOSTILE[name]
    source = source_of(github)
    error = refusal(source, "torchhub:org/net")
    assert (error.code, error.exit_code) == ("bad-archive", 20)
    # What was refused is not kept.
    commit.archive = archive("org/net", commit.id, {"a": b""})
    assert source.resolve(Ref.parse("torchhub:org/net")).metadata["tree"] == "verified"


def test_an_archive_with_too_much_in_it_is_refused(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    github.repo("org/net").commit({"a": b"a" * 999})
    monkeypatch.setattr(_archive, "MAX_UNPACKED_BYTES", 100)
    assert refusal(source_of(github), "torchhub:org/net").code == "bad-archive"
    monkeypatch.setattr(_github, "MAX_ARCHIVE_BYTES", 100)
    assert refusal(source_of(github), "torchhub:org/net").code == "archive-too-large"


def test_a_full_disk_is_said_so(github: FakeGitHub) -> None:
    github.repo("org/net").commit({"a": b"a" * 999})
    server = _github.GitHub(Web(30.0), github.url, github.api, "", Patience())
    with open("/dev/full", "r+b", buffering=0) as full, pytest.raises(StoreError) as caught:  # noqa: PTH123 - a device
        server.archive("org/net", "main", _Untruncated(full))  # type: ignore[arg-type] # all that is used of one
    assert caught.value.code == "no-space"


class _Untruncated:
    """A device that can't be made shorter."""

    def __init__(self, device: io.FileIO) -> None:
        self._device = device

    def seek(self, at: int) -> int:
        return at

    def truncate(self) -> int:
        return 0

    def write(self, data: bytes) -> int:
        return self._device.write(data)

    def flush(self) -> None:
        self._device.flush()


def test_git_itself_agrees(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    files = {"a.b": b"1", "a/z": b"2", "a/b/c": b"3", "a0": b"4", "empty.txt": b"", "naïve.txt": b"5", "run.sh": b"#!"}
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (root / "run.sh").chmod(0o755)

    def git(*words: str) -> str:
        settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.quotepath=off")
        done = subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q", ".")
    git("add", "-A")
    git("commit", "-qm", "all")
    git("archive", "--format=zip", "--prefix=org-net-1234567/", "-o", str(tmp_path / "a.zip"), "HEAD")
    with (tmp_path / "a.zip").open("rb") as stream:
        found = open_archive(stream, (tmp_path / "a.zip").stat().st_size)
        assert found.commit == git("rev-parse", "HEAD")
        assert found.tree == git("rev-parse", "HEAD^{tree}")
        assert {path: b"".join(found.read(path)) for path in found.files} == files
        assert found.files["run.sh"].executable
        with pytest.raises(NotFoundError):
            next(found.read("none"))
