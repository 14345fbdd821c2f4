"""Preparing the disk for a file of known size, and letting it write while the file still grows.

The space is reserved first, so that the file lies in few extents and a full disk is known before the first byte; then
the flush at the end is short. Both are advice: durability is what `os.fsync` gives, and where the calls are missing
nothing changes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Any

_EVERY_BYTES = 16 << 20
# linux/fs.h: start writing dirty pages of the range, wait for nothing.
_SYNC_FILE_RANGE_WRITE = 2
# linux/falloc.h: the file's size stays what was written, which resuming needs.
_FALLOC_FL_KEEP_SIZE = 1
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def _find(name: str, *types: Any) -> Any:
    if sys.platform != "linux":
        return None
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if call is not None:
        call.argtypes = types
    return call


_sync_file_range = _find("sync_file_range", ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
_fallocate = _find("fallocate64", ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64) or _find(
    "fallocate", ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long
)


class Writeback:
    """Told how far one open file is written; starts the disk now and then.

    Args:
        handle: The open file.
        offset: Bytes that it has already.
        size: Bytes that it will have.

    Raises:
        OSError: The disk has no room for it.
    """

    def __init__(self, handle: int, offset: int, size: int) -> None:
        self._handle = handle
        self._started = self._end = offset
        if _fallocate is not None and size > offset and _fallocate(handle, _FALLOC_FL_KEEP_SIZE, offset, size - offset):
            code = ctypes.get_errno()
            if code in _NO_SPACE:
                raise OSError(code, os.strerror(code))

    def wrote(self, size_bytes: int) -> None:
        """So many more bytes were written at the end."""
        self._end += size_bytes
        if _sync_file_range is not None and self._end - self._started >= _EVERY_BYTES:
            _sync_file_range(self._handle, self._started, self._end - self._started, _SYNC_FILE_RANGE_WRITE)
            self._started = self._end
