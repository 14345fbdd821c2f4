"""What is ready to use of `check`, on a real project: the action's step, the template's script, the hook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.e2e.test_check import based, committed
from tests.test_docs_support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
TEMPLATE: dict[str, Any] = yaml.safe_load((ROOT / "templates/gitlab/weighbridge.yml").read_text(encoding="utf-8"))
(STEP,) = [step["run"] for step in ACTION["runs"]["steps"] if step["name"] == "Check"]
(SCRIPT,) = TEMPLATE["weighbridge:check"]["script"]


def bash(chain: Chain, script: str, *, expect: int, **extra: str) -> str:
    return chain.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, expect=expect, extra=extra)


def loosened(chain: Chain) -> Chain:
    """The same, with a commit that lets anything in."""
    config = chain.root / "weighbridge.toml"
    config.write_text(config.read_text(encoding="utf-8") + '\n[policy]\ninspection = "off"\n', encoding="utf-8")
    committed(chain)
    return chain


@pytest.fixture
def base(approved: Chain) -> str:
    """The commit that the merge goes to."""
    return based(approved).run("git", "rev-parse", "main").strip()


def test_the_action_s_step_tells_the_pull_request(approved: Chain, base: str, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    said = bash(approved, STEP, expect=0, BASE_SHA=base, GITHUB_STEP_SUMMARY=str(summary))
    assert summary.read_text(encoding="utf-8") == said
    assert "allow" in said
    loosened(approved)
    denied = bash(approved, STEP, expect=10, BASE_SHA=base, GITHUB_STEP_SUMMARY=str(summary))
    assert summary.read_text(encoding="utf-8") == said + denied
    assert "policy-loosened" in denied
    # Without a place for the summary it is judged all the same.
    assert "policy-loosened" in bash(approved, STEP, expect=10, BASE_SHA=base)


@pytest.mark.parametrize("evil", ["$(touch owned)", "`touch owned`", '"; touch owned; "', "--help", ""])
def test_a_base_that_is_none_refuses_and_runs_nothing(approved: Chain, base: str, evil: str) -> None:
    assert base
    bash(approved, STEP, expect=2, BASE_SHA=evil)
    bash(approved, SCRIPT, expect=2, CI_MERGE_REQUEST_DIFF_BASE_SHA=evil)
    assert not (approved.root / "owned").exists()


def test_the_template_s_script_judges_a_merge_request(approved: Chain, base: str) -> None:
    bash(approved, SCRIPT, expect=0, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    loosened(approved)
    assert "policy-loosened" in bash(approved, SCRIPT, expect=10, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)


def test_the_real_pre_commit_runs_the_hook(approved: Chain, base: str, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / ".pre-commit-hooks.yaml").write_text((ROOT / ".pre-commit-hooks.yaml").read_text())
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "hooks")):
        approved.run("git", "-C", str(hooks), *words)
    revision = approved.run("git", "-C", str(hooks), "rev-parse", "HEAD").strip()
    # The hook's own environment would be a second installation: here it is the one that the tests run in.
    hook = {"id": "weighbridge-check", "language": "system", "args": ["--base", base]}
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [hook]}]}
    (approved.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    command = (sys.executable, "-m", "pre_commit", "run", "weighbridge-check")
    where = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    committed(approved)
    assert "Passed" in approved.run(*command, extra=where)
    assert "policy-loosened" in loosened(approved).run(*command, extra=where, expect=1)
