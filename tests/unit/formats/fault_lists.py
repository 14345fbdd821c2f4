"""The fault ids that a parser's module promises in its docstring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def promised(module: ModuleType) -> set[str]:
    """The ids between `Faults:` and the end of that paragraph or sentence."""
    text = (module.__doc__ or "").split("Faults:", 1)[1]
    sentence = re.split(r"\.\s", text, maxsplit=1)[0]
    return set(re.findall(r"`([a-z0-9-]+)`", sentence))
