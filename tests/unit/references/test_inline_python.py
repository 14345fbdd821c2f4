"""Python within shell, Dockerfiles and YAML: handed over with its place, taken back with the file's places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.references.labels import nothing

from weighbridge.core.mention import Mention, Spot
from weighbridge.references import dockerfile, inline_python, python, shell, yaml_files
from weighbridge.references.arguments import Place, Word
from weighbridge.references.extraction import Extraction

if TYPE_CHECKING:
    from collections.abc import Callable


def _read(path: str, data: bytes, _: Callable[[str], bytes | None]) -> Extraction:
    """Each line that loads something is a mention."""
    lines = data.decode().split("\n")
    spots = [Spot(path, index + 1, line.find("load") + 1) for index, line in enumerate(lines) if "load" in line]
    return Extraction(tuple(Mention(spot, "rule", "load", "hf", "org/m") for spot in spots))


@pytest.fixture(autouse=True)
def _reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "extract", _read)


def test_python_in_a_command() -> None:
    found = shell.extract("a.sh", b'x\npython -c "import y; load()"', nothing)
    assert [each.spot for each in found.mentions] == [Spot("a.sh", 2, 22)]


def test_python_that_is_too_long_for_a_command_is_not_read() -> None:
    text = "load()" + "#" * inline_python.MAX_TEXT
    assert inline_python.extract(Word((text,), 1), Place("a.sh"), nothing) == []
    assert inline_python.extract(Word(("load()",), 1), Place("a.sh"), None)


def test_python_in_a_heredoc() -> None:
    found = shell.extract("a.sh", b"python3 - <<'EOF'\nimport y\nload()\nEOF\n", nothing)
    assert [each.spot for each in found.mentions] == [Spot("a.sh", 3, 1)]


def test_python_in_a_dockerfile() -> None:
    lines = ["FROM x", "RUN python -c 'load()'", "RUN <<EOF", "#!/usr/bin/env python", "load()", "EOF"]
    text = "\n".join([*lines, "COPY <<EOF /a.py", "load()", "EOF", ""]).encode()
    found = dockerfile.extract("Dockerfile", text, nothing)
    assert [each.spot.line for each in found.mentions] == [2, 5, 8]


def test_python_in_a_workflow() -> None:
    text = b"- shell: python\n  run: |\n    model\n    load()\n- script: |\n    #!/usr/bin/env python\n    load()\n"
    found = yaml_files.extract("a.yml", text, nothing)
    assert [each.spot for each in found.mentions] == [Spot("a.yml", 4, 5), Spot("a.yml", 7, 5)]
