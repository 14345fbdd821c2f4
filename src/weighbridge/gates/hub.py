"""The Hugging Face Hub's protocol, read-only, over approved pins: a request in, an answer out.

Only pinned paths of approved revisions are ever named in an answer, so that nothing else can be asked for by any
path. The same approvals give the same answers: no socket, file, clock or environment is touched, and nothing is
remembered between requests. Whether something is approved, and whether bytes are still those that were, is decided by
who builds the gate and by who opens the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import DeniedError, IntegrityError
from weighbridge.core.http import Denial, one_line
from weighbridge.gates import hub_answers as answers
from weighbridge.gates import hub_api as api
from weighbridge.gates import hub_files as files
from weighbridge.gates import hub_routes as routes
from weighbridge.gates.hub_offer import Approved, Offer, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.http import Answer, FileRange, Request
    from weighbridge.gates.hub_offer import Repository, Snapshot
    from weighbridge.gates.hub_routes import Route

__all__ = ["Approved", "HubGate", "Refused"]

_READS = frozenset({"GET", "HEAD"})
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_READ_ONLY = "Weighbridge serves approved models and takes in nothing: publish to the Hub itself"
_NO_GIT = "Weighbridge serves approved models to the Hub's clients, not to git: `hf download` or `weighbridge pull`"
_NO_OLLAMA = (
    "Weighbridge does not speak the registry protocol of Ollama and llama.cpp: give them the file of `weighbridge pull`"
)


class HubGate:
    """Answers as the Hub would if it held the approved revisions alone; may be used by many threads at once.

    Args:
        approved: What may be served.
        refused: What is governed and denied, so that answers can say why.
        stage: For which all that was judged.
    """

    def __init__(self, approved: Iterable[Approved], refused: Iterable[Refused] = (), *, stage: str) -> None:
        self._offer = Offer.of(approved, refused)
        self._stage = stage

    def answer(self, request: Request) -> Answer:
        """The answer to one request; malformed ones have an answer too."""
        route = routes.route(request.path, self._offer.knows)
        if route.verb in _REGISTRIES:
            text = _REGISTRIES[route.verb]
            return answers.plain_refusal(answers.FORBIDDEN, text, Denial(route.repo, "", "", one_line(text)))
        is_post = route.verb == "paths-info"
        if request.method in _WRITES and not (is_post and request.method == "POST"):
            denial = Denial(route.repo, route.revision or "", route.path, _READ_ONLY)
            return answers.refusal(answers.FORBIDDEN, _READ_ONLY, denial=denial)
        if is_post != (request.method == "POST") or request.method not in _READS | {"POST"}:
            allowed = {"Allow": "POST" if is_post else "GET, HEAD"}
            return answers.refusal(answers.NOT_ALLOWED, "this method is not served here", headers=allowed)
        if route.verb == routes.LISTING:
            return self._listing(request, route)
        if route.verb in _GENERAL:
            return _GENERAL[route.verb](request)
        return self._about_repository(request, route)

    def failed(self, request: Request, file: FileRange, error: WeighbridgeError) -> Answer:
        """What the client gets where a file's bytes could not be opened as approved ones."""
        text = f"{file.path} of {file.repo} is not served: {error.message}; {error.hint}"
        denial = Denial(file.repo, file.revision, file.path, one_line(text))
        if isinstance(error, DeniedError):
            route = routes.Route("resolve", routes.MODELS, file.repo, file.revision, file.path)
            return answers.denied(request, route, text, answers.REVISION)
        status = answers.FORBIDDEN if isinstance(error, IntegrityError) else answers.FAILED
        return answers.refusal(status, text, commit=file.revision, denial=denial)

    def _listing(self, request: Request, route: Route) -> Answer:
        known = self._offer.repositories.values() if route.kind == routes.MODELS else ()
        return api.listing(request, [found for found in (each.default for each in known) if found is not None])

    def _about_repository(self, request: Request, route: Route) -> Answer:
        repository = self._offer.get(route.repo_id) if route.kind == routes.MODELS else None
        if repository is None:
            return answers.denied(request, route, answers.unknown_repo(route, self._stage), answers.REPO)
        is_whole = route.verb in _WHOLE
        snapshot = repository.default if is_whole else repository.find(route.revision)
        if snapshot is None:
            text = answers.denied_revision(repository, route, self._stage)
            return answers.denied(request, route, text, answers.REVISION)
        if is_whole:
            return _WHOLE[route.verb](request, repository)
        return _OF_REVISION[route.verb](request, route, snapshot)


_REGISTRIES = {routes.GIT: _NO_GIT, routes.OLLAMA: _NO_OLLAMA}
_GENERAL: dict[str, Callable[[Request], Answer]] = {
    routes.AGENTS: api.agents,
    routes.TELEMETRY: api.telemetry,
    routes.UNKNOWN: api.unknown,
    routes.WHOAMI: api.whoami,
    "xet-read-token": api.no_xet,
}
_WHOLE: dict[str, Callable[[Request, Repository], Answer]] = {"refs": api.refs, "auth-check": api.auth_check}
_OF_REVISION: dict[str, Callable[[Request, Route, Snapshot], Answer]] = {
    routes.INFO: api.info,
    "tree": api.tree,
    "paths-info": api.paths_info,
    "commits": api.commits,
    "resolve": files.resolve,
    "raw": files.raw,
}
