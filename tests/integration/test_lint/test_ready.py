"""What is ready to use: the hook by the real pre-commit, the action's steps by bash, the template's scripts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.test_docs_support import ROOT
from tests.unit.trees.repository import Repository

from weighbridge.references import files
from weighbridge.wiring.linting import Linting, run_lint

if TYPE_CHECKING:
    from collections.abc import Mapping

LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("org/name")\n'
UNTOLD = "from transformers import AutoModel\nAutoModel.from_pretrained(input())\n"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
TEMPLATE: dict[str, Any] = yaml.safe_load((ROOT / "templates/gitlab/weighbridge.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def _environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", **more}


def _bash(script: str, folder: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    environment = _environment(folder, more)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


# The action.


def _step(name: str, folder: Path, **given: str) -> tuple[int, str, str]:
    """Exit code, output and step outputs of a step, its variables given by their names."""
    output = folder.parent / "output"
    output.write_text("")
    variables = {**dict.fromkeys(STEPS[name]["env"], ""), **given, "GITHUB_OUTPUT": str(output)}
    done = _bash(STEPS[name]["run"], folder, {**variables, "GITHUB_ACTIONS": "true"})
    return done.returncode, done.stdout + done.stderr, output.read_text()


def test_the_action_is_a_composite_one_with_described_inputs() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert set(ACTION) == {"name", "description", "author", "branding", "inputs", "outputs", "runs"}
    for name, value in ACTION["inputs"].items():
        assert set(value) == {"description", "default"}, name
        assert isinstance(value["default"], str)
    used = set(re.findall(r"inputs\.([a-z]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


def test_no_expression_is_executed() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        assert all(re.fullmatch(r"\$\{\{ [a-z._]+ \}\}", value) for value in step["env"].values())
        assert set(step["env"]) <= set(re.findall(r"\$\{?([A-Z_]+)", step["run"])), step["name"]
        assert _bash(f"set -n\n{step['run']}", ROOT, {}).returncode == 0


def test_the_action_denies_and_annotates(repository: Repository) -> None:
    repository.commit(a=LOAD)
    code, said, output = _step("Lint", repository.root)
    assert (code, output) == (10, "verdict=deny\n")
    assert said.startswith("::error file=a.py,line=2,")


def test_the_action_excuses_what_the_base_has(repository: Repository) -> None:
    base = repository.commit(a=LOAD)
    repository.commit(b="")
    assert _step("Lint", repository.root, BASE_SHA=base)[0::2] == (0, "verdict=allow\n")
    repository.commit(b=LOAD)
    assert _step("Lint", repository.root, BASE_SHA=base)[0] == 10
    # What a workflow says goes before the pull request.
    assert _step("Lint", repository.root, BASE_SHA=base, SINCE="HEAD")[0] == 0
    assert _step("Lint", repository.root, BASE_SHA="0" * 40)[0::2] == (2, "")


def test_the_action_s_paths_strictness_and_sarif(repository: Repository) -> None:
    repository.commit(
        a=LOAD,
        **{"b c__d": "", "-odd": "x", "u": UNTOLD},
    )
    assert _step("Lint", repository.root, PATHS="b c\n-odd.py\n")[0] == 0
    assert _step("Lint", repository.root, PATHS="u.py")[0] == 0
    assert _step("Lint", repository.root, PATHS="u.py", STRICT="true")[0] == 10
    assert _step("Lint", repository.root, PATHS="a.py", SARIF="out.sarif")[0] == 10
    assert '"ruleId": "unpinned"' in (repository.root / "out.sarif").read_text()
    assert _step("Lint", repository.root, PATHS="gone.py", SARIF="out.sarif")[0] == 2


@pytest.mark.parametrize("evil", ["$(touch owned)", "`touch owned`", "; touch owned", '"; touch owned; "', "--help"])
def test_nothing_that_is_given_runs(repository: Repository, evil: str) -> None:
    base = repository.commit(a="")
    for name in ("PATHS", "SINCE", "BASE_SHA", "BASELINE", "STRICT", "SARIF"):
        _step("Lint", repository.root, **{"BASE_SHA": base, name: evil})
    code, said, _ = _step("Install", repository.root, WANTED=evil)
    assert (code, said) == (2, "::error title=weighbridge::version is no version\n")
    assert not (repository.root / "owned").exists()


# The hook.


def test_the_hooks_ask_for_files_that_are_read() -> None:
    lint, check = HOOKS
    assert (lint["id"], check["id"], check["pass_filenames"]) == ("weighbridge-lint", "weighbridge-check", False)
    wanted = re.compile(lint["files"])
    for name in (
        *("a.py", "n.ipynb", "s.sh", "x.bash", "Dockerfile", "docker/Dockerfile.gpu", "gpu.Dockerfile", "Modelfile"),
        *(".env", "svc/.env.prod", "prod.env", "a.toml", "a.json", "values.yaml", "a.yaml.tmpl", "a.yml.j2", "a.ini"),
        *("scripts/serve", ".envrc", "Containerfile", "a.cfg", "a.properties", "a.zsh", "a.pyw"),
    ):
        assert wanted.search(name), name
        assert files.by_name(name), name
    for name in ("a.md", "a.png", "a.rs", "model.safetensors", "a.python"):
        assert not wanted.search(name), name
        assert not files.by_name(name), name


def test_the_real_pre_commit_runs_the_hook(repository: Repository, tmp_path: Path) -> None:
    hooks = Repository(tmp_path / "hooks")
    (hooks.root / ".pre-commit-hooks.yaml").write_text((ROOT / ".pre-commit-hooks.yaml").read_text())
    revision = hooks.commit()
    # The hook's own environment would be a second installation: here it is the one that the tests run in.
    hook = {"id": "weighbridge-lint", "language": "system"}
    config = {"repos": [{"repo": str(hooks.root), "rev": revision, "hooks": [hook]}]}
    (repository.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    repository.commit(**{"old": LOAD, "with space": ""})
    environment = _environment(tmp_path, {"PRE_COMMIT_HOME": str(tmp_path / "cache")})

    def run() -> tuple[int, str]:
        command = [sys.executable, "-m", "pre_commit", "run", "weighbridge-lint"]
        done = subprocess.run(
            command, cwd=repository.root, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    repository.write(**{"with space": "import os\n"})
    repository.git("add", "--all")
    assert run()[0] == 0
    repository.write(**{"with space": LOAD})
    repository.git("add", "--all")
    code, said = run()
    assert code != 0
    assert "with space.py:2:27: error: unpinned" in said
    assert "old.py" not in said


# The template.


def test_the_template_has_jobs_for_merge_requests() -> None:
    for name in ("weighbridge:lint", "weighbridge:check"):
        job = TEMPLATE[name]
        assert job["extends"] == ".weighbridge"
        assert {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'} in job["rules"]
        for line in (*TEMPLATE[".weighbridge"]["before_script"], *job["script"]):
            assert _bash(f"set -n\n{line}", ROOT, {}).returncode == 0
    assert TEMPLATE[".weighbridge"]["variables"] == {"GIT_DEPTH": "0"}


def test_the_template_s_script_excuses_what_the_base_has(repository: Repository) -> None:
    base = repository.commit(a=LOAD)
    (script,) = TEMPLATE["weighbridge:lint"]["script"]
    assert _bash(script, repository.root, {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}).returncode == 0
    assert _bash(script, repository.root, {}).returncode == 10
    assert _bash(script, repository.root, {"WEIGHBRIDGE_LINT_OPTIONS": "--json"}).stdout.startswith("{")


# This repository itself.


def test_what_is_shipped_names_no_model_that_may_not_land(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests and benchmarks name models of a Hub, a registry and projects that they make themselves.
    monkeypatch.delenv("WEIGHBRIDGE_STORE", raising=False)
    monkeypatch.chdir(ROOT)
    shipped = (
        "src",
        "scripts",
        "docs",
        "templates",
        "action.yml",
        ".pre-commit-hooks.yaml",
        "pyproject.toml",
        "Makefile",
    )
    report = run_lint(Linting(tuple(map(Path, shipped)))).report
    assert [each.linted.message for each in report.errors] == []
    assert list(report.remarks) == []
    assert report.files > 300
