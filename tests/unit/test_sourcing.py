"""Sources by scheme, ours and those that weighbridge.toml names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from weighbridge.core.errors import ConfigError
from weighbridge.wiring.sourcing import Sources

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
class Shelf:
    scheme = "shelf"

    def resolve(self, ref): ...

    def read(self, listing, file, offset): ...


class Mute:
    scheme = "shelf"


def other():
    found = Shelf()
    found.scheme = "rack"
    return found


def broken():
    raise RuntimeError("no shelf here")


constant = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module of somebody else's, under a name of this test alone."""
    name = f"shelf_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(CODE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_nothing_is_imported_before_it_is_asked_for(tmp_path: Path, module: str) -> None:
    sources = Sources(tmp_path, (), {"shelf": f"{module}:Shelf"})
    assert "shelf" in set(sources)
    assert len(sources) == len(set(sources))
    assert module not in sys.modules
    assert sources["shelf"].scheme == "shelf"
    assert sources["shelf"] is sources["shelf"]
    assert module in sys.modules


def test_ours_are_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        Sources(tmp_path, (), {"hf": "our.models:Shelf"})
    assert "sources.hf" in error.value.message


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("MODULE:Nothing", "AttributeError"),
        ("MODULE_none:Shelf", "ModuleNotFoundError"),
        ("MODULE:broken", "no shelf here"),
        ("MODULE:constant", "TypeError"),
        ("MODULE:Mute", "has no resolve and no read"),
        ("MODULE:other", "serves 'rack'"),
    ],
)
def test_what_is_no_source_is_told_with_its_place(tmp_path: Path, module: str, where: str, said: str) -> None:
    where = where.replace("MODULE", module)
    with pytest.raises(ConfigError) as error:
        Sources(tmp_path, (), {"shelf": where})["shelf"]
    assert error.value.code == "bad-source"
    assert said in error.value.message
    assert where in error.value.message


@pytest.mark.parametrize("scheme", ["hf", "file", "https", "http"])
def test_ours_serve_their_scheme(tmp_path: Path, scheme: str) -> None:
    assert Sources(tmp_path, ())[scheme].scheme == scheme
