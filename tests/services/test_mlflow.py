"""The chain with a real `mlflow server`, on SQLite and on PostgreSQL, in place of the embedded registry."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.chain import FILES, REPOSITORY, damage
from tests.services.served import LOAD
from tests.services.servers import BACKENDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.hub import FakeHub
    from tests.services.mlflow_server import Tracking
    from tests.services.served import Served

pytestmark = pytest.mark.services

PRODUCTION, FIRST, SECOND = "models:/tiny@production", "models:/tiny/1", "models:/tiny/2"
MAX_WAIT_SECONDS = 60
DOWNLOAD = """
import json, pathlib, sys, mlflow
from mlflow.exceptions import MlflowException
found = {{}}
for uri in {uris!r}:
    try:
        folder = pathlib.Path(mlflow.artifacts.download_artifacts(uri))
        found[uri] = (folder / "config.json").read_text() + str(len((folder / "model.safetensors").read_bytes()))
    except MlflowException as error:
        found[uri] = str(error).partition("[")[2].partition("]")[0]
print(json.dumps(found))
"""
WEIGHTS = str(len(FILES["model.safetensors"]))
OLD, NEW = FILES["config.json"].decode() + WEIGHTS, '{"layers": 7}\n' + WEIGHTS


@pytest.fixture(params=BACKENDS)
def on_both(request: pytest.FixtureRequest, empty: Served) -> tuple[Served, Tracking]:
    """A project with one pinned model, whose registry is a running server with nothing registered."""
    return started(empty, request.getfixturevalue(request.param))


@pytest.fixture
def on_one(empty: Served, mlflow_on_sqlite: Tracking) -> tuple[Served, Tracking]:
    """The same on SQLite alone, where the server's own database makes no difference."""
    return started(empty, mlflow_on_sqlite)


def started(empty: Served, tracking: Tracking) -> tuple[Served, Tracking]:
    tracking.empty()
    empty.weighbridge("init")
    empty.configure(f'mlflow_uri = "{tracking.uri}"')
    chain = replace(empty, settings={"MLFLOW_TRACKING_URI": tracking.uri})
    chain.add()
    return chain, tracking


def downloads(chain: Served, *uris: str) -> list[str]:
    """What MLflow's client gives for each: the parts of the model that tell it apart, or the code of the refusal."""
    found: dict[str, Any] = json.loads(chain.python(DOWNLOAD.format(uris=uris)).splitlines()[-1])
    return [found[uri] for uri in uris]


def approve(chain: Served) -> None:
    chain.weighbridge("approve", "tiny", "--stage", "production")


def test_the_whole_chain(on_both: tuple[Served, Tracking]) -> None:
    chain, tracking = on_both
    (pin,) = chain.json("status")["models"][0]["pins"]
    first = chain.json("register")
    assert (first["changed"], first["models"][0]["version"]) == (True, "1")
    assert not chain.json("register")["changed"]
    (version,) = tracking.hands.client.search_model_versions("name='tiny'")
    assert version.source == f"weighbridge://sha256/{pin['digest'].removeprefix('sha256:')}"
    wanted = {"source": "huggingface", "model_id": REPOSITORY, "content_hash": pin["digest"]}
    assert {**wanted, "governance_tier": "third-party"}.items() <= version.tags.items()
    assert version.description
    assert tracking.aliases("tiny") == {}
    approved = chain.json("approve", "tiny", "--stage", "production")["models"][0]
    assert (approved["version"], approved["verdict"]["allow"]) == ("1", True)
    assert not chain.json("approve", "tiny", "--stage", "production")["changed"]
    assert tracking.aliases("tiny") == {"production": "1"}
    assert downloads(chain, PRODUCTION, FIRST) == [OLD, OLD]
    assert chain.python(LOAD).strip() == str(chain.folder())
    entries = chain.json("audit", "tiny")["models"][0]["entries"]
    assert [entry["type"] for entry in entries] == ["pin", "inspection", "approval"]
    assert f"answers at {tracking.uri}" in chain.weighbridge("doctor")
    assert not (chain.root / ".weighbridge/mlflow.db").exists(), "the embedded registry is not used beside the server"
    damage(chain.folder() / "config.json")
    assert downloads(chain, PRODUCTION, FIRST) == ["bytes-differ", "bytes-differ"]


def test_aliases_follow_approval_and_load_nothing_when_moved_by_hand(
    on_both: tuple[Served, Tracking], hub: FakeHub, tmp_path: Path
) -> None:
    chain, tracking = on_both
    approve(chain)
    hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}\n'})
    digest = str(chain.add()["digest"])
    assert sorted(item["version"] for item in chain.json("register")["models"]) == ["1", "2"]
    assert tracking.aliases("tiny") == {"production": "1"}
    elsewhere = chain.elsewhere(tmp_path / "elsewhere", str(chain.root / ".weighbridge/remote"))
    assert downloads(elsewhere, PRODUCTION, FIRST, SECOND) == [OLD, OLD, "unknown-digest"]
    tracking.hands.set_alias("tiny", "production", "2")
    tracking.hands.set_tag("tiny", "1", "content_hash", digest)
    assert downloads(chain, PRODUCTION, SECOND) == ["no-approval", "no-approval"]
    assert downloads(elsewhere, PRODUCTION) == ["unknown-digest"]
    assert chain.json("register")["changed"]
    assert tracking.aliases("tiny") == {"production": "1"}
    assert tracking.hands.client.get_model_version("tiny", "1").tags["content_hash"] != digest
    approve(chain)
    assert tracking.aliases("tiny") == {"production": "2"}
    assert downloads(chain, PRODUCTION, FIRST) == [NEW, "superseded"]
    assert downloads(elsewhere, PRODUCTION, FIRST) == [NEW, "superseded"]


def codes(items: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(item["code"], item["version"]) for item in items]


def test_what_hands_did_is_told_and_put_back(on_both: tuple[Served, Tracking]) -> None:
    chain, tracking = on_both
    hands = tracking.hands
    approve(chain)
    hands.create_version("tiny", "s3://bucket/model", {"governance_tier": "third-party"})
    hands.set_alias("tiny", "production", "2")
    hands.set_tag("tiny", "1", "weighbridge.revision", "main")
    hands.set_stage("tiny", "2", "Production")
    hands.create_model("private", {})
    status = chain.json("status")
    foreign = ("version-foreign", "2")
    moved = [("tag-differs", "1"), ("tag-copied", "2"), ("stage-moved", "2"), ("alias-moved", "2")]
    assert codes(status["models"][0]["divergences"]) == [foreign, *moved]
    assert [(item["name"], item["code"]) for item in status["ungoverned"]] == [("private", "model-ungoverned")]
    assert status["registry"] == {"state": "compared", "problem": None}
    done = chain.json("register", "--reconcile", expect=10)
    assert (done["changed"], codes(done["restored"]), codes(done["left"])) == (True, moved, [foreign])
    assert tracking.aliases("tiny") == {"production": "1"}
    hands.delete_version("tiny", "2")
    hands.delete_version("tiny", "1")
    back = chain.json("register", "--reconcile")
    assert codes(back["restored"]) == [("version-missing", None), ("alias-missing", None)]
    assert (back["left"], back["models"][0]["version"]) == ([], "3")
    assert tracking.aliases("tiny") == {"production": "3"}
    assert not chain.json("register", "--reconcile")["changed"]


def test_a_model_that_somebody_else_made_is_refused_and_left(on_one: tuple[Served, Tracking]) -> None:
    chain, tracking = on_one
    tracking.hands.create_model("tiny", {"team": "search"})
    assert chain.json("register", expect=1)["error"]["code"] == "foreign-model"
    assert chain.json("approve", "tiny", "--stage", "production", expect=1)["error"]["code"] == "foreign-model"
    (status,) = chain.json("status")["models"]
    assert status["verdicts"][0]["reasons"][0]["code"] == "no-approval"
    assert codes(status["divergences"]) == [("model-foreign", None)]
    assert codes(chain.json("register", "--reconcile", expect=10)["left"]) == [("model-foreign", None)]
    left = tracking.model("tiny")
    assert (left.tags, left.aliases, left.latest_versions) == ({"team": "search"}, {}, [])


def test_removal_takes_the_alias_and_marks_the_version(on_one: tuple[Served, Tracking]) -> None:
    chain, tracking = on_one
    approve(chain)
    chain.weighbridge("remove", "tiny", "--reason", "replaced")
    assert tracking.aliases("tiny") == {}
    assert tracking.hands.client.get_model_version("tiny", "1").tags["weighbridge.removed"] == "true"
    assert downloads(chain, FIRST) == ["unknown-digest"]


def test_without_its_server_only_the_registry_is_missing(on_one: tuple[Served, Tracking]) -> None:
    chain, tracking = on_one
    tracking.server.kill()
    started = time.monotonic()
    error = chain.json("approve", "tiny", "--stage", "production", expect=1)["error"]
    assert time.monotonic() - started < MAX_WAIT_SECONDS
    assert error["code"] == "registry-unreachable"
    assert "mlflow_uri" in error["hint"]
    assert "FAIL registry" in chain.weighbridge("doctor", expect=1)
    status = chain.json("status")
    assert status["registry"]["state"] == "failed"
    assert status["registry"]["problem"]["code"] == "registry-unreachable"
    assert (status["models"][0]["divergences"], status["ungoverned"]) == (None, None)
    assert status["models"][0]["verdicts"][0]["reasons"][0]["code"] == "no-approval"
    tracking.server.start()
    approve(chain)
    assert tracking.aliases("tiny") == {"production": "1"}
    tracking.server.kill()
    assert chain.json("status", "--no-registry")["models"][0]["verdicts"][0]["allow"]
    assert chain.python(LOAD).strip() == str(chain.folder())
