"""Where in a document a value stands, and the notes that are made of it there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

_MAX_WHERE = 120
_REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")


@dataclass(frozen=True, slots=True)
class Place:
    """One key of one document.

    Args:
        name: The last part of the file's name, in lower case.
        where: The keys that lead to the mapping that holds the key, joined by dots.
        key: The key as it is written.
        parent: The mapping that holds it.
        subject: The file.
        notes: Where findings go.
    """

    name: str
    where: str
    key: str
    parent: Mapping[object, object]
    subject: Subject
    notes: Notes

    @property
    def folder(self) -> str:
        """The folder of the document, relative to the model's root, with a slash at its end unless it is empty."""
        head, slash, _ = self.subject.path.rpartition("/")
        return head + slash

    def add(self, check: str, message: str) -> str:
        """Write a finding down; the message goes on after the key's name, and is returned with it."""
        full = f"{self.where}.{self.key}" if self.where else self.key
        return self.notes.add(check, f"{quoted(full[-_MAX_WHERE:])} {message}", inside=self.subject.inside)

    def refer(self, repository: str, message: str) -> None:
        """Write down that another repository is needed; the tree withdraws it if it is the model's own."""
        said = self.add("foreign-reference", message)
        self.notes.fact("reference", repository[:200])
        if _REPOSITORY.fullmatch(repository):
            self.notes.fact("refers", {"repository": repository, "message": said})

    def need(self, path: str, why: str) -> None:
        """Keep that a file, relative to the document's folder, is read; an archive's own members are not looked up."""
        if not self.subject.inside:
            wanted = self.folder + path.removeprefix("./")
            self.notes.fact("needs", {"path": wanted, "for": why, "check": "missing-file"})


def truthy(value: object) -> bool:
    """Whether a loader, or the person who wrote it, takes a value for yes."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "yes", "on", "1", "y", "t"}
    return value is True or (type(value) is int and value == 1)


def texts(value: object, limit: int = 1_000) -> list[str]:
    """The texts in a value: itself, or those in its lists and mappings, three levels deep, the first of very many."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    found: list[str] = []
    left = 20 * limit
    while waiting and len(found) < limit and left:
        left -= 1
        item, depth = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif depth < 3 and isinstance(item, list | dict):  # noqa: PLR2004 - a list in a mapping in a mapping
            parts = item.values() if isinstance(item, dict) else item
            waiting += [(part, depth + 1) for part in reversed(list(parts)[:limit])]
    return found
