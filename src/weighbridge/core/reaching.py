"""What a model's configuration reaches for outside of its pin: the reference to follow and the name to govern it under.

Loaders follow such a name to the Hub, so it is a reference with the scheme ``hf``. Paths and addresses are none: what
lies there can't be pinned by a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.ref import Ref, is_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.core.canonical import Json

_HUB = "hf"
# One or two parts, as `huggingface_hub.utils.validate_repo_id` has them.
_REPOSITORY = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_ODD = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 63


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """Something that a model reaches for and that is not governed.

    Args:
        reference: As the configuration has it.
        why: Why it was not pinned, one sentence.
    """

    reference: str
    why: str

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        return {"reference": self.reference, "why": self.why}


def reference_of(text: str) -> Ref | None:
    """The reference that a configuration's text means; None if it names no repository of the Hub."""
    is_repository = _REPOSITORY.fullmatch(text) and not text.endswith((".", "-")) and ".." not in text
    return Ref(_HUB, text) if is_repository else None


def repository_of(source: str) -> str:
    """The repository that a source is, as configurations name it, in small letters; empty if it is not on the Hub."""
    ref = Ref.parse(source)
    return ref.name.lower() if ref.scheme == _HUB else ""


def name_for(ref: Ref, taken: Collection[str]) -> str | None:
    """A name that a repository can be governed under: its own, or with its owner's before it; None if both are taken.

    Args:
        ref: What is to be governed.
        taken: Names that are governed already.
    """
    plain = ref.name.lower()
    for text in (plain.rpartition("/")[2], plain.replace("/", "-")):
        name = _ODD.sub("-", text)[:_LONGEST].strip("._-")
        if is_name(name) and name not in taken:
            return name
    return None
