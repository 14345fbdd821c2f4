"""Letting the disk write while a file still grows, so that the flush at its end is short.

It is advice only: durability is what `os.fsync` gives, and where the call is missing nothing changes.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_EVERY_BYTES = 16 << 20
# linux/fs.h: start writing dirty pages of the range, wait for nothing.
_SYNC_FILE_RANGE_WRITE = 2


def _find() -> Any:
    if sys.platform != "linux":
        return None
    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call


_sync_file_range = _find()


class Writeback:
    """Told how far one open file is written; starts the disk now and then.

    Args:
        handle: The open file.
        offset: Bytes that it has already.
    """

    def __init__(self, handle: int, offset: int = 0) -> None:
        self._handle = handle
        self._started = self._end = offset

    def wrote(self, size_bytes: int) -> None:
        """So many more bytes were written at the end."""
        self._end += size_bytes
        if _sync_file_range is not None and self._end - self._started >= _EVERY_BYTES:
            _sync_file_range(self._handle, self._started, self._end - self._started, _SYNC_FILE_RANGE_WRITE)
            self._started = self._end
