"""MLflow's artifact plug-in, by MLflow's own interfaces: verified copies, derived MLmodel, clear refusals."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml
from tests.fakes.pins import make_pin
from tests.unit.test_flavours import MINILM, SENTENCES

from weighbridge.core.errors import DeniedError, IntegrityError, StoreError, WeighbridgeError

with warnings.catch_warnings():
    # MLflow and SQLAlchemy warn each other at import; and MLflow has to come first, since it loads the plug-in itself.
    warnings.simplefilter("ignore")
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories

    from weighbridge.plugins.artifact_repository import WeighbridgeArtifactRepository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.pin import Pin

PIN = make_pin(files=MINILM, metadata=SENTENCES)
PLAIN = make_pin(files={"config.json": b"{}", "sub/deep/data.bin": b"x" * 9_000_000})


class World(WeighbridgeArtifactRepository):
    """The plug-in with the world in its class: what is governed, and what goes wrong."""

    governed: ClassVar[dict[str, tuple[Pin, Path]]] = {}
    failure: ClassVar[Exception | None] = None
    asked: ClassVar[list[str | None]] = []

    @staticmethod
    def resolve(digest: str, *, registry_uri: str | None) -> tuple[Pin, Path]:
        World.asked.append(registry_uri)
        if World.failure is not None:
            raise World.failure
        return World.governed[digest]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    World.governed = {}
    World.failure = None
    World.asked = []
    return tmp_path / "governed"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def govern(pin: Pin, files: Mapping[str, bytes], folder: Path) -> World:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.chmod(0o444)
    World.governed[pin.digest] = (pin, folder)
    return World(f"weighbridge://sha256/{pin.digest[7:]}", registry_uri="sqlite:////project/mlflow.db")


def minilm(folder: Path) -> World:
    return govern(PIN, MINILM, folder)


def plain(folder: Path) -> World:
    return govern(PLAIN, {"config.json": b"{}", "sub/deep/data.bin": b"x" * 9_000_000}, folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def failing(action: object, *arguments: object) -> MlflowException:
    assert callable(action)
    with pytest.raises(MlflowException) as caught:
        action(*arguments)
    return caught.value


def test_mlflow_knows_the_scheme_by_the_entry_point() -> None:
    # MLflow wraps entry points in a loader of its own; what it makes is what counts.
    known: dict[str, Any] = get_registered_artifact_repositories()
    made = known["weighbridge"](f"weighbridge://sha256/{'0' * 64}")
    assert type(made) is WeighbridgeArtifactRepository


def test_everything_is_a_verified_copy_with_inodes_of_its_own(folder: Path, out: Path) -> None:
    path = plain(folder).download_artifacts("", str(out))
    found = out / "config.json"
    assert path == str(out)
    assert found.read_bytes() == b"{}"
    assert found.stat().st_ino != (folder / "config.json").stat().st_ino
    found.write_bytes(b"edited by its user")
    assert (folder / "config.json").read_bytes() == b"{}"


def test_a_model_without_a_flavour_is_its_files_alone(folder: Path, out: Path) -> None:
    plain(folder).download_artifacts("", str(out))
    assert tree(out) == tree(folder)


def test_without_a_destination_a_new_folder_is_made(folder: Path) -> None:
    repository = plain(folder)
    first, second = repository.download_artifacts(""), repository.download_artifacts(None)
    assert first != second
    assert sorted(path.name for path in Path(first).iterdir()) == ["config.json", "sub"]
    assert World.asked == ["sqlite:////project/mlflow.db"] * 2


def test_a_flavour_adds_the_mlmodel_and_further_names(folder: Path, out: Path) -> None:
    minilm(folder).download_artifacts("", str(out))
    found = tree(out)
    mlmodel = found.pop("MLmodel")
    aliases = {f"model.sentence_transformer/{path}": data for path, data in MINILM.items()}
    assert found == {**MINILM, **aliases}
    assert b"loader_module: mlflow.sentence_transformers" in mlmodel
    assert tree(folder) == MINILM
    assert yaml.safe_load(mlmodel)["model_size_bytes"] == PIN.size


def test_a_download_again_over_the_same_gives_the_same(folder: Path, out: Path) -> None:
    repository = minilm(folder)
    repository.download_artifacts("", str(out))
    before = tree(out)
    (out / "registered_model_meta").write_text("by MLflow")
    (out / "config.json").write_bytes(b"edited")
    repository.download_artifacts("", str(out))
    assert tree(out) == {**before, "registered_model_meta": b"by MLflow"}


@pytest.mark.parametrize("name", ["stale.safetensors", "MLmodel", "sub/extra.py"])
def test_a_destination_with_other_files_is_refused(folder: Path, out: Path, name: str) -> None:
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("flavors: {}")
    error = failing(plain(folder).download_artifacts, "", str(out))
    assert "[destination-not-empty]" in str(error)
    assert name in str(error)
    assert list(tree(out)) == [name]


def test_a_link_in_the_destination_is_never_written_through(folder: Path, out: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (out / "config.json").symlink_to(victim)
    plain(folder).download_artifacts("", str(out))
    assert victim.read_text() == "mine"
    assert not (out / "config.json").is_symlink()
    (out / "sub" / "deep").rename(tmp_path / "elsewhere")
    (out / "sub" / "deep").symlink_to(tmp_path / "elsewhere")
    assert "[destination-not-empty]" in str(failing(plain(folder).download_artifacts, "", str(out)))


def test_a_file_and_a_folder_alone(folder: Path, out: Path) -> None:
    repository = minilm(folder)
    assert repository.download_artifacts("1_Pooling/config.json", str(out)) == str(out / "1_Pooling" / "config.json")
    assert tree(out) == {"1_Pooling/config.json": b"{}"}
    assert repository.download_artifacts("1_Pooling", str(out)) == str(out / "1_Pooling")
    assert tree(out) == {"1_Pooling/config.json": b"{}"}
    assert repository.download_artifacts("1_Pooling/", str(out)) == str(out / "1_Pooling")


def test_the_mlmodel_alone_is_the_derived_one(folder: Path, out: Path) -> None:
    path = minilm(folder).download_artifacts("MLmodel", str(out))
    found = yaml.safe_load(Path(path).read_text())
    assert found["flavors"]["sentence_transformers"]["source_model_name"] == "org/minilm"


def test_mlmodel_of_a_model_without_a_flavour_is_missing_with_the_reason(folder: Path, out: Path) -> None:
    error = failing(plain(folder).download_artifacts, "MLmodel", str(out))
    assert error.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert "no flavour fits" in str(error)


@pytest.mark.parametrize("path", ["MLmodel", "sub/MLmodel", "mlmodel", "registered_model_meta"])
def test_a_file_that_mlflow_would_take_for_its_own_is_refused(folder: Path, out: Path, path: str) -> None:
    files = {**MINILM, path: b"flavors: {python_function: {loader_module: evil}}"}
    repository = govern(make_pin(files=files, metadata=SENTENCES), files, folder)
    for asked in ("", path, "config.json"):
        error = failing(repository.download_artifacts, asked, str(out))
        assert "[foreign-mlmodel]" in str(error)
    assert "[foreign-mlmodel]" in str(failing(repository.list_artifacts))
    assert tree(out) == {}


def test_uris_that_mlflow_cut_at_any_slash(folder: Path, tmp_path: Path) -> None:
    minilm(folder)
    name = PIN.digest[7:]
    for number, (uri, path, expected) in enumerate(
        [
            ("weighbridge://sha256/", name, ""),
            ("weighbridge://sha256", f"{name}/", ""),
            (f"weighbridge://sha256/{name}", "config.json", "config.json"),
            (f"weighbridge://sha256/{name}/", "config.json", "config.json"),
            (f"weighbridge://sha256/{name}/1_Pooling", "config.json", "config.json"),
            (f"weighbridge://sha256/{name}/1_Pooling", "", ""),
        ]
    ):
        target = tmp_path / str(number)
        target.mkdir()
        assert World(uri).download_artifacts(path, str(target)).rstrip("/") == str(target / expected).rstrip("/")
        assert (target / "config.json").is_file()


@pytest.mark.parametrize(
    "uri",
    ["weighbridge://sha256/abc", "weighbridge://md5/" + "a" * 64, "weighbridge:sha256/" + "a" * 64, "s3://bucket/x"],
)
def test_a_uri_without_a_digest_is_refused(uri: str) -> None:
    error = failing(World(uri).download_artifacts, "")
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert "[bad-digest]" in str(error)
    assert World.asked == []


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../b", "/etc/passwd", "a//b", "./config.json", "a\\..\\b", "a\x00b", "%2e%2e/../x"]
)
def test_a_path_that_leads_elsewhere_is_refused(folder: Path, out: Path, path: str) -> None:
    repository = minilm(folder)
    for action in (
        lambda: repository.download_artifacts(path, str(out)),
        lambda: repository.list_artifacts(path),
        lambda: repository._download_file(path, str(out / "x")),
    ):
        error = failing(action)
        assert error.error_code == "INVALID_PARAMETER_VALUE"
        assert "[bad-path]" in str(error)
    assert tree(out) == {}


def test_what_the_model_does_not_have(folder: Path, out: Path) -> None:
    repository = minilm(folder)
    assert failing(repository.download_artifacts, "nothing", str(out)).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert failing(repository._download_file, "1_Pooling", str(out / "x")).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert repository.list_artifacts("nothing") == []
    assert "[no-destination]" in str(failing(repository.download_artifacts, "", str(out / "missing")))


def test_listing(folder: Path) -> None:
    repository = minilm(folder)
    found = {item.path: (item.is_dir, item.file_size) for item in repository.list_artifacts()}
    assert found.pop("MLmodel")[0] is False
    files = {path: (False, len(data)) for path, data in MINILM.items() if "/" not in path}
    assert found == {**files, "1_Pooling": (True, None)}
    assert [item.path for item in repository.list_artifacts("1_Pooling")] == ["1_Pooling/config.json"]
    assert repository.list_artifacts("config.json") == []
    foreign: Any = repository
    assert foreign._is_directory("1_Pooling")
    assert not foreign._is_directory("config.json")


def test_files_are_fetched_from_several_threads(folder: Path, out: Path) -> None:
    repository = minilm(folder)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: repository._download_file(path, str(out / path)), [*MINILM, "MLmodel"] * 4))
    found = tree(out)
    assert b"mlflow.sentence_transformers" in found.pop("MLmodel")
    assert found == MINILM


@pytest.mark.parametrize("damage", [b"{~", b"{} ", b""])
def test_a_byte_that_changed_after_it_was_verified_is_never_handed_out(folder: Path, out: Path, damage: bytes) -> None:
    repository = plain(folder)
    (folder / "config.json").chmod(0o644)
    (folder / "config.json").write_bytes(damage)
    for action in (
        lambda: repository.download_artifacts("config.json", str(out)),
        lambda: repository.download_artifacts("", str(out)),
        lambda: repository._download_file("config.json", str(out / "config.json")),
    ):
        error = failing(action)
        assert error.error_code == "DATA_LOSS"
        assert "[changed-file]" in str(error)
        assert isinstance(error.__cause__, IntegrityError)
    assert "config.json" not in tree(out)


@pytest.mark.parametrize(
    ("failure", "code", "text"),
    [
        (DeniedError("minilm is not approved", reasons=("no-approval", "expired")), "PERMISSION_DENIED", "expired"),
        (IntegrityError("damaged", code="changed-file"), "DATA_LOSS", "changed-file"),
        (StoreError("no remote", code="remote-down"), "INTERNAL_ERROR", "remote-down"),
    ],
)
def test_a_verdict_reaches_mlflow_with_its_reasons(
    folder: Path, out: Path, failure: WeighbridgeError, code: str, text: str
) -> None:
    repository = minilm(folder)
    World.failure = failure
    for action in (
        lambda: repository.download_artifacts("", str(out)),
        repository.list_artifacts,
        lambda: repository._download_file("config.json", str(out / "config.json")),
    ):
        error = failing(action)
        assert error.error_code == code
        assert text in str(error)
        assert failure.hint in str(error)
        assert error.__cause__ is failure
    assert tree(out) == {}


def test_a_resolver_that_gives_another_digest_is_not_believed(folder: Path, out: Path) -> None:
    repository = minilm(folder)
    World.governed[PIN.digest] = (PLAIN, folder)
    assert "[digest-mismatch]" in str(failing(repository.download_artifacts, "", str(out)))


def test_a_folder_that_can_not_be_written_is_named(folder: Path, out: Path) -> None:
    (out / "sub").write_text("in the way")
    error = failing(plain(folder).download_artifacts, "sub/deep/data.bin", str(out))
    assert "[copy-failed]" in str(error)


def test_nothing_is_uploaded_or_deleted(folder: Path) -> None:
    repository = minilm(folder)
    for error in (
        failing(repository.log_artifact, "a.bin"),
        failing(repository.log_artifacts, "a", "b"),
        failing(repository.delete_artifacts),
    ):
        assert error.error_code == "INVALID_PARAMETER_VALUE"
        assert "[read-only]" in str(error)
    assert tree(folder) == MINILM
