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


PYTHON = "from transformers import AutoModel\n"
LOAD = 'AutoModel.from_pretrained("org/tiny")'


def _write(chain: Chain, name: str, text: str) -> Path:
    path = chain.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_excused_is_left(approved: Chain) -> None:
    chain = approved
    ignored = f"{PYTHON}{LOAD}  # weighbridge: ignore[unpinned] a demonstration until 2999-12-31\n"
    files = {
        _write(chain, "a.py", ignored): ignored,
        _write(chain, "b.py", PYTHON + LOAD): PYTHON + LOAD,
        _write(chain, "c.py", PYTHON + LOAD): PYTHON + LOAD,
    }
    chain.weighbridge("lint", "b.py", "--baseline", "base.json", "--update-baseline")
    chain.run("git", "add", "c.py")
    chain.run("git", "commit", "-qm", "c")
    # The baseline and the commit excuse one file each.
    done = chain.json("lint", "--fix", "--baseline", "base.json", "--since", "HEAD")
    assert (done["fixed"], done["not_fixed"], done["changed"]) == ([], [], False)
    assert {path: path.read_text(encoding="utf-8") for path in files} == files
    done = chain.json("lint", "--fix", "--baseline", "base.json")
    assert [each["path"] for each in done["fixed"]] == ["c.py"]
    assert done["changed"] is True


def test_what_can_not_be_mended_is_told(approved: Chain) -> None:
    chain = approved
    _write(chain, "a.py", f'{PYTHON}AutoModel.from_pretrained("org/other")\nR = "main"\n{LOAD[:-1]}, revision=R)\n')
    _write(chain, "b.py", f"{PYTHON}{LOAD}\n").chmod(0o754)
    _write(chain, "c.py", 'import mlflow\nmlflow.pyfunc.load_model("models:/tiny/Production")\n')
    _write(chain, "d.py", f'{PYTHON}{LOAD[:-1]}, revision="{"0" * 40}")\n')
    shown = chain.weighbridge("lint", "--fix", expect=10).splitlines()
    assert shown[:5] == [
        "b.py:2: fixed: hf:org/tiny: written in",
        "a.py:2: not fixed: hf:org/other: its model is not governed here",
        "a.py:4: not fixed: hf:org/tiny: its revision comes from R",
        "c.py:2: not fixed: mlflow:tiny: it names a stage of MLflow: --by-name writes models:/tiny@production",
        "d.py:2: not fixed: hf:org/tiny: it is unregistered, which no revision mends",
    ]
    assert shown[5] == "fixed 1 reference in 1 file"
    assert (chain.root / "b.py").stat().st_mode & 0o777 == 0o754
    chain.weighbridge("lint", "b.py")


def test_the_governed_name_stands_in_the_model_s_place(approved: Chain) -> None:
    chain = approved
    python = _write(chain, "a.py", f"{PYTHON}{LOAD}\n")
    mlflow = _write(chain, "b.yaml", "model_uri: models:/tiny/Production\n")
    shown = chain.weighbridge("lint", "--diff", "--by-name", expect=10)
    assert '+AutoModel.from_pretrained(weighbridge.load("tiny"))' in shown
    done = chain.json("lint", "--fix", "--by-name")
    assert [each["how"] for each in done["fixed"]] == [
        "by name: weighbridge.load('tiny')",
        "names the stage: models:/tiny@production",
    ]
    assert python.read_text() == f"import weighbridge\n{PYTHON}{LOAD}\n".replace(
        '"org/tiny"', 'weighbridge.load("tiny")'
    )
    assert mlflow.read_text() == "model_uri: models:/tiny@production\n"
    assert chain.json("lint", "--fix", "--by-name")["fixed"] == []


def test_options_that_do_not_go_together_are_refused(approved: Chain) -> None:
    chain = approved
    for options in (
        ("--by-name",),
        ("--diff", "--sarif"),
        ("--fix", "--update-baseline", "--baseline", "b.json"),
        ("--fix", "--json", "--github"),
    ):
        chain.weighbridge("lint", *options, expect=2)
    _write(chain, "a.py", f"{PYTHON}{LOAD}\n")
    assert '"version": "2.1.0"' in chain.weighbridge("lint", "--fix", "--sarif")
    assert chain.weighbridge("lint", "--diff").splitlines()[-1] == "would fix 0 references in 0 files"
