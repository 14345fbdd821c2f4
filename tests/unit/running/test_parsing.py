from __future__ import annotations

import pytest

from weighbridge.running.parsing import MAX_HEADERS, RefusedRequest, parse, require_local

LOCAL = b"Host: 127.0.0.1:80"


def head(*lines: bytes) -> bytes:
    return b"\r\n".join(lines)


def refused(data: bytes) -> int:
    with pytest.raises(RefusedRequest) as caught:
        parse(data)
    return caught.value.answer.status


def test_a_request_is_read() -> None:
    found = parse(head(b"POST /a%2Fb?c HTTP/1.1", LOCAL, b"X-One:\t1 \t", b"x-one: 2", b"Content-Length: 5"))
    assert (found.method, found.target, found.body_bytes, found.is_kept) == ("POST", "/a%2Fb?c", 5, True)
    assert found.headers["x-one"] == "1, 2"
    assert not found.waits
    assert parse(head(b"GET / HTTP/1.1", b"Expect: 100-Continue")).waits


@pytest.mark.parametrize(
    ("version", "connection", "is_kept"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Keep-Alive", True),
        (b"1.1", b"TE, Close", False),
        (b"1.0", b"", False),
        (b"1.0", b"keep-alive", True),
        (b"1.2", b"x", True),
    ],
)
def test_how_long_a_connection_stays(version: bytes, connection: bytes, is_kept: bool) -> None:  # noqa: FBT001 - a case
    assert parse(head(b"GET / HTTP/" + version, b"Connection: " + connection)).is_kept is is_kept


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET /", 400),
        (b"GET  / HTTP/1.1", 400),
        (b"GET / HTTP/1.1 ", 400),
        (b"GET /a b HTTP/1.1", 400),
        (b"GET /\xff HTTP/1.1", 400),
        (b"GET / HTTP/2.0", 505),
        (b"GET http://example.org/ HTTP/1.1", 400),
        (b"CONNECT example.org:443 HTTP/1.1", 400),
        (b"OPTIONS * HTTP/1.1", 400),
        (head(b"GET / HTTP/1.1", b"no colon"), 400),
        (head(b"GET / HTTP/1.1", b"X : 1"), 400),
        (head(b"GET / HTTP/1.1", b"X: 1", b" folded"), 400),
        (head(b"GET / HTTP/1.1", b"X: a\nY: b"), 400),
        (head(b"GET / HTTP/1.1", b"X: a\x00"), 400),
        (head(b"GET / HTTP/1.1", LOCAL, LOCAL), 400),
        (head(b"POST / HTTP/1.1", b"Content-Length: 1", b"Content-Length: 2"), 400),
        (head(b"POST / HTTP/1.1", b"Content-Length: +1"), 400),
        (head(b"POST / HTTP/1.1", b"Content-Length: " + b"9" * 40), 400),
        (head(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked"), 501),
        (head(b"GET / HTTP/1.1", *[b"X: 1"] * (MAX_HEADERS + 1)), 431),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, status: int) -> None:
    assert refused(data) == status


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:1", "[::1]", "[::1]:8000"])
def test_loopback_names_are_answered_to(host: str) -> None:
    require_local({"host": host, "sec-fetch-site": "none", "sec-fetch-mode": "cors"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": ""},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost.evil.example:80"},
        {"host": "127.0.0.1:80:80"},
        {"host": "127.0.0.1@evil.example"},
        {"host": "0.0.0.0:80"},
        {"host": "127.0.0.1:80", "origin": "https://evil.example"},
        {"host": "127.0.0.1:80", "origin": "null"},
        {"host": "127.0.0.1:80", "sec-fetch-site": "cross-site"},
        {"host": "127.0.0.1:80", "sec-fetch-site": "Same-Site"},
    ],
)
def test_pages_of_the_web_are_refused_and_told_of(headers: dict[str, str]) -> None:
    with pytest.raises(RefusedRequest) as caught:
        require_local(headers)
    assert caught.value.answer.status == 403
    assert caught.value.answer.denial is not None
