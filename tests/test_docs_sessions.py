"""What the pages say happens, happens: every console and Python block runs, in order, one session a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.hub import FakeHub
from tests.test_docs_support import PAGES, Session, all_blocks, blocks, difference, mask, name_of, publish, steps

if TYPE_CHECKING:
    from pathlib import Path

_RUN = ("console", "python")
_PAGES_THAT_RUN = [page for page in PAGES if any(block.kind in _RUN for block in blocks(page))]


@pytest.mark.parametrize("page", _PAGES_THAT_RUN, ids=name_of)
def test_a_page_says_what_happens(page: Path, tmp_path: Path) -> None:
    with FakeHub() as hub:
        publish(hub)
        session = Session(tmp_path / "home", hub)
        ran = 0
        for block in blocks(page):
            session.note(block.note)
            if block.kind == "python":
                output = session.run_python(block.text)
                assert session.code == 0, f"{block}\n{output}"
                ran += 1
            if block.kind != "console":
                continue
            following = [*steps(block)[1:], None]
            for step, after in zip(steps(block), following, strict=True):
                output = session.run(step.command)
                asked = after is not None and after.command == "echo $?"
                assert session.code == 0 or asked, f"{name_of(page)}:{step.line} fails: {step.command}\n{output}"
                wrong = difference(session, step, output)
                assert not wrong, f"{name_of(page)}:{step.line}\n{wrong}"
                ran += 1
        assert ran


def test_pages_that_must_run_do() -> None:
    running = {name_of(page) for page in _PAGES_THAT_RUN}
    assert {"README.md", "docs/quickstart.md", "docs/cli.md", "docs/operations.md"} <= running


def test_every_console_block_has_a_command() -> None:
    for block in all_blocks("console"):
        assert steps(block), str(block)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 2026-11-23T12:00:00Z", "at <time>"),
        ("87.4 MiB", "<size>"),
        ("3421164cc9c4", "<hex>"),
        ("models-demo-d3c708", "models-demo-<id>"),
        ("deadbeef", "deadbeef"),
    ],
)
def test_what_differs_from_run_to_run_is_masked(text: str, expected: str) -> None:
    assert mask(text) == expected
