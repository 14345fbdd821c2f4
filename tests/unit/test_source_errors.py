"""Every foreign error has a translation: none is missed."""

from __future__ import annotations

import ssl
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from huggingface_hub import errors as hub_errors
from urllib3 import exceptions as foreign

from weighbridge.core.errors import AccessError, NotFoundError, SourceError, WeighbridgeError
from weighbridge.sources._http import Reply, faults
from weighbridge.sources._hub_errors import Asked, error_of
from weighbridge.sources._retry import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENDPOINT = "https://hub.example"
INVALID = "Invalid credentials in Authorization header"


def meaning(status: int, *, code: str = "", message: str = "", token: str | None = None) -> WeighbridgeError:
    """What an answer of the Hub means."""
    headers = {"x-error-code": code, "x-error-message": message}
    sent: Mapping[str, str] = {name: value for name, value in headers.items() if value}
    body = urllib3.HTTPResponse(status=status, preload_content=False)
    reply = Reply(f"{ENDPOINT}/api/models/org/model", sent, sent, body)
    return error_of(Asked(ENDPOINT, "org/model", "main", token), reply, message.encode())


@pytest.mark.parametrize(
    ("status", "code", "token", "kind", "meant"),
    [
        (401, "", None, NotFoundError, "repository-missing"),
        (401, "", "t", AccessError, "bad-token"),
        (401, "RepoNotFound", None, NotFoundError, "repository-missing"),
        (401, "RepoNotFound", "t", AccessError, "bad-token"),
        (401, "GatedRepo", None, AccessError, "gated"),
        (403, "GatedRepo", "t", AccessError, "gated"),
        (403, "", None, AccessError, "private"),
        (403, "", "t", AccessError, "private"),
        (404, "RepoNotFound", None, NotFoundError, "repository-missing"),
        (404, "RepoNotFound", "t", NotFoundError, "repository-missing"),
        (404, "RevisionNotFound", None, NotFoundError, "revision-missing"),
        (404, "EntryNotFound", None, NotFoundError, "file-missing"),
        (404, "", None, NotFoundError, "repository-missing"),
        (410, "", None, NotFoundError, "repository-missing"),
        (400, "", None, SourceError, "refused"),
        (407, "", None, SourceError, "proxy"),
        (408, "", None, SourceError, "timed-out"),
        (416, "", None, SourceError, "refused"),
        (429, "", None, SourceError, "rate-limited"),
        (429, "", "t", SourceError, "rate-limited"),
        (451, "", None, AccessError, "disabled"),
        (500, "", None, SourceError, "server-failed"),
        (599, "", None, SourceError, "server-failed"),
        (204, "", None, SourceError, "bad-answer"),
        (304, "", None, SourceError, "bad-answer"),
    ],
)
def test_each_status_and_code_has_its_meaning(
    status: int, code: str, token: str | None, kind: type[WeighbridgeError], meant: str
) -> None:
    error = meaning(status, code=code, token=token)
    assert type(error) is kind
    assert error.code == meant
    assert error.hint not in {"", kind.default_hint}


def test_the_words_of_the_hub_decide_where_it_gives_no_code() -> None:
    assert meaning(401, message=INVALID, token="t").code == "bad-token"
    assert meaning(403, message="Access to this resource is disabled.").code == "disabled"


def test_hints_differ_with_and_without_a_token() -> None:
    for status, code in ((401, "GatedRepo"), (404, "RepoNotFound"), (403, ""), (429, "")):
        assert meaning(status, code=code).hint != meaning(status, code=code, token="t").hint


def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


def test_the_library_has_no_error_that_is_not_thought_of() -> None:
    thought_of = {
        "GatedRepoError",
        "DisabledRepoError",
        "RevisionNotFoundError",
        "RemoteEntryNotFoundError",
        "RepositoryNotFoundError",
        "BadRequestError",
    }
    of_other_things = {"BucketBatchError", "BucketNotFoundError", "JobNotFoundError"}
    found = {
        kind.__name__ for kind in below(hub_errors.HfHubHTTPError) if kind.__module__.startswith("huggingface_hub")
    }
    assert found - of_other_things <= thought_of
    assert thought_of <= found


def raised(error: BaseException) -> SourceError:
    """What becomes of a foreign error, whether it may pass or not."""
    try:
        with faults("https://hub.example/secret?signature=1"):
            raise error
    except TransientError as fault:
        return fault.error
    except SourceError as final:
        return final


FOREIGN = sorted(
    {kind for kind in below(foreign.HTTPError) if kind.__module__ == foreign.__name__} - set(below(Warning)),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_no_error_of_urllib3_is_missed(kind: type[Any]) -> None:
    made: Any = BaseException.__new__(kind)
    made.original_error = OSError(113, "No route to host")
    error = raised(made)
    assert error.code in {"proxy", "tls", "unreachable", "timed-out", "connection-lost", "bad-answer"}
    assert "hub.example" in error.message
    assert "secret" not in error.message
    assert "signature" not in repr(error.to_json())


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (foreign.ProxyError("x", OSError("Tunnel connection failed: 403 No")), "proxy", "403 No"),
        (foreign.ProxyError("x", OSError(111, "Connection refused")), "proxy", "Connection refused"),
        (foreign.ProxyError("x", RemoteDisconnected("x")), "connection-lost", "RemoteDisconnected"),
        (foreign.ProxyError("x", ConnectionResetError(104, "Connection reset")), "connection-lost", "reset"),
        (foreign.ProxyError("x", foreign.SSLError(ssl.SSLError(1, "bad cipher"))), "tls", "bad cipher"),
        (foreign.ProtocolError("x", ConnectionResetError(104, "reset by peer")), "connection-lost", "reset by peer"),
        (BrokenPipeError(32, "Broken pipe"), "connection-lost", "Broken pipe"),
        (foreign.DecodeError("x"), "bad-answer", "DecodeError"),
    ],
)
def test_the_innermost_cause_is_told(error: BaseException, code: str, words: str) -> None:
    found = raised(error)
    assert found.code == code
    assert words in found.message


def test_what_is_ours_passes_unchanged() -> None:
    ours = AccessError("x")
    with pytest.raises(AccessError) as caught, faults(ENDPOINT):
        raise ours
    assert caught.value is ours
