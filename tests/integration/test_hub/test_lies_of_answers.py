"""Each lie told in place of an answer, or about metadata, does what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.errors import FileMetadataError, HfHubHTTPError, LocalEntryNotFoundError
from tests.fakes.hub import lies
from tests.integration.test_hub.wire import Reply, ask

if TYPE_CHECKING:
    from pathlib import Path

    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub

DATA = b"weights" * 100


@pytest.fixture
def hub(hub: FakeHub) -> FakeHub:
    hub.create_repo("org/tiny").commit({"m.bin": DATA, "config.json": b"{}"})
    return hub


def fetch(hub: FakeHub, name: str = "m.bin", method: str = "GET") -> Reply:
    return ask(f"{hub.url}/org/tiny/resolve/main/{name}", method=method)


def call(hub: FakeHub, tail: str = "") -> Reply:
    return ask(f"{hub.url}/api/models/org/tiny{tail}")


def test_a_login_page_comes_with_200(hub: FakeHub) -> None:
    hub.lies.append(lies.html_200("*.bin"))
    reply = fetch(hub)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!doctype html>")
    assert "x-repo-commit" not in reply.headers
    assert fetch(hub, "config.json").body == b"{}"
    hub.lies.append(lies.html_200("/api/*"))
    assert call(hub).body.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [
        (None, None),
        (3, "3"),
        ("soon", "soon"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "Fri, 02 Jan 2026 03:04:05 GMT"),
    ],
)
def test_an_error_status_may_say_when_to_come_back(
    hub: FakeHub, retry_after: int | str | datetime | None, header: str | None
) -> None:
    hub.lies.append(lies.status(429, retry_after=retry_after, times=1))
    reply = call(hub)
    assert (reply.status, reply.headers.get("retry-after")) == (429, header)
    assert "error" in reply.json
    assert call(hub).status == 200


def test_a_lie_is_told_where_its_glob_says(hub: FakeHub) -> None:
    hub.lies.append(lies.status(503, "/api/models/*/tree/*"))
    assert (call(hub).status, call(hub, "/tree/main").status, fetch(hub).status) == (200, 503, 200)
    hub.lies[:] = [lies.status(500, "config.*")]
    assert (call(hub).status, fetch(hub).status, fetch(hub, "config.json").status) == (200, 200, 500)


def test_a_lie_can_be_kept_to_a_method_or_a_host(hub: FakeHub) -> None:
    hub.lies.append(lies.status(503).only(methods=["HEAD"]))
    assert (fetch(hub, method="HEAD").status, fetch(hub).status) == (503, 200)
    hub.redirect_files = True
    hub.lies[:] = [lies.status(503).only(host="files")]
    sent = fetch(hub)
    assert sent.status == 302
    assert ask(sent.headers["location"]).status == 503


def test_a_redirect_leads_elsewhere_and_keeps_what_was_known(hub: FakeHub) -> None:
    commit = hub.repo("org/tiny").head()
    hub.lies.append(lies.redirect_to("http://169.254.169.254/latest/meta-data"))
    for method in ("GET", "HEAD"):
        reply = fetch(hub, method=method)
        assert (reply.status, reply.headers["location"]) == (302, "http://169.254.169.254/latest/meta-data")
        assert reply.headers["x-repo-commit"] == commit
        assert reply.headers["x-linked-size"] == str(len(DATA))
    hub.redirect_files = True
    assert fetch(hub).headers["x-linked-size"] == str(len(DATA))


def test_a_redirect_loop_leads_to_itself(hub: FakeHub) -> None:
    hub.lies.append(lies.redirect_loop("/org/*"))
    for _ in range(3):
        reply = fetch(hub)
        assert (reply.status, reply.headers["location"]) == (302, "/org/tiny/resolve/main/m.bin")


def test_without_the_commit_header_the_real_client_gives_up(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    hub.lies.append(lies.missing_commit_header())
    assert "x-repo-commit" not in fetch(hub).headers
    with pytest.raises(LocalEntryNotFoundError) as error:
        api.hf_hub_download("org/tiny", "m.bin", cache_dir=tmp_path)
    assert isinstance(error.value.__cause__, FileMetadataError)


@pytest.mark.parametrize("commit", ["f" * 40, "not-a-commit"])
def test_another_commit_is_named_in_headers_and_in_model_info(hub: FakeHub, commit: str) -> None:
    hub.lies.append(lies.wrong_commit(commit=commit))
    assert fetch(hub, method="HEAD").headers["x-repo-commit"] == commit
    assert call(hub).json["sha"] == commit
    hub.lies[:] = [lies.wrong_commit("/api/*", commit=commit)]
    assert fetch(hub).headers["x-repo-commit"] == hub.repo("org/tiny").head()
    assert call(hub, "/revision/main").json["sha"] == commit


def test_a_branch_moves_between_model_info_and_tree(hub: FakeHub, api: HfApi) -> None:
    repo = hub.repo("org/tiny")
    first = repo.head()
    second = repo.commit({"added.bin": b"1"}, branch="next")
    hub.lies.append(lies.moved_branch(repo, second))
    assert "added.bin" not in api.list_repo_files("org/tiny")
    assert api.model_info("org/tiny").sha == first
    assert "added.bin" in api.list_repo_files("org/tiny")
    repo.move_branch("main", first)
    assert api.model_info("org/tiny").sha == first
    assert "added.bin" not in api.list_repo_files("org/tiny")


def test_listings_give_a_wrong_size(hub: FakeHub, api: HfApi) -> None:
    hub.lies.append(lies.wrong_size_in_tree("*.bin", by=-1))
    tree = {entry["path"]: entry for entry in call(hub, "/tree/main").json}
    assert (tree["m.bin"]["size"], tree["m.bin"]["lfs"]["size"]) == (len(DATA) - 1, len(DATA) - 1)
    assert tree["config.json"]["size"] == 2
    (info,) = api.get_paths_info("org/tiny", ["m.bin"])
    assert getattr(info, "size", None) == len(DATA) - 1
    siblings = api.model_info("org/tiny", files_metadata=True).siblings or []
    assert {sibling.rfilename: sibling.size for sibling in siblings} == {"config.json": 2, "m.bin": len(DATA) - 1}
    assert fetch(hub).body == DATA


def test_garbage_is_called_json(hub: FakeHub) -> None:
    hub.lies.append(lies.garbage_json("/api/models/*"))
    reply = call(hub)
    assert (reply.status, reply.body) == (200, b'{"sha": "0123')
    assert reply.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("tail", ["", "/tree/main", "/refs"])
def test_huge_json_is_valid_and_huge(hub: FakeHub, tail: str) -> None:
    honest = call(hub, tail).json
    hub.lies.append(lies.huge_json(size_bytes=3_000_000))
    reply = call(hub, tail)
    assert len(reply.body) > 3_000_000
    huge = reply.json
    if isinstance(honest, list):
        assert huge[:-1] == honest
    else:
        assert {key: huge[key] for key in honest} == honest


def test_an_overloaded_hub_is_an_error_to_the_real_client(hub: FakeHub, api: HfApi) -> None:
    hub.lies.append(lies.status(500))
    with pytest.raises(HfHubHTTPError) as error:
        api.model_info("org/tiny")
    assert error.value.response.status_code == 500


def test_every_lie_is_known_by_its_name() -> None:
    named = set(lies.__all__) - {"BY_NAME", "Lie", "moved_branch"}
    assert named == set(lies.BY_NAME)
    details = {"huge_json": {"size_bytes": 1}, "slow": {"bytes_per_second": 1}, "status": {"code": 500}}
    details["redirect_to"] = {"url": "/"}  # type: ignore[dict-item]
    assert {name: make(**details.get(name, {})).kind for name, make in lies.BY_NAME.items()} == {
        name: name for name in named
    }
