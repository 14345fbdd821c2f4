"""Explains, inside a program that `weighbridge run` started, why a model is not there; not a boundary.

Python imports this at its start, by PYTHONPATH, in whatever environment the program has: nothing but the standard
library of Python 3.8 is used, and weighbridge need not be installed. `python -I`, `-E` and `-S`, programs in other
languages and code that wants to get round it do not see it; what holds then is the offline environment, and the
sandbox. An error in here must never be the program's.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Callable

_PLACES = (
    "huggingface.co",
    "hf.co",
    "hf-mirror.com",
    "modelscope.cn",
    "modelscope.com",
    "download.pytorch.org",
    "registry.ollama.ai",
    "tfhub.dev",
)
_CODE_HOSTS = ("github.com", "codeload.github.com")
_CODE_MARKS = ("/zipball/", "/archive/", "/zip/")
_OWNER_AND_NAME = 5
_ASKING = {
    "huggingface_hub.file_download": ("hf_hub_download",),
    "huggingface_hub._snapshot_download": ("snapshot_download",),
}
_ABSENT = {"LocalEntryNotFoundError", "OfflineModeIsEnabled"}


class WeighbridgeRefusal(RuntimeError):  # noqa: N818 - what a person reads in a traceback
    """The run's stage does not allow it; the message says what to do."""


class _Run:
    """The run as its configuration tells it.

    Args:
        path: The configuration, a JSON file.
    """

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        self.stage = value["stage"]
        self.enforced = value["enforced"]
        self.approved = value["approved"]
        self._governed = value["governed"]
        self._code = set(value["code"])
        self._modules = os.path.realpath(value["modules"]) + os.sep
        self._refusals = value["refusals"]
        self._told: set[str] = set()

    def _tell(self, what: str, code: str, words: str, advice: str) -> str:
        """Say it once on stderr, and note it for the record; gives the words."""
        message = "weighbridge: %s %s in stage %s; next: %s" % (what, words, self.stage, advice)
        if what not in self._told:
            self._told.add(what)
            line = json.dumps({"what": what, "reason": code}) + "\n"
            note = os.open(self._refusals, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(note, line.encode("utf-8"))
            finally:
                os.close(note)
            sys.stderr.write(message + "\n")
        return message

    def _refuse(self, what: str, code: str, words: str, advice: str) -> None:
        """The same, and no further, unless the run only reports."""
        message = self._tell(what, code, words, advice)
        if self.enforced:
            raise WeighbridgeRefusal(message)

    def advice(self, repository: str) -> str:
        """What makes a repository approved."""
        name = self._governed.get(repository)
        if name:
            return "weighbridge approve %s --stage %s" % (name, self.stage)
        name = repository.rpartition("/")[2].lower()
        add = "weighbridge add hf:%s --name %s" % (repository, name)
        return "%s, then weighbridge approve %s --stage %s" % (add, name, self.stage)

    def missing(self, repository: str, named: dict[str, object]) -> str | None:
        """Say that a repository is not approved; None where it is, or is no model's."""
        revision = named.get("revision")
        known = self.approved.get(repository)
        if "/" not in repository or os.path.exists(repository) or named.get("repo_type") not in (None, "model"):
            return None
        if known and (not revision or revision in known):
            return None  # a file that the model does not have: clients ask for many
        what = "hf:%s%s" % (repository, "@%s" % revision if revision else "")
        return self._tell(what, "not-approved", "is not approved", self.advice(repository))

    def on_host(self, host: object) -> None:
        """A direct connection."""
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        host = host.rstrip(".").lower()
        if any(host == place or host.endswith("." + place) for place in _PLACES):
            advice = "govern the model: weighbridge add hf:OWNER/NAME --name NAME"
            self._refuse(host, "direct-connection", "may not be reached directly", advice)

    def on_url(self, url: str) -> None:
        """What torch.hub and others fetch with urllib."""
        parts = url.split("/")
        host = parts[2].rpartition("@")[2].partition(":")[0].lower() if len(parts) > 2 else ""
        self.on_host(host)
        is_code = host in _CODE_HOSTS and any(mark in url for mark in _CODE_MARKS)
        if is_code and len(parts) >= _OWNER_AND_NAME:
            advice = 'load the pinned folder: torch.hub.load(weighbridge.load(NAME), MODEL, source="local")'
            self._refuse("/".join([host, *parts[3:5]]), "remote-code", "may not be fetched as code", advice)

    def on_code(self, name: object) -> None:
        """Code that transformers copied out of a model, about to run."""
        if not isinstance(name, str) or not os.path.realpath(name).startswith(self._modules):
            return
        with open(name, "rb") as file:
            data = file.read()
        if data and hashlib.sha256(data).hexdigest() not in self._code:
            advice = "pin the repository that holds it, and approve it: weighbridge add hf:OWNER/NAME --name NAME"
            what = os.path.relpath(os.path.realpath(name), self._modules)
            self._refuse(what, "remote-code", "is a model's code and is not approved", advice)

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit event (PEP 578)."""
        if event in ("socket.getaddrinfo", "socket.gethostbyname"):
            self.on_host(arguments[0])
        elif event == "urllib.Request":
            self.on_url(str(arguments[0]))
        elif event == "exec":
            self.on_code(getattr(arguments[0], "co_filename", None))


class _Explainer:
    """Wraps what asks a Hub for files, so that an error of the offline mode says which model is missing and why."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._busy: set[str] = set()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The spec that others find, with what it defines wrapped afterwards."""
        del path, target
        if name not in _ASKING or name in self._busy:
            return None
        self._busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy.discard(name)
        if spec is not None and spec.loader is not None:
            wrapped = functools.partial(self._execute, name, spec.loader.exec_module)
            setattr(spec.loader, "exec_module", wrapped)  # noqa: B010 - a method of this one loader
        return spec

    def _execute(self, name: str, execute: Callable[[ModuleType], None], module: ModuleType) -> None:
        execute(module)
        for each in _ASKING[name]:
            if hasattr(module, each):
                setattr(module, each, self._explaining(getattr(module, each)))

    def _explaining(self, ask: Callable[..., object]) -> Callable[..., object]:
        run = self._run

        @functools.wraps(ask)
        def asking(*arguments: object, **named: object) -> object:
            repository = str(named.get("repo_id", arguments[0] if arguments else ""))
            if not run.enforced:
                run.missing(repository, named)
            try:
                return ask(*arguments, **named)
            except Exception as error:
                message = None
                if _ABSENT & {kind.__name__ for kind in type(error).__mro__}:
                    message = run.missing(repository, named)
                if message:
                    error.args = ("%s\n%s" % (error, message), *error.args[1:])
                raise

        return asking


def _start(path: str) -> None:
    try:
        run = _Run(path)
    except (OSError, ValueError, KeyError) as problem:
        sys.stderr.write("weighbridge: refusals will not be explained: %s\n" % problem)
        return
    sys.addaudithook(run.hook)
    sys.meta_path.insert(0, _Explainer(run))


def _chain() -> None:
    """Run the sitecustomize that this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in sys.path:
        candidate = os.path.join(folder or os.curdir, "sitecustomize.py")
        if os.path.abspath(folder or os.curdir) != here and os.path.isfile(candidate):
            spec = importlib.util.spec_from_file_location("sitecustomize", candidate)
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                sys.modules["sitecustomize"] = module
                spec.loader.exec_module(module)
            return


if os.environ.get("WEIGHBRIDGE_RUN_CONFIG"):
    _start(os.environ["WEIGHBRIDGE_RUN_CONFIG"])
_chain()
