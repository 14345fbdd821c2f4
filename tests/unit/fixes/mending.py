"""Texts mended, so that a test reads as a table: before, after, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.mending import Wish
from weighbridge.fixes.mend import mend
from weighbridge.references import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.mention import Mention
    from weighbridge.fixes.mend import MendedFile

SHA = "0123456789abcdef0123456789abcdef01234567"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
HEAD = "from transformers import AutoModel\n"


def done(path: str, data: bytes, *, by_name: bool = False, others: Mapping[str, bytes] | None = None) -> MendedFile:
    """What comes of a file whose references are all to be mended."""
    read = dict(others or {}).get
    found = files.extract(path, data, read)
    assert found is not None
    wishes = [
        Wish(each, "tiny", DIGEST if each.scheme == "oci" else SHA, by_name)
        for each in found.mentions
        if each.model is not None and not each.is_open and each.revision not in {SHA, DIGEST}
        if each.scheme != "weighbridge"
    ]
    return mend(path, data, wishes, read, _is_good)


def _is_good(mention: Mention) -> bool:
    return mention.revision in {SHA, DIGEST} or mention.scheme == "mlflow"


def after(path: str, text: str, *, by_name: bool = False) -> str:
    """A text with its references mended; the revision is ``SHA``, a digest ``DIGEST``."""
    data = done(path, text.encode(), by_name=by_name).data
    return data.decode().replace(DIGEST, "DIGEST").replace(SHA, "SHA")


def whys(path: str, text: str, *, by_name: bool = False) -> list[str]:
    """Why references are left as they are."""
    return [each.why for each in done(path, text.encode(), by_name=by_name).left]
