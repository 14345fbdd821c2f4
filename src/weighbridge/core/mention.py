"""A mention: a place in a repository's files where a program names a model that it will load.

Extractors (`weighbridge.references`) find mentions and decide nothing; whether one may land is judged with the lock and
signed state. What can't be told without running the program is a mention too, without a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

_WEB: Final = frozenset({"https", "http"})
"""Schemes whose models are named by a whole address."""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where a mention stands.

    Args:
        path: The file, relative to the repository, with ``/``.
        line: Counted from 1; in a notebook, within the cell.
        column: Counted from 1, in characters.
        cell: The notebook's cell, counted from 1; None outside of notebooks.
    """

    path: str
    line: int
    column: int = 1
    cell: int | None = None

    def to_json(self) -> dict[str, Json]:
        """Its published JSON."""
        return {"path": self.path, "line": self.line, "column": self.column, "cell": self.cell}


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text that would pin a mention once the revision is known.

    Args:
        line: Counted from 1.
        column: Counted from 1, in characters: the text goes before this one.
        before: What comes before the revision, such as ``, revision="``.
        after: What comes after it, such as ``"``.
        length: How many characters are replaced: those of the revision that stands there; 0 if there is none.
    """

    line: int
    column: int
    before: str
    after: str
    length: int = 0


@dataclass(frozen=True, slots=True)
class Mention:
    """One model that a file names.

    Args:
        spot: Where.
        rule: The rule that saw it, such as ``hf-from-pretrained``; each has a section in docs/lint.md.
        what: The call, command or key as a person writes it, such as ``AutoModel.from_pretrained``.
        scheme: The kind of source: ``hf``, ``torchhub``, ``https``, ``oci``, ``api``, ``mlflow``, ``ollama``, …
        model: As that source names it; None if only running the program would tell.
        revision: The revision, tag, digest, version or alias, as written; None if there is none, or it can't be told.
        is_open: Whether there is a revision that can't be told.
        can_pin: Whether this way of naming takes a revision at all.
        runs_code: Whether it lets code of the model's repository run.
        insertion: How a revision could be written in; None if not by inserting text.
    """

    spot: Spot
    rule: str
    what: str
    scheme: str
    model: str | None
    revision: str | None = None
    is_open: bool = False
    can_pin: bool = True
    runs_code: bool = False
    insertion: Insertion | None = None

    @property
    def ref(self) -> str:
        """The model as a reference, without its revision: ``hf:org/name``, ``https://host/file``; empty if unknown."""
        if self.model is None:
            return ""
        return self.model if self.scheme in _WEB else f"{self.scheme}:{self.model}"
