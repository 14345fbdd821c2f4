"""No text makes an extractor fail: pieces of the languages in any order, and bytes of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.references.labels import nothing

from weighbridge.references import dockerfile, keyed, shell, yaml_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.references.extraction import Extraction

    Extract = Callable[[str, bytes, Callable[[str], bytes | None]], Extraction]

EXTRACTORS: list[tuple[str, Extract]] = [
    ("run.sh", shell.extract),
    ("Dockerfile", dockerfile.extract),
    ("Modelfile", dockerfile.modelfile),
    ("a.yaml", yaml_files.extract),
    ("a.json", keyed.extract),
    ("a.toml", keyed.extract),
    (".env", keyed.extract),
    ("a.ini", keyed.extract),
    ("requirements.txt", keyed.extract),
]
PIECES = [
    *("hf download ", "org/m", "vllm serve ", "--model", "=", "--revision ", "docker run ", "git clone ", "sh -c "),
    *(
        "model",
        "model: ",
        "image: ",
        "args: ",
        "command: ",
        "env:\n",
        "run: |\n",
        "- ",
        "  ",
        "\n",
        "\\\n",
        "\t",
        "\r\n",
    ),
    *(
        '"',
        "'",
        "`",
        "$",
        "${",
        "}",
        "$(",
        ")",
        "((",
        "))",
        "[",
        "]",
        "{",
        "{{",
        "}}",
        "${{",
        "|",
        ">",
        "<<EOF\n",
        "EOF\n",
    ),
    *(
        "FROM ",
        "RUN ",
        "ENV ",
        "ARG ",
        "CMD ",
        "COPY ",
        "for a in ",
        "; do ",
        "done",
        "if ",
        "then ",
        "fi",
        "f() {",
        "A=(",
    ),
    *(
        "#",
        "&a ",
        "*a",
        "<<: ",
        "!x ",
        "---\n",
        "[a]\n",
        "models:/",
        "hf://",
        "https://",
        "@",
        ":",
        ",",
        "\x00",
        "\ue000",
        "é",
    ),
]


@pytest.mark.parametrize(("path", "extract"), EXTRACTORS, ids=[path for path, _ in EXTRACTORS])
@given(text=st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_it_fail(path: str, extract: Extract, text: str) -> None:
    found = extract(path, f"model hf {text}".encode(), nothing)
    lines = text.count("\n") + text.count("\r") + 2
    assert all(1 <= each.spot.line <= lines and each.spot.column >= 1 for each in found.mentions)


@pytest.mark.parametrize(("path", "extract"), EXTRACTORS, ids=[path for path, _ in EXTRACTORS])
@given(data=st.binary(max_size=300))
@settings(max_examples=50, deadline=None)
def test_no_bytes_make_it_fail(path: str, extract: Extract, data: bytes) -> None:
    extract(path, b"model hf " + data, nothing)
