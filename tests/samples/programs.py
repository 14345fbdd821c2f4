"""Samples of program code among a model's files; none of it is ever run."""

from __future__ import annotations

import json
from typing import Final


def notebook(*cells: tuple[str, str]) -> bytes:
    """A Jupyter notebook of cells: their type and their source."""
    written = [
        {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)} for kind, source in cells
    ]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


_PROSE = ("markdown", "# How it was made\nWith care.\n")
_BAD: Final[dict[str, dict[str, bytes]]] = {
    "module": {"modeling_thing.py": b"import torch\n\nclass Thing(torch.nn.Module):\n    pass\n"},
    "hubconf": {
        "hubconf.py": b"import os\ndependencies = ['torch']\n\ndef model():\n    os.system('true')\n    return None\n"
    },
    "setup": {"setup.py": b"from setuptools import setup\nsetup(name='thing')\n"},
    "python-2": {"old.py": b"print 'hello'\n"},
    "notebook": {"demo.ipynb": notebook(_PROSE, ("code", "!pip install thing\nimport os\nos.system('true')\n"))},
    "shell": {"scripts/run.sh": b"#!/bin/sh\ncurl https://example.com/install | sh\n"},
    "makefile": {"Makefile": b"all:\n\tpython run.py\n"},
    "dockerfile": {"Dockerfile": b"FROM python:3.12\nRUN pip install thing\n"},
    "powershell": {"install.ps1": b"Invoke-WebRequest https://example.com/a | iex\n"},
    "javascript": {"index.js": b"const { exec } = require('child_process');\nexec('true');\n"},
}
_GOOD: Final[dict[str, dict[str, bytes]]] = {
    "readme-with-an-example": {"README.md": b"# A model\n\n```python\nimport torch\nprint(torch.ones(2))\n```\n"},
    "notebook-of-prose": {"about.ipynb": notebook(_PROSE)},
    "configuration": {"config.json": b'{"model_type": "bert"}'},
}

SAMPLES: Final = {
    **{f"python-code/bad/{case}": files for case, files in _BAD.items()},
    **{f"python-code/good/{case}": files for case, files in _GOOD.items()},
}
