"""One id, four places: the catalogue, samples, their test, and a section of docs/checks.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.samples.all import SAMPLES, WRITTEN
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import DOCS_URL

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
PAGE = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z0-9-]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PARTS = ("**What.**", "**Why.**", "**Fix.**", "**Limits.**", "**References.**")
# These speak of the examination itself or of the outside: tests of the worker and of scanners make them.
WITHOUT_SAMPLES = {
    "special-file",
    "not-inspected",
    "scanner-missing",
    "scanner-failed",
    "scanner-finding",
}


@pytest.mark.parametrize("check", sorted(CATALOGUE))
def test_every_check_has_its_section(check: str) -> None:
    assert check in SECTIONS, f"docs/checks.md lacks ## {check}"
    assert [part for part in PARTS if part not in SECTIONS[check]] == []


def test_no_section_speaks_of_a_check_that_is_gone() -> None:
    assert set(SECTIONS) - set(CATALOGUE) == set()


def test_the_page_is_where_findings_point() -> None:
    assert DOCS_URL.endswith("/checks")


@pytest.mark.parametrize("check", sorted(set(CATALOGUE) - WITHOUT_SAMPLES))
def test_every_check_has_samples(check: str) -> None:
    for kind in ("bad", "good"):
        assert any(case.startswith(f"{check}/{kind}/") for case in SAMPLES), f"{check} has no {kind} sample"


def test_the_written_samples_are_those_that_code_makes() -> None:
    """`python -m tests.samples` writes them."""
    made = {f"{case}/{name}": data for case, files in WRITTEN.items() for name, data in files.items()}
    files = {path.relative_to(DATA).as_posix(): path for path in DATA.rglob("*") if path.is_file()}
    # The corpus of lint and its example are no models.
    written = {name: path for name, path in files.items() if not name.startswith(("lint/", "lint_example/"))}
    assert written.keys() == made.keys()
    assert [name for name, data in made.items() if written[name].read_bytes() != data] == []
