"""Tree: all files of a model together, as far as their examination told.

A tree's check compares what the files say of each other. It opens nothing: all it knows are facts that examiners kept.

Facts by name: ``format`` (the kind); ``needs`` (``{"path", "for", "check"}``: a file, relative to the model's root,
that something reads); ``template`` (``{"where", "sha256"}``); ``licence-card`` and ``licence-text`` (SPDX expressions,
or ``unknown``); ``requirement`` (as written); ``loader`` (``{"name", "version"}``); ``code``
(``{"imports", "calls"}``);
``reference`` (``owner/name`` of another repository); ``refers`` (``{"repository", "message"}``: the finding that was
made of it); ``raw`` and ``claims`` (see `weighbridge.checks.outside`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.core.canonical import Json

WHOLE = "."
"""The path of a finding about the whole model."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A model's files and what was learnt of them.

    Args:
        files: Size in bytes by path, in the manifest's order.
        facts: By path, then by name.
        source: Such as ``hf:owner/name``; empty for a folder that came from nowhere known.
        metadata: What the source said of the model.
    """

    files: Mapping[str, int]
    facts: Mapping[str, Mapping[str, Sequence[Json]]]
    source: str
    metadata: Mapping[str, Json]

    @property
    def repository(self) -> str:
        """Its own ``owner/name`` on the hub; empty if it came from elsewhere."""
        scheme, _, name = self.source.partition(":")
        return name.partition("#")[0].partition("@")[0] if scheme == "hf" else ""

    def each(self, name: str) -> Iterator[tuple[str, Json]]:
        """Every fact of that name, with the path of the file that it was learnt from."""
        for path, facts in self.facts.items():
            for value in facts.get(name, ()):
                yield path, value


def finding(check: str, path: str, message: str, severity: Severity | None = None) -> Finding:
    """A finding with the catalogue's severity, unless another is given."""
    return Finding(check, path, severity or CATALOGUE[check].severity, message)
