"""Reading a raw request path: which repository, which verb, which revision, which file.

Segments are split before they are decoded, so that `refs%2Fpr%2F1` stays one revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("models", "datasets", "spaces")
API_VERBS = frozenset({"revision", "tree", "paths-info", "refs", "commits", "auth-check", "xet-read-token"})
FILE_VERBS = frozenset({"resolve", "raw"})
CACHE_VERB = "resolve-cache"
_REF_KINDS = frozenset({"pr", "heads", "tags", "convert"})


@dataclass(frozen=True, slots=True)
class Route:
    """A path that concerns a repository.

    Args:
        before: what precedes the repository's id in the raw path.
        repo_id: `org/name`, `name`, or `datasets/org/name`.
        verb: of the API or `resolve`, `raw`, `resolve-cache`; "" for the repository itself.
        rest: the raw segments after the verb.
        after: what follows the repository's id in the raw path.
    """

    before: str
    repo_id: str
    verb: str
    rest: tuple[str, ...]
    after: str

    @property
    def is_api(self) -> bool:
        """Whether errors are said in JSON."""
        return self.verb not in FILE_VERBS and self.verb != CACHE_VERB

    @property
    def revision(self) -> str | None:
        """The revision, decoded; None where the path names none."""
        return decoded("/".join(self.rest[: self._revision_segments])) if self.rest else None

    @property
    def path(self) -> str:
        """The path in the repository, decoded and otherwise verbatim."""
        return "/".join(decoded(segment) for segment in self.rest[self._revision_segments :])

    @property
    def _revision_segments(self) -> int:
        """One, or three where a client writes `refs/pr/1` without quoting it."""
        match self.rest:
            case ("refs", kind, _, *_) if kind in _REF_KINDS:
                return 3
            case _:
                return 1

    def renamed(self, new_id: str) -> str:
        """The same path for a repository of another name."""
        return f"{self.before}{bare(new_id)}{self.after}"


def decoded(segment: str) -> str:
    """A segment without its percent signs."""
    return unquote(segment, errors="surrogatepass")


def kind_of(repo_id: str) -> str:
    """The first part of API paths for a repository."""
    first = repo_id.partition("/")[0]
    return first if first in KINDS[1:] else KINDS[0]


def bare(repo_id: str) -> str:
    """The id without `datasets/` or `spaces/`."""
    return repo_id if kind_of(repo_id) == KINDS[0] else repo_id.partition("/")[2]


def route(path: str, is_known: Callable[[str], bool]) -> Route | None:
    """Read a raw path, or give None if it concerns no repository.

    Args:
        path: without the query.
        is_known: whether a repository of that id exists or redirects; it settles ids such as `org/tree`.
    """
    match path.split("/"):
        case ["", "api", "resolve-cache", kind, *rest] if kind in KINDS and rest:
            return _route(f"/api/{CACHE_VERB}/{kind}/", kind, rest, frozenset(), is_known)
        case ["", "api", kind, *rest] if kind in KINDS and rest:
            return _route(f"/api/{kind}/", kind, rest, API_VERBS, is_known)
        case ["", "api", *_]:
            return None
        case ["", kind, *rest] if kind in KINDS[1:] and rest:
            found = _route(f"/{kind}/", kind, rest, FILE_VERBS, is_known)
        case ["", *rest]:
            found = _route("/", KINDS[0], rest, FILE_VERBS, is_known)
        case _:
            return None
    return found if found and found.verb in FILE_VERBS else None


def _route(
    before: str, kind: str, segments: list[str], verbs: frozenset[str], is_known: Callable[[str], bool]
) -> Route | None:
    """Find where the id ends: after one segment or two."""
    prefix = "" if kind == KINDS[0] else f"{kind}/"

    def split(count: int) -> tuple[str, str]:
        raw = "/".join(segments[:count])
        return prefix + decoded(raw), raw

    two_id, _ = split(2)
    one_id, _ = split(1)
    could_be_one = not segments[1:] or segments[1] in verbs or (not verbs and is_known(one_id))
    count = 1 if could_be_one and not is_known(two_id) else 2
    repo_id, raw = split(count)
    rest = segments[count:]
    after = "".join(f"/{segment}" for segment in rest)
    if not verbs:
        return Route(before, repo_id, CACHE_VERB, tuple(rest), after)
    if not raw or (rest and rest[0] not in verbs):
        return None
    return Route(before, repo_id, rest[0] if rest else "", tuple(rest[1:]), after)
