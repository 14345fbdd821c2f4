"""A remote of DVC, of any kind, in this process: the only module that speaks to the network through DVC.

What it reads is hashed by whoever asked for it. Cloud-versioned remotes are refused: they don't address by content.
Importing this module imports DVC, which takes half a second.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Self

from dvc.config import NoRemoteError
from dvc.repo import Repo
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.transfer import transfer

from weighbridge.core.errors import StoreError
from weighbridge.stores.faults import no_remote
from weighbridge.stores.hashing import BLOCK_BYTES
from weighbridge.stores.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.ports import Progress

_HTTP_NOT_FOUND = 404


@contextlib.contextmanager
def reaching(what: str) -> Iterator[None]:
    """Let any error of DVC or of a file system behind it leave as a store error.

    Raises:
        StoreError: Codes ``no-remote``, ``remote-failed``.
    """
    try:
        with quiet():
            yield
    except NoRemoteError as error:
        raise no_remote() from error
    except StoreError:
        raise
    # fsspec has no root of its errors: botocore, aiohttp, paramiko and azure each raise their own.
    except Exception as error:
        raise StoreError(
            f"can't {what}: {type(error).__name__}: {error}",
            code="remote-failed",
            hint="check the remote (`dvc remote list`), its credentials and the network, then run the command again",
        ) from error


def _require_plain(remote: Any) -> None:
    if remote.worktree or getattr(remote.fs, "version_aware", False):
        raise StoreError(
            "cloud-versioned remotes are not supported",
            code="remote-unsupported",
            hint="use a remote without version_aware and worktree",
        )


class Remote:
    """One remote, open; use as a context.

    Args:
        root: The folder that has ``.dvc``.
        name: The remote's name; None for the default one.

    Raises:
        StoreError: No such remote, or it can't be reached.
    """

    def __init__(self, root: Path, name: str | None) -> None:
        with reaching("open the DVC remote"):
            # DVC is published with half its types.
            self._repo: Any = Repo(str(root))
            with contextlib.ExitStack() as undo:
                undo.callback(self._repo.close)
                remote = self._repo.cloud.get_remote(name)
                _require_plain(remote)
                self._fs: Any = remote.fs
                self._path: str = remote.path
                self._odb: Any = remote.odb
                undo.pop_all()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._repo.close()

    def where(self, md5: str) -> str:
        """Where the remote keeps an object, in words."""
        return str(self._fs.unstrip_protocol(self._odb.oid_to_path(md5)))

    def read(self, md5: str, offset: int) -> Iterator[bytes]:
        """The bytes of an object from an offset on, unverified.

        Raises:
            StoreError: The remote does not have it (code ``remote-missing``) or failed.
        """
        with reaching("read from the DVC remote"):
            try:
                with self._fs.open(self._odb.oid_to_path(md5), "rb") as file:
                    if offset:
                        file.seek(offset)
                    while block := file.read(BLOCK_BYTES):
                        yield block
            except FileNotFoundError as error:
                # fsspec says so of every HTTP status; the true one stands behind it.
                if getattr(error.__cause__, "status", _HTTP_NOT_FOUND) != _HTTP_NOT_FOUND:
                    raise
                raise StoreError(
                    f"the DVC remote does not have the object {md5}",
                    code="remote-missing",
                    hint="push it from a machine that has it (`dvc push`), or add the model again from its source",
                ) from error

    def push(self, md5: str, progress: Progress) -> bool:
        """Send a directory object and all it names, what is missing there; True if anything was.

        Raises:
            StoreError: The remote failed.
        """
        cache = self._repo.cache.local
        # Without DVC's index of what it once pushed: what is missing there now is to be sent.
        with reaching("push to the DVC remote"):
            result = transfer(
                cache,
                self._odb,
                {HashInfo("md5", md5)},
                cache_odb=cache,
                shallow=False,
            )
        if result.failed:
            raise StoreError(
                f"{len(result.failed)} objects could not be pushed",
                code="remote-failed",
                hint="check the remote's credentials and space, then run the command again",
                details={"objects": sorted(str(item.value) for item in result.failed)},
            )
        progress.advance(0)
        return bool(result.transferred)

    def lacking(self, md5s: Sequence[str]) -> tuple[str, ...]:
        """Those of these objects that are not there, by name alone.

        Raises:
            StoreError: The remote failed.
        """
        with reaching("look into the DVC remote"):
            there = set(self._odb.oids_exist(list(md5s)))
        return tuple(md5 for md5 in md5s if md5 not in there)

    def put(self, key: str, data: bytes) -> None:
        """Write a small document beside the objects.

        Raises:
            StoreError: The remote failed.
        """
        path = self._fs.join(self._path, *key.split("/"))
        with reaching("publish to the DVC remote"):
            self._fs.makedirs(self._fs.parent(path), exist_ok=True)
            self._fs.pipe_file(path, data)

    def get(self, key: str) -> bytes | None:
        """A small document from beside the objects; None if there is none.

        Raises:
            StoreError: The remote failed.
        """
        path = self._fs.join(self._path, *key.split("/"))
        with reaching("read from the DVC remote"):
            try:
                return bytes(self._fs.cat_file(path))
            except FileNotFoundError:
                return None
