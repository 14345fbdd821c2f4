"""The border to the disk: operating system errors become store errors with a code and a next step.

Network and DVC errors have their own border in `weighbridge.stores.remote`.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_RERUN = "then run the command again: it resumes"
_SPACE = ("no-space", f"free some space, {_RERUN}")
_PERMISSION = (
    "no-permission",
    f"give this user the right to write there (for a shared cache: `dvc config cache.shared group`), {_RERUN}",
)
_KNOWN = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: ("read-only", f"mount the file system writable or move the cache (`dvc cache dir`), {_RERUN}"),
    errno.EIO: ("disk-failed", f"check the disk: the system log names the device; {_RERUN}"),
    errno.ENAMETOOLONG: ("name-too-long", "leave the file out with --exclude, or move the project to a shorter path"),
}
_OTHER = ("disk-failed", f"see the message, {_RERUN}")


def disk_error(error: OSError, doing: str) -> StoreError:
    """The store error for an operating system error."""
    code, hint = _KNOWN.get(error.errno or 0, _OTHER)
    reason = error.strerror or str(error)
    where = f" ({error.filename})" if error.filename else ""
    return StoreError(f"can't {doing}: {reason}{where}", code=code, hint=hint, details={"errno": error.errno or 0})


NO_REMOTE_HINT = "add one: dvc remote add -d NAME URL && dvc remote modify NAME verify true"


def no_remote() -> StoreError:
    """The error where a remote is needed and there is none."""
    return StoreError("this project has no DVC remote", code="no-remote", hint=NO_REMOTE_HINT)


@contextmanager
def disk(doing: str) -> Iterator[None]:
    """Let an operating system error inside leave as a store error.

    Args:
        doing: What was tried, as it reads after "can't".

    Raises:
        StoreError: Codes ``no-space``, ``no-permission``, ``read-only``, ``name-too-long``, ``disk-failed``.
    """
    try:
        yield
    except OSError as error:
        raise disk_error(error, doing) from error
