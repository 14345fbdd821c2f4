"""The JSON endpoints of the Hub's API, for a repository and a revision that were found and may be shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from weighbridge.gates import hub_answers as answers
from weighbridge.gates import hub_documents as documents
from weighbridge.gates.hub_files import missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.http import Answer, Request
    from weighbridge.gates.hub_offer import Repository, Snapshot
    from weighbridge.gates.hub_routes import Route

MAX_LISTED = 1000
MAX_FIELDS = 100_000
_COUNT = re.compile(r"[0-9]{1,9}")


def query(request: Request) -> dict[str, str]:
    """The last value of each parameter."""
    return {name: values[-1] for name, values in _fields(request.query).items()}


def _fields(text: str) -> dict[str, list[str]]:
    """A query or a form; ``expand[]`` is ``expand``. Empty if it is absurd."""
    found: dict[str, list[str]] = {}
    try:
        for name, values in parse_qs(text, keep_blank_values=True, max_num_fields=MAX_FIELDS).items():
            found.setdefault(name.removesuffix("[]"), []).extend(values)
    except ValueError:
        return {}
    return found


def _is_true(text: object) -> bool:
    """How the Hub reads a yes or no."""
    return str(text).lower() in {"true", "1"}


def _commit(snapshot: Snapshot) -> dict[str, str]:
    return {"X-Repo-Commit": snapshot.revision}


def whoami(request: Request) -> Answer:
    """Somebody, to whoever has a token: programs log in before they load. No token is looked at."""
    if "authorization" not in request.headers:
        return answers.refusal(answers.UNAUTHORIZED, "there are no accounts here: no token is needed")
    token = {"displayName": "weighbridge", "role": "read"}
    user = {"type": "user", "id": "0" * 24, "name": "weighbridge", "fullname": "Weighbridge", "orgs": []}
    return answers.json_answer({**user, "auth": {"type": "access_token", "accessToken": token}})


def info(request: Request, _: Route, snapshot: Snapshot) -> Answer:
    """What is said of a revision."""
    asked, one = _fields(request.query), query(request)
    expand = frozenset(",".join(asked.get("expand", [])).split(",")) - {""}
    blobs, security = _is_true(one.get("blobs")), _is_true(one.get("securityStatus"))
    return answers.json_answer(
        documents.info(snapshot, blobs=blobs, security=security, expand=expand), _commit(snapshot)
    )


def tree(request: Request, route: Route, snapshot: Snapshot) -> Answer:
    """Files and folders of a revision."""
    if route.path and route.path not in snapshot.folders:
        return missing(route, snapshot)
    asked = query(request)
    recursive, expand = _is_true(asked.get("recursive")), _is_true(asked.get("expand"))
    return answers.json_answer(
        documents.tree(snapshot, route.path, recursive=recursive, expand=expand), _commit(snapshot)
    )


def paths_info(request: Request, _: Route, snapshot: Snapshot) -> Answer:
    """Files and folders by their paths; those that are not there are left out."""
    paths, expand = _asked_paths(request)
    if paths is None:
        return answers.refusal(answers.BAD_REQUEST, "paths must be a list of texts, in a form or in JSON")
    found = [path for path in dict.fromkeys(paths) if path in snapshot.held or path in snapshot.folders]
    entries = [documents.entry(snapshot, path, expand=expand) for path in found]
    return answers.json_answer(entries, _commit(snapshot))


def _asked_paths(request: Request) -> tuple[list[str] | None, bool]:
    """Paths and `expand`, from a form as Python sends it or from JSON as JavaScript does; None for neither."""
    if "json" not in request.headers.get("content-type", ""):
        form = _fields(request.body.decode("utf-8", "replace"))
        return form.get("paths", []), _is_true(form.get("expand", [""])[-1])
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return None, False
    paths = said.get("paths", []) if isinstance(said, dict) else None
    paths = [paths] if isinstance(paths, str) else paths
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        return None, False
    return paths, _is_true(said.get("expand"))


def commits(_: Request, __: Route, snapshot: Snapshot) -> Answer:
    """The history, which begins and ends with what was approved."""
    return answers.json_answer(documents.commits(snapshot), {**_commit(snapshot), "X-Total-Count": "1"})


def refs(request: Request, repository: Repository) -> Answer:
    """Branches and tags."""
    wanted = _is_true(query(request).get("include_prs"))
    return answers.json_answer(documents.refs(repository, pull_requests=wanted))


def auth_check(_: Request, __: Repository) -> Answer:
    """Whoever asks may read."""
    return answers.json_answer({})


def telemetry(_: Request) -> Answer:
    """Nothing is recorded."""
    return answers.json_answer({})


def agents(_: Request) -> Answer:
    """No agent is known, so that clients do not tell of any."""
    return answers.json_answer({"standardEnvVars": [], "harnesses": {}})


def no_xet(_: Request) -> Answer:
    """A client that asks for Xet would fetch the bytes elsewhere."""
    return answers.refusal(answers.NOT_FOUND, "there is no Xet storage here: files come from /resolve")


def unknown(_: Request) -> Answer:
    """A path that nobody knows."""
    text = "Weighbridge's Hub of approved models has no such path; /api/models lists what it serves"
    return answers.refusal(answers.NOT_FOUND, text)


def listing(request: Request, snapshots: Iterable[Snapshot]) -> Answer:
    """A search, at most `MAX_LISTED` results."""
    asked = query(request)
    limit = asked.get("limit", "")
    count = min(int(limit), MAX_LISTED) if _COUNT.fullmatch(limit) else MAX_LISTED
    return answers.json_answer(documents.search(snapshots, asked.get("search", ""), asked.get("author", ""), count))
