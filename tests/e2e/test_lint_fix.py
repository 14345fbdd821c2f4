"""`lint --fix` on a project with one unpinned reference in each language: found, shown, mended, green."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.running import commit

if TYPE_CHECKING:
    from tests.e2e.chain import Chain

EXAMPLE = Path(__file__).parents[1] / "data" / "lint_example"
FILES = sorted(path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file())


def _prepared(chain: Chain) -> Chain:
    shutil.copytree(EXAMPLE, chain.root, dirs_exist_ok=True)
    return chain


def _texts(chain: Chain) -> dict[str, str]:
    return {name: (chain.root / name).read_bytes().decode() for name in FILES}


def test_one_bad_line_in_each_language_is_mended(approved: Chain) -> None:
    chain = _prepared(approved)
    before = _texts(chain)
    found = chain.json("lint", expect=10)
    assert {each["path"] for each in found["references"] if each["level"] == "error"} == set(FILES)
    shown = chain.weighbridge("lint", "--diff", expect=10)
    assert _texts(chain) == before
    assert "would fix 12 references in 11 files" in shown
    mended = chain.json("lint", "--fix")
    assert mended["verdict"] == "allow"
    assert mended["not_fixed"] == []
    assert len(mended["fixed"]) == 12
    after = _texts(chain)
    sha = commit(chain)
    assert all(sha in text for text in after.values())
    assert chain.weighbridge("lint", "--fix").splitlines()[0] == "fixed 0 references in 0 files"
    assert _texts(chain) == after
    chain.weighbridge("lint")


def test_the_diff_can_be_applied(approved: Chain) -> None:
    chain = _prepared(approved)
    shown = chain.weighbridge("lint", "--diff", expect=10)
    patch = shown[: shown.index(".env:2: would fix")]
    (chain.root / "fix.patch").write_text(patch, encoding="utf-8")
    chain.run("git", "apply", "fix.patch")
    chain.weighbridge("lint")
