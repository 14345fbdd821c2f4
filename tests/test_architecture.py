"""The architecture, held by a machine: layers, borders of outside libraries, and sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "weighbridge"
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted(path for folder in ("tests", "benchmarks", "scripts") for path in (ROOT / folder).rglob("*.py"))

# Each outside library and the packages that wrap it; everybody else asks a port.
BORDERS = {
    "huggingface_hub": {"sources"},
    "urllib3": {"sources"},
    "diskcache": {"stores"},
    "dvc": {"stores"},
    "dvc_data": {"stores"},
    "dvc_objects": {"stores"},
    "fsspec": {"stores", "sources"},
    "configobj": {"stores"},
    "platformdirs": {"stores"},
    "ruamel": {"stores"},
    "yaml": {"stores", "plugins", "checks", "references"},
    "libcst": {"fixes"},
    "tree_sitter": {"references"},
    "tree_sitter_bash": {"references"},
    "tree_sitter_typescript": {"references"},
    "blake3": {"stores", "plugins"},
    "jinja2": {"checks"},
    "packaging": {"checks"},
    "mlflow": {"registries", "plugins"},
    "identify": {"checks"},
    "license_expression": {"checks"},
    "picklescan": {"checks"},
    "sqlalchemy": {"registries"},
    "cryptography": {"signers"},
    "click": {"cli"},
    "rich": {"cli"},
    "tomlkit": {"workspace", "wiring"},
    "cel": {"expressions"},
    "numpy": {"tensors"},
    "torch": {"tensors"},
    "pytest": {"testing"},
}


def _imports(tree: ast.AST) -> set[str]:
    """Top names of everything a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def _part(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _functions(paths: list[Path]) -> list[tuple[str, int]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", _length(node))
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_outside_libraries_stay_at_their_border(path: Path) -> None:
    imported = _imports(ast.parse(path.read_text(encoding="utf-8")))
    outside = imported - set(sys.stdlib_module_names) - {"weighbridge"}
    for name in outside:
        assert _part(path) in BORDERS.get(name, set()), f"{name} is not wrapped here"


def test_every_border_is_used() -> None:
    used = {name for path in MODULES for name in _imports(ast.parse(path.read_text(encoding="utf-8")))}
    # The Hub's client and SQLAlchemy are reached by name, so that nothing imports them before their settings stand.
    assert set(BORDERS) - used <= {"huggingface_hub", "sqlalchemy", "fsspec", "dvc_objects", "dvc_data", "yaml"}


def test_sources_registries_and_stores_do_not_know_each_other() -> None:
    parts = {"sources", "stores", "registries", "ledgers", "signers", "reports", "custody"}
    for path in MODULES:
        if _part(path) not in parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("weighbridge."):
                other = (node.module or "").split(".")[1]
                assert other not in parts - {_part(path)}, f"{path.name} imports {node.module}"


def test_modules_are_small() -> None:
    lengths = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in MODULES + TESTS}
    assert [name for name, length in lengths.items() if length > 400] == []
    assert median(length for name, length in lengths.items() if name.startswith("src")) <= 130


def test_functions_are_short() -> None:
    lengths = _functions(MODULES)
    assert [name for name, length in lengths if length > 60] == []
    assert sum(length <= 30 for _, length in lengths) >= 0.9 * len(lengths)


def test_nothing_is_called_utils() -> None:
    refused = {"utils", "util", "helpers", "common", "misc", "manager", "service"}
    assert [path for path in MODULES + TESTS if refused & set(path.with_suffix("").parts[-2:])] == []


def test_no_mock_and_no_bare_ignore() -> None:
    banned = [
        "unittest" + ".mock",
        "type: " + "ignore\n",
        "# no" + "qa\n",
        "pytest.mark." + "skip",
        "pytest" + ".skip(",
    ]
    for path in MODULES + TESTS:
        text = path.read_text(encoding="utf-8")
        assert [word for word in banned if word in text] == [], path


def test_only_the_wiring_reads_the_clock() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if _part(path) in {"core", "custody", "ledgers", "config", "workspace", "reports", "expressions"}:
            assert "datetime.now" not in text, path
            assert "import time\n" not in text, path
