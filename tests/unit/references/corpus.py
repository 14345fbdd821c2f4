"""The labelled corpus in tests/data/lint: what each line truly names, whether or not an extractor finds it.

A comment ``# expect: RULE SCHEME:MODEL@REVISION`` labels its line, on a line of its own the next line that is no such
comment, and ``expect+2`` says how much further. A rule ``*`` is any. Files that can have no comments have a file
``NAME.expect`` beside them, lines ``LINE: LABEL``. A notebook's labels stand in its cells. Files in folders named
``none`` name no model. What is not found yet, or is found and not true, stands in known.txt, which may only shrink:
``python -m tests.unit.references.corpus`` prints what it has to hold.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.unit.references.labels import label

from weighbridge.references import files

CORPUS = Path(__file__).parents[2] / "data" / "lint"
KNOWN = CORPUS / "known.txt"
LANGUAGES = ("python", "notebook", "shell", "dockerfile", "yaml", "toml", "json", "env", "javascript")
_LABEL = re.compile(r"(?:#|//) expect([+-]\d+)?: (\S+ \S+)")


class Place(NamedTuple):
    """Where a model is named; ``cell`` is 0 outside of notebooks."""

    path: str
    cell: int
    line: int


class Labelled(NamedTuple):
    """A place and what stands there: ``RULE SCHEME:MODEL@REVISION``."""

    place: Place
    text: str

    @property
    def model(self) -> str:
        """The label without its rule."""
        return self.text.partition(" ")[2]

    def __str__(self) -> str:
        path, cell, line = self.place
        return f"{path}:{f'{cell}.' if cell else ''}{line}: {self.text}"


def paths(language: str) -> list[Path]:
    """The files of a language that are looked at."""
    found = [path for path in (CORPUS / language).rglob("*") if path.is_file() and path.suffix != ".expect"]
    return sorted(found)


def name_of(path: Path) -> str:
    """A file's path within the corpus."""
    return path.relative_to(CORPUS).as_posix()


def _of_lines(path: str, cell: int, lines: list[str]) -> list[Labelled]:
    found = []
    for index, line in enumerate(lines):
        for match in _LABEL.finditer(line):
            following = index
            alone = not line[: line.find(match[0])].strip()
            while alone and not match[1] and following + 1 < len(lines) and _is_label_alone(lines[following]):
                following += 1
            at = index + int(match[1]) if match[1] else following
            found.append(Labelled(Place(path, cell, at + 1), match[2]))
    return found


def _is_label_alone(line: str) -> bool:
    return bool(re.match(r"\s*(?:#|//) expect", line))


def expected(path: Path) -> list[Labelled]:
    """The labels of a file."""
    name = name_of(path)
    beside = path.with_name(f"{path.name}.expect")
    if beside.exists():
        rows = [line.partition(": ") for line in beside.read_text(encoding="utf-8").splitlines() if line]
        return [Labelled(Place(name, 0, int(line)), text) for line, _, text in rows]
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return _of_lines(name, 0, text.split("\n"))
    cells = [("".join(cell["source"])).split("\n") for cell in json.loads(text)["cells"]]
    return [each for number, lines in enumerate(cells, 1) for each in _of_lines(name, number, lines)]


def found(path: Path) -> list[Labelled]:
    """What the extractors find in a file, which they see in its repository: the folder of its language."""
    language = name_of(path).partition("/")[0]
    project = CORPUS / language / "project"
    root = project if path.is_relative_to(project) else path.parent

    def read(name: str) -> bytes | None:
        other = root / name
        return other.read_bytes() if other.is_file() else None

    extraction = files.extract(path.relative_to(root).as_posix(), path.read_bytes(), read)
    mentions = extraction.mentions if extraction else ()
    return [Labelled(Place(name_of(path), each.spot.cell or 0, each.spot.line), label(each)) for each in mentions]


def differences(path: Path) -> list[str]:
    """Labels that are missed and findings that are false, as known.txt writes them, sorted."""
    given = Counter(found(path))
    missed: list[Labelled] = []
    for each in expected(path):
        fitting = next((item for item in given if given[item] and _fits(each, item)), None)
        if fitting is None:
            missed.append(each)
        else:
            given[fitting] -= 1
    return sorted([*(f"missed {each}" for each in missed), *(f"false {each}" for each in given.elements())])


def _fits(wanted: Labelled, given: Labelled) -> bool:
    if wanted.place != given.place:
        return False
    return wanted.text == given.text or (wanted.text.startswith("* ") and wanted.model == given.model)


def known() -> list[str]:
    """What known.txt holds."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


if __name__ == "__main__":
    for language in LANGUAGES:
        for path in paths(language):
            sys.stdout.writelines(f"{line}\n" for line in differences(path))
