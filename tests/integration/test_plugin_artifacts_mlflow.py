"""`mlflow.artifacts.download_artifacts("models:/…")` with the installed entry point, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.mlflow_hands import database_uri, stock_client
from tests.fakes.pins import make_pin
from tests.services.mlflow_server import FULL_MLFLOW
from tests.unit.test_flavours import MINILM, SENTENCES

from weighbridge.core.lock import lock_text
from weighbridge.registries.mlflow import MlflowRegistry

if TYPE_CHECKING:
    from pathlib import Path

PIN = make_pin(files=MINILM, metadata=SENTENCES)
NEXT = make_pin(files={"config.json": b"{ }"})
SCRIPT = """
import json, pathlib, sys, warnings
warnings.simplefilter("ignore")
import mlflow
from weighbridge.core.errors import DeniedError
from weighbridge.core.lock import lock_pins
from weighbridge.plugins.artifact_repository import WeighbridgeArtifactRepository

lock, folder, *uris = sys.argv[1:]

def resolve(digest, *, registry_uri):
    for pin in lock_pins(pathlib.Path(lock).read_bytes()):
        if pin.digest == digest:
            return pin, pathlib.Path(folder)
    raise DeniedError(f"{digest} is not governed", reasons=("not-pinned",))

WeighbridgeArtifactRepository.resolve = staticmethod(resolve)
for uri in uris:
    try:
        path = pathlib.Path(mlflow.artifacts.download_artifacts(uri))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
        continue
    files = [path] if path.is_file() else [item for item in path.rglob("*") if item.is_file()]
    print(json.dumps({item.relative_to(path.parent if path.is_file() else path).as_posix(): item.read_text()
                      for item in files}))
"""


@pytest.fixture
def uri(tmp_path: Path) -> str:
    made = database_uri(tmp_path)
    registry = MlflowRegistry(made, legacy_stages=True)
    registry.register(PIN)
    registry.register(NEXT)
    registry.point("minilm", "production", PIN.digest)
    registry.point("minilm", "staging", NEXT.digest)
    return made


def download(tmp_path: Path, uri: str, *asked: str) -> list[Any]:
    governed, temporary = tmp_path / "governed", tmp_path / "temporary"
    temporary.mkdir()
    for path, data in MINILM.items():
        (governed / path).parent.mkdir(parents=True, exist_ok=True)
        (governed / path).write_bytes(data)
    (tmp_path / "lock.json").write_text(lock_text([PIN]))
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TMPDIR": str(temporary),
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "lock.json"), str(governed), *asked],
        cwd=temporary,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_alias_version_and_stage_all_give_verified_bytes(uri: str, tmp_path: Path) -> None:
    found = download(
        tmp_path,
        uri,
        "models:/minilm@production",
        "models:/minilm/1",
        "models:/minilm/Production",
        "models:/minilm@production/1_Pooling/config.json",
        f"weighbridge://sha256/{PIN.digest[7:]}",
        "models:/minilm/1/MLmodel",
    )
    files = {path: data.decode() for path, data in MINILM.items()}
    for whole in found[:3]:
        assert files.items() <= whole.items()
        assert "model_name: minilm" in whole["registered_model_meta"]
        assert "loader_module: mlflow.sentence_transformers" in whole["MLmodel"]
    assert found[3] == {"config.json": "{}"}
    assert files.items() <= found[4].items()
    assert found[5] == {"MLmodel": found[0]["MLmodel"]}


def test_a_denied_version_says_why(uri: str, tmp_path: Path) -> None:
    (error,) = download(tmp_path, uri, "models:/minilm@staging")
    assert error.startswith("MlflowException: Weighbridge: ")
    assert "[not-pinned]" in error


def test_a_version_made_by_hand_loads_only_what_is_governed(uri: str, tmp_path: Path) -> None:
    client = stock_client(uri)
    client.create_model_version("minilm", f"weighbridge://sha256/{'0' * 64}", await_creation_for=0)
    client.create_model_version("minilm", "weighbridge://sha256/../../etc", await_creation_for=0)
    client.set_registered_model_alias("minilm", "production", "3")
    first, second = download(tmp_path, uri, "models:/minilm@production", "models:/minilm/4")
    assert "[not-pinned]" in first
    assert "[bad-digest]" in second


@pytest.mark.services
def test_mlflow_reads_what_is_derived(uri: str, tmp_path: Path) -> None:
    (whole,) = download(tmp_path, uri, "models:/minilm@production")
    (tmp_path / "MLmodel").write_text(whole["MLmodel"])
    # Needs pandas, which the full `mlflow` brings and mlflow-skinny does not.
    read = "from mlflow.models import Model; m = Model.load('MLmodel'); print(m.flavors); print(m.signature.inputs)"
    said = subprocess.run([FULL_MLFLOW, "-c", read], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "'data': 'model.sentence_transformer'" in said
    assert "[string (required)]" in said
