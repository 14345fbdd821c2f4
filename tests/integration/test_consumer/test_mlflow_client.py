"""MLflow's own loader in an empty folder: the registry names a digest, the store and the trust file decide."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.test_consumer.world import FILES, contents, object_of

if TYPE_CHECKING:
    from tests.integration.test_consumer.world import Machine

DOWNLOAD = """
import warnings
warnings.simplefilter("ignore")
import mlflow
from mlflow.exceptions import MlflowException
try:
    print(mlflow.artifacts.download_artifacts({uri!r}))
except MlflowException as error:
    print(error)
"""
SECOND = FILES | {"config.json": b'{"hidden_size": 9}'}


def download(machine: Machine, uri: str) -> str:
    """What MLflow gives: a path, or its complaint."""
    settings = {"MLFLOW_TRACKING_URI": f"sqlite:///{machine.database}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with machine.python(DOWNLOAD.format(uri=uri), **settings) as program:
        told, complaint = program.communicate(timeout=200)
    assert program.returncode == 0, complaint
    return told.strip()


def model_files(folder: str) -> dict[str, bytes]:
    """What was downloaded, without what MLflow notes or the plug-in derives beside it."""
    assert Path(folder).is_dir(), folder
    return {path: data for path, data in contents(Path(folder)).items() if path in FILES}


def move_alias(machine: Machine, version: int) -> None:
    """What anybody who may write to MLflow can do."""
    with closing(sqlite3.connect(machine.database)) as database, database:
        database.execute("UPDATE registered_model_aliases SET version = ?", (version,))


def test_the_alias_gives_verified_bytes(machine: Machine) -> None:
    assert model_files(download(machine, "models:/minilm@production")) == SECOND
    assert len(machine.models()) == 1


def test_a_version_gives_verified_bytes_and_its_supersession_is_seen(machine: Machine) -> None:
    assert model_files(download(machine, "models:/minilm/2")) == SECOND
    assert "[superseded]" in download(machine, "models:/minilm/1")


def test_the_first_version_while_it_is_the_head(machine: Machine) -> None:
    machine.show("first")
    assert model_files(download(machine, "models:/minilm/1")) == FILES


def test_an_alias_moved_by_hand_loads_nothing(machine: Machine) -> None:
    move_alias(machine, 1)
    assert "[superseded]" in download(machine, "models:/minilm@production")


def test_other_bytes_in_the_store_are_refused(machine: Machine) -> None:
    path = object_of(machine.store, machine.world.pins["second"], "config.json")
    path.chmod(0o644)
    path.write_bytes(b'{"hidden_size": 8}')
    assert "[remote-differs]" in download(machine, "models:/minilm@production")


def test_without_store_or_trust_nothing_loads(machine: Machine) -> None:
    machine.trust.unlink()
    assert "[bad-trust]" in download(machine, "models:/minilm@production")
    shutil.rmtree(machine.store)
    assert "[bad-trust]" in download(machine, "models:/minilm@production")
