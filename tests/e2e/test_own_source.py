"""A source of somebody else's, from its page in the documentation to a verified load."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.chain import Chain

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
LOAD = "import weighbridge; print(sorted(path.name for path in weighbridge.load('reranker').iterdir()))"


def own_section() -> str:
    return PAGE.read_text(encoding="utf-8").partition("## A source of your own")[2]


def test_the_source_of_the_page_serves_the_real_commands(chain: Chain) -> None:
    section = own_section()
    (settings,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    package = chain.home / "site" / "our_models"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "shelf.py").write_text(code, encoding="utf-8")
    extra = {"PYTHONPATH": str(package.parent)}
    chain.let_all_pass()
    path = chain.root / "weighbridge.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + settings, encoding="utf-8")
    chain.run("weighbridge", "add", "shelf:reranker", "--name", "reranker", extra=extra)
    assert "bad-source" in chain.weighbridge("outdated", expect=2)
    assert "current" in chain.run("weighbridge", "outdated", "--json", extra=extra)
    # What is pinned needs no source.
    chain.weighbridge("approve", "reranker", "--stage", "production")
    assert chain.python(LOAD) == "['config.json', 'model.safetensors']\n"


def test_the_source_of_the_page_keeps_the_contract(tmp_path: Path) -> None:
    code, contract = re.findall(r"```(?:python|text)\n(.*?)```", own_section(), re.DOTALL)
    (tmp_path / "our_models").mkdir()
    (tmp_path / "our_models" / "__init__.py").touch()
    (tmp_path / "our_models" / "shelf.py").write_text(code, encoding="utf-8")
    (tmp_path / "test_shelf.py").write_text(contract, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "test_shelf.py"]
    environment = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
