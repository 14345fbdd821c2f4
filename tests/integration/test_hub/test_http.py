"""The HTTP of it: HEAD, Range, validators, raw paths, and names that no sane repository has."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from tests.integration.test_hub.wire import ask

if TYPE_CHECKING:
    from tests.fakes.hub import FakeHub

DATA = bytes(range(256)) * 16
HOSTILE = (
    "../evil",
    "../../../../etc/passwd",
    "/absolute",
    "a\\b",
    "CON",
    "nul.txt",
    "trailing.",
    "trailing ",
    "double//slash",
    "./dot",
    ".git/config",
    "invoice\u202egpj.exe",
    "README",
    "readme",
    "cafe\u0301",
    "caf\u00e9",
    "new\nline",
    "tab\tbed",
    "per%2Fcent",
    "question?mark#hash",
    "\U0001f600",
    "x" * 300,
    "folder",
    "folder/and file",
    "",
)


def test_head_says_what_get_says_but_brings_nothing(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"m.bin": DATA, "config.json": b"{}"})
    paths = ["/org/tiny/resolve/main/m.bin", "/org/tiny/raw/main/m.bin", "/api/models/org/tiny", "/api/whoami-v2"]
    for path in [*paths, "/org/tiny/resolve/main/none", "/api/models/org/tiny/tree/main", "/nowhere"]:
        head, get = ask(hub.url + path, method="HEAD"), ask(hub.url + path)
        ignored = {"x-request-id"}
        assert (head.status, head.body) == (get.status, b"")
        assert {k: v for k, v in head.headers.items() if k not in ignored} == {
            k: v for k, v in get.headers.items() if k not in ignored
        }


def test_a_file_comes_with_the_headers_that_clients_need(hub: FakeHub) -> None:
    commit = hub.create_repo("org/tiny").commit({"m.bin": DATA})
    headers = ask(f"{hub.url}/org/tiny/resolve/main/m.bin").headers
    sha256 = hub.repo("org/tiny").find(commit).files["m.bin"].sha256
    assert headers["x-repo-commit"] == commit
    assert headers["etag"] == f'"{sha256}"'
    assert headers["content-length"] == str(len(DATA))
    assert headers["accept-ranges"] == "bytes"
    assert not [name for name in headers if "xet" in name]


def test_redirects_tell_what_is_behind_them(hub: FakeHub) -> None:
    hub.redirect_files = True
    commit = hub.create_repo("org/tiny").commit({"m.bin": DATA, "config.json": b"{}"})
    files = hub.repo("org/tiny").find(commit).files
    large, plain = (ask(f"{hub.url}/org/tiny/resolve/main/{name}") for name in ("m.bin", "config.json"))
    assert (large.status, plain.status) == (302, 307)
    assert large.headers["location"].startswith(f"{hub.file_host_url}/")
    assert "X-Amz-Signature=" in large.headers["location"]
    assert plain.headers["location"].startswith(f"/api/resolve-cache/models/org/tiny/{commit}/config.json?")
    for reply, name in ((large, "m.bin"), (plain, "config.json")):
        assert reply.headers["x-repo-commit"] == commit
        assert reply.headers["x-linked-size"] == str(files[name].size)
        assert reply.headers["x-linked-etag"] == f'"{files[name].etag}"'
    behind = ask(large.headers["location"], headers={"Range": "bytes=1-3"})
    assert (behind.status, behind.body) == (206, DATA[1:4])
    assert "x-repo-commit" not in behind.headers
    cached = ask(hub.url + plain.headers["location"])
    assert (cached.status, cached.body, cached.headers["x-repo-commit"]) == (200, b"{}", commit)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=4090-", 4090, 4096),
        ("bytes=-6", 4090, 4096),
        ("bytes=4000-99999", 4000, 4096),
        ("bytes=-99999", 0, 4096),
    ],
)
def test_a_range_brings_its_bytes(hub: FakeHub, asked: str, start: int, stop: int) -> None:
    hub.create_repo("org/tiny").commit({"m.bin": DATA})
    reply = ask(f"{hub.url}/org/tiny/resolve/main/m.bin", headers={"Range": asked})
    assert (reply.status, reply.body) == (206, DATA[start:stop])
    assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"


def test_a_range_beyond_the_end_is_416_and_a_strange_one_is_ignored(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"m.bin": DATA, "empty": b""})
    url = f"{hub.url}/org/tiny/resolve/main/m.bin"
    for asked in ("bytes=4096-", "bytes=5000-6000", "bytes=-0"):
        beyond = ask(url, headers={"Range": asked})
        assert (beyond.status, beyond.body, beyond.headers["content-range"]) == (416, b"", "bytes */4096")
    for asked in ("bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=a-b"):
        assert ask(url, headers={"Range": asked}).status == 200
    assert ask(f"{hub.url}/org/tiny/resolve/main/empty", headers={"Range": "bytes=0-0"}).status == 416


def test_validators_are_honoured(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"m.bin": DATA})
    url = f"{hub.url}/org/tiny/resolve/main/m.bin"
    etag = ask(url).headers["etag"]
    same = ask(url, headers={"If-None-Match": etag})
    assert (same.status, same.body) == (304, b"")
    assert ask(url, headers={"Range": "bytes=0-9", "If-Range": etag}).status == 206
    assert ask(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).body == DATA


def test_raw_gives_the_pointer_of_a_file_in_lfs(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"m.bin": DATA, "config.json": b"{}"})
    assert ask(f"{hub.url}/org/tiny/raw/main/m.bin").body.startswith(b"version https://git-lfs.github.com/spec/v1\n")
    assert ask(f"{hub.url}/org/tiny/raw/main/config.json").body == b"{}"


def test_a_revision_may_be_quoted_or_not(hub: FakeHub) -> None:
    repo = hub.create_repo("org/tiny")
    commit = repo.commit({"a/b.txt": b"1"})
    repo.pull_request(1, commit)
    for revision in ("refs%2Fpr%2F1", "refs/pr/1", "refs%2Fheads%2Fmain", "main", "HEAD", commit):
        reply = ask(f"{hub.url}/org/tiny/resolve/{revision}/a/b.txt")
        assert (reply.status, reply.headers["x-repo-commit"]) == (200, commit)
        assert ask(f"{hub.url}/api/models/org/tiny/tree/{revision}/a").json[0]["path"] == "a/b.txt"
        assert ask(f"{hub.url}/api/models/org/tiny/revision/{revision}").json["sha"] == commit
    assert ask(f"{hub.url}/org/tiny/resolve/pr%2F1/a%2Fb.txt").body == b"1"


def test_paths_info_reads_forms_and_json(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"a/b.txt": b"1", "c.txt": b"2"})
    url = f"{hub.url}/api/models/org/tiny/paths-info/main"
    form = ask(
        url,
        method="POST",
        body=b"paths=a%2Fb.txt&paths=a&paths=none&expand=True",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert [entry["path"] for entry in form.json] == ["a/b.txt", "a"]
    assert "lastCommit" in form.json[0]
    body = json.dumps({"paths": ["c.txt"], "expand": False}).encode()
    reply = ask(url, method="POST", body=body, headers={"Content-Type": "application/json"})
    assert [entry["path"] for entry in reply.json] == ["c.txt"]
    assert "lastCommit" not in reply.json[0]


def test_hostile_names_are_listed_and_served_verbatim(hub: FakeHub) -> None:
    hub.create_repo("org/evil").commit({name: name.encode() for name in HOSTILE})
    tree = ask(f"{hub.url}/api/models/org/evil/tree/main?recursive=true").json
    assert {entry["path"] for entry in tree if entry["type"] == "file"} == set(HOSTILE)
    info = ask(f"{hub.url}/api/models/org/evil").json
    assert {sibling["rfilename"] for sibling in info["siblings"]} == set(HOSTILE)
    for name in HOSTILE:
        assert ask(f"{hub.url}/org/evil/resolve/main/{quote(name)}").body == name.encode()


def test_one_connection_serves_many_requests(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"m.bin": DATA})
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=10)
    try:
        connection.connect()
        socket = connection.sock
        for method, path in (
            ("GET", "/org/tiny/resolve/main/m.bin"),
            ("HEAD", "/org/tiny/resolve/main/m.bin"),
            ("GET", "/org/tiny/resolve/main/none"),
            ("GET", "/api/models/org/tiny"),
        ):
            connection.request(method, path)
            connection.getresponse().read()
            assert connection.sock is socket
    finally:
        connection.close()


def test_the_log_holds_what_was_asked_and_answered(hub: FakeHub) -> None:
    hub.create_repo("org/tiny").commit({"a": b"1"})
    ask(f"{hub.url}/org/tiny/resolve/refs%2Fheads%2Fmain/a?download=true", headers={"X-Own": "Value"})
    (request,) = hub.requests
    assert (request.method, request.host, request.status) == ("GET", "hub", 200)
    assert request.path == "/org/tiny/resolve/refs%2Fheads%2Fmain/a?download=true"
    assert request.headers["x-own"] == "Value"
