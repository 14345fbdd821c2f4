"""Notebooks: cells, magics, and what is no notebook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.references.labels import label, models, nothing

from weighbridge.references import shell
from weighbridge.references.extraction import Extraction
from weighbridge.references.notebook import MAX_BYTES, extract

I = "from transformers import AutoModel\n"  # noqa: E741  the import
L = 'AutoModel.from_pretrained("a/b")'


def _read(*sources: object, **more: object) -> Extraction:
    document = {"cells": [{"cell_type": "code", "source": source} for source in sources], **more}
    return extract("n.ipynb", json.dumps(document).encode(), nothing, shell.extract)


def _places(found: Extraction) -> list[tuple[int | None, int, int]]:
    return [(each.spot.cell, each.spot.line, each.spot.column) for each in found.mentions]


def test_cells_share_names_and_magics_go_to_the_shell() -> None:
    found = _read(I + "M = 'a/b'", "!hf download c/d\n%matplotlib inline\nAutoModel.from_pretrained(M)")
    assert models(found.mentions) == ["hf:c/d", "hf:a/b"]
    assert _places(found) == [(2, 1, 14), (2, 3, 27)]


def test_cells_are_counted_with_those_of_text() -> None:
    document = {"cells": [{"cell_type": "markdown", "source": L}, {"cell_type": "code", "source": [I, L]}]}
    found = extract("n.ipynb", json.dumps(document).encode(), nothing)
    assert _places(found) == [(2, 2, 27)]


def test_format_3_is_read() -> None:
    cells = [{"cell_type": "code", "input": [I, L]}, {"cell_type": "heading", "source": "x"}]
    found = extract("n.ipynb", json.dumps({"worksheets": [{"cells": cells}]}).encode(), nothing)
    assert _places(found) == [(1, 2, 27)]


@pytest.mark.parametrize(
    ("source", "column"),
    [
        (f"%%time\n{L}", 27),
        (f"x = 1\nm = await f({L})", 39),
        (f"  x = 1\n  {L}", 29),
        (f"x = 1\n%time {L}", 33),
        (f"AutoModel?\n{L}", 27),
        (f"??AutoModel\n{L}", 27),
        (f"%%wandb\n{L}", 27),
        (f"%%capture out\n{L}", 27),
        (f"%%python3\n{L}", 27),
        (f"%%writefile app.py\n{L}", 27),
        (f"files = !ls\n{L}", 27),
    ],
)
def test_magics_leave_lines_and_columns(source: str, column: int) -> None:
    found = _read(I, source)
    assert models(found.mentions) == ["hf:a/b"]
    assert _places(found) == [(2, 2, column)]
    assert found.unreadable == ""


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n!hf download a/b",
        "%%bash\nhf download a/b",
        "%%script bash\nhf download a/b",
        "x = 1\nfiles = !hf download a/b",
        "if x:\n    !hf download a/b",
        "M = 'a/b'\n!hf download {M}",
        "M = 'a/b'\n!hf download $M",
        "x = 1\n!hf download \\\n    a/b",
        "x = 1\n%system hf download a/b",
        "!!hf download a/b",
    ],
)
def test_commands_go_to_the_shell(source: str) -> None:
    found = _read(source)
    assert models(found.mentions) == ["hf:a/b"]
    assert found.unreadable == ""
    assert found.mentions[0].spot.line == source.count("\n") + 1


def test_a_command_with_what_only_python_knows_can_not_be_told() -> None:
    assert models(_read("M = f()\n!hf download {M}").mentions) == ["hf:?"]


@pytest.mark.parametrize("source", [f"%%html\n{L}", f"%%writefile a.txt\n{L}", f"%%javascript\n{L}", f"# {L}"])
def test_other_cells_name_none(source: str) -> None:
    assert _read(I, source) == Extraction()


def test_a_broken_cell_is_told_of_and_the_others_are_read() -> None:
    found = _read(I, "def (", L, "x = (\x00")
    assert models(found.mentions) == ["hf:a/b"]
    assert _places(found) == [(3, 1, 27)]
    assert found.unreadable == "cells that are no Python: 2, 4"


def test_a_notebook_of_another_language_is_not_python() -> None:
    assert _read(I + L, metadata={"language_info": {"name": "R"}}) == Extraction()
    assert _read(I + L, metadata={"kernelspec": {"language": "python"}}).mentions


@pytest.mark.parametrize(
    "data", [b"{", b"\xff\xfe\xff", b'{"cells": ' + b"[" * 100_000, b"x" * (MAX_BYTES + 1), b"", b"[" * 100_000]
)
def test_what_is_no_notebook_says_so(data: bytes) -> None:
    assert extract("n.ipynb", data, nothing).unreadable


@pytest.mark.parametrize(
    "document",
    [
        [],
        1,
        {},
        {"cells": 1},
        {"cells": [1, {}]},
        {"cells": [{"cell_type": "code", "source": 1}, {"cell_type": "code", "source": [1]}]},
        {"worksheets": [1, {"cells": None}]},
        {"metadata": 1, "cells": []},
        {"metadata": {"kernelspec": 1, "language_info": {"name": 1}}},
    ],
)
def test_odd_documents_name_none(document: object) -> None:
    assert extract("n.ipynb", json.dumps(document).encode(), nothing) == Extraction()


def test_a_text_with_half_a_character_is_read() -> None:
    assert models(_read(I + f'x = "\ud800"; {L}').mentions) == ["hf:a/b"]


def test_an_encoding_that_a_comment_claims_counts_for_nothing() -> None:
    found = _read("# coding: utf-7\n" + I + f'x = "é"; {L}')
    assert _places(found) == [(1, 3, 36)]


def test_a_labelled_cell_is_found_and_text_is_not() -> None:
    path = Path(__file__).parents[2] / "data" / "lint" / "notebook" / "cells.ipynb"
    found = extract(path.name, path.read_bytes(), nothing)
    assert [(each.spot.cell, each.spot.line, label(each)) for each in found.mentions] == [
        (2, 2, "hf-from-pretrained hf:acme/encoder")
    ]
