"""What an error answer of a Hub means, in our words.

The Hub library's own rules read the answer (`hf_raise_for_status`); this module turns the exception it raises into
one of ours, with the next step. A server's own text is shown, shortened and without the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.core.errors import AccessError, NotFoundError, SourceError, WeighbridgeError
from weighbridge.sources import _hub_library

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.sources._http import Reply

MAX_TEXT = 300
_UNAUTHORIZED, _SERVER_ERROR = 401, 500
_LOG_IN = "log in with `hf auth login` or set HF_TOKEN"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of which Hub, for messages.

    Args:
        endpoint: The Hub's URL.
        repo: The repository.
        revision: Branch, tag or commit; empty for the default.
        token: What was sent, so that it can be kept out of every text; None if nothing was.
    """

    endpoint: str
    repo: str
    revision: str = ""
    token: str | None = None

    def scrubbed(self, text: str) -> str:
        """A text of the server as one printable line of at most 300 characters, without the token."""
        found = text.replace(self.token, "***") if self.token else text
        line = " ".join("".join(char if char.isprintable() else " " for char in found).split())
        return line[:MAX_TEXT]


def error_of(asked: Asked, reply: Reply, body: bytes) -> WeighbridgeError:
    """The error that an answer with an error status means."""
    utils = _hub_library.part("utils")
    headers = {name: value for name, value in reply.headers.items() if name.startswith(("x-", "content-type", "rate"))}
    request = utils.httpx.Request("GET", reply.url)
    try:
        utils.hf_raise_for_status(utils.httpx.Response(reply.status, headers=headers, content=body, request=request))
    except _hub_library.part("errors").HfHubHTTPError as error:
        return _translated(asked, error, reply.status)
    return SourceError(
        f"{asked.endpoint} answered with the HTTP status {reply.status}, which means nothing here",
        code="bad-answer",
        hint="check that HF_ENDPOINT names a Hub",
    )


def _translated(asked: Asked, error: Any, status: int) -> WeighbridgeError:
    hub = _hub_library.part("errors")
    said = asked.scrubbed(error.server_message or "")
    # In this order: the library's class for gated repositories is below that for missing ones.
    match error:
        case hub.GatedRepoError():
            found = _gated(asked)
        case hub.DisabledRepoError():
            found = _disabled(asked)
        case hub.RevisionNotFoundError():
            found = _no_revision(asked)
        case hub.RemoteEntryNotFoundError():
            found = _no_file(asked)
        case hub.RepositoryNotFoundError():
            found = _no_repository(asked, status)
        case _:
            found = _by_status(asked, status)
    if said:
        found.details["server"] = said
    return found


def _gated(asked: Asked) -> WeighbridgeError:
    page = f"{asked.endpoint}/{asked.repo}"
    if asked.token is None:
        hint = f"accept its terms at {page}, then {_LOG_IN}"
    else:
        hint = f"accept its terms or ask for access at {page} with the account of your token, then try again"
    return AccessError(f"{asked.repo} is gated: its owner wants to know who uses it", code="gated", hint=hint)


def _disabled(asked: Asked) -> WeighbridgeError:
    return AccessError(
        f"{asked.endpoint} has switched {asked.repo} off",
        code="disabled",
        hint=f"see {asked.endpoint}/{asked.repo} for the reason; use another model or a copy that you keep",
    )


def _no_revision(asked: Asked) -> WeighbridgeError:
    return NotFoundError(
        f"{asked.repo} has no revision {asked.revision!r}",
        code="revision-missing",
        hint="name a branch, a tag or a 40-digit commit of the repository; a squashed history loses its commits",
    )


def _no_file(asked: Asked) -> WeighbridgeError:
    return NotFoundError(
        f"{asked.repo} has lost a file at {asked.revision!r}",
        code="file-missing",
        hint="run the command again; the source contradicts its own listing",
    )


def _no_repository(asked: Asked, status: int) -> WeighbridgeError:
    if asked.token is None:
        hint = f"check the spelling; if it is private, {_LOG_IN}"
    else:
        hint = "check the spelling; if it is private, let its owner give access to the account of your token"
    if status == _UNAUTHORIZED and asked.token is not None:
        return _bad_token(asked)
    return NotFoundError(
        f"{asked.endpoint} has no repository {asked.repo}, or it is private", code="repository-missing", hint=hint
    )


def _bad_token(asked: Asked) -> WeighbridgeError:
    return AccessError(
        f"{asked.endpoint} does not accept the token",
        code="bad-token",
        hint="it may be expired or of another Hub: make a new one, then `hf auth login` or set HF_TOKEN",
    )


def _by_status(asked: Asked, status: int) -> WeighbridgeError:
    """What the status alone says, for answers that carry no code of the Hub (RFC 9110 §15, RFC 6585 §4, RFC 7725)."""
    if status in _BY_STATUS:
        return _BY_STATUS[status](asked, status)
    if status >= _SERVER_ERROR:
        return SourceError(
            f"{asked.endpoint} failed with the HTTP status {status}",
            code="server-failed",
            hint="try again later: what was received is kept",
        )
    return SourceError(
        f"{asked.endpoint} refused the request with the HTTP status {status}",
        code="refused",
        hint="check that HF_ENDPOINT names a Hub",
    )


def _private(asked: Asked, _status: int) -> WeighbridgeError:
    return AccessError(
        f"{asked.endpoint} does not let this caller have {asked.repo}",
        code="private",
        hint="let its owner give access to the account of your token" + ("" if asked.token else f"; {_LOG_IN}"),
    )


def _proxy(_asked: Asked, _status: int) -> WeighbridgeError:
    return SourceError(
        "the proxy wants a user and a password", code="proxy", hint="write them into HTTPS_PROXY: http://user:…@host"
    )


def _too_slow(asked: Asked, _status: int) -> WeighbridgeError:
    return SourceError(
        f"{asked.endpoint} did not wait for the request", code="timed-out", hint="check the network, then try again"
    )


def _too_many(asked: Asked, _status: int) -> WeighbridgeError:
    return SourceError(
        f"{asked.endpoint} has had too many requests from here",
        code="rate-limited",
        hint="try again later" + ("" if asked.token else f"; {_LOG_IN}: accounts may ask for more"),
    )


_BY_STATUS: dict[int, Callable[[Asked, int], WeighbridgeError]] = {
    401: _no_repository,
    403: _private,
    404: _no_repository,
    407: _proxy,
    408: _too_slow,
    410: _no_repository,
    429: _too_many,
    451: lambda asked, _status: _disabled(asked),
}
