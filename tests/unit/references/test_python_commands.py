"""Python: models of the commands that a program starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.references import python
from weighbridge.references.python import extract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.mention import Mention

I = "import asyncio, os, shlex, subprocess as sp, sys\nfrom subprocess import run\n"  # noqa: E741
WORDS = [
    ('run(["hf", "download", "a/b"])', ["hf:a/b"]),
    ('sp.check_call(("huggingface-cli", "download", "a/b", "--revision", "v"))', ["hf:a/b@v"]),
    ('sp.Popen(args=["hf", "download", "a/b"])', ["hf:a/b"]),
    ('C = ["ollama", "pull", "llama3"]\nsp.call(C)', ["ollama:llama3"]),
    ('run([sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", "a/b"])', ["hf:a/b"]),
    ('run(["bash", "-c", "git clone https://huggingface.co/a/b"])', ["hf:a/b"]),
    ('M = "a/b"\nrun(["hf", "download", M, *more])', ["hf:a/b"]),
    ('def pull(m):\n    run(["hf", "download", m])\npull("a/b")\npull("c/d")', ["hf:a/b", "hf:c/d"]),
    ('run(["hf", "download", sys.argv[1]])', ["hf:?"]),
    ('run(["hf", "download", Path("x")])', []),
    ('asyncio.create_subprocess_exec("hf", "download", "a/b", stdout=None)', ["hf:a/b"]),
    ('sp.check_output("hf download a/b".split())', ["hf:a/b"]),
    (f'run(["hf", "download", "a/{"b" * 30_000}"])', ["hf:?"]),
]
TEXTS = [
    ('os.system("hf download a/b")', ["hf:a/b"]),
    ('from os import popen\npopen("hf download a/b")', ["hf:a/b"]),
    ('M = "a/b"\nsp.getoutput(f"hf download {M} --revision v")', ["hf:a/b@v"]),
    ('run("hf download a/b && hf download c/d", shell=True)', ["hf:a/b", "hf:c/d"]),
    ('asyncio.create_subprocess_shell(cmd="hf download a/b")', ["hf:a/b"]),
    ('run(shlex.split("vllm serve a/b"))', ["hf:a/b"]),
    ('C = shlex.split("vllm serve a/b")\nrun(C)', ["hf:a/b"]),
    ('image.run_commands("pip install x", "hf download a/b")', ["hf:a/b"]),
    ('image.run_commands(["hf download a/b"])', []),
    ("os.system(x)", []),
    ("os.system()", []),
    (f'os.system("hf download a/b; {"x" * 30_000}")', ["hf:a/b"]),
]
OTHERS: list[tuple[str, list[str]]] = [
    ('run(["ls", "a/b"])', []),
    ('app.run("hf download a/b")', []),
    ('run = print\nrun("hf download a/b")', []),
    ('run_commands("hf download a/b")', []),
    ('"os.system"', []),
]


@pytest.mark.parametrize(("code", "expected"), [*WORDS, *TEXTS, *OTHERS])
def test_what_a_command_names(code: str, expected: list[str]) -> None:
    found = extract("a.py", f"{I}{code}\n".encode(), nothing)
    assert found.unreadable == ""
    assert models(found.mentions) == expected


def test_a_command_stands_where_its_model_does() -> None:
    code = 'run(\n    [\n        "hf",\n        "download",\n        "a/b",\n    ]\n)\n'
    (found,) = extract("a.py", f"{I}{code}".encode(), nothing).mentions
    assert (found.spot.line, found.spot.column, found.insertion) == (7, 9, None)


def test_a_list_from_elsewhere_stands_where_it_is_used() -> None:
    (found,) = extract("a.py", f'{I}C = ["hf", "download", "a/b"]\n\nrun(C)\n'.encode(), nothing).mentions
    assert (found.spot.line, found.spot.column) == (5, 5)


def test_a_text_of_several_lines_keeps_them() -> None:
    code = 'os.system("""\nset -e\nhf download a/b\n""")\nos.system("\\n\\nhf download c/d")\n'
    first, second = extract("a.py", f"{I}{code}".encode(), nothing).mentions
    assert (first.spot.line, second.spot.line) == (5, 7)


def test_a_program_that_starts_nothing_but_commands_is_read() -> None:
    found = extract("a.py", b'import subprocess\nsubprocess.run(["hf", "download", "a/b"])\n', nothing)
    assert models(found.mentions) == ["hf:a/b"]


def test_commands_without_end_are_told_of() -> None:
    code = f'{I}os.system("hf download a/b; {"x" * 3_000_000}")\n'
    assert extract("a.py", code.encode(), nothing).unreadable == "names lead too far"


def test_commands_that_are_too_deep_leave_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: Any) -> Iterator[Mention]:
        raise RecursionError

    monkeypatch.setattr(python, "commands", too_deep)
    code = f'{I}from transformers import AutoModel\nrun(["hf", "download", "a/b"])\nAutoModel.from_pretrained("c/d")\n'
    found = extract("a.py", code.encode(), nothing)
    assert (found.unreadable, models(found.mentions)) == ("nested too deeply", ["hf:c/d"])
