from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.hub_pins import COMMIT, FILES, OTHER_COMMIT, REPO, WEIGHTS
from tests.unit.gates.asking import GATE, PIN, ask

from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.http import Answer, FileRange, Request, one_line
from weighbridge.running.parsing import Head, RefusedRequest, parse, require_local

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = len(WEIGHTS)
WORDS = (
    "api models datasets spaces kernels org tiny gpt2 none resolve raw revision tree paths-info refs heads pr 1 commits"
    " auth-check main HEAD dev xet-read-token whoami-v2 telemetry v2 info lfs tiny.git git-upload-pack onnx deep .. ."
    " config.json model.safetensors empty.txt pytorch_model.bin refs%2Fpr%2F1 onnx%2Fdeep %2e%2e %2F %00 %0d%0aX:1"
)
SEGMENTS = st.sampled_from([*WORDS.split(), COMMIT, OTHER_COMMIT, ""])
PATHS = st.one_of(st.lists(SEGMENTS, max_size=9).map(lambda parts: "/" + "/".join(parts)), st.text(max_size=60))
QUERIES = st.one_of(
    st.just(""), st.text(max_size=40), st.sampled_from(["blobs=1&expand=tags", "recursive=true&expand=1", "limit=-1"])
)
VALUES = st.one_of(
    st.text(max_size=40), st.sampled_from(["bytes=0-0", "bytes=-1", '"x"', "*", "application/json", "hf-hub/1.0"])
)
HEADERS = st.dictionaries(
    st.sampled_from(["range", "if-range", "if-none-match", "content-type", "user-agent", "authorization", "origin"]),
    VALUES,
)
METHODS = st.one_of(st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]), st.text(max_size=8))
PINNED = {(PIN.digest, file.entry.path) for file in PIN.files}


def require_safe(answer: Answer) -> None:
    for name, value in answer.headers.items():
        line = f"{name}: {value}"
        assert line.isascii()
        assert line.isprintable()
        assert len(value) <= 1200
        assert "xet" not in name.lower()
    assert 200 <= answer.status < 600
    if isinstance(answer.body, bytes):
        assert b"xetHash" not in answer.body
    if answer.denial is not None:
        assert answer.status >= 400


@given(METHODS, PATHS, QUERIES, HEADERS, st.binary(max_size=60))
def test_any_request_has_a_safe_answer(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    answer = GATE.answer(Request(method, f"{path}?{query}" if query else path, headers, body))
    require_safe(answer)
    if isinstance(answer.body, FileRange):
        served = answer.body
        assert (served.digest, served.path) in PINNED or served.repo == "gpt2"
        assert served.revision in {COMMIT, "c3" * 20}
        assert 0 <= served.start <= served.start + served.length <= served.size


@given(PATHS, st.text(max_size=30), st.text(max_size=300))
def test_any_failure_has_a_safe_answer(path: str, repo: str, message: str) -> None:
    file = FileRange(PIN.digest, path, 0, 1, 1, repo, COMMIT)
    require_safe(GATE.failed(Request("GET", "/"), file, WeighbridgeError(message, hint=message)))


@given(st.one_of(st.none(), st.integers(0, SIZE * 2)), st.one_of(st.none(), st.integers(0, SIZE * 2)))
def test_ranges_name_the_bytes_that_slices_would(first: int | None, last: int | None) -> None:
    asked = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    answer = ask(f"/{REPO}/resolve/main/model.safetensors", headers={"range": asked})
    if first is None and last is None:
        wanted = WEIGHTS
    elif first is None:
        wanted = WEIGHTS[-last:] if last else b""
    elif last is not None and last < first:
        wanted = WEIGHTS
    else:
        wanted = WEIGHTS[first : None if last is None else last + 1]
    if not wanted:
        assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
        return
    assert isinstance(answer.body, FileRange)
    start, stop = answer.body.start, answer.body.start + answer.body.length
    assert WEIGHTS[start:stop] == wanted
    if answer.status == 206:
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    else:
        assert (answer.status, stop - start) == (200, SIZE)


@given(st.lists(st.one_of(st.sampled_from([*FILES, "onnx", "onnx/deep"]), st.text(max_size=20)), max_size=8))
def test_paths_info_finds_what_there_is_once_each(paths: list[str]) -> None:
    body = json.dumps({"paths": paths}).encode()
    answer = ask(
        f"/api/models/{REPO}/paths-info/main", method="POST", headers={"content-type": "application/json"}, body=body
    )
    assert isinstance(answer.body, bytes)
    found = [entry["path"] for entry in json.loads(answer.body)]
    assert found == list(dict.fromkeys(path for path in paths if path in {*FILES, "onnx", "onnx/deep"}))


@given(st.text(max_size=50), st.integers(3, 60))
def test_a_line_is_one_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line.isascii()
    assert not line or line.isprintable()
    Answer(200, {"X": line})


def parsed(data: bytes) -> Head | None:
    try:
        head = parse(data)
        require_local(head.headers)
    except RefusedRequest as refused:
        require_safe(refused.answer)
        return None
    return head


LINES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"Host: 127.0.0.1:80",
            b"host: localhost",
            b"Host: evil.example",
            b"Content-Length: 5",
            b"Content-Length: -1",
            b"Transfer-Encoding: chunked",
            b"Connection: close",
            b"Origin: null",
            b"Range: bytes=0-1",
            b" folded",
            b"X: \xe9",
        ]
    ),
)
STARTS = st.one_of(
    st.binary(max_size=40), st.sampled_from([b"GET / HTTP/1.1", b"POST /a?b HTTP/1.0", b"GET x HTTP/1.1"])
)


@given(STARTS, st.lists(LINES, max_size=6))
def test_any_bytes_are_a_request_or_refused(start: bytes, lines: list[bytes]) -> None:
    head = parsed(b"\r\n".join([start, *lines]))
    if head is not None:
        assert head.target.startswith("/")
        assert head.target.isascii()
        assert head.target.isprintable()
        assert head.body_bytes >= 0
        assert head.headers["host"].lower().split(":")[0] in {"127.0.0.1", "localhost", "[", "[::1]"}
        assert "transfer-encoding" not in head.headers
        require_no_break(head.headers.values())


def require_no_break(values: Iterable[str]) -> None:
    assert not [value for value in values if "\r" in value or "\n" in value or "\0" in value]
