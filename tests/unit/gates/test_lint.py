"""Reading many files: by one process or several, the same comes out."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gates import lint
from weighbridge.gates.lint import read_files, read_many

if TYPE_CHECKING:
    import pytest

IGNORE = "# weighbridge: ignore[x] y until 2099-01-01"
LOAD = "from transformers import AutoModel\nAutoModel.from_pretrained('org/{}')  " + IGNORE


def _read(files: dict[str, bytes], path: str) -> bytes | None:
    return files.get(path)


def _fault(path: str) -> str:
    return "it is gone" if path == "gone.py" else ""


def test_processes_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "MANY", 3)
    monkeypatch.setattr(lint, "_CHUNK", 2)
    files = {f"{number}.py": LOAD.format(number).encode() for number in range(7)}
    files["broken.py"] = b"import transformers\nAutoModel.from_pretrained('org/x'\n"
    paths = [*sorted(files), "gone.py", "link.py", "other.bin"]
    read = partial(_read, files)
    assert read_many(paths, read, _fault, 2) == read_files(paths, read, _fault)
    assert read_many(paths, read, _fault, 1) == read_files(paths, read, _fault)


def test_few_files_are_read_here() -> None:
    files = {"a.py": LOAD.format("a").encode()}
    # A function that can't be pickled shows that no other process was asked.
    found = read_many(["a.py"], lambda path: dict(files).get(path), lambda _: "", 8)
    assert (found.files, len(found.mentions), len(found.ignored["a.py"])) == (1, 1, 1)


def test_exceptions_in_notebooks_of_any_format_stand_in_their_cells() -> None:
    python = {"language_info": {"name": "python"}}
    code, text = LOAD.format("a").split("\n"), {"cell_type": "markdown", "source": "text"}
    newer = {"metadata": python, "cells": [text, {"cell_type": "code", "source": LOAD.format("a")}]}
    older = {
        "metadata": python,
        "worksheets": [{"cells": [text, {"cell_type": "code", "input": [f"{code[0]}\r\n", code[1]]}]}],
    }
    files = {"newer.ipynb": json.dumps(newer).encode(), "older.ipynb": json.dumps(older).encode()}
    files["broken.ipynb"] = b'{"cells": ' + IGNORE.encode()
    found = read_files(sorted(files), files.get, lambda _: "")
    assert [(each.spot.cell, each.spot.line) for each in found.mentions] == [(2, 2), (2, 2)]
    stated = {path: [(cell, item.line) for cell, item in items] for path, items in found.ignored.items()}
    assert stated == {"newer.ipynb": [(2, 2)], "older.ipynb": [(2, 2)]}
