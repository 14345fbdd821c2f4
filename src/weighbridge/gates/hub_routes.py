"""Reading a raw request path of the Hub's protocol: which repository, which verb, which revision, which file.

Segments are split before they are decoded, so that ``refs%2Fpr%2F1`` stays one revision. Nothing is looked up but
whether a repository is known, which settles what ``/api/models/org/tree`` means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MODELS = "models"
OTHER_KINDS = frozenset({"datasets", "spaces", "kernels"})
KINDS = OTHER_KINDS | {MODELS}
# Verbs without a repository, and the one of a path that nobody knows.
AGENTS, WHOAMI, TELEMETRY, LISTING, GIT, OLLAMA, UNKNOWN = (
    "agent-harnesses",
    "whoami-v2",
    "telemetry",
    "listing",
    "git",
    "ollama",
    "unknown",
)
INFO = "info"
_WITH_REVISION = frozenset({"revision", "tree", "paths-info", "commits", "xet-read-token"})
_API_VERBS = _WITH_REVISION | {"refs", "auth-check"}
_FILE_VERBS = frozenset({"resolve", "raw"})
_REF_KINDS = frozenset({"pr", "heads", "tags", "convert"})
_GIT_SERVICES = frozenset({"git-upload-pack", "git-receive-pack"})


@dataclass(frozen=True, slots=True)
class Route:
    """What a path asks for.

    Args:
        verb: Of the API, ``info``, ``resolve``, ``raw``, or one of this module's names.
        kind: ``models``, ``datasets``, ``spaces`` or ``kernels``.
        repo_id: ``org/name`` or ``name``; empty where no repository is meant.
        revision: Decoded; None where the path names none.
        path: In the repository, decoded, otherwise verbatim.
    """

    verb: str
    kind: str = MODELS
    repo_id: str = ""
    revision: str | None = None
    path: str = ""

    @property
    def repo(self) -> str:
        """The repository with its kind, as records name it."""
        return self.repo_id if self.kind == MODELS or not self.repo_id else f"{self.kind}/{self.repo_id}"


def route(path: str, is_known: Callable[[str], bool]) -> Route:
    """Read a raw path.

    Args:
        path: Without the query, nothing decoded.
        is_known: Whether a model repository of that id exists.
    """
    match path.split("/"):
        case ["", "api", *rest]:
            return _api(rest, is_known)
        case ["", "v2", *_]:
            return Route(OLLAMA)
        case ["", first, *rest]:
            return _files([first, *rest], is_known)
        case _:
            return Route(UNKNOWN)


def _api(segments: Sequence[str], is_known: Callable[[str], bool]) -> Route:
    """What stands behind ``/api/``."""
    match segments:
        case [name] if name in {AGENTS, WHOAMI}:
            return Route(name)
        case ["telemetry", *_]:
            return Route(TELEMETRY)
        case [kind] if kind in KINDS:
            return Route(LISTING, kind)
        case [kind, *rest] if kind in KINDS:
            return _of_repository(kind, rest, is_known if kind == MODELS else _never)
        case _:
            return Route(UNKNOWN)


def _never(_: str) -> bool:
    return False


def _of_repository(kind: str, segments: Sequence[str], is_known: Callable[[str], bool]) -> Route:
    """What stands behind ``/api/models/``."""
    one, two = (unquote("/".join(segments[:count])) for count in (1, 2))
    is_one = len(segments) == 1 or segments[1] in _API_VERBS or is_known(one)
    count = 1 if is_one and not is_known(two) else 2
    repo_id, rest = (one, two)[count - 1], segments[count:]
    if "" in segments[:count]:
        return Route(UNKNOWN, kind)
    if not rest:
        return Route(INFO, kind, repo_id)
    verb, more = rest[0], rest[1:]
    if verb in _WITH_REVISION and more:
        revision, path = _revised(more)
        return Route(INFO if verb == "revision" else verb, kind, repo_id, revision, path.rstrip("/"))
    return Route(verb if verb in _API_VERBS - _WITH_REVISION and not more else UNKNOWN, kind, repo_id)


def _files(segments: Sequence[str], is_known: Callable[[str], bool]) -> Route:
    """What stands at the root: files, and what Git asks for."""
    kind = MODELS
    if segments[0] in OTHER_KINDS and not is_known(unquote("/".join(segments[:2]))):
        kind, segments = segments[0], segments[1:]
    for count in (2, 1):
        rest = segments[count:]
        if _is_git(segments[:count], rest):
            return Route(GIT, kind, unquote("/".join(segments[:count])).removesuffix(".git"))
        if len(rest) > 1 and rest[0] in _FILE_VERBS and "" not in segments[:count]:
            revision, path = _revised(rest[1:])
            return Route(rest[0], kind, unquote("/".join(segments[:count])), revision, path)
    return Route(UNKNOWN)


def _is_git(repo: Sequence[str], rest: Sequence[str]) -> bool:
    """Whether git or git-lfs asks: https://git-scm.com/docs/http-protocol, and git-lfs docs/api."""
    if not repo or not rest:
        return False
    return (
        repo[-1].endswith(".git") or rest[0] in _GIT_SERVICES or list(rest[:2]) in (["info", "refs"], ["info", "lfs"])
    )


def _revised(segments: Sequence[str]) -> tuple[str, str]:
    """Revision and path; a revision has one segment, or three where a client does not quote ``refs/pr/1``."""
    revision, *rest = segments
    if revision == "refs" and len(rest) > 1 and rest[0] in _REF_KINDS:
        revision, rest = f"refs/{rest[0]}/{rest[1]}", rest[2:]
    return unquote(revision), "/".join(unquote(segment) for segment in rest)
