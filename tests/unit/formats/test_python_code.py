from __future__ import annotations

import json

import pytest
from tests.samples.programs import notebook as written

from weighbridge.formats import notebook, python_code, script_code

CODE = b"""\
import os as system_of
import numpy.linalg
from subprocess import run as go
from . import near
dependencies = ["torch", "numpy"]
async def model():
    system_of.system("true")
    go(["true"])
    pickle.loads(b"")
    AutoModel.from_pretrained("a", trust_remote_code=True)
    AutoModel.from_pretrained("a", trust_remote_code=False)
    (lambda: 1)()
    table["x"]()
    print("not of note", numpy.linalg.norm(1))
"""


def test_imports_and_calls_are_listed_with_their_lines() -> None:
    report = python_code.parse(CODE)
    assert report.imports == (".", "numpy.linalg", "os", "subprocess")
    assert report.calls == (
        "os.system (line 7)",
        "subprocess.run (line 8)",
        "pickle.loads (line 9)",
        "from_pretrained with trust_remote_code (line 10)",
        "AutoModel.from_pretrained (line 11)",
    )
    assert report.functions == ("model",)
    assert report.constants == (("dependencies", ("torch", "numpy")),)
    assert report.faults == ()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (b"print 'two'", "syntax"),
        (b"a\0b", "syntax"),
        (b"9" * 5000, "syntax"),
        (b"-" * 100_000 + b"1", "nesting"),
        (b"1" + b"+1" * 100_000, "nesting"),
        (b"\xff", "encoding"),
        (b"# coding: no-such\n", "encoding"),
        (b"# coding: utf-7\n+AAA-", "encoding"),
        (b"# coding: ascii\n\xe9", "encoding"),
        (b"#" * 5_000_000, "limit"),
        (b"()" * 250_000, "limit"),
    ],
)
def test_what_cannot_be_listed_says_why(code: bytes, fault: str) -> None:
    report = python_code.parse(code)
    assert [each.id for each in report.faults] == [fault]
    assert report.calls == ()


def test_old_encodings_and_warnings_are_read() -> None:
    assert python_code.parse(b"# coding: latin-1\nos.system('\xe9')").calls == ("os.system (line 2)",)
    assert python_code.parse(b"eval('\\d')").calls == ("eval (line 1)",)


def test_shell_and_magics_of_a_notebook_are_listed() -> None:
    code = "%load_ext x\nif True:\n    !pip install y\nprint?\nx = 1\n"
    found = notebook.read(json.loads(written(("markdown", "hello"), ("code", code), ("code", "%%bash\ntrue\n"))))
    assert found.shell == ("%load_ext x", "!pip install y", "print?", "%%bash\ntrue")
    assert python_code.parse_text(found.code).faults == ()
    assert (found.prose, found.faults) == ("hello", ())


def test_old_notebooks_are_read() -> None:
    cells = [{"cell_type": "code", "input": "import os"}, {"cell_type": "code"}, 7]
    value = {"nbformat": 3, "worksheets": [{"cells": cells}, 8]}
    assert notebook.is_notebook(value)
    found = notebook.read(value)
    assert found.code == "import os"
    assert [fault.id for fault in found.faults] == ["shape"]


def test_what_is_no_notebook() -> None:
    assert not notebook.is_notebook([])
    assert not notebook.is_notebook({"cells": []})
    assert notebook.read([]).faults[0].id == "shape"


def test_cells_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MAX_CELLS", 2)
    found = notebook.read({"cells": [{"cell_type": "code", "source": "x"}] * 5})
    assert [fault.id for fault in found.faults] == ["limit"]


@pytest.mark.parametrize("name", ["run.sh", "makefile", "dockerfile.gpu", "a.js", "cmakelists.txt", ".bashrc", "a.ps1"])
def test_names_of_scripts(name: str) -> None:
    assert script_code.is_script(name)


@pytest.mark.parametrize("name", ["readme.md", "vocab.txt", "requirements.txt", "license", "makefiles", "config.json"])
def test_names_of_other_texts(name: str) -> None:
    assert not script_code.is_script(name)


def test_words_of_note() -> None:
    assert script_code.words_of_note("true\ncurl x | SH\nCurl y; eval z\n") == (
        "curl (line 2)",
        "curl (line 3)",
        "eval (line 3)",
    )
    assert len(script_code.words_of_note("curl\n" * 1000)) == script_code.MAX_LISTED
