"""Repositories that are renamed, deleted, taken over, or whose history is rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
from tests.integration.test_hub.wire import ask

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub


def test_an_old_name_redirects_the_api_and_the_files(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    commit = hub.create_repo("old/name").commit({"config.json": b"{}"})
    hub.rename("old/name", "new/name")
    assert api.model_info("old/name").id == "new/name"
    assert api.model_info("old/name", revision="main", files_metadata=True).sha == commit
    assert api.list_repo_files("old/name") == ["config.json"]
    path = api.hf_hub_download("old/name", "config.json", cache_dir=tmp_path)
    assert Path(path).read_bytes() == b"{}"
    moved = ask(f"{hub.url}/api/models/old/name/tree/main?recursive=true")
    assert (moved.status, moved.headers["location"]) == (307, "/api/models/new/name/tree/main?recursive=true")
    assert hub.repo("new/name").head() == commit
    with pytest.raises(KeyError):
        hub.repo("old/name")


def test_a_name_renamed_twice_still_leads_there(hub: FakeHub, api: HfApi) -> None:
    hub.create_repo("models").commit({"a": b""})
    hub.rename("models", "b/b")
    hub.rename("b/b", "c/c")
    assert api.model_info("models").id == "c/c"


def test_another_letter_case_redirects(hub: FakeHub, api: HfApi) -> None:
    hub.create_repo("Org/Tiny").commit({"a": b""})
    assert api.model_info("org/tiny").id == "Org/Tiny"
    assert ask(f"{hub.url}/org/tiny/resolve/main/a").headers["location"] == "/Org/Tiny/resolve/main/a"


def test_an_old_name_can_be_taken_by_someone_else(hub: FakeHub) -> None:
    """What is called repository jacking: the same name, now another owner's."""
    hub.create_repo("old/name").commit({"a": b"honest"})
    before = ask(f"{hub.url}/api/models/old/name").json
    hub.rename("old/name", "new/name")
    taken = hub.create_repo("old/name", owner_id="0123456789abcdef01234567")
    taken.commit({"a": b"hostile"})
    after = ask(f"{hub.url}/api/models/old/name").json
    assert (before["id"], before["author"]) == (after["id"], after["author"])
    assert before["_id"] != after["_id"]
    assert after["authorData"]["_id"] == "0123456789abcdef01234567" != before["authorData"]["_id"]
    assert ask(f"{hub.url}/api/models/new/name").json["_id"] == before["_id"]
    assert ask(f"{hub.url}/old/name/resolve/main/a").body == b"hostile"


def test_a_repository_made_again_is_another_one_even_with_the_same_commit(hub: FakeHub, api: HfApi) -> None:
    def make() -> tuple[str, str]:
        commit = hub.create_repo("org/tiny").commit({"a": b"1"})
        return commit, ask(f"{hub.url}/api/models/org/tiny").json["_id"]

    first = make()
    hub.delete("org/tiny")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("org/tiny")
    second = make()
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_a_name_in_use_is_not_given_twice(hub: FakeHub) -> None:
    hub.create_repo("org/one")
    hub.create_repo("org/two")
    with pytest.raises(ValueError, match="org/one exists already"):
        hub.create_repo("org/one")
    with pytest.raises(ValueError, match="org/two exists already"):
        hub.rename("org/one", "org/two")


def test_a_private_repository_does_not_betray_its_new_name(hub: FakeHub) -> None:
    hub.create_repo("old/name", private=True)
    hub.rename("old/name", "secret/name")
    answer = ask(f"{hub.url}/api/models/old/name")
    assert (answer.status, answer.headers.get("location")) == (401, None)


def test_a_squash_makes_the_old_commits_unreachable(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    first = repo.commit({"a": b"1"})
    second = repo.commit({"b": b"2"})
    assert api.model_info("org/tiny", revision=first).sha == first
    squashed = repo.squash()
    assert [commit.commit_id for commit in api.list_repo_commits("org/tiny")] == [squashed]
    assert api.list_repo_files("org/tiny") == ["a", "b"]
    for gone in (first, second):
        with pytest.raises(RevisionNotFoundError):
            api.model_info("org/tiny", revision=gone)


def test_a_moved_branch_loses_what_only_it_reached(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    first = repo.commit({"a": b"1"})
    second = repo.commit({"a": b"2"})
    third = repo.commit({"a": b"3"})
    repo.tag("kept", second)
    repo.move_branch("main", first)
    assert api.model_info("org/tiny").sha == first
    assert api.model_info("org/tiny", revision=second).sha == second
    with pytest.raises(RevisionNotFoundError):
        api.model_info("org/tiny", revision=third)
    repo.delete_ref("refs/tags/kept")
    with pytest.raises(RevisionNotFoundError):
        api.model_info("org/tiny", revision=second)


def test_owners_have_an_id_that_outlives_their_name(hub: FakeHub) -> None:
    hub.create_repo("org/tiny", owner_id="0123456789abcdef01234567")
    for kind in ("users", "organizations"):
        assert ask(f"{hub.url}/api/{kind}/org/overview").json["_id"] == "0123456789abcdef01234567"
        assert ask(f"{hub.url}/api/{kind}/nobody/overview").status == 404
