"""What Git keeps: the files of a commit, or of the working tree, read by plumbing that runs nothing.

No hook, filter, text conversion, external diff or file-system monitor takes part: names come from ``git ls-tree`` and
``git ls-files``, bytes from ``git cat-file`` or from the disk without following a link. A missing object is not
fetched, and no replacement of objects counts. Paths are text; bytes that are not UTF-8 are kept as surrogates.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import contextmanager
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from weighbridge.core.errors import StoreError
from weighbridge.core.merge import Entry, Kind, Tree
from weighbridge.trees.plumbing import Batch, commit, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

MAX_PATHS: Final = 2_000_000
"""Paths that one side may have."""
MAX_GOVERNING: Final = 200_000
"""Of them, those that govern."""
MAX_FILE_BYTES: Final = 64 << 20
"""No larger file is read."""
MAX_READ_BYTES: Final = 1 << 30
"""No more is read of one side, all files together."""
MAX_ANCESTORS: Final = 8
_KINDS: Final = {"100644": Kind.FILE, "100755": Kind.PROGRAM, "120000": Kind.LINK, "160000": Kind.SUBMODULE}
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a planted FIFO would wait for ever.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _failed(doing: str, said: str) -> StoreError:
    return StoreError(
        f"git can't {doing}: {said or 'no reason given'}",
        code="git-failed",
        hint="run it in the repository itself, as its owner, with all of its history: git fetch --unshallow",
    )


class Revisions:
    """One repository; use as a context.

    Args:
        folder: A folder in its working tree.

    Raises:
        StoreError: Git is not installed (code ``no-git``), or there is no such repository.
    """

    def __init__(self, folder: Path) -> None:
        if shutil.which("git") is None:
            raise StoreError("git is not installed", code="no-git", hint="install Git, then run the command again")
        self._folder = folder
        self._batch: Batch | None = None
        top = self._run("find the repository", "rev-parse", "--show-toplevel")
        self.root = Path(os.fsdecode(top.removesuffix(b"\n")))
        """The top of its working tree."""
        prefix = self._run("find the repository", "rev-parse", "--show-prefix")
        self.home = _text(prefix.removesuffix(b"\n"))
        """The folder in it: empty, or ending in ``/``."""

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process that reads objects."""
        if self._batch is not None:
            self._batch.__exit__()
            self._batch = None

    def commit(self, revision: str) -> str:
        """The commit that a revision names, in hexadecimal digits.

        Raises:
            UsageError: There is none here (code ``unknown-revision``).
        """
        return commit(self._folder, revision)

    def ancestors(self, one: str, other: str) -> tuple[str, ...]:
        """Where two commits parted; none if they never were one, or if the clone is too shallow to tell.

        Raises:
            StoreError: Git failed.
        """
        if self._run("look at the clone", "rev-parse", "--is-shallow-repository").strip() != b"false":
            return ()
        done = self._start("merge-base", "--all", one, other)
        found = tuple(done.stdout.decode("ascii", "replace").split())
        return found if done.returncode == 0 and len(found) <= MAX_ANCESTORS else ()

    def tree(self, commit: str, concerns: Callable[[str], bool]) -> Tree:
        """The files of a commit.

        Args:
            commit: Its name, as `commit` gives it.
            concerns: Whether a path is to be looked at.

        Raises:
            StoreError: Git failed, or the commit is over a bound (code ``merge-too-large``).
        """
        entries = {}
        # NUL ends a row; no path is quoted.
        rows = self._run("list a commit", "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        for row in _rows(rows):
            head, _, raw = row.partition(b"\t")
            path = _text(raw)
            if concerns(path):
                mode, _, name, size = head.decode("ascii").split()
                kind = _KINDS.get(mode, Kind.FILE if mode.startswith("100") else Kind.OTHER)
                entries[path] = Entry(kind, name, int(size) if size.isdigit() else 0)
        return Tree(_bounded(entries), _Reader(entries, self._blob))

    def working_tree(self, concerns: Callable[[str], bool]) -> Tree:
        """The files that Git tracks or would add, as they are on the disk.

        Args:
            concerns: Whether a path is to be looked at.

        Raises:
            StoreError: Git or the disk failed, or there is more than a bound (code ``merge-too-large``).
        """
        listed = self._run(
            "list the working tree",
            "-C",
            str(self.root),
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        )
        disk = _Disk(self.root, self._said("rev-parse", "--show-object-format"), self._said("config", "core.fileMode"))
        entries = {}
        for path in dict.fromkeys(_text(row).removesuffix("/") for row in _rows(listed)):
            if concerns(path):
                entry = disk.entry(path)
                if entry is not None:
                    entries[path] = entry
        return Tree(_bounded(entries), _Reader(entries, lambda path, _: disk.read(path)))

    def _blob(self, path: str, entry: Entry) -> bytes:
        """The bytes of an object, by the one process that reads them all."""
        self._batch = self._batch or Batch(self._folder)
        data = self._batch.read(entry.id.encode("ascii"), entry.size_bytes)
        if data is None or len(data) != entry.size_bytes:
            raise _failed("read a file", f"{path!r} is not in this clone")
        return data

    def _said(self, *arguments: str) -> str:
        """What a question answers; empty where it has no answer."""
        return self._start(*arguments).stdout.decode("ascii", "replace").strip()

    def _run(self, doing: str, *arguments: str) -> bytes:
        done = self._start(*arguments)
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise _failed(doing, lines[0] if lines else "")
        return done.stdout

    def _start(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return start(self._folder, *arguments)
        except OSError as error:
            raise _failed("start", error.strerror or str(error)) from error


def _rows(data: bytes) -> Iterator[bytes]:
    if data.count(b"\0") > MAX_PATHS:
        raise StoreError(
            f"the repository has more than {MAX_PATHS} files", code="merge-too-large", hint="check a smaller repository"
        )
    return (row for row in data.split(b"\0") if row)


def _bounded(entries: dict[str, Entry]) -> dict[str, Entry]:
    if len(entries) > MAX_GOVERNING:
        raise StoreError(
            f"more than {MAX_GOVERNING} files govern", code="merge-too-large", hint="bring the merge in several parts"
        )
    return entries


class _Reader:
    """Gives the bytes of files, each and all together within bounds."""

    def __init__(self, entries: Mapping[str, Entry], read: Callable[[str, Entry], bytes]) -> None:
        self._entries = entries
        self._read = read
        self._seen: set[str] = set()
        self._bytes = 0

    def __call__(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            StoreError: It is over a bound (code ``merge-too-large``), or can't be read.
        """
        entry = self._entries[path]
        if path not in self._seen:
            self._seen.add(path)
            self._bytes += entry.size_bytes
        if entry.size_bytes > MAX_FILE_BYTES or self._bytes > MAX_READ_BYTES:
            raise StoreError(
                f"{path!r} has {entry.size_bytes} bytes: that is not read",
                code="merge-too-large",
                hint="take it out of the merge, or bring the merge in several parts",
            )
        return self._read(path, entry)


class _Disk:
    """The files of a working tree, no link followed."""

    def __init__(self, root: Path, hash_name: str, modes: str) -> None:
        self._root = root
        self._sha256 = hash_name == "sha256"
        self._has_modes = modes != "false"

    def entry(self, path: str) -> Entry | None:
        """What stands under a path; None where nothing does, or a folder above it is a link.

        Raises:
            StoreError: The disk failed (code ``unreadable``).
        """
        try:
            with self._parent(path) as (folder, name):
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISLNK(found.st_mode):
                    target = os.fsencode(os.readlink(name, dir_fd=folder))
                    return Entry(Kind.LINK, self._name(target), len(target))
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                return None
            raise _unreadable(path, error) from error
        if stat.S_ISDIR(found.st_mode):
            return Entry(Kind.SUBMODULE, "", 0)
        if not stat.S_ISREG(found.st_mode):
            return Entry(Kind.OTHER, "", 0)
        kind = Kind.PROGRAM if self._has_modes and found.st_mode & stat.S_IXUSR else Kind.FILE
        name_of = "" if found.st_size > MAX_FILE_BYTES else self._name(self.read(path))
        return Entry(kind, name_of, found.st_size)

    def read(self, path: str) -> bytes:
        """The bytes of a file, up to the bound.

        Raises:
            StoreError: It can't be read (code ``unreadable``).
        """
        try:
            with self._parent(path) as (folder, name), os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
                return file.read(MAX_FILE_BYTES)
        except OSError as error:
            raise _unreadable(path, error) from error

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """A handle of the folder that a path lies in, and its last part."""
        *parts, name = path.split("/")
        handle = os.open(self._root, _FOLDER)
        try:
            for part in parts:
                inner = os.open(part, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle, name
        finally:
            os.close(handle)

    def _name(self, data: bytes) -> str:
        """Git's name of a blob (gitglossary(7), object name)."""
        text = b"blob %d\0%b" % (len(data), data)
        return sha256(text).hexdigest() if self._sha256 else sha1(text, usedforsecurity=False).hexdigest()


def _unreadable(path: str, error: OSError) -> StoreError:
    return StoreError(
        f"{path!r} can't be read: {error.strerror}",
        code="unreadable",
        hint="mend its mode, or restore it: git checkout -- FILE",
    )
