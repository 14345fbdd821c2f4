"""The labelled corpus: what is labelled is found, nothing else is, and known gaps may only get fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.references import corpus

if TYPE_CHECKING:
    from pathlib import Path

FILES = [path for language in corpus.LANGUAGES for path in corpus.paths(language)]


def _none(path: Path) -> bool:
    return "none" in path.relative_to(corpus.CORPUS).parts


@pytest.mark.parametrize("path", FILES, ids=corpus.name_of)
def test_what_is_labelled_is_found_and_nothing_else(path: Path) -> None:
    name = corpus.name_of(path)
    listed = sorted(line for line in corpus.known() if line.partition(" ")[2].startswith(f"{name}:"))
    assert corpus.differences(path) == listed, "known.txt tells what was missed: take off what is found now"


def test_known_gaps_are_of_files_that_exist() -> None:
    names = {corpus.name_of(path) for path in FILES}
    assert [line for line in corpus.known() if line.partition(" ")[2].partition(":")[0] not in names] == []


def test_files_say_whether_they_name_models() -> None:
    silent = [corpus.name_of(path) for path in FILES if not corpus.expected(path) and not _none(path)]
    # Modules that others import name models by constants alone.
    assert silent == [
        "python/project/shop/__init__.py",
        "python/project/shop/constants.py",
        "python/project/shop/jobs/__init__.py",
    ]
    assert [corpus.name_of(path) for path in FILES if _none(path) and corpus.expected(path)] == []


def test_the_corpus_is_large_enough_to_tell() -> None:
    in_python = sum(len(corpus.expected(path)) for path in corpus.paths("python"))
    assert in_python >= 150
    assert sum(len(corpus.expected(path)) for path in FILES) - in_python >= 150
    assert sum(map(_none, FILES)) >= 40


def test_what_is_known_is_little() -> None:
    wanted = sum(len(corpus.expected(path)) for path in FILES)
    missed = sum(line.startswith("missed ") for line in corpus.known())
    assert missed <= wanted * 0.03


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        (["x  # expect: r hf:a/b"], [1]),
        (["# expect: r hf:a/b", "x"], [2]),
        (["# expect: r hf:a/b", "# expect: r hf:c/d", "x"], [3, 3]),
        (["# expect+2: r hf:a/b", "x", "y"], [3]),
        (["x // expect: r hf:a/b", "y"], [1]),
        (["x # expect: r hf:a/b # expect: r hf:c/d"], [1, 1]),
        (["# we expect: r hf:a/b"], []),
    ],
)
def test_labels_are_read(lines: list[str], places: list[int]) -> None:
    assert [each.place.line for each in corpus._of_lines("x", 0, lines)] == places
