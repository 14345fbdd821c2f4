"""What the real client reads of a repository is what was committed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.errors import BadRequestError, EntryNotFoundError
from huggingface_hub.hf_api import RepoFile, RepoFolder

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub

WEIGHTS = b"weights" * 100
FILES = {"README.md": b"# Tiny\n", "empty.txt": b"", "onnx/model.onnx": WEIGHTS, "onnx/extra/notes.txt": b"notes"}


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def test_model_info_says_what_the_repository_is(hub: FakeHub, api: HfApi) -> None:
    date = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    card = {"license": "apache-2.0", "base_model": "org/base", "language": ["en"], "tags": ["tiny"]}
    repo = hub.create_repo("org/tiny", author="org", card=card, library="transformers", pipeline_tag="text-generation")
    commit = repo.commit(FILES, date=date)
    info = api.model_info("org/tiny")
    assert (info.id, info.author, info.sha, info.last_modified) == ("org/tiny", "org", commit, date)
    assert (info.gated, info.private, info.disabled) == (False, False, False)
    assert (info.library_name, info.pipeline_tag) == ("transformers", "text-generation")
    assert info.card_data is not None
    assert info.card_data["license"] == "apache-2.0"
    assert {"transformers", "license:apache-2.0", "base_model:org/base", "tiny", "en"} <= set(info.tags or ())
    assert [sibling.rfilename for sibling in info.siblings or ()] == sorted(FILES)


def test_model_info_with_blobs_gives_sizes_and_hashes(hub: FakeHub, api: HfApi) -> None:
    hub.create_repo("org/tiny").commit(FILES)
    siblings = {
        sibling.rfilename: sibling for sibling in api.model_info("org/tiny", files_metadata=True).siblings or ()
    }
    readme, weights = siblings["README.md"], siblings["onnx/model.onnx"]
    assert (readme.size, readme.blob_id, readme.lfs) == (7, git_oid(FILES["README.md"]), None)
    assert weights.lfs is not None
    assert (weights.lfs.sha256, weights.lfs.size) == (hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS))


def test_expand_gives_what_was_asked_and_refuses_what_does_not_exist(hub: FakeHub, api: HfApi) -> None:
    commit = hub.create_repo("org/tiny", gated="manual").commit(FILES)
    info = api.model_info("org/tiny", expand=["gated", "sha"])
    assert (info.gated, info.sha, info.siblings) == ("manual", commit, None)
    with pytest.raises(BadRequestError):
        api.model_info("org/tiny", expand=["nonsense"])  # type: ignore[list-item]


def test_scanners_are_quoted_per_repository_and_per_file(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    commit = repo.commit(FILES)
    repo.set_security(commit, {"onnx/model.onnx": "unsafe", "README.md": "queued"})
    info = api.model_info("org/tiny", securityStatus=True)
    issues = [{"path": "onnx/model.onnx", "level": "unsafe"}]
    assert info.security_repo_status == {"scansDone": False, "filesWithIssues": issues}
    files = {entry.path: entry for entry in api.list_repo_tree("org/tiny", recursive=True, expand=True)}
    security = {path: entry.security for path, entry in files.items() if isinstance(entry, RepoFile)}
    assert {path: found and found.status for path, found in security.items()} == {
        "README.md": "queued",
        "empty.txt": "safe",
        "onnx/model.onnx": "unsafe",
        "onnx/extra/notes.txt": "safe",
    }


def test_a_tree_lists_one_folder_or_all(hub: FakeHub, api: HfApi) -> None:
    hub.create_repo("org/tiny").commit(FILES)
    top = list(api.list_repo_tree("org/tiny"))
    assert [(type(entry), entry.path) for entry in top] == [
        (RepoFile, "README.md"),
        (RepoFile, "empty.txt"),
        (RepoFolder, "onnx"),
    ]
    below = [entry.path for entry in api.list_repo_tree("org/tiny", "onnx")]
    assert below == ["onnx/extra", "onnx/model.onnx"]
    deep = [entry.path for entry in api.list_repo_tree("org/tiny", "onnx/extra", recursive=True)]
    assert deep == ["onnx/extra/notes.txt"]
    assert sorted(api.list_repo_files("org/tiny")) == sorted(FILES)
    with pytest.raises(EntryNotFoundError):
        list(api.list_repo_tree("org/tiny", "missing"))


def test_a_tree_of_many_files_comes_in_pages(hub: FakeHub, api: HfApi) -> None:
    files = {f"shard-{number:04d}.txt": b"%d" % number for number in range(1001)}
    hub.create_repo("org/many").commit(files)
    assert api.list_repo_files("org/many") == sorted(files)
    assert [request.status for request in hub.requests] == [200, 200]
    hub.requests.clear()
    assert sum(1 for _ in api.list_repo_tree("org/many", expand=True)) == 1001
    assert len(hub.requests) == 21


def test_a_path_knows_the_commit_that_changed_it_last(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    first = repo.commit(FILES, message="First")
    second = repo.commit({"README.md": b"# Changed\n"}, message="Second")
    found = {
        entry.path: entry.last_commit.oid
        for entry in api.get_paths_info("org/tiny", ["README.md", "empty.txt", "onnx", "missing"], expand=True)
        if entry.last_commit
    }
    assert found == {"README.md": second, "empty.txt": first, "onnx": first}


def test_refs_name_branches_tags_and_pull_requests(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    first = repo.commit(FILES)
    second = repo.commit({"new.txt": b"1"}, branch="feature/one")
    repo.tag("v1.0", first)
    repo.pull_request(7, second)
    refs = api.list_repo_refs("org/tiny", include_pull_requests=True)
    assert {branch.name: branch.target_commit for branch in refs.branches} == {"feature/one": second, "main": first}
    assert [(tag.ref, tag.target_commit) for tag in refs.tags] == [("refs/tags/v1.0", first)]
    assert [(pull.name, pull.ref) for pull in refs.pull_requests or ()] == [("7", "refs/pr/7")]
    assert api.list_repo_refs("org/tiny").pull_requests is None


@pytest.mark.parametrize("revision", ["feature/one", "refs/heads/feature/one", "v1.0", "refs/tags/v1.0", "refs/pr/7"])
def test_every_kind_of_revision_leads_to_its_commit(hub: FakeHub, api: HfApi, revision: str) -> None:
    repo = hub.create_repo("org/tiny")
    repo.commit(FILES)
    commit = repo.commit({"new.txt": b"1"}, branch="feature/one")
    repo.tag("v1.0", commit)
    repo.pull_request(7, commit)
    assert api.model_info("org/tiny", revision=revision).sha == commit
    assert api.file_exists("org/tiny", "new.txt", revision=revision)
    assert "new.txt" in api.list_repo_files("org/tiny", revision=revision)
    assert api.model_info("org/tiny", revision=commit).sha == commit


def test_commits_come_newest_first_and_in_pages(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    made = [repo.commit({"n.txt": b"%d" % n}, message=f"Number {n}\n\nAt length", author="bob") for n in range(120)]
    commits = api.list_repo_commits("org/tiny", formatted=True)
    assert [commit.commit_id for commit in commits] == made[::-1]
    last = commits[-1]
    assert (last.title, last.message, last.authors) == ("Number 0", "At length", ["bob"])
    assert last.formatted_title == "Number 0"
    assert commits[0].created_at > last.created_at


def test_datasets_and_ids_without_an_organisation_are_served_too(hub: FakeHub, api: HfApi) -> None:
    data = hub.create_repo("datasets/org/data").commit({"rows.csv": b"1"})
    old = hub.create_repo("gpt2").commit({"config.json": b"{}"})
    assert api.dataset_info("org/data").sha == data
    assert api.list_repo_files("org/data", repo_type="dataset") == ["rows.csv"]
    assert api.model_info("gpt2", revision="main").sha == old
    assert api.file_exists("gpt2", "config.json")


def test_xet_is_spoken_of_only_where_a_test_wants_it(hub: FakeHub, api: HfApi) -> None:
    repo = hub.create_repo("org/tiny")
    repo.commit(FILES)

    def hashes() -> set[str]:
        entries = api.list_repo_tree("org/tiny", recursive=True)
        return {entry.path for entry in entries if isinstance(entry, RepoFile) and entry.xet_hash}

    assert hashes() == set()
    repo.xet = True
    assert hashes() == {"onnx/model.onnx"}
