"""Launches by the real commands: only what is allowed, and what the printed words do when they are run."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.e2e.chain import FILES, REPOSITORY, Chain, damage

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = "example.org/vllm:v1@sha256:" + "a" * 64
# Stands for the server: it writes down its words and what it was given to serve.
SERVER = """#!/bin/sh
printf '%s\\n' "$@" > "$TOLD"
cat "$2/config.json" >> "$TOLD"
echo "$HF_HUB_OFFLINE$VLLM_NO_USAGE_STATS" >> "$TOLD"
"""


@pytest.fixture
def export(approved: Chain) -> Chain:
    return approved


def elsewhere(chain: Chain, folder: Path) -> tuple[Chain, dict[str, str]]:
    """A container: an empty folder, a store, and a trust file."""
    root, home = folder / "container", folder / "nobody"
    root.mkdir()
    home.mkdir()
    rules = (chain.root / "weighbridge.toml").read_text(encoding="utf-8").partition("[models")[0]
    trust = home / "trust.toml"
    trust.write_text(rules.replace("weighbridge.config/1", "weighbridge.trust/1"), encoding="utf-8")
    return Chain(root, home, None), {
        "WEIGHBRIDGE_STORE": str(chain.root / ".weighbridge/remote"),
        "WEIGHBRIDGE_TRUST": str(trust),
    }


def fetching(chain: Chain) -> list[str]:
    """What the first container runs, as it stands in the project of Compose."""
    text = chain.weighbridge("export", "vllm", "tiny", "--stage", "production", "--format", "compose", "--image", IMAGE)
    words: list[str] = yaml.safe_load(text)["services"]["tiny-model"]["entrypoint"]
    assert words[-2:] == ["--to", f"/models/tiny-{chain.folder().name}"]
    return [*words[:-1], "models/tiny"]


def test_only_what_the_stage_allows_is_exported(chain: Chain) -> None:
    chain.add()
    words = ("export", "vllm", "tiny", "--stage", "production")
    assert chain.json(*words, expect=10)["error"]["details"]["reasons"] == ["no-approval"]
    chain.weighbridge("approve", "tiny", "--stage", "production")
    chain.weighbridge(*words)
    chain.weighbridge("revoke", "tiny", "--stage", "production", "--reason", "bad")
    for more in ((), ("--format", "kubernetes", "--image", IMAGE)):
        assert chain.json(*words, *more, expect=10)["error"]["code"] == "revoked"
    assert chain.json("export", "transformers", "other", "--stage", "production", expect=2)["error"]["code"]


def test_the_printed_command_starts_the_server_on_verified_bytes(export: Chain, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "vllm"
    program.parent.mkdir()
    program.write_text(SERVER, encoding="utf-8")
    program.chmod(0o755)
    name = "it's $(touch owned) `id`"
    words = ("export", "vllm", "tiny", "--stage", "production", "--served-model-name", name, "--port", "8123")
    text = export.weighbridge(*words)
    path = f"{program.parent}:{export.environment['PATH']}"
    export.run("sh", "-c", text, extra={"PATH": path, "TOLD": str(tmp_path / "told")})
    told = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert told[:2] == ["serve", str(export.folder())]
    assert told[3] == name
    assert told[-4:] == ["--port", "8123", FILES["config.json"].decode().strip(), "11"]
    assert not (export.root / "owned").exists()
    again = next(item for item in text.splitlines() if "weighbridge pull" in item)
    assert "was good already" in export.run(*shlex.split(again.removeprefix("#")))


def test_damaged_bytes_are_not_exported(export: Chain) -> None:
    damage(export.folder() / "config.json")
    found = export.json("export", "transformers", "tiny", "--stage", "production", expect=20)["error"]
    assert any(problem.startswith("config.json") for problem in found["details"]["problems"])


def test_images_are_named_by_digest(export: Chain) -> None:
    words = ("export", "vllm", "tiny", "--stage", "production")
    compose = (*words, "--format", "compose")
    for image in ("vllm", "vllm:latest", "vllm@sha256:abc", f"vllm@sha256:{'A' * 64}", f"a b@sha256:{'a' * 64}"):
        assert export.json(*compose, "--image", image, expect=2)["error"]["code"] == "image-not-pinned"
        assert export.json(*compose, "--image", IMAGE, "--fetch-image", image, expect=2)["error"]["code"]
    assert export.json(*compose, expect=2)["error"]["code"] == "usage"
    assert export.json(*words, "--image", IMAGE, expect=2)["error"]["code"] == "usage"
    for name in (" ", "--host"):
        assert export.json(*words, f"--served-model-name={name}", expect=2)["error"]["code"] == "usage"


def test_a_launch_can_be_written_and_a_password_is_not(export: Chain) -> None:
    words = ("export", "vllm", "tiny", "--stage", "production", "--format", "kubernetes", "--image", IMAGE)
    far = (*words, "--store", "https://user:secret@example.org/store", "--output", "../launch.yaml")
    assert export.weighbridge(*far) == "wrote ../launch.yaml\n"
    text = (export.root.parent / "launch.yaml").read_text(encoding="utf-8")
    assert "https://example.org/store" in text
    assert "secret" not in text.replace("secretRef", "")
    assert export.json(*far)["changed"] is False
    export.run("dvc", "remote", "remove", "weighbridge")
    assert "no DVC remote" in export.weighbridge(*words, expect=2)


def test_the_first_container_fetches_these_bytes_alone(export: Chain, tmp_path: Path) -> None:
    fetch = fetching(export)
    container, given = elsewhere(export, tmp_path)
    assert "copied to models/tiny" in container.run(*fetch, extra=given)
    assert {path.name: path.read_bytes() for path in (container.root / "models/tiny").iterdir()} == FILES
    assert "was good already" in container.run(*fetch, extra=given)
    damage(container.root / "models/tiny/config.json")
    assert "[bytes-differ]" in container.run(*fetch, extra=given, expect=20)
    # Into the cache, and from an application that names nothing.
    assert "was good already" in container.run(*fetch[:-2], extra=given)
    assert "[usage]" in container.run("weighbridge", "pull", extra=given, expect=2)
    assert "[usage]" in container.run("weighbridge", "pull", "tiny", "--digest", "ab", extra=given, expect=2)


def test_other_bytes_in_the_store_are_never_copied(export: Chain, tmp_path: Path) -> None:
    fetch = fetching(export)
    container, given = elsewhere(export, tmp_path)
    for path in (export.root / ".weighbridge/remote/files/md5").glob("*/*"):
        damage(path)
    assert "[remote-differs]" in container.run(*fetch, extra=given, expect=20)
    assert list((container.root / "models").iterdir()) == []


def test_a_launch_ends_with_its_approval(export: Chain, tmp_path: Path) -> None:
    fetch, digest = fetching(export), export.json("status")["models"][0]["verdicts"][0]["digest"]
    assert export.hub is not None
    export.hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}\n'})
    export.weighbridge("update")
    export.weighbridge("approve", "tiny", "--stage", "production")
    container, given = elsewhere(export, tmp_path)
    assert "[superseded]" in container.run(*fetch, extra=given, expect=10)
    assert "[superseded]" in export.run(*fetch, expect=10)
    trust = tmp_path / "nobody/trust.toml"
    lines = trust.read_text(encoding="utf-8").replace(
        "[stages.production]", "[stages.production]\nallow_superseded = true"
    )
    trust.write_text(lines, encoding="utf-8")
    assert "copied to" in container.run(*fetch, extra=given)
    assert (container.root / "models/tiny/config.json").read_bytes() == FILES["config.json"]
    found = exported_elsewhere(container, given)
    assert found["model"]["digest"] != digest
    export.weighbridge("revoke", "tiny", "--stage", "production", "--reason", "bad")
    assert "[revoked]" in container.run(*fetch, extra=given, expect=10)


def exported_elsewhere(container: Chain, given: dict[str, str]) -> Any:
    """A launch that is exported where there is a store and no project: its containers fetch from there too."""
    words = ("export", "transformers", "tiny", "--stage", "production", "--json")
    told = container.run("weighbridge", *words, "--format", "compose", "--image", IMAGE, extra=given)
    found = json.loads(told)
    assert given["WEIGHBRIDGE_STORE"] in found["text"]
    here = json.loads(container.run("weighbridge", *words, extra=given))
    assert here["command"][2].startswith(str(container.home))
    return found
