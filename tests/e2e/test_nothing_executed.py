"""A model full of programs goes through every command, and none of them runs."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.e2e import watching

if TYPE_CHECKING:
    from tests.e2e.chain import Chain
    from tests.fakes.hub import FakeHub

EVIL = "org/evil"
TOKEN = "canary-7c1f0a"
NAMES = ("hosted", "copied")
# What Weighbridge itself starts: Git, and the C library's name for the machine, which Python asks for MLflow.
PROGRAMS = {"git", "uname"}


@dataclass(frozen=True)
class Payload:
    """Unpickled, it runs a program."""

    program: str

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self.program,)


def payloads(canaries: Path) -> dict[str, bytes]:
    """Files that leave a trace in a folder when anything runs, imports, unpickles, renders or starts them."""

    def program(name: str) -> str:
        return f"open({str(canaries / name)!r}, 'w').write({TOKEN!r})\n"

    def python(name: str) -> bytes:
        return program(name).encode()

    def shell(name: str) -> bytes:
        return f"#!/bin/sh\n# {TOKEN}\ntouch {canaries / name}\n".encode()

    def yaml(name: str) -> bytes:
        return f"# {TOKEN}\nx: !!python/object/apply:os.system ['touch {canaries / name}']\n".encode()

    template = f"{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}{{% set x = '{TOKEN}' %}}"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("__main__.py", program("zip"))
        file.writestr("evil/__init__.py", program("egg"))
    modules = (
        "__init__",
        "conftest",
        "hubconf",
        "modeling_x",
        "setup",
        "sitecustomize",
        "usercustomize",
        "weighbridge",
    )
    config = {
        "auto_map": {"AutoModel": "modeling_x.Model"},
        "_name_or_path": TOKEN,
        "chat_template": template,
        "trust_remote_code": True,
    }
    mlmodel = (
        "flavors:\n  python_function:\n    loader_module: evil_loader\n    code: code\n    env: conda.yaml\n"
        "    python_version: 3.11.0\nmodel_uuid: 0\n"
    )
    return {
        **{f"{name}.py": python(name) for name in modules},
        "MLmodel": mlmodel.encode(),
        "a.pth": f"import os; {program('pth')}".encode(),
        "chat_template.jinja": template.encode(),
        "code/evil_loader.py": python("evil_loader"),
        "conda.yaml": yaml("conda"),
        "config.json": json.dumps(config).encode(),
        "custom_ops.so": b"\x7fELF\x02\x01\x01" + TOKEN.encode(),
        "dist.egg": archive.getvalue(),
        "install.sh": shell("shell"),
        "model.pkl": pickle.dumps(Payload(program("pickle"))),
        "model.safetensors": (2).to_bytes(8, "little") + b"{}",
        "package.zip": archive.getvalue(),
        "python_env.yaml": yaml("python_env"),
        "pytorch_model.bin": pickle.dumps(Payload(program("bin")), protocol=0),
        "requirements.txt": f"{TOKEN} @ file:///{TOKEN}\n".encode(),
        "tokenizer_config.json": json.dumps({"chat_template": template}).encode(),
    }


def _is_worker(texts: list[str]) -> bool:
    """Whether a start is that of an isolated process of the inspection, which is named no file of a model."""
    words = [sys.executable, sys.executable, "-I", "-m"]
    return texts[:4] == words and texts[4].startswith("weighbridge.checks.") and "/models/" not in " ".join(texts)


@dataclass(frozen=True)
class Watched:
    """A project whose commands are watched.

    Args:
        chain: The project.
        top: The folder of project, user, upstream and canaries: no code may come from there.
        log: Where the watch writes.
        variables: What switches it on.
    """

    chain: Chain
    top: Path
    log: Path
    variables: dict[str, str]

    def run(self, *command: str, folder: Path | None = None, expect: int = 0) -> str:
        """Run a program in the project or below."""
        where = replace(self.chain, root=folder) if folder else self.chain
        return where.run(*command, expect=expect, extra={**self.chain.environment, **self.variables})

    def python(self, code: str, *, expect: int = 0) -> str:
        """Run a Python program that does not import from the working folder."""
        return self.run(sys.executable, "-P", "-c", code, expect=expect)

    def events(self) -> list[tuple[str, list[str]]]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [(event, texts) for event, texts in map(json.loads, lines)]

    def code(self) -> list[tuple[str, list[str]]]:
        """Code from the watched folder, and globals that anything unpickled asked for."""
        return [item for item in self.events() if item[0] in {*watching.CODE, watching.GLOBALS}]

    def started(self) -> set[str]:
        """Programs that were started, and files of the model that were named to any."""
        starts = [texts for event, texts in self.events() if event in watching.STARTS and not _is_worker(texts)]
        named = {text for texts in starts for text in texts if "/models/" in text or "/cache/" in text}
        return {os.path.basename(texts[0]) for texts in starts} | named  # noqa: PTH119  a program's name, not a path

    def called(self) -> set[str]:
        """Hosts and their ports."""
        return {":".join(texts[:2]) for event, texts in self.events() if event in watching.CALLS}

    def canaries(self) -> list[str]:
        return sorted(path.name for path in (self.top / "canaries").iterdir())


@pytest.fixture
def watched(chain: Chain, hub: FakeHub, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    (tmp_path / "canaries").mkdir()
    files = payloads(tmp_path / "canaries")
    hub.create_repo(EVIL, library="transformers", card={"license": "mit"}).commit(files)
    for path, data in files.items():
        target = tmp_path / "upstream" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (tmp_path / "upstream" / "install.sh").chmod(0o755)
    (tmp_path / "upstream" / "custom_ops.so").chmod(0o755)
    for name in ("weighbridge", "json", "click", "dvc", "mlflow", "sitecustomize"):
        (chain.root / f"{name}.py").write_bytes(files["conftest.py"])
    watch = tmp_path_factory.mktemp("watch")
    shutil.copy(watching.__file__, watch / "sitecustomize.py")
    variables = {
        "PYTHONPATH": str(watch),
        watching.LOG: str(watch / "log.jsonl"),
        watching.ROOT: str(tmp_path),
        watching.TOKEN: TOKEN,
    }
    return Watched(chain, tmp_path, watch / "log.jsonl", variables)


def _whole_chain(watched: Watched) -> None:
    """Every command, from the project's folder and from inside the model."""
    references = {"hosted": f"hf:{EVIL}@main", "copied": "file:../upstream"}
    for name, reference in references.items():
        watched.run("weighbridge", "add", reference, "--name", name, "--all")
    watched.run("weighbridge", "inspect", expect=10)
    watched.run("weighbridge", "inspect", "../upstream", expect=10)
    watched.run("weighbridge", "approve", *NAMES, "--stage", "production", expect=10)
    watched.run("weighbridge", "policy", "explain", "hosted", expect=10)
    watched.chain.let_all_pass()
    for name, reference in references.items():
        watched.run("weighbridge", "add", reference, "--name", name, "--all")
    folder = watched.chain.folder("hosted")
    for cwd in (watched.chain.root, folder, folder / "code"):
        watched.run("weighbridge", "status", folder=cwd)
        watched.run("weighbridge", "verify", "--algorithm", "sha256", folder=cwd)
        watched.run("weighbridge", "approve", *NAMES, "--stage", "production", folder=cwd)
        watched.run("weighbridge", "register", folder=cwd)
        watched.run("weighbridge", "outdated", "hosted", folder=cwd)
        watched.run("weighbridge", "diff", "hosted", folder=cwd)
        watched.run("weighbridge", "audit", "hosted", folder=cwd)
        watched.run("weighbridge", "doctor", folder=cwd)
    shutil.rmtree(watched.chain.root / ".dvc" / "cache")
    shutil.rmtree(watched.chain.folder("copied"))
    (folder / "setup.py").unlink()
    watched.run("weighbridge", "pull", folder=folder)
    watched.run("weighbridge", "pull", "hosted", "--to", str(watched.top / "exported"))


def test_no_command_runs_anything_of_a_model(watched: Watched, hub: FakeHub) -> None:
    _whole_chain(watched)
    assert watched.canaries() == []
    assert watched.code() == []
    assert watched.started() <= PROGRAMS
    assert urlsplit(hub.url).netloc in watched.called()
    assert watched.called() <= {urlsplit(url).netloc for url in (hub.url, hub.file_host_url)}
    assert len(list((watched.top / "exported").rglob("*.*"))) == len(list((watched.top / "upstream").rglob("*.*")))


FETCH = "import mlflow; print(mlflow.artifacts.download_artifacts('models:/copied@production'))"


@pytest.mark.parametrize("exclude", [(), ("--exclude", "MLmodel")])
def test_no_load_runs_anything_of_a_model(watched: Watched, exclude: tuple[str, ...]) -> None:
    watched.chain.let_all_pass()
    watched.chain.weighbridge("add", "file:../upstream", "--name", "copied", "--all", *exclude)
    watched.chain.weighbridge("approve", "copied", "--stage", "production")
    loaded = watched.python("import weighbridge; print(weighbridge.load('copied', stage='production'))").strip()
    assert Path(loaded) == watched.chain.folder("copied")
    if exclude:
        fetched = Path(watched.python(FETCH).splitlines()[-1])
        assert (fetched / "model.pkl").read_bytes() == (Path(loaded) / "model.pkl").read_bytes()
    else:
        assert "[foreign-mlmodel]" in watched.python(FETCH, expect=1)
    assert watched.canaries() == []
    assert watched.code() == []
    assert watched.started() <= PROGRAMS
    assert watched.called() == set()


def test_a_removal_runs_nothing_of_a_model(watched: Watched) -> None:
    watched.run("weighbridge", "add", "file:../upstream", "--name", "copied", "--all", "--no-push")
    watched.run("weighbridge", "remove", "copied", folder=watched.chain.folder("copied"))
    assert watched.canaries() == []
    assert watched.code() == []
    assert watched.started() <= PROGRAMS
    assert watched.called() == set()


_MODEL = "import os, sys; model = os.path.join(os.environ['WATCHED_ROOT'], 'upstream'); "
SEEN = {
    "exec": "exec(compile(open(f'{model}/setup.py').read(), f'{model}/setup.py', 'exec'))",
    "import": "sys.path.insert(0, model); import hubconf",
    "pickle.find_class": "import pickle; pickle.load(open(f'{model}/model.pkl', 'rb'))",
    "compile": "compile(repr(open(f'{model}/chat_template.jinja').read()), '<template>', 'eval')",
    "ctypes.dlopen": "import _ctypes\ntry: _ctypes.dlopen(f'{model}/custom_ops.so')\nexcept OSError: pass",
    "marshal.loads": "import marshal; marshal.loads(marshal.dumps(os.environ['WATCHED_TOKEN']))",
    "subprocess.Popen": "import subprocess; subprocess.run([f'{model}/install.sh'])",
    "os.system": "os.system(f'sh {model}/install.sh')",
    "socket.connect": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))",
}


@pytest.mark.parametrize("event", SEEN)
def test_the_watch_sees(watched: Watched, event: str) -> None:
    watched.python(_MODEL + SEEN[event])
    assert event in {seen for seen, _ in watched.events()}
    assert watched.code() or watched.started() or watched.called()
    leaves_a_trace = event not in {"compile", "ctypes.dlopen", "marshal.loads", "socket.connect"}
    assert bool(watched.canaries()) == leaves_a_trace
