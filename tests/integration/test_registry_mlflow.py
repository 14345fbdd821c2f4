"""The MLflow adapter on real SQLite databases: what goes beyond the promises of the port."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.fakes.mlflow_hands import MlflowHands, database_uri, stock_client, uri_of
from tests.fakes.pins import make_pin

from weighbridge.core.errors import RegistryError
from weighbridge.registries import mlflow_tags
from weighbridge.registries.mlflow import MlflowRegistry

if TYPE_CHECKING:
    from pathlib import Path

PIN = make_pin()
NEXT = make_pin(files={"config.json": b"{ }"})

SCRIPT = """
import sys
from tests.fakes.pins import make_pin
from weighbridge.registries.mlflow import MlflowRegistry
registry = MlflowRegistry(sys.argv[1])
pins = [make_pin(files={"config.json": b"x" * size}) for size in range(1, 5)]
for pin in pins:
    registry.register(pin)
print(registry.point("minilm", "production", pins[0].digest) or "as it was")
"""


def start(uri: str, cwd: Path, root: Path, *, strict: bool = True) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *(["-W", "error"] if strict else []), "-c", SCRIPT, uri],
        cwd=cwd,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": str(cwd)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_first_use_makes_the_database_quietly_and_nothing_else(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    working = tmp_path / "working"
    working.mkdir()
    database = tmp_path / "project" / ".weighbridge" / "mlflow.db"
    process = start(uri_of(database), working, pytestconfig.rootpath)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, "True\n", "")
    assert list(working.iterdir()) == []
    assert {path.name for path in database.parent.iterdir()} == {"mlflow.db", "mlflow.db.lock"}
    with closing(sqlite3.connect(database)) as connection:
        roots = connection.execute("SELECT artifact_location FROM experiments").fetchall()
    assert roots == [(str(database.parent / "mlflow-artifacts" / "0"),)]


def test_processes_that_start_at_once_share_one_database(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    uri = uri_of(tmp_path / ".weighbridge" / "mlflow.db")
    running = [start(uri, tmp_path, pytestconfig.rootpath) for _ in range(3)]
    answers = [process.communicate() for process in running]
    assert sorted(answers) == [("True\n", ""), ("as it was\n", ""), ("as it was\n", "")]
    view = MlflowRegistry(uri).view("minilm")
    assert view is not None
    assert len({item.digest for item in view.versions}) == len(view.versions) == 4
    assert view.aliases == {"production": view.versions[0].version}


def test_a_look_makes_no_database(tmp_path: Path) -> None:
    assert MlflowRegistry(uri_of(tmp_path / "none" / "mlflow.db")).view("minilm") is None
    assert list(tmp_path.iterdir()) == []


def test_stock_mlflow_sees_an_ordinary_model(tmp_path: Path) -> None:
    uri = database_uri(tmp_path)
    registry = MlflowRegistry(uri)
    registry.register(PIN)
    registry.point("minilm", "production", PIN.digest)
    client = stock_client(uri)
    model = client.get_registered_model("minilm")
    version = client.get_model_version_by_alias("minilm", "production")
    assert model.tags["weighbridge.project"] == "project"
    assert "hf:org/minilm" in (model.description or "")
    assert version.source == f"weighbridge://sha256/{PIN.digest[7:]}"
    assert version.tags["weighbridge.licence"] == "apache-2.0"
    assert version.tags["weighbridge.gated"] == "false"
    assert version.tags["weighbridge.revision"] == PIN.revision
    assert version.tags["weighbridge.files"] == "2"
    assert version.tags["weighbridge.bytes"] == str(PIN.size)
    assert PIN.digest in (version.description or "")


def test_a_description_and_the_models_own_tags(tmp_path: Path) -> None:
    uri = database_uri(tmp_path)
    registry = MlflowRegistry(uri)
    registry.register(PIN)
    client = stock_client(uri)
    client.update_registered_model("minilm", "Ours: ask the search team.")
    client.set_registered_model_tag("minilm", "weighbridge.ref", "hf:evil/minilm")
    assert registry.register(PIN) == ("1", True)
    model = client.get_registered_model("minilm")
    assert model.description == "Ours: ask the search team."
    assert model.tags["weighbridge.ref"] == "hf:org/minilm"


def test_more_versions_than_a_page(tmp_path: Path) -> None:
    uri = database_uri(tmp_path)
    registry = MlflowRegistry(uri)
    registry.register(PIN)
    hands = MlflowHands(uri)
    for number in range(205):
        hands.create_version("minilm", f"s3://bucket/{number}", {})
    assert registry.register(NEXT) == ("207", True)
    view = registry.view("minilm")
    assert view is not None
    assert [item.version for item in view.versions] == [str(number) for number in range(1, 208)]


def test_legacy_stages_follow_the_alias(tmp_path: Path) -> None:
    registry = MlflowRegistry(database_uri(tmp_path), legacy_stages=True)

    def stages() -> list[str]:
        view = registry.view("minilm")
        assert view is not None
        return [item.stage for item in view.versions]

    registry.register(PIN)
    registry.register(NEXT)
    assert registry.point("minilm", "production", PIN.digest) is True
    assert registry.point("minilm", "production", PIN.digest) is False
    assert stages() == ["Production", ""]
    assert registry.point("minilm", "production", NEXT.digest) is True
    assert stages() == ["Archived", "Production"]
    assert registry.point("minilm", "canary", NEXT.digest) is True
    assert stages() == ["Archived", "Production"]
    assert registry.unpoint("minilm", "production") is True
    assert registry.unpoint("minilm", "production") is False
    assert stages() == ["Archived", ""]
    assert registry.retire("minilm", PIN.digest) is True
    assert stages() == ["", ""]
    assert registry.unpoint("minilm", "canary") is True


def test_without_legacy_stages_none_is_moved(tmp_path: Path) -> None:
    registry = MlflowRegistry(database_uri(tmp_path))
    registry.register(PIN)
    registry.point("minilm", "production", PIN.digest)
    view = registry.view("minilm")
    assert view is not None
    assert view.versions[0].stage == ""


def test_text_of_any_length_fits(tmp_path: Path) -> None:
    registry = MlflowRegistry(database_uri(tmp_path))
    pin = make_pin(
        revision="r`\n# heading" * 1000, metadata={"licence": ["mit", "x" * 9000], "library": {"no": "text"}}
    )
    registry.register(pin)
    assert registry.register(pin) == ("1", False)
    assert max(map(len, mlflow_tags.version_tags(pin).values())) == mlflow_tags.MAX_TEXT
    assert len(mlflow_tags.version_description(pin)) == mlflow_tags.MAX_TEXT
    assert "\n# heading" not in mlflow_tags.version_description(pin)
    assert "weighbridge.library" not in mlflow_tags.version_tags(pin)


def refused(uri: str) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        MlflowRegistry(uri).register(PIN)
    assert caught.value.hint
    return caught.value


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    uri = database_uri(tmp_path)
    database = tmp_path / ".weighbridge" / "mlflow.db"
    data = bytearray(database.read_bytes())
    data[8192 : 8192 * 20] = b"\x55" * (8192 * 19)
    database.write_bytes(data)
    assert refused(uri).code == "registry-corrupt"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    database.write_text("not a database at all, but some text that is long enough to be taken for a header" * 20)
    began = time.monotonic()
    assert refused(uri_of(database)).code == "registry-corrupt"
    assert time.monotonic() - began < 30
    assert database.read_text().startswith("not a database")


def test_a_locked_database_is_named_in_bounded_time(tmp_path: Path) -> None:
    uri = database_uri(tmp_path)
    with closing(sqlite3.connect(tmp_path / ".weighbridge" / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        error = refused(uri)
    assert error.code == "registry-locked"
    assert time.monotonic() - began < 30


def test_a_schema_that_mlflow_does_not_know_is_named(tmp_path: Path) -> None:
    uri = database_uri(tmp_path)
    with closing(sqlite3.connect(tmp_path / ".weighbridge" / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert refused(uri).code == "registry-schema"


def test_tables_of_another_program_are_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "other.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    assert refused(uri_of(database)).code == "registry-schema"
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]


def test_a_folder_and_a_file_in_the_way_are_named(tmp_path: Path) -> None:
    assert refused(uri_of(tmp_path)).code == "registry-uri"
    (tmp_path / "file").write_text("")
    assert refused(uri_of(tmp_path / "file" / "mlflow.db")).code == "registry-disk"


@pytest.mark.parametrize(
    "uri",
    ["", "mlruns", "file:///tmp/mlruns", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory", "http://"],
)
def test_a_uri_that_can_not_be_used_is_named(uri: str) -> None:
    error = refused(uri)
    assert error.code == "registry-uri"
    assert "mlflow_uri" in error.hint


def test_a_driver_that_is_not_installed_is_named() -> None:
    error = refused("postgresql+nosuchdriver://user:secret@127.0.0.1:1/db")
    assert error.code == "registry-driver"
    assert "secret" not in str(error)
