"""Models in registries of containers, by the real commands: added from one, and pushed to one."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import FILES, Chain, damage
from tests.fakes.oci_registry import PASSWORD, TITLE, USER, FakeRegistry, tarred

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOAD = "import weighbridge; print(sorted(path.name for path in weighbridge.load('tiny').iterdir()))"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with FakeRegistry() as made:
        yield made


def layers(registry: FakeRegistry) -> list[dict[str, Any]]:
    return [registry.add_blob(data, "application/x", **{TITLE: path}) for path, data in FILES.items()]


def pin_of(chain: Chain, name: str = "tiny") -> Any:
    return json.loads((chain.root / "models" / name / "lock.json").read_text(encoding="utf-8"))["pins"][0]


def test_a_model_in_a_registry_from_add_to_load(chain: Chain, registry: FakeRegistry) -> None:
    chain.weighbridge("init")
    chain.let_all_pass()
    digest = registry.push("team/tiny", "v1", layers(registry))
    ref = f"oci:{registry.host}/team/tiny:v1"
    chain.json("add", ref, "--name", "tiny")
    pin = pin_of(chain)
    assert pin["revision"] == digest
    assert {file["path"]: file["promise"] for file in pin["files"]} == {
        path: f"sha256:{hashlib.sha256(data).hexdigest()}" for path, data in FILES.items()
    }
    assert pin["identity"] == {"registry": registry.host, "repository": "team/tiny"}
    assert not chain.json("add", ref, "--name", "tiny")["changed"]
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert chain.python(LOAD) == "['README.md', 'config.json', 'model.safetensors', 'tokenizer_config.json']\n"
    assert chain.json("outdated")["models"][0]["state"] == "current"
    registry.push("team/tiny", "v1", layers(registry)[1:])
    assert chain.json("outdated", expect=10)["models"][0]["state"] == "moved"
    registry.manifests.clear()
    assert chain.json("outdated", expect=10)["models"][0]["state"] == "gone"


def test_rules_name_registries_whatever_the_spelling(chain: Chain, registry: FakeRegistry) -> None:
    chain.weighbridge("init")
    path = chain.root / "weighbridge.toml"
    rules = f'\n[policy]\ninspection = "off"\ndenied_sources = ["oci:{registry.host}/team/*"]\n'
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    registry.push("team/tiny", "v1", layers(registry))
    for number, spelling in enumerate((":v1", "@v1")):
        chain.json("add", f"oci:{registry.host}/team/tiny{spelling}", "--name", f"tiny{number}")
        said = chain.json("approve", f"tiny{number}", "--stage", "production", expect=10)
        assert said["error"]["details"]["reasons"] == ["source-denied"]


def test_a_packed_model_keeps_nothing_but_its_files(chain: Chain, registry: FakeRegistry) -> None:
    chain.weighbridge("init")
    chain.let_all_pass()
    layer = registry.add_blob(tarred(FILES), "application/vnd.kitops.modelkit.model.v1.tar")
    registry.push("team/kit", "latest", [layer], config_type="application/vnd.kitops.modelkit.config.v1+json")
    chain.json("add", f"oci:{registry.host}/team/kit", "--name", "tiny")
    assert {path.name: path.read_bytes() for path in chain.folder().iterdir()} == FILES
    assert not list((chain.root / ".weighbridge/spool").iterdir())


def test_what_was_pushed_comes_back_as_the_same_bytes(approved: Chain, registry: FakeRegistry) -> None:
    target = f"oci:{registry.host}/models/tiny:v1"
    done = approved.json("export", "oci", "tiny", "--to", target)
    assert done["changed"]
    assert done["stage"] == "production"
    assert sorted(done["pushed"]) == sorted(FILES)
    manifest = json.loads(registry.manifests["models/tiny", "v1"][0])
    assert manifest["artifactType"] == "application/vnd.cncf.model.manifest.v1+json"
    assert manifest["annotations"]["weighbridge.digest"] == pin_of(approved)["digest"]
    assert [layer["mediaType"].split(".")[-3] for layer in manifest["layers"]] == ["doc", "config", "weight", "config"]
    config = json.loads(registry.blobs[manifest["config"]["digest"]])
    assert config["descriptor"]["licenses"] == ["mit"]
    assert config["modelfs"]["diffIds"] == [layer["digest"] for layer in manifest["layers"]]
    writes = len([question for question in registry.asked if question.method in {"POST", "PUT"}])
    again = approved.json("export", "oci", "tiny", "--to", target)
    assert (again["changed"], again["pushed"], again["digest"]) == (False, [], done["digest"])
    assert len([question for question in registry.asked if question.method in {"POST", "PUT"}]) == writes
    other = approved.weighbridge("export", "oci", "tiny", "--to", f"oci:{registry.host}/models/tiny:v2")
    assert other.startswith("pushed tiny ")
    assert other.endswith(f"pull it: {done['reference']}\n")
    approved.json("add", done["reference"], "--name", "again", "--all")
    assert pin_of(approved, "again")["digest"] == pin_of(approved)["digest"]


def test_only_what_a_stage_allows_is_pushed(approved: Chain, registry: FakeRegistry) -> None:
    target = f"oci:{registry.host}/models/tiny:v1"
    digest = pin_of(approved)["digest"]
    assert approved.json("export", "oci", "tiny", "--to", target, "--digest", digest[:20])["changed"]
    registry.asked.clear()
    for wrong in ("hf:org/tiny", f"oci:{registry.host}/models/tiny", f"oci:{registry.host}/models/tiny@{digest}"):
        assert approved.json("export", "oci", "tiny", "--to", wrong, expect=2)["error"]["code"] == "bad-ref"
    said = approved.json("export", "oci", "tiny", "--to", target, "--stage", "staging", expect=2)
    assert said["error"]["code"] == "unknown-stage"
    damage(approved.folder() / "model.safetensors")
    assert approved.json("export", "oci", "tiny", "--to", target, expect=20)["error"]["code"] == "bytes-differ"
    approved.weighbridge("revoke", "tiny", "--stage", "production", "--reason", "a bug")
    said = approved.json("export", "oci", "tiny", "--to", target, "--stage", "production", expect=10)
    assert said["error"]["details"]["reasons"] == ["revoked"]
    assert not registry.asked


def test_a_login_is_used_and_shown_nowhere(approved: Chain, tmp_path: Path) -> None:
    with FakeRegistry(wants="bearer") as registry:
        target = f"oci:{registry.host}/models/tiny:v1"
        assert approved.json("export", "oci", "tiny", "--to", target, expect=1)["error"]["code"] == "private"
        folder = tmp_path / "dana" / ".docker"
        folder = approved.home / ".docker"
        folder.mkdir()
        bin_folder = tmp_path / "bin"
        bin_folder.mkdir()
        helper = bin_folder / "docker-credential-tests"
        helper.write_text(f'#!/bin/sh\necho \'{{"Username": "{USER}", "Secret": "{PASSWORD}"}}\'\n')
        helper.chmod(0o755)
        (folder / "config.json").write_text(json.dumps({"credHelpers": {registry.host: "tests"}}))
        extra = {"PATH": f"{bin_folder}:{approved.environment['PATH']}"}
        said = approved.run("weighbridge", "export", "oci", "tiny", "--to", target, extra=extra)
        assert said.startswith("pushed tiny")
        said += approved.run("weighbridge", "add", target, "--name", "again", "--all", extra=extra)
        secrets = [PASSWORD, *registry.tokens]
        kept = [path.read_bytes() for path in approved.root.rglob("*") if path.is_file()]
        assert not [secret for secret in secrets if secret in said or any(secret.encode() in data for data in kept)]
