from __future__ import annotations

import pytest
from tests.fakes.hub.blobs import blob_of
from tests.fakes.hub_pins import COMMIT, FILES, REPO, WEIGHTS
from tests.unit.gates.asking import PIN, ask, ranged, text_of

from weighbridge.core.http import FileRange

SIZE = len(WEIGHTS)
WEIGHTS_PATH = f"/{REPO}/resolve/main/model.safetensors"


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_file_is_named_by_its_pin_and_has_the_hubs_headers(path: str, revision: str) -> None:
    answer = ask(f"/{REPO}/resolve/{revision}/{path}")
    data, etag = FILES[path], f'"{blob_of(path, FILES[path]).etag}"'
    assert answer.status == 200
    assert answer.body == FileRange(PIN.digest, path, 0, len(data), len(data), REPO, COMMIT)
    assert answer.length == len(data)
    assert answer.headers["X-Repo-Commit"] == COMMIT
    assert answer.headers["ETag"] == answer.headers["X-Linked-ETag"] == etag
    assert answer.headers["X-Linked-Size"] == str(len(data))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Weighbridge-Digest"] == PIN.digest
    assert not [name for name in answer.headers if "xet" in name.lower()]
    assert ask(f"/{REPO}/resolve/{revision}/{path}", method="HEAD") == answer


def test_a_path_may_be_quoted() -> None:
    assert ask(f"/{REPO}/resolve/main/onnx%2Fdeep%2Fmodel.onnx").status == 200
    assert ask("/gpt2/resolve/main/config.json").status == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        (f"bytes={SIZE - 6}-", SIZE - 6, SIZE),
        ("bytes=-6", SIZE - 6, SIZE),
        (f"bytes=4000-{10**19}", 4000, SIZE),
        (f"bytes=-{10**19}", 0, SIZE),
        (" bytes=1-2 ", 1, 3),
    ],
)
def test_a_range_names_its_bytes(asked: str, start: int, stop: int) -> None:
    answer = ask(WEIGHTS_PATH, headers={"range": asked})
    assert (answer.status, ranged(answer)) == (206, (start, stop - start))
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 1}-{SIZE + 9}", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(asked: str) -> None:
    answer = ask(WEIGHTS_PATH, headers={"range": asked})
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (416, b"", f"bytes */{SIZE}")


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=" + "9" * 30 + "-", "", "bytes=٣-"],
)
def test_a_strange_range_is_ignored(asked: str) -> None:
    answer = ask(WEIGHTS_PATH, headers={"range": asked})
    assert (answer.status, ranged(answer)) == (200, (0, SIZE))


def test_a_range_of_an_empty_file_is_all_of_it() -> None:
    answer = ask(f"/{REPO}/resolve/main/empty.txt", headers={"range": "bytes=0-0"})
    assert (answer.status, answer.length, answer.headers["Content-Range"]) == (200, 0, "bytes */0")


def test_head_ignores_a_range() -> None:
    assert ask(WEIGHTS_PATH, method="HEAD", headers={"range": "bytes=0-0"}).status == 200


def test_validators_are_honoured() -> None:
    etag = ask(WEIGHTS_PATH).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        same = ask(WEIGHTS_PATH, headers={"if-none-match": known, "range": "bytes=0-1"})
        assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag)
    assert ask(WEIGHTS_PATH, headers={"if-none-match": '"other"'}).status == 200
    assert ask(WEIGHTS_PATH, headers={"range": "bytes=0-9", "if-range": etag}).status == 206
    assert ask(WEIGHTS_PATH, headers={"range": "bytes=0-9", "if-range": '"other"'}).status == 200


def test_raw_is_what_git_holds() -> None:
    blob = blob_of("model.safetensors", WEIGHTS)
    raw = ask(f"/{REPO}/raw/main/model.safetensors")
    assert (raw.status, raw.body, raw.headers["ETag"]) == (200, blob.pointer, f'"{blob.oid}"')
    part = ask(f"/{REPO}/raw/main/model.safetensors", headers={"range": "bytes=0-6"})
    assert (part.status, part.body) == (206, b"version")
    assert ask(f"/{REPO}/raw/main/config.json") == ask(f"/{REPO}/resolve/main/config.json")
    assert ask(f"/{REPO}/raw/main/none").headers["X-Error-Code"] == "EntryNotFound"


@pytest.mark.parametrize(
    "path", ["none.json", "../config.json", "onnx/../config.json", "onnx", "/etc/passwd", "%2e%2e/x"]
)
def test_a_missing_file_is_remembered_as_such_and_no_denial(path: str) -> None:
    answer = ask(f"/{REPO}/resolve/main/{path}")
    assert (answer.status, answer.headers["X-Error-Code"], answer.headers["X-Repo-Commit"]) == (
        404,
        "EntryNotFound",
        COMMIT,
    )
    assert answer.denial is None
    assert f"at {COMMIT}" in text_of(answer)


def test_a_missing_file_without_a_name() -> None:
    assert "no file (none) at" in text_of(ask(f"/{REPO}/resolve/main/"))


def test_a_file_that_the_pin_leaves_out_says_so() -> None:
    answer = ask(f"/{REPO}/resolve/main/pytorch_model.bin")
    assert (answer.status, answer.headers["X-Error-Code"]) == (404, "EntryNotFound")
    assert text_of(answer) == (
        "pytorch_model.bin of org/tiny is not governed: the pin of tiny leaves it out; "
        "`weighbridge add hf:org/tiny --name tiny --all` takes in every file"
    )
    assert answer.denial is not None
    assert answer.denial.path == "pytorch_model.bin"
