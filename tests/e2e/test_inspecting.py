"""`inspect` and `policy` as a user types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain
    from tests.fakes.hub import FakeHub

# Protocol 0: names os.system and calls it; nothing here loads it.
PICKLE = b"cos\nsystem\n(Vtrue\ntR."


@pytest.fixture
def suspect(tmp_path: Path) -> Path:
    folder = tmp_path / "suspect"
    folder.mkdir()
    (folder / "model.bin").write_bytes(PICKLE)
    return folder


def rules(chain: Chain, text: str) -> None:
    path = chain.root / "weighbridge.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_folder_needs_no_project(empty: Chain, suspect: Path) -> None:
    found = empty.json("inspect", str(suspect), expect=10)
    assert found["verdict"] == "deny"
    assert {"pickle-globals", "scanner-finding"} <= {item["check"] for item in found["findings"]}
    alone = empty.json("inspect", str(suspect / "model.bin"), expect=10)
    assert [item["path"] for item in alone["findings"] if item["check"] == "pickle-globals"] == ["model.bin"]


def test_one_run_is_about_models_folders_and_files(chain: Chain, suspect: Path) -> None:
    chain.add()
    found = chain.json("inspect", "tiny", str(suspect), "tiny", expect=10)
    assert [(item["target"], item["verdict"]) for item in found["targets"]] == [
        ("tiny", "allow"),
        (str(suspect), "deny"),
    ]
    assert [item["target"] for item in chain.json("inspect")["targets"]] == ["tiny"]
    assert chain.json("inspect", "nothing", expect=2)["error"]["code"] == "unknown-target"


def test_sarif_and_markdown_name_the_finding(chain: Chain, suspect: Path) -> None:
    log = json.loads(chain.weighbridge("inspect", str(suspect), "--sarif", expect=10))
    assert "pickle-globals" in {result["ruleId"] for result in log["runs"][0]["results"]}
    page = chain.weighbridge("inspect", str(suspect), "--markdown", expect=10)
    assert "pickle-globals" in page
    assert chain.json("inspect", str(suspect), "--sarif", expect=2)["error"]["code"] == "usage"


@pytest.mark.parametrize("shape", ["--sarif", "--markdown", "--json"])
def test_a_full_disk_is_an_error_in_every_shape(empty: Chain, suspect: Path, shape: str) -> None:
    said = empty.run("sh", "-c", f"weighbridge inspect {suspect} {shape} > /dev/full", expect=1)
    assert shape == "--json" or "[output-failed]" in said


def test_facts_are_of_the_newest_pin(chain: Chain, hub: FakeHub) -> None:
    first = chain.add()
    assert json.loads(chain.weighbridge("inspect", "tiny", "--facts"))["digest"] == first["digest"]
    hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}'})
    (second,) = chain.json("update")["models"]
    document = json.loads(chain.weighbridge("inspect", "tiny", "--facts"))
    assert document["digest"] == second["digest"] != first["digest"]
    assert document["inspected"]
    assert chain.weighbridge("inspect", "--facts", expect=2).count("[usage]") == 1
    assert "[unknown-model]" in chain.weighbridge("inspect", ".", "--facts", expect=2)


def test_rules_are_tried_before_anybody_depends_on_them(chain: Chain) -> None:
    chain.add()
    rules(chain, '\n[[policy.expressions]]\nid = "small"\nexpression = "size_bytes < 10"\nmessage = "too much"\n')
    assert chain.json("policy", "check")["policy"]["expressions"] == ["small"]
    (told,) = chain.json("policy", "explain", "tiny", expect=10)["models"]
    assert [(rule["rule"], rule["why"]) for rule in told["rules"] if rule["state"] == "fail"] == [
        ("expression small", "too much")
    ]
    assert chain.json("approve", "tiny", "--stage", "production", expect=10)["error"]["code"] == "expression"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[policy]\nscanners = ["nobody"]\n', "unknown-scanner"),
        ('[[policy.expressions]]\nid = "odd"\nexpression = "sise < 1"\nmessage = ""\n', "bad-expression"),
        ('[policy.checks]\nnothing = "warn"\n', "unknown-check"),
    ],
)
def test_wrong_rules_are_named(chain: Chain, text: str, code: str) -> None:
    rules(chain, f"\n{text}")
    assert chain.json("policy", "check", expect=2)["error"]["code"] == code
