"""Notebooks: one call changes, and every other byte stays."""

from __future__ import annotations

import json

import pytest
from tests.unit.fixes.mending import SHA, after, done, whys

from weighbridge.core.mending import Wish
from weighbridge.core.mention import Mention, Spot
from weighbridge.fixes import notebook
from weighbridge.fixes.source import Source, Why

HEAD = "from transformers import AutoModel\n"


def _notebook(*cells: list[str] | str, indent: int | None = 1, is_ascii: bool = True) -> str:
    code: list[object] = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells]
    document = {"cells": [{"cell_type": "markdown", "source": ["# é\n"]}, *code], "nbformat": 4}
    return json.dumps(document, indent=indent, ensure_ascii=is_ascii) + "\n"


CELLS = [
    ([HEAD, 'AutoModel.from_pretrained("org/m")'], [HEAD, 'AutoModel.from_pretrained("org/m", revision="SHA")']),
    (
        [HEAD, "AutoModel.from_pretrained(\n", '    "org/m",\n', ")"],
        [HEAD, "AutoModel.from_pretrained(\n", '    "org/m",\n', '    revision="SHA",\n', ")"],
    ),
    (
        [HEAD, "AutoModel.from_pretrained(\n", '    "org/m"  # c\n', ")"],
        [HEAD, "AutoModel.from_pretrained(\n", '    "org/m",  # c\n', '    revision="SHA"\n', ")"],
    ),
    (
        ["%%time\n", "!pip install \\\n", "x\n", "%x\n", HEAD, 's = "é😀\\\\"; AutoModel.from_pretrained("org/m")'],
        [
            *("%%time\n", "!pip install \\\n", "x\n", "%x\n", HEAD),
            's = "é😀\\\\"; AutoModel.from_pretrained("org/m", revision="SHA")',
        ],
    ),
    (
        [HEAD, "AutoModel.from_pretrained('org/m', revision='main')\n", "await f()"],
        [HEAD, "AutoModel.from_pretrained('org/m', revision='SHA')\n", "await f()"],
    ),
    (
        f'{HEAD}AutoModel.from_pretrained(\n    "org/m",\n)',
        f'{HEAD}AutoModel.from_pretrained(\n    "org/m",\n    revision="SHA",\n)',
    ),
    ([f'{HEAD}AutoModel.from_pretrained("org/m")'], [f'{HEAD}AutoModel.from_pretrained("org/m", revision="SHA")']),
]


@pytest.mark.parametrize(("before", "expected"), CELLS)
@pytest.mark.parametrize("indent", [1, 4, None])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_a_cell_is_mended_as_its_notebook_is_written(
    before: list[str] | str, expected: list[str] | str, indent: int | None, *, is_ascii: bool
) -> None:
    text = _notebook("x = 1", before, indent=indent, is_ascii=is_ascii)
    assert after("a.ipynb", text) == _notebook("x = 1", expected, indent=indent, is_ascii=is_ascii)


def test_cells_know_of_each_other() -> None:
    text = _notebook([HEAD, 'N = "org/m"'], ["AutoModel.from_pretrained(N)"])
    assert after("a.ipynb", text) == text.replace("(N)", '(N, revision=\\"SHA\\")')


def test_a_list_of_one_multiline_string_gets_a_second() -> None:
    text = _notebook([f'{HEAD}AutoModel.from_pretrained(\n    "org/m",\n)'], indent=None)
    (cell,) = json.loads(after("a.ipynb", text))["cells"][1:]
    assert "".join(cell["source"]) == f'{HEAD}AutoModel.from_pretrained(\n    "org/m",\n    revision="SHA",\n)'


def test_carriage_returns_stay() -> None:
    text = _notebook([HEAD, "AutoModel.from_pretrained(\n", '    "org/m",\n', ")"]).replace("\n", "\r\n")
    expected = _notebook([HEAD, "AutoModel.from_pretrained(\n", '    "org/m",\n', '    revision="SHA",\n', ")"])
    assert after("a.ipynb", text) == expected.replace("\n", "\r\n")


def test_a_byte_order_mark_stays() -> None:
    text = "\ufeff" + _notebook([HEAD, 'AutoModel.from_pretrained("org/m")'])
    assert after("a.ipynb", text) == text.replace('m\\")', 'm\\", revision=\\"SHA\\")')


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ([HEAD, 'R = "main"\n', 'AutoModel.from_pretrained("org/m", revision=R)'], "its revision comes from R"),
        (
            [HEAD, "import os\n", 'AutoModel.from_pretrained(os.getenv("M", "org/m"))'],
            "its model can be another when the program runs",
        ),
        ([HEAD, "AutoModel.from_pretrained('org/", "m')"], ""),
    ],
)
def test_what_is_not_sure_is_left(cell: list[str], why: str) -> None:
    text = _notebook(cell)
    assert (after("a.ipynb", text) == text) is bool(why)
    assert whys("a.ipynb", text) == ([why] if why else [])


def test_the_governed_name_is_not_put_in_but_the_revision() -> None:
    text = _notebook([HEAD, 'AutoModel.from_pretrained("org/m")'])
    assert after("a.ipynb", text, by_name=True) == after("a.ipynb", text)


def test_a_notebook_that_is_none_is_left() -> None:
    for data in (b"[]", b"{", b'{"cells": 1}', b'{"cells": [{"cell_type": "code", "source": 1}]}', b"\xff"):
        found = done("a.ipynb", data)
        assert found.data == data
        assert found.mended == ()
    assert SHA not in str(done("a.ipynb", b"{}"))


@pytest.mark.parametrize("cell", [None, 0, 1, 2, 3, 99])
@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"cells": []}',
        '{"cells": [{"source": 1}, {}]}',
        '{"cells": [{"source": ["a", 1]}, {"source": []}, 3]}',
        '{"cells": [{"source": "f(\\"org/m\\")"}, {"source": ["f(\\"org/", "m\\")"]}]}',
    ],
)
def test_any_json_may_stand_for_a_notebook(text: str, cell: int | None) -> None:
    mention = Mention(Spot("a.ipynb", 1, 3, cell), "hf-pipeline", "f", "hf", "org/m")
    found = notebook.edits(Source(text), Wish(mention, "tiny", SHA))
    assert isinstance(found, Why) or len(found) == 1


def test_a_change_over_several_strings_is_not_made() -> None:
    text = _notebook([HEAD, 'AutoModel.from_pretrained("org/m", revision="ma', 'in")'])
    assert after("a.ipynb", text) == text
    assert whys("a.ipynb", text) == ["its cell can't be told"]


def test_a_list_of_one_string_is_laid_out_as_its_first() -> None:
    source = f'{HEAD}AutoModel.from_pretrained(\n    "org/m",\n)'
    text = _notebook([source])
    assert after("a.ipynb", text) == _notebook(
        [f'{HEAD}AutoModel.from_pretrained(\n    "org/m",\n', '    revision="SHA",\n)']
    )
