"""Digests as text: ``sha256:<64 hex>`` names the bytes of a manifest everywhere.

This module does not hash files: that is the stores' work.
"""

from __future__ import annotations

import hashlib
import re

from weighbridge.core import canonical
from weighbridge.core.errors import IntegrityError

PREFIX = "sha256:"
SHORT_LENGTH = 12
_HEX64 = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def is_hex64(text: object) -> bool:
    """Whether a value is 64 lower-case hexadecimal digits."""
    return isinstance(text, str) and _HEX64.fullmatch(text) is not None


def is_digest(text: object) -> bool:
    """Whether a value is ``sha256:`` and 64 lower-case hexadecimal digits."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def require_digest(text: object) -> str:
    """The text itself, if it is a digest.

    Raises:
        IntegrityError: It is not.
    """
    if not isinstance(text, str) or not is_digest(text):
        raise IntegrityError(
            f"{text!r} is not a digest", code="bad-digest", hint="a digest is sha256: and 64 hex digits"
        )
    return text


def of_bytes(data: bytes) -> str:
    """The digest of some bytes."""
    return PREFIX + hashlib.sha256(data).hexdigest()


def of_value(value: object) -> str:
    """The digest of a value's canonical JSON."""
    return of_bytes(canonical.dumps(value))


def short(digest: str) -> str:
    """The first 12 hexadecimal digits: a readable name, never an identity."""
    return digest.removeprefix(PREFIX)[:SHORT_LENGTH]
