"""What every workspace promises, on the fake and on the real one."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.pins import make_pin
from tests.fakes.workspace import MemoryWorkspace

from weighbridge.config import read_settings
from weighbridge.core.errors import ConfigError, IntegrityError, StoreError
from weighbridge.workspace import FolderWorkspace

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.ports import Workspace

CONFIG = """\
# A comment that people wrote.
schema = "weighbridge.config/1"
project = "demo"  # and another
"""


@pytest.fixture
def folder(tmp_path: Path) -> FolderWorkspace:
    (tmp_path / "weighbridge.toml").write_text(CONFIG, encoding="utf-8")
    return FolderWorkspace(tmp_path, tmp_path / "weighbridge.toml", tmp_path / "models")


@pytest.fixture(params=["memory", "folder"])
def workspace(request: pytest.FixtureRequest, folder: FolderWorkspace) -> Workspace:
    return MemoryWorkspace() if request.param == "memory" else folder


def test_pins_are_given_back_as_written(workspace: Workspace) -> None:
    assert (workspace.names(), workspace.pins("minilm")) == ((), ())
    kept = make_pin("minilm")
    assert workspace.write_pins("minilm", [kept])
    assert not workspace.write_pins("minilm", [kept])
    assert workspace.pins("minilm") == (kept,)
    assert workspace.names() == ("minilm",)
    assert workspace.write_pins("minilm", [])
    assert not workspace.write_pins("minilm", [])
    assert workspace.names() == ()


def test_what_a_clone_remembers_is_given_back(workspace: Workspace) -> None:
    assert workspace.recall("checkpoint.json") is None
    for data in (b"one", b"two", b"two"):
        workspace.remember("checkpoint.json", data)
        assert workspace.recall("checkpoint.json") == data


def test_intents_are_written_and_taken_away(workspace: Workspace) -> None:
    values = {"source": "hf:org/name", "include": ["*.json"]}
    assert workspace.write_intent("minilm", values)
    assert not workspace.write_intent("minilm", values)
    assert workspace.write_intent("minilm", {"source": "hf:org/name"})
    assert workspace.write_intent("minilm", {"source": "hf:org/name", "remote": "near"})
    assert not workspace.write_intent("minilm", {"source": "hf:org/name"}), "its remote stays"
    assert workspace.write_intent("minilm", None)
    assert not workspace.write_intent("minilm", None)


def test_several_intents_are_written_in_one_go(workspace: Workspace) -> None:
    workspace.write_intent("old", {"source": "hf:org/old"})
    workspace.write_intent("minilm", {"source": "hf:org/name", "remote": "near"})
    intents = {"minilm": {"source": "hf:org/name", "follow": "v1"}, "tiny": {"source": "hf:org/tiny"}, "old": None}
    assert workspace.write_intents(intents)
    assert not workspace.write_intents(intents)
    assert not workspace.write_intents({})
    assert not workspace.write_intent("minilm", {"source": "hf:org/name", "follow": "v1"}), "its remote stays"


def test_a_source_is_kept_out_once(workspace: Workspace) -> None:
    assert workspace.deny_source("hf:org/**")
    assert not workspace.deny_source("hf:org/**")
    assert workspace.deny_source("hf:other/**")


@pytest.mark.parametrize(
    "rules",
    [
        "",
        '[policy]\ninspection = "off" # why\n',
        '[policy]\ndenied_sources = [\n  "oci:x/**", # why\n]\n',
        '[policy.licences]\nallow = ["MIT"]\n',
        '[policy]\ninspection = "off"\n\n[policy.licences]\nallow = ["MIT"]\n',
        'policy = { inspection = "off" }\n',
    ],
)
def test_a_source_is_kept_out_in_whatever_rules_people_wrote(
    folder: FolderWorkspace, tmp_path: Path, rules: str
) -> None:
    config = tmp_path / "weighbridge.toml"
    text = f"{CONFIG}{rules}\n[stages.production]\napprovals = 1 # one\n"
    config.write_text(text, encoding="utf-8")
    before = read_settings(text).policy
    folder.deny_source("hf:org/**")
    after = read_settings(config.read_text(encoding="utf-8")).policy
    denied = (*before.rules.denied_sources, "hf:org/**")
    assert after == replace(
        before,
        rules=replace(before.rules, denied_sources=denied),
    )
    assert config.read_text(encoding="utf-8").count("#") == text.count("#")


def test_exclusive_work_waits(workspace: Workspace) -> None:
    order: list[str] = []
    held = threading.Event()

    def second() -> None:
        held.wait()
        with workspace.exclusive("minilm"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with workspace.exclusive("minilm"), workspace.exclusive("other"):
        held.set()
        thread.join(timeout=0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_writing_keeps_what_people_wrote(folder: FolderWorkspace, tmp_path: Path) -> None:
    folder.write_intent("b", {"source": "hf:org/b"})
    folder.write_intent("a", {"source": "hf:org/a", "follow": "main"})
    folder.write_intent("b", None)
    text = (tmp_path / "weighbridge.toml").read_text(encoding="utf-8")
    assert text.startswith(CONFIG)
    assert str(read_settings(text).models["a"].ref) == "hf:org/a@main"
    assert "b" not in read_settings(text).models


def test_a_damaged_lock_is_named(folder: FolderWorkspace, tmp_path: Path) -> None:
    folder.write_pins("minilm", [make_pin("minilm")])
    lock = tmp_path / "models/minilm/lock.json"
    lock.write_bytes(lock.read_bytes()[:-9])
    with pytest.raises(IntegrityError):
        folder.pins("minilm")


def test_a_lock_of_another_model_is_refused(folder: FolderWorkspace, tmp_path: Path) -> None:
    folder.write_pins("minilm", [make_pin("minilm")])
    (tmp_path / "models/minilm").rename(tmp_path / "models/other")
    with pytest.raises(ConfigError, match="holds a pin of minilm"):
        folder.pins("other")


def test_disk_faults_are_store_errors(folder: FolderWorkspace, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        folder.write_pins("minilm", [make_pin("minilm")])
    assert caught.value.code == "disk"
    (tmp_path / "weighbridge.toml").unlink()
    with pytest.raises(StoreError):
        folder.write_intent("minilm", {"source": "hf:org/name"})


def test_an_unreadable_lock_is_a_store_error(folder: FolderWorkspace, tmp_path: Path) -> None:
    (tmp_path / "models/minilm/lock.json").mkdir(parents=True)
    with pytest.raises(StoreError) as caught:
        folder.pins("minilm")
    assert caught.value.code == "unreadable"


def test_tables_of_another_kind_are_refused(folder: FolderWorkspace, tmp_path: Path) -> None:
    (tmp_path / "weighbridge.toml").write_text(CONFIG + "models = 3\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        folder.write_intent("minilm", {"source": "hf:org/name"})
