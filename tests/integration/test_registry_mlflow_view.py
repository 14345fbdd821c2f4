"""What hands do in a real MLflow is seen and put back: embedded, and through servers on SQLite and PostgreSQL.

The project is one of fakes: only the registry is real, and the hands use MLflow's own client.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.meddling import CASES, NAME, Meddling, Scene, brief
from tests.fakes.mlflow_hands import MlflowHands, database_uri, uri_of
from tests.fakes.world import SOLO, World
from tests.services.servers import BACKENDS

from weighbridge.core.divergence import Code
from weighbridge.core.policy import Stage
from weighbridge.registries.mlflow import MlflowRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.mlflow_server import Tracking

    from weighbridge.custody.verbs import Custody

STAGES = tuple(Stage(name, approvals=1, adder_may_approve=True) for name in ("staging", "production"))
SERVERS = [pytest.param(backend, marks=pytest.mark.services) for backend in BACKENDS]


@dataclass(frozen=True)
class Place:
    """A real registry.

    Args:
        uri: Where it is.
        hands: MLflow's own client.
    """

    uri: str
    hands: MlflowHands


@pytest.fixture(scope="module", params=["sqlite", *SERVERS])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    if request.param in BACKENDS:
        tracking: Tracking = request.getfixturevalue(request.param)
        return Place(tracking.uri, tracking.hands)
    uri = database_uri(tmp_path_factory.mktemp("view"))
    return Place(uri, MlflowHands(uri))


def governed(tmp_path: Path, place: Place, *, legacy_stages: bool = False) -> tuple[Custody, Scene]:
    """Two approved versions, the second of them the head of production; nothing else is registered."""
    place.hands.clear()
    registry = MlflowRegistry(place.uri, legacy_stages=legacy_stages)
    world = World(tmp_path, policy=replace(SOLO, stages=STAGES))
    world.registry = registry  # type: ignore[assignment]  # the fakes' own is replaced by the real one
    first = world.add().pin
    world.approve()
    world.publish(config_json=b'{"layers": 7}')
    second = world.add().pin
    world.approve(digest=second.digest)
    return world.custody, Scene(place.hands, "project", first.digest[7:], second.digest[7:])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_hands_do_is_seen_and_put_back(tmp_path: Path, place: Place, case: Meddling) -> None:
    custody, scene = governed(tmp_path, place)
    assert custody.divergences([NAME]) == {NAME: ()}
    case.do(scene)
    assert brief(custody.divergences([NAME])[NAME]) == case.said
    done = custody.reconcile([NAME])
    assert brief(done.left) == case.left
    assert brief(done.restored) == {item for item in case.said if item[0].restorable}
    again = custody.reconcile([NAME])
    assert again.to_json()["changed"] is False
    assert brief(again.left) == case.left
    assert brief(custody.divergences([NAME])[NAME]) == case.left


def test_with_legacy_stages_heads_stand_in_them(tmp_path: Path, place: Place) -> None:
    custody, scene = governed(tmp_path, place, legacy_stages=True)
    assert custody.divergences([NAME]) == {NAME: ()}
    scene.hands.set_stage(NAME, "1", "Production")
    assert brief(custody.divergences([])[NAME]) == {(Code.STAGE_MOVED, "1"), (Code.STAGE_MISSING, "2")}
    assert custody.reconcile([]).left == ()
    stages = {str(item.version): item.current_stage for item in place.hands.client.search_model_versions("name='tiny'")}
    assert stages == {"1": "None", "2": "Production"}


def test_registered_models_without_evidence(tmp_path: Path, place: Place) -> None:
    custody, scene = governed(tmp_path, place)
    scene.hands.create_model("private", {})
    scene.hands.create_model("ghost", {"weighbridge.project": "project"})
    scene.hands.create_model("theirs", {"weighbridge.project": "theirs-000000"})
    scene.hands.copy_version(NAME, "2", "stolen")
    assert [(item.name, item.code) for item in custody.ungoverned()] == [
        ("ghost", Code.MODEL_UNPROVEN),
        ("private", Code.MODEL_UNGOVERNED),
        ("stolen", Code.MODEL_UNGOVERNED),
        ("theirs", Code.MODEL_ELSEWHERE),
    ]


def test_a_renamed_model_is_missing_and_its_new_name_proves_nothing(tmp_path: Path, place: Place) -> None:
    custody, _ = governed(tmp_path, place)
    place.hands.client.rename_registered_model(NAME, "renamed")
    assert brief(custody.divergences([])[NAME]) == {(Code.MODEL_MISSING, None)}
    assert [(item.name, item.code) for item in custody.ungoverned()] == [("renamed", Code.MODEL_UNPROVEN)]
    assert custody.reconcile([]).left == ()


def test_a_prompt_is_no_model(tmp_path: Path, place: Place) -> None:
    custody, _ = governed(tmp_path, place)
    place.hands.client.create_prompt("greeting")
    assert custody.ungoverned() == ()


def test_more_models_than_a_page(tmp_path: Path, place: Place) -> None:
    custody, scene = governed(tmp_path, place)
    for number in range(205):
        scene.hands.create_model(f"model-{number}", {})
    assert len(custody.ungoverned()) == 205


LOOK = """
import sys
from weighbridge.registries.mlflow import MlflowRegistry
registry = MlflowRegistry(sys.argv[1])
assert registry.names() == {}
assert registry.view("tiny") is None
assert "mlflow" not in sys.modules, "MLflow was imported to look at nothing"
"""


@pytest.mark.parametrize("empty", [True, False])
def test_a_look_at_a_registry_that_is_not_there_makes_nothing_and_imports_nothing(
    tmp_path: Path, *, empty: bool
) -> None:
    database = tmp_path / "mlflow.db"
    if empty:
        database.write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    subprocess.run([sys.executable, "-c", LOOK, uri_of(database)], check=True)
    assert sorted(tmp_path.iterdir()) == before
    assert not database.exists() or database.stat().st_size == 0
