"""Hostile merges into a real project, each beside a harmless neighbour, judged in this process."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import copied
from tests.fakes.hub import FakeHub

from weighbridge.core.digest import of_value
from weighbridge.core.lock import lock_pins, lock_text
from weighbridge.wiring import checking
from weighbridge.wiring.checking import Asked, check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.core.merge import MergeReport

_WHO = {"GIT_AUTHOR_NAME": "m", "GIT_AUTHOR_EMAIL": "m@example.org"}
_WHO |= {"GIT_COMMITTER_NAME": "m", "GIT_COMMITTER_EMAIL": "m@example.org"}


def git(root: Path, *words: str) -> str:
    environment = {**os.environ, **_WHO, "HOME": str(root.parent / "dana")}
    return subprocess.run(["git", *words], cwd=root, env=environment, capture_output=True, check=True, text=True).stdout


@pytest.fixture(scope="session")
def governed(made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The approved project, committed on main, on a branch of its own."""
    folder = tmp_path_factory.mktemp("governed")
    with FakeHub() as hub:
        root = copied(made["approved"], folder, hub).root
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "gate.yml").write_text("run: weighbridge check --base main\n", encoding="utf-8")
    (root / "train").mkdir()
    (root / "train" / "dvc.yaml").write_text("stages:\n  fit:\n    cmd: python fit.py\n", encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    git(root, "branch", "-M", "main")
    git(root, "checkout", "-qb", "topic")
    return folder


@pytest.fixture
def root(governed: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", str(governed / "project"), str(tmp_path)], check=True)
    return tmp_path / "project"


def judged(root: Path, head: str | None = None) -> MergeReport:
    return check(Asked("main", head, remote=False, registry=False), root)


def refusing(report: MergeReport) -> set[str]:
    return {item.code for item in report.findings if item.weight != "note"}


def notes(report: MergeReport) -> set[str]:
    return {item.code for item in report.findings if item.weight == "note"}


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text, text
        (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def append(path: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def evidence(root: Path, kind: str) -> Path:
    (path,) = (root / "models" / "tiny" / "evidence").glob(f"{kind}-*.json")
    return path


def relock(change: Callable[[str], str]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        path = root / "models" / "tiny" / "lock.json"
        text = change(path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")

    return apply


def without_pins(root: Path) -> None:
    (root / "models" / "tiny" / "lock.json").write_text(lock_text([]), encoding="utf-8")


def other_bytes(root: Path) -> None:
    """The revision stays, the bytes are others, and the digest is right for them."""
    path = root / "models" / "tiny" / "lock.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    row = value["pins"][0]["files"][0]
    row["sha256"] = row["blake3"] = "0" * 64
    row["promise"] = f"sha256:{row['sha256']}"
    files = [{key: item[key] for key in ("blake3", "path", "sha256", "size")} for item in value["pins"][0]["files"]]
    value["pins"][0]["digest"] = of_value({"files": files, "type": "weighbridge.manifest/1"})
    text = lock_text(lock_pins(json.dumps(value)))
    path.write_text(text, encoding="utf-8")


def link(path: str, target: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / path).unlink()
        (root / path).symlink_to(target)

    return change


def pointer(root: Path) -> Path:
    (path,) = (root / "models" / "tiny").glob("*.dvc")
    return path


def repointed(old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        edit(str(pointer(root).relative_to(root)), old, new)(root)

    return change


def rename(root: Path) -> None:
    path = evidence(root, "approval")
    path.rename(path.with_name("approval-0123456789abcdef.json"))


def forced(path: str) -> Callable[[Path], None]:
    """A file that Git passes over, added all the same."""

    def change(root: Path) -> None:
        append(path, "[core]\n")(root)
        git(root, "add", "-f", path)

    return change


HOSTILE: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "an approval fewer": (edit("weighbridge.toml", "approvals = 1", "approvals = 0"), {"config-unreadable"}),
    "no inspection": (append("weighbridge.toml", '\n[policy]\ninspection = "off"\n'), {"policy-loosened"}),
    "a plug-in": (append("weighbridge.toml", '\n[sources]\nevil = "evil:Source"\n'), {"plugin-changed"}),
    "another registry": (
        edit("weighbridge.toml", "project =", 'mlflow_uri = "http://evil.example"\nproject ='),
        {"registry-changed"},
    ),
    "another folder": (edit("weighbridge.toml", "project =", 'models_folder = "m"\nproject ='), {"models-moved"}),
    "another source": (edit("weighbridge.toml", "hf:org/tiny", "hf:org/tinny"), {"source-changed"}),
    "no configuration": (lambda root: (root / "weighbridge.toml").unlink(), {"config-removed"}),
    "a key twice": (append("weighbridge.toml", "\n[people]\n[people]\n"), {"config-unreadable"}),
    "evidence deleted": (lambda root: evidence(root, "inspection").unlink(), {"evidence-deleted"}),
    "evidence edited": (
        lambda root: edit(str(evidence(root, "approval").relative_to(root)), "payload", "paylaod")(root),
        {"evidence-edited"},
    ),
    "evidence renamed": (rename, {"evidence-renamed", "evidence-misnamed"}),
    "what a clone remembers": (forced(".weighbridge/seen.json"), {"state-in-git"}),
    "no evidence at all": (append("models/tiny/evidence/pin-0123456789abcdef.json", "{"), {"bad-json"}),
    "a stray file beside evidence": (append("models/tiny/evidence/README", "x"), {"foreign-evidence"}),
    "the lock without its pin": (without_pins, {"pin-dropped", "pointer-stray", "pipeline-differs"}),
    "other bytes": (
        other_bytes,
        {
            "digest-changed",
            "pin-unsigned",
            "pin-dropped",
            "pointer-missing",
            "pointer-stray",
            "pipeline-differs",
        },
    ),
    "a pin moved": (relock(lambda text: text.replace("hf:org/tiny", "hf:org/tinny")), {"lock-differs"}),
    "a pin of another name": (
        relock(lambda text: text.replace('"name": "tiny"', '"name": "tinny"')),
        {"bad-lock", "lock-differs", "pipeline-differs"},
    ),
    "a key of the lock twice": (relock(lambda text: text.replace("{", '{"schema": "x",', 1)), {"bad-json"}),
    "a newer lock": (relock(lambda text: text.replace("lock/1", "lock/2")), {"newer-schema"}),
    "a lock that is none": (relock(lambda _: "[" * 100_000), {"bad-json"}),
    "a link for a lock": (link("models/tiny/lock.json", "../../weighbridge.toml"), {"file-kind"}),
    "an executable lock": (lambda root: (root / "models/tiny/lock.json").chmod(0o755), {"file-mode"}),
    "another spelling": (append("Weighbridge.toml", "x"), {"lookalike-path"}),
    "another spelling of DVC": (append(".DVC/config", "x"), {"lookalike-path"}),
    "no pointer": (lambda root: pointer(root).unlink(), {"pointer-missing"}),
    "a pointer to other bytes": (repointed("size: ", "size: 1"), {"pointer-differs"}),
    "a pointer with a command": (repointed("outs:", "cmd: id\nouts:"), {"pointer-differs", "command-added"}),
    "a pointer with dependencies": (repointed("outs:", "deps:\n- path: x\nouts:"), {"pointer-differs"}),
    "a pointer to another remote": (repointed("  hash: md5", "  hash: md5\n  remote: evil"), {"pointer-remote"}),
    "a stray pointer": (append("models/tiny/0123456789ab.dvc", "outs: []\n"), {"pointer-stray"}),
    "a command of ours": (
        edit("models/dvc.yaml", "weighbridge register", "evil; weighbridge register"),
        {"pipeline-differs"},
    ),
    "a command beside ours": (edit("models/dvc.yaml", "stages:", "stages:\n  x:\n    cmd: id"), {"command-added"}),
    "a new pipeline": (append("dvc.yaml", "stages:\n  x:\n    cmd: id\n"), {"command-added"}),
    "a changed command": (edit("train/dvc.yaml", "fit.py", "evil.py"), {"command-added"}),
    "an alias": (append("dvc.yaml", "a: &x [1]\nb: *x\n"), {"unreadable-pipeline"}),
    "a tag": (append("dvc.yaml", "a: !!python/object/apply:os.system [id]\n"), {"unreadable-pipeline"}),
    "a key twice in YAML": (append("dvc.yaml", "stages: {}\nstages: {}\n"), {"unreadable-pipeline"}),
    "another remote": (edit(".dvc/config", "url = ", "url = /evil"), {"remote-changed"}),
    "another default": (edit(".dvc/config", "remote = weighbridge", "remote = evil"), {"remote-changed"}),
    "another cache": (append(".dvc/config", "[cache]\n    dir = /evil\n"), {"cache-changed"}),
    "no verification": (edit(".dvc/config", "verify = True", "verify = False"), {"remote-changed"}),
    "another folder of DVC's": (append(".dvc/config", "[core]\n    site_cache_dir = /evil\n"), {"dvc-config"}),
    "a configuration of one machine": (forced(".dvc/config.local"), {"dvc-local-config"}),
    "a file of DVC's": (append(".dvc/lock", "x"), {"dvc-file"}),
    "a project of DVC inside": (append("models/.dvc/config", "[core]\n"), {"dvc-folder"}),
    "evidence not shown": (append(".gitattributes", "models/** -diff\n"), {"attributes-changed"}),
    "a lock that a filter writes": (append(".gitattributes", "lock.json filter=evil\n"), {"attributes-changed"}),
    "a macro": (append(".gitattributes", "[attr]x filter=evil\n* x\n"), {"attributes-changed"}),
    "evidence that Git passes over": (append(".gitignore", "evidence/\n"), {"hidden"}),
    "pointers that DVC passes over": (append(".dvcignore", "*.dvc\n"), {"hidden"}),
    "bytes in Git": (append("models/tiny/0123456789ab/x.bin", "x"), {"bytes-in-git"}),
    "a person": (
        append("weighbridge.toml", '\n[people.mallory]\nroles = ["approver", "adder"]\n'),
        {"person-added"},
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("is_committed", [False, True], ids=["tree", "commit"])
def test_a_hostile_merge_is_refused(root: Path, what: str, *, is_committed: bool) -> None:
    change, wanted = HOSTILE[what]
    change(root)
    if is_committed:
        git(root, "add", "-A")
        git(root, "commit", "-qm", "topic")
        git(root, "checkout", "-q", "main")
    report = judged(root, "topic" if is_committed else None)
    assert refusing(report) == wanted
    assert report.exit_code in {10, 20}


HARMLESS: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "a program": (append("serve.py", "print()\n"), set()),
    "more approvals": (edit("weighbridge.toml", "approvals = 1", "approvals = 2"), {"policy-changed"}),
    "a comment": (append("weighbridge.toml", "# fine\n"), set()),
    "a stricter rule": (append("weighbridge.toml", '\n[policy]\nformats = ["safetensors"]\n'), {"policy-changed"}),
    "a plot": (append(".dvc/plots/mine.json", "{}"), {"dvc-changed"}),
    "a second remote": (append(".dvc/config", "['remote \"spare\"']\n    url = /x\n"), {"dvc-config-changed"}),
    "DVC stages what it writes": (
        edit(".dvc/config", "[core]", "[core]\n    autostage = true"),
        {"dvc-config-changed"},
    ),
    "a pipeline without commands": (append("plots/dvc.yaml", "plots:\n  - a.csv\n"), set()),
    "a dependency more": (append("train/dvc.yaml", "    deps:\n    - fit.py\n"), set()),
    "pictures": (append(".gitattributes", "*.png binary\n"), set()),
    "what Git ignores": (append(".gitignore", "*.log\n/build/\n"), set()),
    "what DVC ignores": (append(".dvcignore", "*.log\n"), set()),
    "the gate itself": (
        lambda root: (root / ".github" / "workflows" / "gate.yml").unlink(),
        {"gate-changed"},
    ),
    "another workflow": (append(".github/workflows/test.yml", "run: pytest\n"), set()),
    "a page beside the models": (append("models/README.md", "# Models\n"), set()),
    "a submodule": (append(".gitmodules", ""), {"submodules-changed"}),
    "the order of a lock's keys": (relock(lambda text: text.replace("\n", "\n ")), set()),
}


def test_nothing_of_a_merge_runs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, a plug-in, modules with the names of ours and of libraries: whatever a merge brings stays text."""
    ran = tmp_path / "ran"
    program = f"open({str(ran)!r}, 'w').close()\n"
    for name in ("evil", "sitecustomize", "ruamel", "configobj", "tomllib", "dvc", "weighbridge"):
        append(f"{name}.py", program)(root)
    append("weighbridge.toml", '\n[sources]\nevil = "evil:Source"\n')(root)
    append("dvc.yaml", f"stages:\n  x:\n    cmd: touch {ran}\n    always_changed: true\n")(root)
    monkeypatch.chdir(root)
    report = judged(root)
    assert refusing(report) == {"plugin-changed", "command-added"}
    assert not ran.exists()


def test_a_report_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_FINDINGS", 3)
    for number in range(9):
        append(f"models/tiny/evidence/{number}", "x")(root)
    report = judged(root)
    assert (len(report.findings), report.exit_code) == (3, 20)
    assert report.left_out[-1] == "6 more findings"


@pytest.mark.parametrize("what", HARMLESS)
def test_a_harmless_merge_passes(root: Path, what: str) -> None:
    change, wanted = HARMLESS[what]
    change(root)
    report = judged(root)
    assert (refusing(report), notes(report)) == (set(), wanted)
    assert report.exit_code == 0
