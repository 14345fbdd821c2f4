"""Commands at once in one project: each ends well, and the project is as if they had come one after the other."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.e2e.chain import FILES, REPOSITORY

from weighbridge.stores.dvc import DvcStore
from weighbridge.wiring import open_project

if TYPE_CHECKING:
    from tests.e2e.chain import Chain
    from tests.fakes.hub import FakeHub

OTHER = "org/other"
APPROVE = ("approve", "--stage", "production")


@pytest.fixture(autouse=True)
def _other(hub: FakeHub) -> None:
    """A second repository that shares two files with the first."""
    hub.create_repo(OTHER).commit({**FILES, "config.json": b"{}\n", "README.md": b"# Other\n"})


def at_once(chain: Chain, *commands: tuple[str, ...]) -> list[str]:
    """Start commands together; gives the output of each, and fails if one did."""
    running = [
        subprocess.Popen(
            ["weighbridge", *command],
            cwd=chain.root,
            env=chain.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(commands), outputs
    return outputs


def add(name: str, repository: str = REPOSITORY) -> tuple[str, ...]:
    return ("add", f"hf:{repository}@main", "--name", name)


def said(data: bytes) -> dict[str, Any]:
    """The statement in an envelope."""
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(data)["payload"]))
    return found


def evidence(chain: Chain, name: str) -> Counter[str]:
    """How much evidence of each kind a model has."""
    return Counter(path.name.split("-")[0] for path in (chain.root / "models" / name / "evidence").glob("*.json"))


def checkpoint(chain: Chain) -> dict[str, Any]:
    """What the published checkpoint says."""
    (path,) = (chain.root / ".weighbridge" / "remote").rglob("checkpoint.json")
    found: dict[str, Any] = said(path.read_bytes())["predicate"]["checkpoint"]
    return found


def check(chain: Chain, *names: str) -> None:
    """Everything that several models share names each of them, and stock DVC agrees."""
    settings = tomllib.loads((chain.root / "weighbridge.toml").read_text(encoding="utf-8"))
    assert sorted(settings["models"]) == sorted(names)
    pipeline = YAML(typ="safe").load((chain.root / "models" / "dvc.yaml").read_text(encoding="utf-8"))
    assert sorted(pipeline["stages"]["validate"]["foreach"]) == sorted(names)
    assert sorted(pipeline["stages"]["register"]["foreach"]) == sorted(names)
    locks = {name: json.loads((chain.root / f"models/{name}/lock.json").read_text(encoding="utf-8")) for name in names}
    assert {name: len(lock["pins"]) for name, lock in locks.items()} == dict.fromkeys(names, 1)
    assert all(not model["problems"] for model in chain.json("status")["models"])
    chain.weighbridge("verify", "--algorithm", "sha256")
    pointers = [str(chain.folder(name).relative_to(chain.root)) + ".dvc" for name in names]
    assert json.loads(chain.run("dvc", "status", "--json", *pointers)) == {}
    assert chain.run("dvc", "status", "--cloud", *pointers).strip().endswith("in sync.")
    assert not list((chain.root / "models").rglob("*.weighbridge-tmp"))


def test_two_adds_of_one_model(chain: Chain) -> None:
    at_once(chain, add("tiny"), add("tiny"))
    assert evidence(chain, "tiny") == {"pin": 1, "inspection": 1}
    check(chain, "tiny")
    assert not chain.add()["changed"]


def test_adds_of_different_models_that_share_files(chain: Chain) -> None:
    at_once(chain, add("tiny"), add("other", OTHER), add("twin"))
    assert [evidence(chain, name) for name in ("tiny", "other", "twin")] == [{"pin": 1, "inspection": 1}] * 3
    assert chain.folder("twin").name == chain.folder("tiny").name != chain.folder("other").name
    check(chain, "tiny", "other", "twin")


def test_two_sources_under_one_name_let_only_the_first_in(chain: Chain) -> None:
    commands = [["weighbridge", *add("tiny", repository)] for repository in (REPOSITORY, OTHER)]
    with ThreadPoolExecutor() as pool:
        done = list(
            pool.map(
                lambda command: subprocess.run(
                    command, cwd=chain.root, env=chain.environment, capture_output=True, text=True, check=False
                ),
                commands,
            )
        )
    assert sorted(item.returncode for item in done) == [0, 2]
    assert "[other-source]" in next(item.stderr for item in done if item.returncode)
    assert evidence(chain, "tiny") == {"pin": 1, "inspection": 1}
    check(chain, "tiny")


def test_an_add_an_approval_and_a_pull(chain: Chain) -> None:
    chain.add()
    folder = chain.folder()
    folder.joinpath("config.json").unlink()
    chain.weighbridge("pull", "tiny")
    at_once(chain, add("other", OTHER), (*APPROVE, "tiny"), ("pull", "tiny"), ("pull", "tiny"))
    assert evidence(chain, "tiny") == {"pin": 1, "inspection": 1, "approval": 1}
    assert chain.python("import weighbridge; print(weighbridge.load('tiny'))").strip() == str(folder)
    check(chain, "tiny", "other")


def test_pulls_that_mend_the_same_damage(chain: Chain) -> None:
    chain.add()
    weights = chain.folder() / "model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(b"damaged")
    (chain.folder() / "config.json").unlink()
    at_once(chain, ("pull", "tiny"), ("pull", "tiny"), ("pull",))
    check(chain, "tiny")


def test_two_approvals_of_one_model(chain: Chain) -> None:
    chain.add()
    outputs = at_once(chain, (*APPROVE, "tiny"), (*APPROVE, "tiny"))
    assert sorted("was approved already" in output for output in outputs) == [False, True]
    assert evidence(chain, "tiny") == {"pin": 1, "inspection": 1, "approval": 1}
    assert all("MLflow version 1" in output for output in outputs)
    assert checkpoint(chain)["heads"] == {"tiny": {"production": said_digest(chain, "tiny")}}
    check(chain, "tiny")


def said_digest(chain: Chain, name: str) -> str:
    lock = json.loads((chain.root / f"models/{name}/lock.json").read_text(encoding="utf-8"))
    return str(lock["pins"][0]["digest"])


def test_approvals_of_different_models_end_in_one_checkpoint_that_names_all_heads(chain: Chain) -> None:
    names = ("tiny", "other", "twin")
    for name in names:
        chain.weighbridge(*add(name, OTHER if name == "other" else REPOSITORY))
    at_once(chain, *((*APPROVE, name) for name in names))
    published = checkpoint(chain)
    assert published["heads"] == {name: {"production": said_digest(chain, name)} for name in names}
    assert published["number"] == len(names)
    check(chain, *names)


class Meeting(DvcStore):
    """A store whose readers of the checkpoint wait a while for each other."""

    here = threading.Barrier(2)

    def published(self, key: str) -> bytes | None:
        found = super().published(key)
        try:
            self.here.wait(1)
        except threading.BrokenBarrierError:
            return found
        return found


def test_publishing_is_one_step(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.add()
    chain.weighbridge("approve", "tiny", "--stage", "production")
    for name, value in chain.environment.items():
        monkeypatch.setenv(name, value)

    def publish(_: int) -> bool:
        custody = open_project(chain.root).custody
        return replace(custody, store=Meeting(chain.root)).publish(["tiny"], custody.signer(None)) is not None

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(publish, range(2))) == [True, True]
    assert checkpoint(chain)["number"] == 3
