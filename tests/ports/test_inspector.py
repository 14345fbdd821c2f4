"""What every inspector promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.inspector import FakeInspector
from tests.fakes.store import Counter

from weighbridge.checks.inspector import ContentInspector
from weighbridge.core.digest import is_digest
from weighbridge.core.errors import UsageError
from weighbridge.core.inspection import COMPLETE, Inspection, inspection_from
from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.core.ports import Inspector

FILES = {"notes.txt": b"plain words\n", "more/notes.txt": b"more plain words\n", "empty": b""}


@pytest.fixture(params=["fake", "content"])
def inspector(request: pytest.FixtureRequest) -> Inspector:
    return FakeInspector() if request.param == "fake" else ContentInspector()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return laid(tmp_path / "model", FILES)


def laid(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_every_file_has_a_format(inspector: Inspector, folder: Path) -> None:
    seen = inspector.inspect(folder, None, progress=Silent())
    assert set(seen.formats) == set(FILES)
    assert all(seen.formats.values())


def test_the_inspection_can_be_written_and_read(inspector: Inspector, folder: Path) -> None:
    seen = inspector.inspect(folder, None, source="hf:org/tiny", metadata={"licence": "mit"}, progress=Silent())
    assert inspection_from(seen.to_body()) == Inspection(
        seen.findings, dict(seen.formats), dict(seen.facts), seen.tools, seen.ruleset
    )
    assert list(seen.findings) == sorted(seen.findings)
    assert set(seen.facts) == {"code", "licences", "references", "requirements"}


def test_the_rules_have_a_digest(inspector: Inspector, folder: Path) -> None:
    assert is_digest(inspector.ruleset)
    assert inspector.inspect(folder, None, progress=Silent()).ruleset == inspector.ruleset


def test_the_tools_are_named(inspector: Inspector, folder: Path) -> None:
    tools = {tool.name: tool for tool in inspector.inspect(folder, None, progress=Silent()).tools}
    assert {"weighbridge", "picklescan"} <= set(tools)
    assert tools["picklescan"].version
    assert tools["picklescan"].status == COMPLETE
    assert "picklescan" not in {
        tool.name for tool in inspector.inspect(folder, None, progress=Silent(), scanners=()).tools
    }


def test_only_the_named_files_are_looked_at(inspector: Inspector, folder: Path) -> None:
    seen = inspector.inspect(folder, {"notes.txt": 12}, progress=Silent())
    assert set(seen.formats) == {"notes.txt"}


def test_one_file_may_be_named(inspector: Inspector, folder: Path) -> None:
    assert set(inspector.inspect(folder / "notes.txt", None, progress=Silent()).formats) == {"notes.txt"}


def test_git_is_left_out_at_the_top(inspector: Inspector, folder: Path) -> None:
    laid(folder, {".git/config": b"", "more/.git/config": b""})
    assert set(inspector.inspect(folder, None, progress=Silent()).formats) == {*FILES, "more/.git/config"}


def test_progress_comes_to_its_end(inspector: Inspector, folder: Path) -> None:
    counter = Counter()
    inspector.inspect(folder, None, progress=counter)
    assert (counter.done, counter.open) == (sum(map(len, FILES.values())), 0)
    assert counter.total == counter.done


def test_the_result_is_the_same_every_time(inspector: Inspector, folder: Path) -> None:
    first = inspector.inspect(folder, None, progress=Silent())
    assert inspector.inspect(folder, None, progress=Silent()) == first


def test_nothing_at_all_is_an_error(inspector: Inspector, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        inspector.inspect(tmp_path / "nowhere", None, progress=Silent())
    assert caught.value.code == "no-files"


def test_an_unknown_scanner_is_an_error(inspector: Inspector, folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        inspector.inspect(folder, None, progress=Silent(), scanners=("clamav",))
    assert caught.value.code == "unknown-scanner"
