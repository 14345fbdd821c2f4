"""Notebooks: cells, magics, and what is no notebook."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.references.labels import label, models, nothing

from weighbridge.references import shell
from weighbridge.references.notebook import extract


def test_cells_share_names_and_magics_go_to_the_shell() -> None:
    sources = [
        "from transformers import AutoModel\nM = 'a/b'",
        "!hf download c/d\n%matplotlib inline\nAutoModel.from_pretrained(M)",
    ]
    document = {"cells": [{"cell_type": "code", "source": source} for source in sources]}
    found = extract("n.ipynb", json.dumps(document).encode(), nothing, shell.extract)
    assert models(found.mentions) == ["hf:c/d", "hf:a/b"]
    assert [(each.spot.cell, each.spot.line) for each in found.mentions] == [(2, 1), (2, 3)]


def test_what_is_no_notebook_says_so() -> None:
    assert extract("n.ipynb", b"{", nothing).unreadable
    assert extract("n.ipynb", b"[]", nothing).mentions == ()


def test_a_labelled_cell_is_found_and_text_is_not() -> None:
    path = Path(__file__).parents[2] / "data" / "lint" / "notebook" / "cells.ipynb"
    found = extract(path.name, path.read_bytes(), nothing)
    assert [(each.spot.cell, each.spot.line, label(each)) for each in found.mentions] == [
        (2, 2, "hf-from-pretrained hf:acme/encoder")
    ]
