"""Servers by their own commands answer over HTTP from approved bytes, and do not start on others."""

from __future__ import annotations

import json
import shlex
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.fronts.loaders import TEXT
from tests.fronts.program import environment, serving
from tests.fronts.test_loading import damaged
from tests.services.processes import answers, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.chain import Chain
    from tests.fronts.program import Program

pytestmark = pytest.mark.fronts


def post(url: str, body: object) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:  # noqa: S310 - our own address
            return json.load(reply)
    except urllib.error.HTTPError as error:
        pytest.fail(error.read().decode())


@contextmanager
def running(chain: Chain, command: list[str], log: Path, health: str) -> Iterator[None]:
    server = serving(chain, command, log, lambda: answers(health))
    server.start()
    try:
        yield
    finally:
        server.kill()


def mlflow_serve(port: int, name: str = "sentences") -> list[str]:
    model = ["-m", f"models:/{name}@production", "--env-manager", "local"]
    return ["mlflow", "models", "serve", *model, "-h", "127.0.0.1", "-p", str(port)]


def test_mlflow_serves_the_approved_model(project: Chain, program: Program, made: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with running(project, mlflow_serve(port), tmp_path / "log", f"{url}/health"):
        found = post(f"{url}/invocations", {"inputs": [TEXT, "yes"]})["predictions"]
    assert found == program.outputs("sentence_transformers", made / "sentences")


def test_mlflow_serves_a_pipeline(project: Chain, program: Program, made: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with running(project, mlflow_serve(port, "classifier"), tmp_path / "log", f"{url}/health"):
        found = post(f"{url}/invocations", {"inputs": [TEXT, "yes"]})["predictions"]
        pair = {"text": "yes", "text_pair": TEXT}
        (of_both,) = post(f"{url}/invocations", {"inputs": [str(pair)]})["predictions"]
        (of_first,) = post(f"{url}/invocations", {"inputs": [pair]})["predictions"]
    assert found[:1] == program.outputs("pipeline", made / "classifier")
    # As docs/registry.md says: MLflow drops what a second key holds, unless both come in one text.
    assert of_first == found[1] != of_both


def test_mlflow_serves_what_writes(project: Chain, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with running(project, mlflow_serve(port, "llama"), tmp_path / "log", f"{url}/health"):
        found = post(f"{url}/invocations", {"inputs": [TEXT, "yes"]})["predictions"]
    # What follows is left to chance by the pipeline itself.
    assert [text.startswith(start) for text, start in zip(found, [TEXT, "yes"], strict=True)] == [True, True]


def refused(chain: Chain, command: list[str]) -> str:
    """What a command prints that must not start."""
    done = subprocess.run(
        command, cwd=chain.root, env=environment(chain), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_mlflow_does_not_serve_changed_bytes(project: Chain) -> None:
    (port,) = free_ports(1)
    with damaged(project.folder("sentences") / "tokenizer.json"):
        told = refused(project, mlflow_serve(port))
    assert "tokenizer.json" in told
    assert "weighbridge pull" in told


def launch(project: Chain, port: int) -> list[str]:
    """The command that is printed for people, comments and all."""
    words = ("export", "transformers", "llama", "--stage", "production", "--port", str(port))
    return ["sh", "-c", project.weighbridge(*words)]


def test_transformers_serves_the_approved_model(project: Chain, program: Program, made: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = launch(project, port)
    folder = shlex.split(command[-1], comments=True)
    name = folder[folder.index("serve") + 1]
    assert name == str(project.folder("llama"))
    asked = {"messages": [{"role": "user", "content": TEXT}], "max_tokens": 5, "temperature": 0.0, "model": name}
    with running(project, command, tmp_path / "log", f"{url}/health"):
        answer = post(f"{url}/v1/chat/completions", asked)["choices"][0]["message"]["content"]
    _, whole = program.outputs("transformers", made / "llama")
    assert answer
    assert whole.endswith(answer.strip())


def test_the_launch_of_changed_bytes_is_not_printed(project: Chain) -> None:
    words = ("export", "transformers", "llama", "--stage", "production")
    with damaged(project.folder("llama") / "generation_config.json"):
        error = project.json(*words, expect=20)["error"]
        # The line that the launch gives for later starts mends it, or fails as well.
        project.weighbridge("pull", "llama", "--stage", "production")
        project.weighbridge(*words)
        damage_is_gone(project)
    assert any("generation_config.json" in problem for problem in error["details"]["problems"])


def damage_is_gone(project: Chain) -> None:
    assert project.json("verify", "llama", "--stage", "production")["changed"] is False
