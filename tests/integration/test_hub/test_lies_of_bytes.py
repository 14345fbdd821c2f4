"""Each lie about bytes does what it says and nothing else."""

from __future__ import annotations

import gzip
import http.client
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.hub import lies
from tests.integration.test_hub.wire import PATIENCE_SECONDS, Reply, ask

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub, Lie

DATA = bytes(range(256)) * 40
SIZE = str(len(DATA))


@pytest.fixture
def hub(hub: FakeHub) -> FakeHub:
    hub.create_repo("org/tiny").commit({"m.bin": DATA, "config.json": b"{}"})
    return hub


def fetch(hub: FakeHub, name: str = "m.bin", **headers: str) -> Reply:
    return ask(f"{hub.url}/org/tiny/resolve/main/{name}", headers=headers)


def tell(hub: FakeHub, lie: Lie, **headers: str) -> Reply:
    hub.lies[:] = [lie]
    reply = fetch(hub, **headers)
    assert lie.count == 1
    return reply


def differing(left: bytes, right: bytes) -> list[int]:
    assert len(left) == len(right)
    return [at for at, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]]


def test_wrong_bytes_change_one_byte_and_no_header(hub: FakeHub) -> None:
    honest = fetch(hub)
    reply = tell(hub, lies.wrong_bytes("*.bin", at=100))
    assert differing(reply.body, DATA) == [100]
    ignored = {"x-request-id"}
    assert {k: v for k, v in reply.headers.items() if k not in ignored} == {
        k: v for k, v in honest.headers.items() if k not in ignored
    }
    assert fetch(hub, "config.json").body == b"{}"


def test_wrong_bytes_are_told_where_their_range_is_served(hub: FakeHub) -> None:
    lie = lies.wrong_bytes(at=100, times=1)
    hub.lies.append(lie)
    assert fetch(hub, Range="bytes=0-99").body == DATA[:100]
    assert lie.count == 0
    assert differing(fetch(hub, Range="bytes=90-110").body, DATA[90:111]) == [10]
    assert fetch(hub).body == DATA


def test_wrong_bytes_come_from_disk_too(hub: FakeHub, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(3 << 20))
    hub.repo("org/tiny").commit({"m.bin": path})
    reply = tell(hub, lies.wrong_bytes(at=(2 << 20) + 5))
    assert differing(reply.body, bytes(3 << 20)) == [(2 << 20) + 5]


def test_the_real_client_does_not_notice_wrong_bytes(hub: FakeHub, api: HfApi, tmp_path: Path) -> None:
    """Why Weighbridge exists: the client compares sizes only."""
    hub.lies.append(lies.wrong_bytes())
    path = api.hf_hub_download("org/tiny", "m.bin", cache_dir=tmp_path)
    assert len(differing(Path(path).read_bytes(), DATA)) == 1


def test_a_truncated_file_promises_all_and_brings_less(hub: FakeHub) -> None:
    reply = tell(hub, lies.truncate(after=1000))
    assert (reply.headers["content-length"], reply.body, reply.complete) == (SIZE, DATA[:1000], False)
    assert tell(hub, lies.truncate()).body == DATA[: len(DATA) // 2]


def test_a_short_file_is_consistent(hub: FakeHub) -> None:
    reply = tell(hub, lies.short(missing=10))
    assert (reply.headers["content-length"], reply.body, reply.complete) == (str(len(DATA) - 10), DATA[:-10], True)
    reply = fetch(hub, Range="bytes=100-199")
    assert (reply.body, reply.headers["content-range"]) == (DATA[100:190], f"bytes 100-189/{len(DATA) - 10}")


def test_an_oversize_file_has_more_than_it_should_and_promises_nothing(hub: FakeHub) -> None:
    reply = tell(hub, lies.oversize(extra=5))
    assert reply.body == DATA + b"+++++"
    assert "content-length" not in reply.headers
    assert reply.headers["transfer-encoding"] == "chunked"


def test_a_slow_file_takes_its_time(hub: FakeHub) -> None:
    started = time.monotonic()
    reply = tell(hub, lies.slow(bytes_per_second=len(DATA) * 4))
    assert reply.body == DATA
    assert 0.2 < time.monotonic() - started < PATIENCE_SECONDS


def test_a_stalled_file_stays_open_and_brings_no_more(hub: FakeHub) -> None:
    hub.lies.append(lies.stall(after=700))
    connection = http.client.HTTPConnection("127.0.0.1", int(hub.url.rpartition(":")[2]), timeout=0.3)
    try:
        connection.request("GET", "/org/tiny/resolve/main/m.bin")
        response = connection.getresponse()
        assert response.read(700) == DATA[:700]
        with pytest.raises(TimeoutError):
            response.read(1)
        response.close()
    finally:
        connection.close()


def test_a_reset_breaks_the_connection(hub: FakeHub) -> None:
    hub.lies.append(lies.reset(times=1))
    with pytest.raises(ConnectionResetError):
        fetch(hub)
    assert fetch(hub).body == DATA


def test_a_changed_file_has_another_etag_and_other_bytes_for_a_range(hub: FakeHub) -> None:
    honest = fetch(hub)
    hub.lies.append(lies.etag_change())
    assert fetch(hub).headers["etag"] == honest.headers["etag"]
    changed = fetch(hub, Range="bytes=100-199")
    assert (changed.status, changed.headers["content-range"]) == (206, f"bytes 100-199/{SIZE}")
    assert changed.headers["etag"] != honest.headers["etag"]
    assert differing(changed.body, DATA[100:200]) == [0]
    guarded = fetch(hub, Range="bytes=100-199", **{"If-Range": honest.headers["etag"]})
    assert (guarded.status, len(guarded.body)) == (200, len(DATA))


def test_an_ignored_range_brings_everything(hub: FakeHub) -> None:
    reply = tell(hub, lies.ignore_range(), Range="bytes=100-199")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, DATA, SIZE)
    assert "content-range" not in reply.headers


def test_a_wrong_range_names_other_bytes_than_it_brings(hub: FakeHub) -> None:
    reply = tell(hub, lies.wrong_range(shift=7), Range="bytes=100-199")
    assert (reply.status, reply.body) == (206, DATA[100:200])
    assert reply.headers["content-range"] == f"bytes 107-206/{SIZE}"


def test_gzip_is_sent_unasked(hub: FakeHub) -> None:
    reply = tell(hub, lies.gzip_encoding())
    assert (reply.headers["content-encoding"], reply.headers["content-length"]) == ("gzip", str(len(reply.body)))
    assert gzip.decompress(reply.body) == DATA


def test_lies_reach_the_file_host(hub: FakeHub) -> None:
    hub.redirect_files = True
    hub.lies.append(lies.wrong_bytes("*.bin", at=0))
    sent = fetch(hub)
    assert sent.status == 302
    assert differing(ask(sent.headers["location"]).body, DATA) == [0]


def test_a_lie_is_told_so_many_times_and_not_by_head(hub: FakeHub) -> None:
    hub.lies.append(lies.truncate(after=1, times=2))
    ask(f"{hub.url}/org/tiny/resolve/main/m.bin", method="HEAD")
    assert [fetch(hub).complete for _ in range(3)] == [False, False, True]
    hub.lies.clear()
    hub.lies.append(lies.truncate(after=1))
    assert [fetch(hub).complete for _ in range(3)] == [False] * 3


def test_two_lies_go_together(hub: FakeHub) -> None:
    hub.lies += [lies.wrong_bytes(at=0), lies.truncate(after=10)]
    assert differing(fetch(hub).body, DATA[:10]) == [0]
