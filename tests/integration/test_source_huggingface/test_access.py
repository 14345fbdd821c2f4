from __future__ import annotations

import contextlib
import logging
import traceback
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import constants
from tests.fakes.hub import FakeHub, lies
from tests.fakes.wire import Wire, answer

from weighbridge.core.errors import AccessError, ConfigError, NotFoundError, WeighbridgeError

from .conftest import client_of

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "hf_TheSecretOfAlice"
FILES = {"config.json": b"{}", "model.safetensors": b"w" * 5000}


def tokens_seen(hub: FakeHub, host: str) -> set[str | None]:
    return {request.headers.get("authorization") for request in hub.requests if request.host == host}


def everything_said(error: BaseException) -> str:
    """The whole traceback with all causes, and what machines are told."""
    details = error.to_json() if isinstance(error, WeighbridgeError) else ""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(details)


def test_a_token_goes_to_the_hub_and_not_to_its_file_host(hub: FakeHub) -> None:
    hub.redirect_files = True
    hub.add_token(TOKEN, grants=["org/model"])
    hub.create_repo("org/model", private=True, gated="auto").commit(FILES)
    client = client_of(hub.url, token=TOKEN)
    listing = client.resolve()
    assert client.fetch(listing, "model.safetensors") == FILES["model.safetensors"]
    assert client.fetch(listing, "config.json") == FILES["config.json"]
    assert tokens_seen(hub, "hub") == {f"Bearer {TOKEN}"}
    assert tokens_seen(hub, "files") == {None}
    assert client.source.redirect_hosts == (hub.file_host_url.removeprefix("http://"),)


def test_a_resumed_transfer_keeps_the_token_from_the_file_host_too(hub: FakeHub) -> None:
    hub.redirect_files = True
    hub.add_token(TOKEN)
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.truncate("model.safetensors", after=1000, times=2))
    client = client_of(hub.url, token=TOKEN)
    assert client.fetch(client.resolve(), "model.safetensors") == FILES["model.safetensors"]
    assert tokens_seen(hub, "files") == {None}


def test_no_token_is_sent_if_there_is_none(hub: FakeHub) -> None:
    hub.create_repo("org/model").commit(FILES)
    client = client_of(hub.url, token=None)
    client.fetch(client.resolve(), "config.json")
    assert tokens_seen(hub, "hub") == {None}


def test_the_token_of_the_environment_is_used(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add_token(TOKEN, grants=["org/model"])
    hub.create_repo("org/model", private=True).commit(FILES)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert client_of(hub.url, token=None).resolve().metadata["private"] is True


def test_the_token_of_a_login_is_used(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hub.add_token(TOKEN, grants=["org/model"])
    hub.create_repo("org/model", private=True).commit(FILES)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    assert client_of(hub.url, token=None).resolve().identity["repo_id"] == "org/model"


def test_a_login_may_be_kept_for_other_programs(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hub.create_repo("org/model").commit(FILES)
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)
    client_of(hub.url, token=None).resolve()
    assert tokens_seen(hub, "hub") == {None}


@pytest.mark.parametrize("broken", ["folder", "not-utf8"])
def test_a_stored_login_that_cannot_be_read_is_said_so(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str
) -> None:
    stored = tmp_path / "token"
    stored.mkdir() if broken == "folder" else stored.write_bytes(b"\xff\xfe")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(stored))
    with pytest.raises(AccessError) as caught:
        client_of(hub.url, token=None).resolve()
    assert caught.value.code == "bad-token"
    assert not hub.requests


@pytest.mark.parametrize("token", [f"{TOKEN}\r\nX-Evil: 1", f"{TOKEN} x", f"{TOKEN}é"])
def test_what_cannot_be_a_token_is_never_sent_or_shown(hub: FakeHub, token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        client_of(hub.url, token=token).resolve()
    assert caught.value.code == "bad-token"
    assert TOKEN not in repr(caught.value.to_json())
    assert not hub.requests


def test_a_gated_repository_without_login(hub: FakeHub) -> None:
    hub.create_repo("org/model", gated="manual").commit(FILES)
    with pytest.raises(AccessError) as caught:
        client_of(hub.url).resolve()
    assert caught.value.code == "gated"
    assert f"{hub.url}/org/model" in caught.value.hint
    assert "hf auth login" in caught.value.hint


def test_a_gated_repository_whose_terms_were_not_accepted(hub: FakeHub) -> None:
    hub.add_token(TOKEN)
    hub.create_repo("org/model", gated="auto").commit(FILES)
    with pytest.raises(AccessError) as caught:
        client_of(hub.url, token=TOKEN).resolve()
    assert caught.value.code == "gated"
    assert "account of your token" in caught.value.hint


def test_a_gated_repository_with_access(hub: FakeHub) -> None:
    hub.add_token(TOKEN, grants=["org/model"])
    hub.create_repo("org/model", gated="auto").commit(FILES)
    client = client_of(hub.url, token=TOKEN)
    listing = client.resolve()
    assert listing.metadata["gated"] == "auto"
    assert client.fetch(listing, "config.json") == b"{}"


def test_access_that_is_lost_before_the_files_are_read(hub: FakeHub) -> None:
    repo = hub.create_repo("org/model")
    repo.commit(FILES)
    client = client_of(hub.url)
    listing = client.resolve()
    repo.gated = "manual"
    with pytest.raises(AccessError) as caught:
        client.fetch(listing, "config.json")
    assert caught.value.code == "gated"


def test_a_mirror_without_the_question_for_access_is_read(hub: FakeHub) -> None:
    hub.add_token(TOKEN, grants=["org/model"])
    hub.create_repo("org/model", gated="auto").commit(FILES)
    hub.lies.append(lies.status(404, "/api/models/*/auth-check"))
    assert client_of(hub.url, token=TOKEN).resolve().metadata["gated"] == "auto"


def test_private_and_missing_are_one_without_login(hub: FakeHub) -> None:
    hub.create_repo("org/private", private=True).commit(FILES)
    for name in ("org/private", "org/nothing"):
        with pytest.raises(NotFoundError) as caught:
            client_of(hub.url).resolve(f"hf:{name}")
        assert caught.value.code == "repository-missing"
        assert "private" in caught.value.message
        assert "hf auth login" in caught.value.hint


def test_private_and_missing_are_one_for_another_account(hub: FakeHub) -> None:
    hub.add_token(TOKEN)
    hub.create_repo("org/private", private=True).commit(FILES)
    with pytest.raises(NotFoundError) as caught:
        client_of(hub.url, token=TOKEN).resolve("hf:org/private")
    assert caught.value.code == "repository-missing"
    assert "owner" in caught.value.hint


def test_a_token_that_the_hub_does_not_know(hub: FakeHub) -> None:
    hub.create_repo("org/model").commit(FILES)
    with pytest.raises(AccessError) as caught:
        client_of(hub.url, token=TOKEN).resolve()
    assert caught.value.code == "bad-token"


def test_a_repository_that_was_switched_off(hub: FakeHub) -> None:
    repo = hub.create_repo("org/model")
    repo.commit(FILES)
    repo.disabled = True
    with pytest.raises(AccessError) as caught:
        client_of(hub.url).resolve()
    assert caught.value.code == "disabled"


def test_the_servers_own_words_are_told_short_and_without_the_token() -> None:
    words = f"You, {TOKEN}, may not. \x1b[31m" + "x" * 1000
    refusal = answer("403 Forbidden", words.encode(), f"X-Error-Message: {words}", "Content-Type: text/plain")
    with Wire(refusal) as wire, pytest.raises(AccessError) as caught:
        client_of(wire.url, token=TOKEN).resolve()
    said = str(caught.value.details["server"])
    assert caught.value.code == "private"
    assert said.startswith("You, ***, may not. [31m")
    assert len(said) == 300
    assert TOKEN not in everything_said(caught.value)


FAILURES = [
    lies.status(401),
    lies.status(403),
    lies.status(404),
    lies.status(429),
    lies.status(500),
    lies.garbage_json(),
    lies.html_200("/*"),
    lies.redirect_loop("/*"),
    lies.redirect_to("http://127.0.0.1:9/", "/*"),
    lies.wrong_commit(),
    lies.gzip_encoding(),
    lies.short(),
    lies.reset(),
    lies.oversize(),
]


@pytest.mark.parametrize("lie", FAILURES, ids=lambda lie: lie.kind)
def test_no_failure_tells_the_token(hub: FakeHub, caplog: pytest.LogCaptureFixture, lie: lies.Lie) -> None:
    caplog.set_level(logging.DEBUG)
    hub.add_token(TOKEN, grants=["org/model"])
    first = hub.create_repo("org/model", private=True).commit(FILES)
    client = client_of(hub.url, token=TOKEN)
    hub.lies.append(lie)
    said = repr(client)
    with pytest.raises(WeighbridgeError) as caught:
        client.fetch(client.resolve(f"hf:org/model@{first}"), "model.safetensors")
    said += everything_said(caught.value) + caplog.text
    assert TOKEN not in said
    assert tokens_seen(hub, "hub") == {f"Bearer {TOKEN}"}
    assert tokens_seen(hub, "files") <= {None}


def test_a_token_never_comes_back_once_another_origin_was_visited() -> None:
    with Wire(answer("200 OK", b"{}")) as last, contextlib.ExitStack() as stack:
        middle = stack.enter_context(Wire(answer("302 Found", b"", f"Location: {last.url}/x")))
        first = stack.enter_context(Wire(answer("307 Go", b"", f"Location: {middle.url}/y")))
        with pytest.raises(WeighbridgeError):
            client_of(first.url, token=TOKEN).resolve()
    assert TOKEN in first.requests[0]
    assert TOKEN not in "".join([*middle.requests, *last.requests])


def test_a_token_does_not_return_to_the_first_origin_by_way_of_another() -> None:
    first = Wire(answer("200 OK", b"{}"))
    with Wire(answer("302 Found", b"", f"Location: {first.url}/back")) as middle:
        first._answers = (answer("302 Found", b"", f"Location: {middle.url}/y"), answer("200 OK", b"{}"))
        with first, pytest.raises(WeighbridgeError):
            client_of(first.url, token=TOKEN).resolve()
    assert TOKEN in first.requests[0]
    assert first.requests[1].startswith("GET /back ")
    assert TOKEN not in first.requests[1]
