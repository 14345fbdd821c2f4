"""The JSON endpoints of one repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from tests.fakes.hub import documents
from tests.fakes.hub.messages import Answer, Question, Refusal, is_true, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.hub.repo import Repo
    from tests.fakes.hub.routes import Route
    from tests.fakes.hub.trees import Commit

COMMITS_PER_PAGE = 50
EXPANDED_PER_PAGE = 50
_EXPANDABLE = (
    "author baseModels cardData childrenModelCount config createdAt disabled downloads downloadsAllTime evalResults"
    " gated gguf inference inferenceProviderMapping lastModified library_name likes mask_token model-index"
    " pipeline_tag private resourceGroup safetensors sha siblings spaces tags transformersInfo trendingScore"
    " usedStorage widgetData xetEnabled securityRepoStatus authorData"
)
EXPANDABLE = frozenset(_EXPANDABLE.split())


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API, with its repository found and admitted.

    Args:
        question: as it came.
        route: its path, read.
        repo: the repository.
        hub_url: for links to the next page.
        page_size: entries in one page of a tree.
    """

    question: Question
    route: Route
    repo: Repo
    hub_url: str
    page_size: int


def commit_of(repo: Repo, revision: str | None) -> Commit:
    """The commit of a revision, or the Hub's refusal."""
    commit = repo.resolve(revision)
    if commit is None:
        raise Refusal(404, f"Invalid rev id: {revision or 'main'}", "RevisionNotFound")
    return commit


def answer_call(call: Call) -> Answer:
    """Answer by the verb of the path."""
    handler = _HANDLERS.get(call.route.verb)
    if handler is None:
        raise Refusal(404, "Not Found")
    return handler(call)


def _info(call: Call) -> Answer:
    asked = call.question
    commit = commit_of(call.repo, call.route.revision)
    wanted = asked.query.get("expand", [])
    if unknown := sorted(set(wanted) - EXPANDABLE):
        raise Refusal(400, f'"expand" must be one of [{", ".join(sorted(EXPANDABLE))}], not {", ".join(unknown)}')
    security = asked.says("securityStatus") or "securityRepoStatus" in wanted
    said = documents.info(call.repo, commit, blobs=asked.says("blobs"), security=security)
    if wanted:
        said = {key: value for key, value in said.items() if key in {"_id", "id", *wanted}}
    return json_answer(said, "info", call.repo.id, ETag=f'W/"{commit.id}"')


def _tree(call: Call) -> Answer:
    commit = commit_of(call.repo, call.route.revision)
    folder = call.route.path.rstrip("/")
    if folder and folder not in commit.folders:
        message = f'{folder} does not exist on "{call.route.revision}"'
        raise Refusal(404, message, "EntryNotFound", commit.id)
    expand = call.question.says("expand")
    entries = documents.tree(call.repo, commit, folder, recursive=call.question.says("recursive"), expand=expand)
    per_page = min(call.page_size, EXPANDED_PER_PAGE) if expand else call.page_size
    return _paged(call, entries, per_page, "tree")


def _paths_info(call: Call) -> Answer:
    commit = commit_of(call.repo, call.route.revision)
    paths, expand = _asked_paths(call.question)
    found = (documents.path_info(call.repo, commit, path, expand=expand) for path in paths)
    return json_answer([entry for entry in found if entry is not None], "paths", call.repo.id)


def _refs(call: Call) -> Answer:
    said = documents.refs(call.repo, pull_requests=call.question.says("include_prs"))
    return json_answer(said, "refs", call.repo.id)


def _commits(call: Call) -> Answer:
    head = commit_of(call.repo, call.route.revision)
    entries = documents.commits(call.repo, head, formatted="formatted" in call.question.query.get("expand", []))
    return _paged(call, entries, COMMITS_PER_PAGE, "commits").with_headers(X_Total_Count=str(len(entries)))


def _nothing(call: Call) -> Answer:
    return json_answer({}, repo=call.repo.id)


def _paged(call: Call, entries: list[dict[str, Any]], per_page: int, subject: Any) -> Answer:
    """One page, with a Link to the next (RFC 8288)."""
    query = call.question.query
    try:
        start = int(query.get("cursor", ["0"])[-1])
        count = min(int(query.get("limit", [str(per_page)])[-1]), per_page)
    except ValueError as error:
        raise Refusal(400, "Invalid cursor or limit") from error
    answer = json_answer(entries[start : start + count], subject, call.repo.id)
    if start + count >= len(entries):
        return answer
    parameters = urlencode(query | {"cursor": [str(start + count)]}, doseq=True)
    return answer.with_headers(Link=f'<{call.hub_url}{call.question.path}?{parameters}>; rel="next"')


def _asked_paths(question: Question) -> tuple[list[str], bool]:
    """The paths of a form or of JSON; clients send either."""
    if "json" in question.headers.get("content-type", ""):
        said = json.loads(question.body or b"{}")
        paths = said.get("paths", [])
        return ([paths] if isinstance(paths, str) else list(paths)), bool(said.get("expand"))
    form = parse_qs(question.body.decode())
    return form.get("paths", []), is_true(form.get("expand", ["false"])[-1])


_HANDLERS: dict[str, Callable[[Call], Answer]] = {
    "": _info,
    "revision": _info,
    "tree": _tree,
    "paths-info": _paths_info,
    "refs": _refs,
    "commits": _commits,
    "auth-check": _nothing,
}
