"""The same without `run`: shells, consumers of a store, and loads from Python."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

from tests.e2e.chain import REPOSITORY, Chain, damage
from tests.e2e.running import READ, commit, program

if TYPE_CHECKING:
    from pathlib import Path


def test_a_shell_gets_the_same_environment(approved: Chain) -> None:
    code = READ.replace("COMMIT", repr(commit(approved)))
    script = f'eval "$(weighbridge env --stage production)"; exec {sys.executable} {program(approved, code)}'
    assert "read all" in approved.run("bash", "-c", script)
    found = json.loads(approved.weighbridge("env", "--json"))
    assert found["variables"]["HF_HUB_OFFLINE"] == "1"
    assert found["variables"]["HF_TOKEN"] is None
    assert json.loads(approved.weighbridge("env", "--json")) == found
    lines = approved.weighbridge("env", "--format", "docker").splitlines()
    assert "HF_HUB_OFFLINE=1" in lines
    assert all("=" in line for line in lines)
    assert "set -gx HF_HUB_OFFLINE 1;" in approved.weighbridge("env", "--format", "fish")


def test_a_consumer_runs_from_the_store_alone(approved: Chain, tmp_path: Path) -> None:
    trust = tmp_path / "trust.toml"
    approved.weighbridge("keys", "trust", "export", "--output", str(trust))
    store = approved.root / ".weighbridge" / "remote"
    home, folder = tmp_path / "consumer", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    shutil.copytree(approved.home / ".config", home / ".config")
    consumer = Chain(folder, home, None)
    extra = {"WEIGHBRIDGE_STORE": str(store), "WEIGHBRIDGE_TRUST": str(trust)}
    code = READ.replace("COMMIT", repr(commit(approved)))
    command = ("weighbridge", "run", "--stage", "production", "--", sys.executable, program(consumer, code))
    assert "read all" in consumer.run(*command, extra=extra)
    runs = home / ".local" / "state" / "weighbridge" / "runs"
    assert len(list(runs.iterdir())) == 2
    away = store.rename(store.with_name("away"))
    assert "read all" in consumer.run(*command, extra=extra)
    (away / "weighbridge").rename(tmp_path / "kept")
    assert "read all" in consumer.run(*command, extra=extra)
    shutil.rmtree(home / ".cache" / "weighbridge")
    assert "store-unreachable" in consumer.run(*command, extra=extra, expect=1)


def test_a_second_load_of_an_unchanged_model_reads_nothing_and_a_paranoid_one_everything(approved: Chain) -> None:
    code = """
import time, weighbridge
from weighbridge.stores import fastread
read = []
real = fastread._hash
fastread._hash = lambda handle, size, *more, **how: read.append(size) or real(handle, size, *more, **how)
fastread.now_ns = lambda: time.time_ns() + 10**13
for paranoid in (False, False, True):
    read.clear()
    weighbridge.load("tiny", stage="production", paranoid=paranoid)
    print(len(read))
"""
    assert approved.python(code).split() == ["4", "0", "4"]


def test_one_file_is_opened_verified(approved: Chain) -> None:
    code = """
import weighbridge
with weighbridge.open_verified("tiny", "config.json", stage="production") as file:
    print(file.read().decode())
with weighbridge.open_verified("tiny", "config.json", stream=True) as file:
    print(file.read().decode())
print(sorted(weighbridge.verified_safetensors("tiny")))
print(sorted(weighbridge.verified_safetensors("tiny", "model.safetensors", mapped=True)))
for path in ("nothing", "../config.json"):
    try:
        weighbridge.open_verified("tiny", path)
    except weighbridge.UsageError as error:
        print(error.code)
"""
    lines = approved.python(code).splitlines()
    assert lines[0] == lines[2] == '{"layers": 6}'
    assert lines[-2:] == ["no-such-file", "no-such-file"]
    damage(approved.folder() / "model.safetensors")
    for call in ('open_verified("tiny", "model.safetensors")', 'verified_safetensors("tiny")'):
        text = approved.python(f"import weighbridge; weighbridge.{call}", expect=1)
        assert "IntegrityError: model.safetensors is not what was pinned: has other bytes: blake3" in text


def test_a_notebook_gets_it_by_a_magic(approved: Chain) -> None:
    code = f"""
import os, weighbridge
class Shell:
    def register_magic_function(self, func, magic_kind="line", magic_name=None):
        self.magic = func
        print(magic_kind, magic_name)
shell = Shell()
weighbridge.load_ipython_extension(shell)
os.environ["HF_TOKEN"] = "secret"
shell.magic("production tiny")
print(os.environ["HF_HUB_OFFLINE"], os.environ.get("HF_TOKEN"))
import huggingface_hub
print(os.path.basename(huggingface_hub.snapshot_download({REPOSITORY!r})))
try:
    shell.magic("")
except weighbridge.UsageError as error:
    print(error.code)
"""
    lines = approved.python(code).splitlines()
    assert lines[0] == "line weighbridge"
    assert lines[1].startswith(f"tiny e97f7dfd6338 (hf:{REPOSITORY}): ")
    assert lines[2:] == ["1 None", commit(approved), "too-late"]
