"""Makefiles and requirements of pip."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.references import makefile, requirements

RECIPES = {
    "a command": ("get:\n\thf download org/a\n", ["hf:org/a"]),
    "a quiet command that may fail": ("get:\n\t@-hf download org/a\n", ["hf:org/a"]),
    "a variable": ("M ?= org/a\nget:\n\thf download $(M)\n", ["hf:org/a"]),
    "a variable in braces": ("M := org/a\nget:\n\thf download ${M} --revision v1\n", ["hf:org/a@v1"]),
    "a variable of variables": ("O = org\nM = $(O)/a\nget:\n\thf download $(M)\n", ["hf:org/a"]),
    "an exported variable": ("export M = org/a # small\nget:\n\thf download $(M)\n", ["hf:org/a"]),
    "the shell's own variable": ("get:\n\tfor m in org/a org/b; do hf download $$m; done\n", ["hf:org/a", "hf:org/b"]),
    "a line that goes on": ("get:\n\thf download \\\n\t  org/a\n", ["hf:org/a"]),
    "an unknown variable": ("get:\n\thf download $(MODEL)\n", ["hf:?"]),
    "another recipe": ("a:\n\techo hf\n\nb: a\n\thf download org/a\n", ["hf:org/a"]),
    "a comment": ("# hf download org/a\nget:\n\techo\n", []),
    "a variable alone": ("MODEL = org/a\n", []),
    "a text that is printed": ("get:\n\t@echo hf download org/a\n", []),
}


@pytest.mark.parametrize(("text", "expected"), RECIPES.values(), ids=RECIPES.keys())
def test_recipes(text: str, expected: list[str]) -> None:
    assert models(makefile.extract("Makefile", text.encode(), nothing).mentions) == expected


def test_places() -> None:
    (mention,) = makefile.extract("Makefile", b"M = org/a\n\nget:\n\techo\n\thf download $(M)\n", nothing).mentions
    assert (mention.spot.line, mention.insertion) == (5, None)


@pytest.mark.parametrize("data", [b"hf \n" * 30_000, b"hf " * 2_000_000])
def test_a_file_that_is_too_large_is_told_of(data: bytes) -> None:
    assert "not read" in makefile.extract("Makefile", data, nothing).unreadable


@pytest.mark.parametrize(
    "data", [b"\xff\xfehf\0\t$(", b"A = $(A)\nhf = $(hf)\nx:\n\thf download $(A)$(A)\n", b"a:\n\thf ${"]
)
def test_broken_files_end(data: bytes) -> None:
    assert [each.model for each in makefile.extract("Makefile", data, nothing).mentions] in ([], [None])


WHEEL = "https://github.com/explosion/spacy-models/releases/download/en_core_web_sm-3.7.1/en_core_web_sm-3.7.1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (WHEEL, [f"https:{WHEEL}"]),
        (f"en-core-web-sm @ {WHEEL} ; python_version > '3.9'", [f"https:{WHEEL}"]),
        (f"{WHEEL}#sha256={'a' * 64}", [f"https:{WHEEL}@sha256:{'a' * 64}"]),
        ("git+https://huggingface.co/org/a@main", ["hf:org/a@main"]),
        (f"# {WHEEL}", []),
        ("numpy==2.2  # see https://numpy.org/model.onnx", []),
        ("git+https://github.com/org/tool.git", []),
        ("--extra-index-url https://example.com/simple", []),
    ],
)
def test_requirements(line: str, expected: list[str]) -> None:
    text = f"torch\n{line}\n"
    found = requirements.extract("requirements.txt", text.encode(), nothing).mentions
    assert models(found) == expected
    assert [each.spot.line for each in found] == [2] * len(expected)


def test_requirements_that_are_too_large_are_told_of() -> None:
    assert "not read" in requirements.extract("requirements.txt", b"https://" * 1_000_000, nothing).unreadable
