from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.fakes.hub import FakeHub, lies
from tests.fakes.wire import Wire, answer

from weighbridge.core import canonical
from weighbridge.core.errors import IntegrityError, NotFoundError, SourceError, UsageError
from weighbridge.sources import _hub_answers, huggingface

from .conftest import Client, client_of

if TYPE_CHECKING:
    from typing import Any

FILES = {"config.json": b"{}", "model.safetensors": b"w" * 5000}


def test_a_branch_a_tag_a_commit_and_a_pull_request_become_their_commit(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/model")
    first = repo.commit(FILES)
    second = repo.commit({"config.json": b"[]"})
    repo.tag("v1", first)
    repo.pull_request(1, first)
    repo.branch("feature/x", first)
    asked = {"": second, "@main": second, "@v1": first, f"@{first}": first, "@refs/pr/1": first, "@feature/x": first}
    assert {text: client.resolve(f"hf:org/model{text}").revision for text in asked} == asked


def test_nothing_is_asked_for_by_branch_after_the_first_question(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/model")
    first = repo.commit(FILES)
    second = repo.commit({"config.json": b"[1]", "extra.txt": b""})
    repo.move_branch("main", first)
    hub.lies.append(lies.moved_branch(repo, second))
    listing = client.resolve("hf:org/model@main")
    assert listing.revision == first
    assert [file.path for file in listing.files] == sorted(FILES)
    assert client.fetch(listing, "config.json") == b"{}"
    assert all(first in request.path for request in hub.requests[1:])


def test_xet_is_never_asked_for(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/model")
    repo.xet = True
    repo.commit(FILES)
    listing = client.resolve()
    assert client.fetch(listing, "model.safetensors") == FILES["model.safetensors"]
    assert not any("xet" in request.path for request in hub.requests)


def test_who_the_repository_is_and_what_it_says_is_recorded(hub: FakeHub, client: Client) -> None:
    card = {"license": "apache-2.0", "tags": ["nlp"], "model-index": [{"score": 0.5, "n": 2**60}]}
    repo = hub.create_repo("org/model", card=card, library="transformers", pipeline_tag="fill-mask", gated=False)
    repo.commit(FILES)
    listing = client.resolve()
    assert listing.identity == {"repo_id": "org/model", "author": "org", "id": repo.internal_id}
    said = dict(listing.metadata)
    assert str(said.pop("api_digest")).startswith("sha256:")
    assert said == {
        "licence": "apache-2.0",
        "gated": False,
        "private": False,
        "library": "transformers",
        "pipeline_tag": "fill-mask",
        "last_modified": "2026-01-01T00:00:00.000Z",
        "card": {"license": "apache-2.0", "tags": ["nlp"], "model-index": [{"score": "0.5", "n": str(2**60)}]},
        "tags": ["transformers", "fill-mask", "nlp", "license:apache-2.0", "region:us"],
        "endpoint": hub.url.removeprefix("http://"),
        "security": {"complete": True, "files": {}},
    }


def test_the_verdicts_of_the_hubs_scanners_are_recorded(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/model")
    commit = repo.commit(FILES)
    repo.set_security(commit, {"model.safetensors": "unsafe", "config.json": "queued"})
    said = client.resolve().metadata["security"]
    assert said == {"complete": False, "files": {"model.safetensors": "unsafe"}}
    assert client.resolve().metadata["security"] == said


@pytest.mark.parametrize(
    ("status", "recorded"),
    [
        (None, None),
        ("odd", None),
        ({}, {"complete": False, "files": {}}),
        ({"scansDone": 1, "filesWithIssues": 7}, {"complete": False, "files": {}}),
        (
            {
                "scansDone": True,
                "filesWithIssues": [7, {"level": "unsafe"}, {"path": "a"}, {"path": "b", "level": "c"}],
            },
            {"complete": True, "files": {"a": "None", "b": "c"}},
        ),
        (
            {"scansDone": True, "filesWithIssues": [{"path": "a" * 40_000, "level": "unsafe"}]},
            {"complete": True, "files": {}, "omitted": 1},
        ),
    ],
)
def test_odd_verdicts_are_recorded_as_far_as_they_go(status: Any, recorded: Any) -> None:
    said = json.dumps({"id": "org/model", "sha": "a" * 40, "securityRepoStatus": status}).encode()
    with Wire(answer("200 OK", said), answer("200 OK", b"[]")) as wire:
        assert client_of(wire.url).resolve().metadata.get("security") == recorded
        assert "securityStatus=true" in wire.requests[0]


def test_the_digest_of_the_raw_answer_is_recorded() -> None:
    info = json.dumps({"id": "org/model", "sha": "a" * 40, "odd  spacing": 1.50}, indent=3).encode()
    with Wire(answer("200 OK", info), answer("200 OK", b"[]")) as wire:
        listing = client_of(wire.url).resolve()
    assert listing.metadata["api_digest"] == "sha256:" + sha256(info).hexdigest()
    assert listing.identity == {"repo_id": "org/model"}


def test_a_renamed_repository_is_followed_and_named_as_it_is_now(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/old")
    repo.commit(FILES)
    hub.rename("org/old", "org/new")
    listing = client.resolve("hf:org/old@main")
    assert listing.identity["repo_id"] == "org/new"
    assert listing.metadata["requested"] == "org/old"
    assert client.fetch(listing, "config.json") == b"{}"
    assert hub.requests[-1].path.startswith("/org/new/resolve/")


def test_a_repository_made_again_under_the_same_name_has_another_identity(hub: FakeHub, client: Client) -> None:
    hub.create_repo("org/model").commit(FILES)
    before = client.resolve()
    hub.delete("org/model")
    hub.create_repo("org/model", author="mallory").commit(FILES)
    after = client.resolve()
    assert before.identity["id"] != after.identity["id"]
    assert after.identity["author"] == "mallory"


def test_a_short_name_is_a_repository(hub: FakeHub, client: Client) -> None:
    hub.create_repo("gpt2").commit(FILES)
    listing = client.resolve("hf:gpt2")
    assert client.fetch(listing, "model.safetensors") == FILES["model.safetensors"]


def test_all_pages_of_a_tree_are_read() -> None:
    with FakeHub(page_size=7) as hub:
        files = {f"shards/{number:03}.bin": bytes([number]) for number in range(50)}
        hub.create_repo("org/model").commit(files)
        listing = client_of(hub.url).resolve()
    assert [file.path for file in listing.files] == sorted(files)


@pytest.mark.parametrize("name", ["a/b/c", "org/na me", "org/..", "-x", "org/x.git"])
def test_what_is_no_repository_is_a_wrong_call(hub: FakeHub, client: Client, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        client.resolve(f"hf:{name}")
    assert caught.value.code == "bad-repo"
    assert not hub.requests


def test_a_part_is_a_wrong_call(client: Client) -> None:
    with pytest.raises(UsageError):
        client.resolve("hf:org/model#encoder")


@pytest.mark.parametrize("commit", ["main", "f" * 39, "F" * 40, "../" * 13, ""])
def test_only_a_commit_pins(hub: FakeHub, client: Client, commit: str) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.wrong_commit("/api/*", commit=commit))
    with pytest.raises(IntegrityError) as caught:
        client.resolve()
    assert caught.value.code == "bad-revision"


def test_another_commit_than_the_one_asked_for_is_refused(hub: FakeHub, client: Client) -> None:
    first = hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.wrong_commit("/api/*"))
    with pytest.raises(IntegrityError) as caught:
        client.resolve(f"hf:org/model@{first}")
    assert caught.value.code == "bad-revision"


def test_a_missing_revision_suggests_the_one_that_was_meant(hub: FakeHub, client: Client) -> None:
    hub.create_repo("org/model").commit(FILES)
    with pytest.raises(NotFoundError) as caught:
        client.resolve("hf:org/model@mian")
    assert caught.value.code == "revision-missing"
    assert "did you mean main?" in caught.value.hint


def test_a_missing_revision_names_the_branches_there_are(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/model")
    repo.tag("v2.0", repo.commit(FILES))
    with pytest.raises(NotFoundError) as caught:
        client.resolve("hf:org/model@zzzzzz")
    assert "did you mean main or v2.0?" in caught.value.hint


@pytest.mark.parametrize("text", ["[", "{}", '{"branches": 1}', '{"branches": [], "tags": []}'])
def test_a_missing_revision_is_told_even_if_the_branches_are_not(hub: FakeHub, client: Client, text: str) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.garbage_json("/api/models/*/refs", text=text))
    with pytest.raises(NotFoundError) as caught:
        client.resolve("hf:org/model@mian")
    assert caught.value.code == "revision-missing"
    assert "did you mean" not in caught.value.hint


def test_a_squashed_commit_is_gone(hub: FakeHub, client: Client) -> None:
    repo = hub.create_repo("org/model")
    first = repo.commit(FILES)
    repo.squash()
    with pytest.raises(NotFoundError) as caught:
        client.resolve(f"hf:org/model@{first}")
    assert caught.value.code == "revision-missing"


@pytest.mark.parametrize(
    "text", ['{"sha": "0123', "[]", "{}", '{"id": 7}', '"x"', '{"id": "a", "lastModified": 7}', "[" * 99_999]
)
def test_garbage_is_not_an_answer(hub: FakeHub, client: Client, text: str) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.garbage_json(text=text))
    with pytest.raises(SourceError) as caught:
        client.resolve()
    assert caught.value.code == "bad-answer"


def test_a_login_page_is_not_an_answer(hub: FakeHub, client: Client) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.html_200("/api/*"))
    with pytest.raises(SourceError) as caught:
        client.resolve()
    assert caught.value.code == "bad-answer"
    assert "login" in caught.value.hint


@pytest.mark.parametrize("on", ["/api/models/org/model", "/api/models/*/tree/*"])
def test_an_endless_answer_is_cut_off(hub: FakeHub, client: Client, monkeypatch: pytest.MonkeyPatch, on: str) -> None:
    monkeypatch.setattr(huggingface, "MAX_ANSWER_BYTES", 1 << 20)
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.huge_json(on, size_bytes=1 << 40))
    with pytest.raises(SourceError) as caught:
        client.resolve()
    assert caught.value.code == "bad-answer"


@pytest.mark.parametrize(("module", "limit"), [(_hub_answers, "MAX_FILES"), (huggingface, "MAX_LISTING_BYTES")])
def test_an_absurd_number_of_files_is_refused(monkeypatch: pytest.MonkeyPatch, module: Any, limit: str) -> None:
    monkeypatch.setattr(module, limit, 20)
    with FakeHub(page_size=5) as hub:
        hub.create_repo("org/model").commit({f"{number}.txt": b"" for number in range(30)})
        with pytest.raises(SourceError) as caught:
            client_of(hub.url).resolve()
    assert caught.value.code == "bad-answer"


GOOD: dict[str, Any] = {"type": "file", "path": "a", "size": 1, "oid": "a" * 40}
LFS: dict[str, Any] = GOOD | {"lfs": {"oid": "b" * 64, "size": 1, "pointerSize": 130}}


def listed(*entries: Any) -> Client:
    """A client of a Hub that lists just that."""
    return _listed(json.dumps(entries).encode())


def _listed(tree: bytes, *headers: str) -> Client:
    info = json.dumps({"id": "org/model", "sha": "a" * 40}).encode()
    return _Played(Wire(answer("200 OK", info), answer("200 OK", tree, *headers)))


class _Played(Client):
    """A client whose Hub is a wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        made = client_of(wire.url)
        super().__init__(made.source, made.naps)

    def resolve(self, text: str = "hf:org/model") -> Any:
        with self.wire:
            return super().resolve(text)


def test_folders_are_not_files() -> None:
    folder = {"type": "directory", "path": "d", "oid": "c" * 40, "size": 0}
    assert [file.promise for file in listed(LFS, folder).resolve().files] == ["sha256:" + "b" * 64]


@pytest.mark.parametrize(
    "entries",
    [
        [GOOD, LFS],
        [{**GOOD, "size": None}],
        [{**GOOD, "size": -1}],
        [{**GOOD, "size": True}],
        [{**GOOD, "size": 1.0}],
        [{**GOOD, "size": 1 << 60}],
        [{key: value for key, value in GOOD.items() if key != "size"}],
        [{key: value for key, value in GOOD.items() if key != "oid"}],
        [{key: value for key, value in GOOD.items() if key != "path"}],
        [{**GOOD, "oid": None}],
        [{**GOOD, "oid": "A" * 40}],
        [{**GOOD, "path": ""}],
        [{**GOOD, "path": 7}],
        [{**GOOD, "path": "\ud800"}],
        [{**GOOD, "type": "symlink"}],
        [{**GOOD, "lfs": "x"}],
        [{**GOOD, "lfs": {}}],
        [{**LFS, "size": 2}],
        [{**GOOD, "lfs": {**LFS["lfs"], "oid": "b" * 63}}],
        [{**GOOD, "lfs": {**LFS["lfs"], "oid": None}}],
        ["a"],
        [None],
    ],
)
def test_a_listing_without_a_promise_for_each_file_is_refused(entries: list[Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        listed(*entries).resolve()
    assert caught.value.code == "bad-listing"
    assert caught.value.message.isprintable()


def test_a_tree_that_is_no_list_is_refused() -> None:
    with pytest.raises(SourceError) as caught:
        _listed(b"{}").resolve()
    assert caught.value.code == "bad-answer"


def test_pages_that_lead_in_a_circle_are_refused() -> None:
    with pytest.raises(SourceError) as caught:
        _listed(b'[{"type": "directory"}]', 'Link: </x?cursor=1>; rel="next"').resolve()
    assert caught.value.code == "bad-answer"


def test_the_next_page_comes_from_the_same_place_whatever_the_link_says() -> None:
    info = json.dumps({"id": "org/model", "sha": "a" * 40}).encode()
    first = answer("200 OK", json.dumps([GOOD]).encode(), 'Link: <https://evil.example/steal?cursor=7>; rel="next"')
    with Wire(answer("200 OK", info), first, answer("200 OK", json.dumps([{**GOOD, "path": "b"}]).encode())) as wire:
        listing = client_of(wire.url, token="hf_secret").resolve()
    assert [file.path for file in listing.files] == ["a", "b"]
    assert wire.requests[-1].startswith(f"GET /api/models/org/model/tree/{'a' * 40}?cursor=7 ")


def test_a_hostile_card_is_evidence_all_the_same(hub: FakeHub, client: Client) -> None:
    deep: Any = 1.5
    for _ in range(40):
        deep = [deep]
    card = {"license": ["mit", "x"], "deep": deep, "big": "x" * 100_000, "\ud800": "\udfff", "nan": float("nan")}
    hub.create_repo("org/model", card=card).commit(FILES)
    metadata = dict(client.resolve().metadata)
    assert canonical.loads(canonical.dumps(metadata)) == metadata
    assert metadata["licence"] == ["mit", "x"]
    assert metadata["card_omitted"] == ["big"]


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ({"license": "other", "license_name": "llama3"}, "llama3"),
        ({"license": "other"}, "other"),
        ({}, None),
    ],
)
def test_the_licence_is_the_cards(hub: FakeHub, client: Client, card: dict[str, str], licence: str | None) -> None:
    hub.create_repo("org/model", card=card).commit(FILES)
    assert client.resolve().metadata["licence"] == licence


def test_the_licence_may_stand_in_the_tags_alone() -> None:
    info = json.dumps({"id": "org/model", "sha": "a" * 40, "tags": ["license:mit", 7], "cardData": "odd"}).encode()
    with Wire(answer("200 OK", info), answer("200 OK", b"[]")) as wire:
        assert client_of(wire.url).resolve().metadata["licence"] == "mit"
