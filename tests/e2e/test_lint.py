"""`weighbridge lint` as people run it: in a project, in a pipeline, in a hook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.hub import FakeHub
from tests.test_docs_support import REPOSITORY, Session, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAVY = {"mlflow", "dvc", "cryptography", "tree_sitter", "yaml"}
PROGRAM = """
import atexit, sys
atexit.register(lambda: print("heavy:", *sorted({heavy!r} & sys.modules.keys())))
from weighbridge.cli import main
main(["lint", {path!r}])
"""
REVISION = "import json; print(next(iter(json.load(open('models/minilm/lock.json'))['pins']))['revision'])"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with FakeHub() as hub:
        publish(hub)
        found = Session(tmp_path / "home", hub)
        found.run("mkdir project && cd project && git init --quiet")
        yield found


def write(session: Session, name: str, revision: str = "", model: str = REPOSITORY) -> None:
    pin = f', revision="{revision}"' if revision else ""
    text = f'from transformers import AutoModel\nAutoModel.from_pretrained("{model}"{pin})\n'
    (session.folder / name).write_text(text)


def lint(session: Session, words: str = "", code: int = 0) -> dict[str, Any]:
    output = session.run(f"weighbridge lint {words} --json")
    assert session.code == code, output
    found: dict[str, Any] = json.loads(output)
    return found


def verdicts(found: dict[str, Any]) -> list[str]:
    return [each["verdict"] for each in found["references"]]


def test_from_unpinned_to_governed_to_revoked(session: Session) -> None:
    write(session, "app.py")
    assert verdicts(lint(session, code=10)) == ["unpinned"]
    session.run("weighbridge init")
    session.run(f"weighbridge add hf:{REPOSITORY} --name minilm --no-push --exclude '*.txt'")
    (found,) = lint(session, code=10)["references"]
    assert (found["verdict"], found["name"]) == ("unpinned", "minilm")
    commit = session.run_python(REVISION).strip()
    write(session, "app.py", commit)
    assert verdicts(lint(session, code=10)) == ["unapproved"]
    session.run("weighbridge approve minilm --stage production --until 2099-01-01")
    found = lint(session)
    assert (verdicts(found), found["trust"], found["verdict"]) == (["governed"], "local", "allow")
    # Evidence, locks and bytes of models are none of the project's own files.
    assert not [each for each in found["references"] if each["path"].startswith("models/")]
    write(session, "bare.py")
    assert "pin it: " + commit in session.run("weighbridge lint bare.py")
    session.run("weighbridge revoke minilm --stage production --reason 'it lies'")
    until = "# weighbridge: ignore[revoked] no until 2099-01-01"
    (session.folder / "bare.py").write_text(f'import weighbridge\nweighbridge.load("minilm")  {until}\n')
    found = lint(session, code=10)
    assert verdicts(found) == ["revoked", "revoked"]
    assert all(each["excused"] is None for each in found["references"])


def test_the_project_is_whole_from_a_folder_below_it(session: Session) -> None:
    session.run("weighbridge init && mkdir sub")
    write(session, "app.py")
    session.run("cd sub")
    assert [each["path"] for each in lint(session, code=10)["references"]] == [str(session.folder.parent / "app.py")]


def test_strict_sarif_and_github(session: Session) -> None:
    (session.folder / "a.py").write_text("from transformers import AutoModel\nAutoModel.from_pretrained(input())\n")
    assert verdicts(lint(session)) == ["unresolved"]
    assert verdicts(lint(session, "--strict", 10)) == ["unresolved"]
    assert json.loads(session.run("weighbridge lint --sarif"))["runs"][0]["results"][0]["ruleId"] == "unresolved"
    assert session.run("weighbridge lint --github").startswith("::notice file=a.py,line=2,col=27,title=")


def test_wrong_usage(session: Session) -> None:
    for words, code in (
        ("nothing.py", "no-such-path"),
        ("--since nothing", "unknown-revision"),
        ("--baseline gone.json", "bad-baseline"),
        ("--sarif", "usage"),
        ("--update-baseline", "usage"),
    ):
        assert lint(session, words, 2)["error"]["code"] == code


def test_names_of_any_bytes_are_printed_in_every_format(session: Session) -> None:
    write(session, "caf\udce9\n.py")
    for shape in ("", "--sarif", "--github"):
        output = session.run(f"weighbridge lint {shape}")
        assert (session.code, "Traceback" in output) == (10, False)
    assert lint(session, code=10)["references"][0]["path"] == "caf\udce9\n.py"


def test_nothing_heavy_is_imported_without_a_model_or_a_project(session: Session) -> None:
    write(session, "app.py")
    (session.folder / "plain.py").write_text("import os\n")
    output = session.run_python(PROGRAM.format(heavy=HEAVY, path="app.py"))
    assert output.rpartition("heavy:")[2].split() == []
    session.run("weighbridge init")
    output = session.run_python(PROGRAM.format(heavy=HEAVY, path="plain.py"))
    assert output.rpartition("heavy:")[2].split() == []
