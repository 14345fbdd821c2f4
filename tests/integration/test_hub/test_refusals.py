"""Whoever may not see or fetch gets from the real client exactly the error that the real Hub causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tests.integration.test_hub.wire import ask

if TYPE_CHECKING:
    from pathlib import Path

    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub

FILES = {"config.json": b"{}", "model.bin": b"weights"}


def refused(error: pytest.ExceptionInfo[HfHubHTTPError]) -> tuple[type, int]:
    return error.type, error.value.response.status_code


def test_a_missing_repository_is_unknown_to_everyone(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    hub.add_token("hf_valid")
    for token, status in ((False, 401), ("hf_valid", 404)):
        with pytest.raises(HfHubHTTPError) as error:
            api.model_info("org/none", token=token)
        assert refused(error) == (RepositoryNotFoundError, status)
        with pytest.raises(HfHubHTTPError) as error:
            api.hf_hub_download("org/none", "config.json", token=token, cache_dir=tmp_path)
        assert refused(error) == (RepositoryNotFoundError, status)


def test_a_private_repository_looks_missing_to_those_who_may_not_see_it(hub: FakeHub, api: HfApi) -> None:
    commit = hub.create_repo("org/private", private=True).commit(FILES)
    hub.add_token("hf_stranger", user="mallory")
    hub.add_token("hf_granted", user="bob", grants=["org/private"])
    hub.add_token("hf_owner", user="org")
    for token, status in ((False, 401), ("hf_stranger", 404)):
        for call in (api.model_info, api.list_repo_files, api.list_repo_refs, api.list_repo_commits, api.auth_check):
            with pytest.raises(HfHubHTTPError) as error:
                call("org/private", token=token)
            assert refused(error) == (RepositoryNotFoundError, status)
    for token in ("hf_granted", "hf_owner"):
        info = api.model_info("org/private", token=token)
        assert (info.sha, info.private) == (commit, True)
        api.auth_check("org/private", token=token)


def test_a_gated_repository_is_described_to_all_and_served_to_some(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    hub.create_repo("org/gated", gated="auto").commit(FILES)
    hub.add_token("hf_waiting", user="bob")
    hub.add_token("hf_granted", user="carol", grants=["org/gated"])
    assert api.model_info("org/gated").gated == "auto"
    assert api.list_repo_files("org/gated") == sorted(FILES)
    for token, status in ((False, 401), ("hf_waiting", 403)):
        with pytest.raises(HfHubHTTPError) as error:
            api.hf_hub_download("org/gated", "config.json", token=token, cache_dir=tmp_path)
        assert refused(error) == (GatedRepoError, status)
        assert "Access to model org/gated is restricted" in str(error.value)
        with pytest.raises(GatedRepoError):
            api.auth_check("org/gated", token=token)
        with pytest.raises(GatedRepoError):
            api.snapshot_download("org/gated", token=token, cache_dir=tmp_path)
    assert api.hf_hub_download("org/gated", "config.json", token="hf_granted", cache_dir=tmp_path)


def test_a_signed_url_is_good_for_its_own_file_only(hub: FakeHub) -> None:
    hub.redirect_files = True
    hub.create_repo("org/tiny").commit({"a.bin": b"a", "b.bin": b"b"})
    places = [ask(f"{hub.url}/org/tiny/resolve/main/{name}").headers["location"] for name in ("a.bin", "b.bin")]
    (path_a, _), (_, query_b) = (place.split("?") for place in places)
    assert ask(places[0]).body == b"a"
    assert ask(path_a).status == ask(f"{path_a}?{query_b}").status == 403
    assert ask(places[0], headers={"Authorization": "Bearer x"}).status == 400


def test_a_missing_revision_or_file_is_said_to_be_so(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    commit = hub.create_repo("org/tiny").commit(FILES)
    for revision in ("nope", "0" * 40):
        with pytest.raises(RevisionNotFoundError):
            api.model_info("org/tiny", revision=revision)
        with pytest.raises(RevisionNotFoundError):
            api.hf_hub_download("org/tiny", "config.json", revision=revision, cache_dir=tmp_path)
        with pytest.raises(RevisionNotFoundError):
            api.list_repo_files("org/tiny", revision=revision)
    with pytest.raises(RemoteEntryNotFoundError) as error:
        api.hf_hub_download("org/tiny", "none.txt", cache_dir=tmp_path)
    assert error.value.response.headers["X-Repo-Commit"] == commit
    assert not api.file_exists("org/tiny", "none.txt")


def test_a_disabled_repository_is_said_to_be_so(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    repo.commit(FILES)
    repo.disabled = True
    with pytest.raises(DisabledRepoError):
        api.model_info("org/tiny")


def test_an_unknown_token_is_refused_even_for_public_things(hub: FakeHub, api: HfApi) -> None:
    hub.create_repo("org/tiny").commit(FILES)
    with pytest.raises(HfHubHTTPError) as error:
        api.model_info("org/tiny", token="hf_wrong")
    assert refused(error) == (HfHubHTTPError, 401)
    assert "Invalid credentials in Authorization header" in str(error.value)


def test_whoami_names_the_user_of_a_token(hub: FakeHub, api: HfApi) -> None:
    hub.add_token("hf_alice")
    assert api.whoami(token="hf_alice")["name"] == "alice"
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        api.whoami(token="hf_wrong")


def test_the_api_says_errors_in_json_and_resolve_in_text(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit(FILES)
    missing = ask(f"{hub.url}/api/models/org/tiny/revision/nope")
    assert missing.status == 404
    assert missing.json == {"error": "Invalid rev id: nope"}
    assert missing.headers["x-error-code"] == "RevisionNotFound"
    assert missing.headers["x-error-message"] == "Invalid rev id: nope"
    file = ask(f"{hub.url}/org/tiny/resolve/main/none")
    assert (file.status, file.body, file.headers["x-error-code"]) == (404, b"Entry not found", "EntryNotFound")
    assert ask(f"{hub.url}/api/models/org/tiny/tree/main?cursor=x").status == 400
    assert ask(f"{hub.url}/api/models/org/tiny/xet-read-token/main").status == 404
    for path in ("/api/nonsense", "/api/models/org/tiny/discussions", "/", "/org/tiny", "/org/tiny.git/info/refs"):
        assert ask(hub.url + path).status == 404
    assert ask(f"{hub.url}/api/models/org/tiny", method="POST").status == 405
