"""The labelled corpus: every line that is labelled is found, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.references.labels import label, nothing

from weighbridge.references import dockerfile, keyed, shell, yaml_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.references.extraction import Extraction

    Extract = Callable[[str, bytes, Callable[[str], bytes | None]], Extraction]

CORPUS = Path(__file__).parents[2] / "data" / "lint"
EXTRACTORS: dict[str, Extract] = {
    "shell": shell.extract,
    "dockerfile": dockerfile.extract,
    "yaml": yaml_files.extract,
    "toml": keyed.extract,
    "json": keyed.extract,
    "env": keyed.extract,
}
FILES = sorted(path for folder in EXTRACTORS for path in (CORPUS / folder).iterdir())


def _expected(text: str) -> list[tuple[int, str]]:
    """Labels and their lines: a label on a line of its own is the next line's, ``expect+N`` says how much further."""
    found = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        before, mark, label = line.partition(" expect")
        if not mark or before[-1:] not in {"#", "/"}:
            continue
        offset, _, label = label.partition(":")
        alone = not before.strip("#/ ")
        following = index + 1
        while alone and lines[following].strip().startswith("# expect"):
            following += 1
        found.append(((index + int(offset) if offset else following if alone else index) + 1, label.strip()))
    return sorted(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_labelled_line_is_found_and_nothing_else(path: Path) -> None:
    data = path.read_bytes()
    extraction = EXTRACTORS[path.parent.name](path.name, data, nothing)
    assert extraction.unreadable == ""
    found = sorted((each.spot.line, label(each)) for each in extraction.mentions)
    assert found == _expected(data.decode())


def test_the_corpus_labels_something_in_every_file() -> None:
    assert [path for path in FILES if not _expected(path.read_text(encoding="utf-8"))] == []
