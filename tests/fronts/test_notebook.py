"""A real IPython after ``%load_ext weighbridge``: names of the Hub give approved bytes, or errors."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fronts.loaders import TEXT
from tests.fronts.program import environment
from tests.fronts.test_loading import damaged

if TYPE_CHECKING:
    from tests.e2e.chain import Chain
    from tests.fronts.program import Program

pytestmark = pytest.mark.fronts

IPYTHON = Path(sys.prefix) / "bin" / "ipython"
MAGIC = """
%load_ext weighbridge
%weighbridge production
"""
LOADING = """
import huggingface_hub, json
from transformers import pipeline
found = pipeline("text-classification", model="org/classifier")({text!r})
print(json.dumps([found, huggingface_hub.hf_hub_download("org/classifier", "model.safetensors")]))
"""
FETCHING = """
import huggingface_hub, json
try:
    found = open(huggingface_hub.hf_hub_download("org/news", "config.json")).read()
except Exception as error:
    found = type(error).__name__
print(json.dumps(found))
"""
OWN = '{"model_type": "bert"}'


def ipython(chain: Chain, folder: Path, cells: str, *, hub: str = "", expect: int = 0) -> str:
    """What IPython prints that runs these cells, tracebacks too, for a user who has no cache yet."""
    path = folder / "cells.ipy"
    path.write_text(cells, encoding="utf-8")
    # No library is told to stay offline: it is the magic that does.
    told = {name: value for name, value in environment(chain).items() if not name.endswith("_OFFLINE")}
    extra = {**told, "HF_HOME": str(folder / "hf"), "IPYTHONDIR": str(folder / "ipython")}
    command = (IPYTHON, "--colors=NoColor", "--no-confirm-exit", "--HistoryManager.enabled=False", path)
    return chain.run(*map(str, command), expect=expect, extra={**extra, **({"HF_ENDPOINT": hub} if hub else {})})


def last(output: str) -> Any:
    return json.loads(output.splitlines()[-1])


def test_a_name_of_the_hub_gives_the_approved_bytes(
    project: Chain, program: Program, made: Path, tmp_path: Path
) -> None:
    # There is no Hub at all: what is loaded can only be what lies in the project.
    told = ipython(project, tmp_path, MAGIC + LOADING.format(text=TEXT), hub="http://127.0.0.1:9")
    outputs, path = last(told)
    assert outputs == program.outputs("pipeline", made / "classifier")
    folder = project.folder("classifier")
    assert Path(path).samefile(folder / "model.safetensors")
    assert f"(hf:org/classifier): {folder}" in told


def test_a_name_that_nobody_approved_is_refused(project: Chain, tmp_path: Path) -> None:
    assert project.hub is not None
    project.hub.create_repo("org/news", card={"license": "mit"}).commit({"config.json": OWN.encode()})
    refused = ipython(project, tmp_path, MAGIC + FETCHING)
    assert last(refused) == "LocalEntryNotFoundError"
    # The magic, and nothing else, stands between: without it the same cells fetch the file.
    assert last(ipython(project, tmp_path, FETCHING)) == OWN


def test_a_governed_name_that_may_not_run_is_refused_by_the_magic(pending: Chain, tmp_path: Path) -> None:
    told = ipython(pending, tmp_path, "%load_ext weighbridge\n%weighbridge production classifier\n", expect=1)
    assert "DeniedError" in told
    assert "weighbridge approve classifier --stage production" in told


def test_changed_bytes_are_refused_by_the_magic(project: Chain, tmp_path: Path) -> None:
    with damaged(project.folder("classifier") / "model.safetensors"):
        told = ipython(project, tmp_path, MAGIC.replace("production", "production classifier"), expect=1)
    assert "IntegrityError" in told
    assert re.search(r"model\.safetensors: has other bytes: blake3 [0-9a-f]{64} instead of [0-9a-f]{64}", told)


def test_the_magic_comes_before_the_libraries(project: Chain, tmp_path: Path) -> None:
    told = ipython(project, tmp_path, "import huggingface_hub" + MAGIC, expect=1)
    assert "UsageError" in told
    assert "restart the kernel" in told
