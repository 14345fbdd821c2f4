from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from tests.fakes.hub import FakeHub, Lie, lies
from tests.fakes.wire import Wire, answer

from weighbridge.core.errors import IntegrityError, SourceError, WeighbridgeError
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.ref import Ref
from weighbridge.sources import _transfer

from .conftest import Client, client_of

if TYPE_CHECKING:
    from collections.abc import Callable

WEIGHTS = bytes(range(256)) * 20_000
FILES = {"config.json": b'{"a": 1}', "model.safetensors": WEIGHTS}
COMMIT = "a" * 40


@pytest.fixture
def listing(hub: FakeHub, client: Client) -> Listing:
    hub.create_repo("org/model").commit(FILES)
    found = client.resolve()
    hub.requests.clear()
    return found


def ranges(hub: FakeHub) -> list[str]:
    return [request.headers.get("range", "") for request in hub.requests]


@pytest.mark.parametrize("redirect", [False, True])
@pytest.mark.parametrize("lie", [lies.truncate, lies.reset], ids=["truncate", "reset"])
def test_a_broken_connection_is_resumed_where_it_broke(
    hub: FakeHub,
    client: Client,
    listing: Listing,
    lie: Callable[..., Lie],
    redirect: bool,  # noqa: FBT001 - a parameter
) -> None:
    hub.redirect_files = redirect
    hub.lies.append(lie("model.safetensors", after=3_000_000, times=1))
    assert client.fetch(listing, "model.safetensors") == WEIGHTS
    assert client.naps == [1.0]


def test_a_resumed_request_names_the_version_it_continues(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.lies.append(lies.truncate("model.safetensors", after=2 << 20, times=1))
    assert client.fetch(listing, "model.safetensors") == WEIGHTS
    assert ranges(hub) == ["", f"bytes={2 << 20}-"]
    assert hub.requests[1].status == 206
    assert hub.requests[1].headers["if-range"].strip('"') == listing.files[1].promise.removeprefix("sha256:")


def test_an_offset_is_asked_for_and_plain_bytes_are(hub: FakeHub, client: Client, listing: Listing) -> None:
    assert client.fetch(listing, "model.safetensors", 4_000_000) == WEIGHTS[4_000_000:]
    assert ranges(hub) == ["bytes=4000000-"]
    assert hub.requests[0].headers["accept-encoding"] == "identity"


def test_tries_without_progress_are_counted(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.lies.append(lies.reset("model.safetensors", after=0))
    with pytest.raises(SourceError) as caught:
        client.fetch(listing, "model.safetensors")
    assert caught.value.code == "connection-lost"
    assert len(hub.requests) == 3
    assert client.naps == [1.0, 2.0]


def test_a_transfer_that_moves_on_may_break_often(
    hub: FakeHub, client: Client, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_transfer, "PROGRESS_BYTES", 1 << 20)
    hub.lies.append(lies.truncate("model.safetensors", after=1 << 20))
    assert client.fetch(listing, "model.safetensors") == WEIGHTS
    assert len(hub.requests) == 5
    assert set(client.naps) == {1.0}


def test_silence_is_a_broken_connection(hub: FakeHub, listing: Listing) -> None:
    client = client_of(hub.url, timeout_seconds=0.3)
    hub.lies.append(lies.stall("model.safetensors", after=1_000_000, times=1))
    assert client.fetch(listing, "model.safetensors") == WEIGHTS
    hub.lies.append(lies.stall("model.safetensors"))
    with pytest.raises(SourceError) as caught:
        client.fetch(listing, "model.safetensors")
    assert caught.value.code == "timed-out"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_server_that_fails_for_a_while_is_asked_again(
    hub: FakeHub, client: Client, listing: Listing, status: int
) -> None:
    hub.lies.append(lies.status(status, times=2))
    assert client.fetch(listing, "config.json") == FILES["config.json"]
    assert client.naps == [1.0, 2.0]


@pytest.mark.parametrize(("status", "code"), [(429, "rate-limited"), (503, "server-failed"), (408, "timed-out")])
def test_a_server_that_goes_on_failing_is_left(
    hub: FakeHub, client: Client, listing: Listing, status: int, code: str
) -> None:
    hub.lies.append(lies.status(status))
    with pytest.raises(SourceError) as caught:
        client.fetch(listing, "config.json")
    assert caught.value.code == code
    assert len(hub.requests) == 3


@pytest.mark.parametrize(("asked", "waited"), [(7, 7.0), (0, 0.0), (86_400, 300.0), ("soon", 1.0)])
def test_the_wait_that_the_server_asks_for_is_kept(
    hub: FakeHub, client: Client, listing: Listing, asked: int | str, waited: float
) -> None:
    hub.lies.append(lies.status(503, retry_after=asked, times=1))
    assert client.fetch(listing, "config.json") == FILES["config.json"]
    assert client.naps == [waited]


def test_a_date_to_wait_for_is_measured_on_the_servers_clock() -> None:
    now = datetime(2031, 5, 5, 12, tzinfo=UTC)
    dates = [f"Date: {format_datetime(now, usegmt=True)}"]
    dates.append(f"Retry-After: {format_datetime(now + timedelta(seconds=42), usegmt=True)}")
    client, _ = played(answer("503 Busy", b"", *dates), answer("200 OK", b"12345"))
    assert client.naps == [42.0]


def test_info_and_tree_are_asked_again_too(hub: FakeHub, client: Client) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.status(429, "/api/*", retry_after=3, times=2))
    assert len(client.resolve().files) == 2
    assert client.naps == [3.0, 3.0]


def test_a_file_that_changes_while_it_is_resumed_is_refused(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.lies += [lies.truncate("model.safetensors", after=1 << 20, times=1), lies.etag_change("model.safetensors")]
    with pytest.raises(IntegrityError) as caught:
        client.fetch(listing, "model.safetensors")
    assert caught.value.code == "changed-in-transfer"


@pytest.mark.parametrize("offset", [0, 1, 3_333_333])
def test_a_server_without_ranges_is_read_from_the_start(
    hub: FakeHub, client: Client, listing: Listing, offset: int
) -> None:
    hub.lies += [lies.truncate("model.safetensors", after=4 << 20, times=1), lies.ignore_range("model.safetensors")]
    assert client.fetch(listing, "model.safetensors", offset) == WEIGHTS[offset:]


@pytest.mark.parametrize("shift", [-1, 1, 1000])
def test_another_range_than_asked_for_is_refused(hub: FakeHub, client: Client, listing: Listing, shift: int) -> None:
    hub.lies.append(lies.wrong_range("model.safetensors", shift=shift))
    with pytest.raises(IntegrityError) as caught:
        client.fetch(listing, "model.safetensors", 1000)
    assert caught.value.code == "bad-range"


@pytest.mark.parametrize("offset", [0, 1000])
@pytest.mark.parametrize("lie", [lies.short("model.*", missing=1), lies.oversize("model.*")], ids=["short", "oversize"])
def test_another_size_is_refused(hub: FakeHub, client: Client, listing: Listing, lie: Lie, offset: int) -> None:
    hub.lies.append(replace(lie, count=0))
    reader = client.source.read(listing, listing.files[1], offset)
    got = bytearray()
    with pytest.raises(IntegrityError) as caught:
        got.extend(byte for piece in reader for byte in piece)
    assert caught.value.code in {"size-mismatch", "bad-range"}
    assert len(got) <= len(WEIGHTS) - offset
    assert not client.naps


def test_a_listing_that_lies_about_the_size_is_caught(hub: FakeHub, client: Client) -> None:
    hub.create_repo("org/model").commit(FILES)
    for by in (-1, 1):
        hub.lies = [lies.wrong_size_in_tree(by=by)]
        listing = client.resolve()
        hub.lies = []
        with pytest.raises(IntegrityError) as caught:
            client.fetch(listing, "model.safetensors")
        assert caught.value.code == "size-mismatch"


def test_an_offset_behind_the_end_of_the_real_file_is_another_size(
    hub: FakeHub, client: Client, listing: Listing
) -> None:
    longer = replace(listing.files[1], size=len(WEIGHTS) + 100)
    with pytest.raises(IntegrityError) as caught:
        list(client.source.read(listing, longer, len(WEIGHTS) + 50))
    assert caught.value.code == "size-mismatch"
    assert hub.requests[-1].status == 416


@pytest.mark.parametrize("redirect", [False, True])
def test_a_web_page_is_not_a_file(
    hub: FakeHub,
    client: Client,
    listing: Listing,
    redirect: bool,  # noqa: FBT001 - a parameter
) -> None:
    hub.redirect_files = redirect
    hub.lies.append(lies.html_200("/*"))
    with pytest.raises(SourceError) as caught:
        client.fetch(listing, "config.json")
    assert caught.value.code == "html-instead-of-file"
    assert "portal" in caught.value.hint


def test_bytes_that_were_packed_on_the_way_are_refused(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.lies.append(lies.gzip_encoding("config.json"))
    with pytest.raises(SourceError) as caught:
        client.fetch(listing, "config.json")
    assert caught.value.code == "encoded-answer"


@pytest.mark.parametrize("redirect", [False, True])
def test_bytes_of_another_commit_are_refused(
    hub: FakeHub,
    client: Client,
    listing: Listing,
    redirect: bool,  # noqa: FBT001 - a parameter
) -> None:
    hub.redirect_files = redirect
    hub.lies.append(lies.wrong_commit("/org/*"))
    with pytest.raises(IntegrityError) as caught:
        client.fetch(listing, "model.safetensors")
    assert caught.value.code == "wrong-commit"


def test_a_mirror_that_does_not_say_the_commit_is_read(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.lies.append(lies.missing_commit_header())
    assert client.fetch(listing, "config.json") == FILES["config.json"]


@pytest.mark.parametrize("path", ["../../api/whoami-v2", "a//b", "./a", "/etc/passwd", "a/.."])
def test_a_path_cannot_leave_the_repository(hub: FakeHub, client: Client, listing: Listing, path: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        list(client.source.read(listing, RemoteFile(path, 1), 0))
    assert caught.value.code == "bad-path"
    assert not hub.requests


def test_a_repository_deleted_meanwhile_is_missing(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.delete("org/model")
    with pytest.raises(WeighbridgeError) as caught:
        client.fetch(listing, "config.json")
    assert caught.value.code == "repository-missing"


def test_a_file_that_the_hub_lost_is_missing(client: Client, listing: Listing) -> None:
    with pytest.raises(WeighbridgeError) as caught:
        list(client.source.read(listing, RemoteFile("lost.bin", 1), 0))
    assert caught.value.code == "file-missing"


def test_a_slow_server_is_waited_for(hub: FakeHub, client: Client, listing: Listing) -> None:
    hub.lies.append(lies.slow("model.safetensors", bytes_per_second=20_000_000))
    assert client.fetch(listing, "model.safetensors") == WEIGHTS


def test_threads_meet_faults_each_for_itself(hub: FakeHub) -> None:
    client = client_of(hub.url, max_tries=11)
    files = {f"{number}.bin": bytes([number]) * 300_000 for number in range(30)}
    hub.create_repo("org/many").commit(files)
    listing = client.resolve("hf:org/many")
    hub.lies += [lies.reset("1*.bin", after=100_000, times=7), lies.status(503, "/org/*", times=3)]
    with ThreadPoolExecutor(8) as pool:
        got = dict(zip(sorted(files), pool.map(lambda path: client.fetch(listing, path), sorted(files)), strict=True))
    assert got == files


def played(*answers: bytes, size: int = 5, offset: int = 0) -> tuple[Client, bytes]:
    """What a client reads from prepared answers."""
    with Wire(*answers) as wire:
        client = client_of(wire.url)
        listing = Listing(Ref.parse("hf:org/model"), COMMIT, (), {"repo_id": "org/model"})
        return client, b"".join(client.source.read(listing, RemoteFile("f", size), offset))


def test_a_server_may_send_a_range_in_parts() -> None:
    _, got = played(
        answer("206 Partial", b"23", "Content-Range: bytes 1-2/5", 'ETag: W/"weak"'),
        answer("206 Partial", b"45", "Content-Range: bytes 3-4/*"),
        offset=1,
    )
    assert got == b"2345"


@pytest.mark.parametrize(
    "header",
    ["", "Content-Range: bytes 1-4/6", "Content-Range: bytes 0-4/5", "Content-Range: bytes 1-9/*", "Content-Range: x"],
)
def test_a_range_that_says_something_else_is_refused(header: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        played(answer("206 Partial", b"2345", *([header] if header else [])), offset=1)
    assert caught.value.code == "bad-range"


def test_a_part_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        played(answer("206 Partial", b"12345", "Content-Range: bytes 0-4/5"))
    assert caught.value.code == "bad-range"


def chunked(*pieces: bytes) -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))
    return answer("200 OK", body, "Transfer-Encoding: chunked", length=False)


def test_a_body_in_chunks_has_the_promised_size() -> None:
    assert played(chunked(b"123", b"45"))[1] == b"12345"
    for pieces in ([b"123"], [b"123", b"456"]):
        with pytest.raises(IntegrityError) as caught:
            played(chunked(*pieces))
        assert caught.value.code == "size-mismatch"


def test_a_body_in_broken_chunks_is_a_broken_connection() -> None:
    with pytest.raises(SourceError) as caught:
        played(answer("200 OK", b"zz\r\n12345", "Transfer-Encoding: chunked", length=False))
    assert caught.value.code == "connection-lost"


def test_a_body_that_ends_with_the_connection_may_be_cut_off() -> None:
    whole, cut = answer("200 OK", b"12345", length=False), answer("200 OK", b"123", length=False)
    assert played(whole)[1] == b"12345"
    assert played(cut, answer("206 Partial", b"45", "Content-Range: bytes 3-4/5"))[1] == b"12345"
    with pytest.raises(SourceError) as caught:
        played(cut)
    assert caught.value.code == "connection-lost"


@pytest.mark.parametrize("status", ["204 Nothing", "304 Same", "100 Continue", "299 Odd"])
def test_a_status_that_means_nothing_here_is_refused(status: str) -> None:
    with pytest.raises(SourceError) as caught:
        played(answer(status))
    assert caught.value.code in {"bad-answer", "connection-lost"}


@pytest.mark.parametrize(
    "text", [b"", b"not http\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a" * 99_999]
)
def test_what_is_not_http_is_a_broken_connection(text: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        played(text)
    assert caught.value.code == "connection-lost"


def test_many_megabytes_a_second() -> None:
    """A rough guard, far below what is measured: reading must not be what limits a transfer."""
    size = 64 << 20
    with Wire(answer("200 OK", bytes(size))) as wire:
        listing = Listing(Ref.parse("hf:org/model"), COMMIT, (), {"repo_id": "org/model"})
        started = time.perf_counter()
        got = sum(map(len, client_of(wire.url).source.read(listing, RemoteFile("f", size), 0)))
    assert got == size
    assert size / (time.perf_counter() - started) > 50e6
