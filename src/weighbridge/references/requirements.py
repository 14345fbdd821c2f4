"""Requirements of pip: wheels with a model in them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.mention import Mention, Spot
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.readers import Kind, named

if TYPE_CHECKING:
    from collections.abc import Callable


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a file of requirements names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Not asked.
    """
    del repository
    if b"://" not in data:
        return Extraction()
    if len(data) > MAX_BYTES:
        return Extraction((), f"a file of {len(data)} bytes is not read")
    found = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        # A comment begins the line, or follows a space: an address has its own `#`.
        text = line.partition(" #")[0].partition(" ;")[0].strip()
        start = min((at for at in (text.find("git+"), text.find("https://")) if at >= 0), default=-1)
        if text.startswith("#") or start < 0:
            continue
        known = named(Kind.PACKAGE, text[start:].partition(" ")[0])
        if known is not None:
            spot = Spot(path, number, line.index(text[start:]) + 1)
            found.append(
                Mention(spot, "model-wheel", "requirement", known.scheme, known.model, known.revision, can_pin=False)
            )
    return Extraction(tuple(found))
