"""Models in a real registry: pushed there by oras, copied by skopeo, and exported there."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.chain import FILES, Chain
from tests.services.distribution import PASSWORD, USER, program, running_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.served import Served

pytestmark = pytest.mark.services

ORAS = Path(sys.prefix) / "oras" / "bin" / "python"
PUSH = """
import sys
from oras.client import OrasClient
answer = OrasClient(insecure=True).push(target=sys.argv[1], files=sys.argv[2:], disable_path_validation=True)
answer.raise_for_status()
"""
PULL = """
import sys
from oras.client import OrasClient
OrasClient(insecure=True).pull(target=sys.argv[1], outdir=sys.argv[2])
"""


def oras(program_text: str, *words: str, folder: Path) -> None:
    subprocess.run([ORAS, "-c", program_text, *words], cwd=folder, check=True, capture_output=True)


def skopeo(*words: str) -> bytes:
    command = [program("skopeo"), "--insecure-policy", *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that lets everybody in: its host and port."""
    with running_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture(scope="module")
def closed_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that wants a login."""
    with running_registry(tmp_path_factory.mktemp("closed-registry"), wants_login=True) as host:
        yield host


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "weights").mkdir(parents=True)
    for path, data in FILES.items():
        (folder / path).write_bytes(data)
    (folder / "weights" / "part.bin").write_bytes(FILES["model.safetensors"][::-1])
    return folder


@pytest.fixture
def project(empty: Served) -> Served:
    empty.weighbridge("init")
    empty.let_all_pass()
    return empty


def pin_of(chain: Chain, name: str = "tiny") -> Any:
    return json.loads((chain.root / "models" / name / "lock.json").read_text(encoding="utf-8"))["pins"][0]


def kept(chain: Chain) -> dict[str, bytes]:
    folder = chain.folder()
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_oras_pushed_is_added_and_its_moved_tag_is_seen(project: Served, registry: str, files: Path) -> None:
    target = f"{registry}/oras/tiny:v1"
    oras(PUSH, target, *FILES, "./weights", folder=files)
    project.json("add", f"oci:{target}", "--name", "tiny")
    assert kept(project) == {**FILES, "weights/part.bin": FILES["model.safetensors"][::-1]}
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{target}")
    assert pin_of(project)["revision"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert pin_of(project)["metadata"]["layout"] == "oras"
    assert project.json("outdated")["models"][0]["state"] == "current"
    oras(PUSH, target, "config.json", folder=files)
    assert project.json("outdated", expect=10)["models"][0]["state"] == "moved"
    assert project.json("add", f"oci:{registry}/oras/none", "--name", "none", expect=1)["error"]["code"] in {
        "revision-missing",
        "repository-missing",
    }


def test_what_was_exported_is_copied_and_pulled_by_others_and_comes_back(
    project: Served, registry: str, tmp_path: Path
) -> None:
    project.json("add", "hf:org/tiny", "--name", "tiny")
    project.weighbridge("approve", "tiny", "--stage", "production")
    target = f"{registry}/models/tiny:v1"
    done = project.json("export", "oci", "tiny", "--to", f"oci:{target}")
    assert sorted(done["pushed"]) == sorted(FILES)
    assert not project.json("export", "oci", "tiny", "--to", f"oci:{target}")["changed"]
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{target}")
    assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == done["digest"]
    copy = f"{registry}/copies/tiny:v1"
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    skopeo("copy", *plain, f"docker://{target}", f"docker://{copy}")
    (tmp_path / "pulled").mkdir()
    oras(PULL, target, str(tmp_path / "pulled"), folder=tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "pulled").iterdir()} == FILES
    project.json("add", f"oci:{copy}", "--name", "again", "--all")
    assert pin_of(project, "again")["digest"] == pin_of(project)["digest"]
    assert pin_of(project, "again")["revision"] == done["digest"]


def test_an_image_with_a_model_is_added(project: Served, registry: str, tmp_path: Path) -> None:
    layout, models = tmp_path / "image", tmp_path / "root" / "models"
    models.mkdir(parents=True)
    layout.mkdir()
    for path, data in FILES.items():
        (models / path).write_bytes(data)
    subprocess.run(["tar", "-C", str(tmp_path / "root"), "-cf", str(layout / "layer.tar"), "models"], check=True)
    layer = (layout / "layer.tar").read_bytes()
    difference = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    config = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [difference]},
        "config": {},
    }
    (layout / "config.json").write_text(json.dumps(config), encoding="utf-8")
    manifest = [{"Config": "config.json", "RepoTags": ["car:v1"], "Layers": ["layer.tar"]}]
    (layout / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    archive = tmp_path / "image.tar"
    names = ("config.json", "manifest.json", "layer.tar")
    subprocess.run(["tar", "-C", str(layout), "-cf", str(archive), *names], check=True)
    for form in ("oci", "v2s2"):
        target = f"{registry}/cars/{form}:v1"
        source = f"docker-archive:{archive}:car:v1"
        skopeo("copy", "--format", form, "--dest-tls-verify=false", source, f"docker://{target}")
        project.json("add", f"oci:{target}", "--name", f"car-{form}")
        pin = pin_of(project, f"car-{form}")
        assert pin["metadata"]["layout"] == "modelcar"
        assert {file["path"]: file["size"] for file in pin["files"]} == {path: len(FILES[path]) for path in FILES}
    assert pin_of(project, "car-oci")["digest"] == pin_of(project, "car-v2s2")["digest"]


def test_a_login_is_needed_used_and_shown_nowhere(project: Served, closed_registry: str) -> None:
    project.json("add", "hf:org/tiny", "--name", "tiny")
    project.weighbridge("approve", "tiny", "--stage", "production")
    target = f"oci:{closed_registry}/models/tiny:v1"
    assert project.json("export", "oci", "tiny", "--to", target, expect=1)["error"]["code"] == "private"
    folder = project.home / ".docker"
    folder.mkdir()
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {closed_registry: {"auth": auth}}}), encoding="utf-8")
    said = project.weighbridge("export", "oci", "tiny", "--to", target)
    said += project.weighbridge("add", target, "--name", "again", "--all")
    assert pin_of(project, "again")["digest"] == pin_of(project)["digest"]
    written = [path.read_bytes() for path in project.root.rglob("*") if path.is_file()]
    for secret in (PASSWORD, auth):
        assert secret not in said
        assert not any(secret.encode() in data for data in written)
