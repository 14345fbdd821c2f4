"""Polyglots: what else a file is, for a loader that looks in another place than at its beginning.

Zip is read from the end of a file, tar and pickle from its first byte whatever the magic, HDF5 behind a user block too.
Nothing is unpacked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats import recognise_pickle, tar_header
from weighbridge.formats.kinds import Kind
from weighbridge.formats.promises import PICKLES, ZIPS
from weighbridge.formats.recognise_text import TEXTS
from weighbridge.formats.slice import Slice
from weighbridge.formats.zip_tail import ends_like_zip

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable

_TARS: Final = frozenset({Kind.TAR, Kind.NEMO})
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_FIRST_USER_BLOCK = 512


def second(kind: Kind, file: Readable, size_bytes: int) -> str:
    """What a file is besides its kind, in one sentence; empty if it is nothing else.

    Raises:
        OSError: The file can't be read.
    """
    whole = Slice(file, 0, size_bytes)
    if kind not in ZIPS | _TARS and ends_like_zip(whole):
        return f"it is {kind}, and a zip archive from its end"
    if kind not in _TARS and tar_header.is_header(_read(whole, 0, tar_header.BLOCK_BYTES)):
        return f"it is {kind}, and a tar archive"
    if kind not in PICKLES | TEXTS and recognise_pickle.hides_pickle(file, size_bytes):
        return f"it is {kind}, and a pickle that imports something"
    if kind not in ZIPS | _TARS | {Kind.HDF5} and _has_user_block(whole):
        return f"it is {kind}, and an HDF5 file behind a user block"
    return ""


def _read(whole: Slice, offset: int, length: int) -> bytes:
    whole.seek(offset)
    return whole.read(length)


def _has_user_block(whole: Slice) -> bool:
    """Whether an HDF5 superblock stands where readers look: at 512 bytes, 1024, 2048, and so on."""
    at = _FIRST_USER_BLOCK
    while at < whole.size_bytes:
        if _read(whole, at, len(_HDF5)) == _HDF5:
            return True
        at *= 2
    return False
