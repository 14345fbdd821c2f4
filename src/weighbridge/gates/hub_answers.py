"""Answers of the Hub's protocol: JSON, and refusals that a person gets to read.

The same text goes into ``X-Error-Message``, ``X-HF-Warning`` and the JSON body: some clients show the one, some the
other, and none shows a text twice. Which status and code for which refusal: docs/loopback.md.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING

from weighbridge.core.http import Answer, Denial, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.http import Request
    from weighbridge.gates.hub_offer import Refused, Repository
    from weighbridge.gates.hub_routes import Route

JSON = "application/json; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, FAILED = 200, 400, 401, 403, 404, 405, 500
# What the clients dispatch on, X-Error-Code.
REPO, REVISION, ENTRY = "RepoNotFound", "RevisionNotFound", "EntryNotFound"
_SHOWN_CHARACTERS = 200
_COMMIT_SHOWN = 12
# A client that shows the texts of a 403 alone, and never falls back to its cache.
_SHOWS_403_ONLY = "hf-hub/"


def json_answer(document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """A 200 with JSON."""
    return Answer(OK, {"Content-Type": JSON, **(headers or {})}, json.dumps(document).encode())


def refusal(
    status: int,
    text: str,
    *,
    error: str = "",
    commit: str = "",
    denial: Denial | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error, in every place where a client might look.

    Args:
        status: Of HTTP.
        text: What a person is to read.
        error: For ``X-Error-Code``; empty for none.
        commit: For ``X-Repo-Commit``; empty for none.
        denial: What policy keeps from the client; it makes the text a warning too.
        headers: Others.
    """
    line = one_line(text)
    said = {"Content-Type": JSON, "X-Error-Message": line}
    if error:
        said["X-Error-Code"] = error
    if commit:
        said["X-Repo-Commit"] = commit
    if denial:
        # Clients show one warning for each topic in a process: the topic is as distinct as the text.
        said["X-HF-Warning"] = f"weighbridge-{hashlib.sha256(line.encode()).hexdigest()[:12]}; {line}"
    return Answer(status, {**said, **(headers or {})}, json.dumps({"error": line}).encode(), denial)


def plain_refusal(status: int, text: str, denial: Denial) -> Answer:
    """An error for programs that print a body of plain text, as Git does."""
    line = one_line(text)
    return Answer(status, {"Content-Type": PLAIN, "X-Error-Message": line}, f"{line}\n".encode(), denial)


def denied(request: Request, route: Route, text: str, error: str) -> Answer:
    """A repository or revision that policy keeps from the client.

    404 with the Hub's own code: a client that gets another status goes on with what its cache holds.
    """
    is_blunt = _SHOWS_403_ONLY in request.headers.get("user-agent", "")
    denial = Denial(route.repo, route.revision or "", route.path, one_line(text))
    return refusal(FORBIDDEN if is_blunt else NOT_FOUND, text, error=error, denial=denial)


def shown(text: str) -> str:
    """A name from a request, as it may stand in a sentence."""
    return one_line(text, _SHOWN_CHARACTERS)


def unknown_repo(route: Route, stage: str) -> str:
    """What is said of a repository of which nothing is governed."""
    if route.kind != "models":
        return f"{shown(route.repo)} is not served: Weighbridge governs models, and no {route.kind}"
    command = _add(route.repo_id, route.revision)
    return (
        f"{shown(route.repo_id)} is not governed by Weighbridge: run `{command}`, "
        f"then `weighbridge approve NAME --stage {stage}`"
    )


def denied_revision(repository: Repository, route: Route, stage: str) -> str:
    """What is said of a revision that is not approved, in a repository of which something is governed."""
    wanted = shown(route.revision or "main")
    refused = repository.denied(route.revision)
    if refused is None and not repository.snapshots:
        refused = repository.refused[0]
    if refused is not None:
        return (
            f"{repository.repo_id}@{wanted}, governed as {refused.name}, is denied for {stage}: {refused.reason}; "
            f"run `{refused.hint or _approve(refused, stage)}`"
        )
    approved = ", ".join(_approved_as(repository, commit) for commit in repository.snapshots)
    return (
        f"{repository.repo_id} has no approved revision {wanted}: approved for {stage} is {approved}; "
        f"ask for that, or run `{_add(repository.repo_id, route.revision)}` and approve it"
    )


def _approved_as(repository: Repository, commit: str) -> str:
    refs = [ref for ref, leads_to in repository.refs.items() if leads_to == commit and ref != commit]
    names = " and ".join(repository.snapshots[commit].names)
    return f"{' or '.join([*refs, commit[:_COMMIT_SHOWN]])} as {names}"


def omitted(repo_id: str, name: str, path: str) -> str:
    """What is said of a file that the pin leaves out."""
    return (
        f"{shown(path)} of {repo_id} is not governed: the pin of {name} leaves it out; "
        f"`weighbridge add hf:{repo_id} --name {name} --all` takes in every file"
    )


def _add(repo_id: str, revision: str | None) -> str:
    """The command that pins a repository; what came from a request is quoted, for people paste it into a shell."""
    ref = f"hf:{repo_id}" if revision in {None, "main", "HEAD"} else f"hf:{repo_id}@{revision}"
    return f"weighbridge add {shlex.quote(shown(ref))} --name NAME"


def _approve(refused: Refused, stage: str) -> str:
    return f"weighbridge approve {refused.name} --stage {stage}"
