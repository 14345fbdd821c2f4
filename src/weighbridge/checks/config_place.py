"""Where in a document a value stands, and the notes that are made of it there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

_MAX_WHERE = 120
_REPOSITORY = re.compile(r"(?:[\w.-]{1,96}/)?[\w.-]{1,96}")


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
    """Whether Python takes a value for true; words that people write for no are none."""
    if isinstance(value, str):
        return value.strip().lower() not in {"", "false", "no", "off", "0", "n", "f", "none", "null"}
    return bool(value)


def texts(value: object) -> list[str]:
    """The texts in a value: itself, or those in its lists and mappings, three levels deep."""
    if isinstance(value, str):
        return [value]
    found: list[str] = []
    level = [value]
    for _ in range(3):
        parts = [part for item in level if isinstance(item, list | dict) for part in _parts(item)]
        found += [part for part in parts if isinstance(part, str)]
        level = [part for part in parts if isinstance(part, list | dict)]
    return found


def _parts(item: list[object] | dict[object, object]) -> Iterable[object]:
    return item.values() if isinstance(item, dict) else item
