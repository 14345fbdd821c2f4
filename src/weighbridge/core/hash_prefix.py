"""The hash in a checkpoint's name: ``name-<digits>.pth`` promises a SHA-256 that begins with these digits.

The rule is torch.hub's (its HASH_REGEX); torch compares it once, when it downloads, if the program asks. Eight digits
that are a date promise nothing, nor does a short number of epochs. This module reads no file.
"""

from __future__ import annotations

import re

_NAMED = re.compile(r"[^/]*-([0-9a-f]{8,64})\.[^/-]+")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]")


def promised_prefix(name: str) -> str:
    """The first hexadecimal digits of the SHA-256 that a file's name promises, 8 to 64; empty if it promises none."""
    found = _NAMED.fullmatch(name)
    return found[1] if found and not _DATE.fullmatch(found[1]) else ""
