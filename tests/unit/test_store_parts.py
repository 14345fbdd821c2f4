"""The store's parts that need no DVC command: hashes, transfers, pointers, settings, the pipeline."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.fakes.pins import make_pin
from tests.fakes.store import Counter, Origin

from weighbridge.core.errors import ConfigError, IntegrityError, SourceError, StoreError
from weighbridge.stores import faults, pointer, reception, settings
from weighbridge.stores.hashing import BLOCK_BYTES, OnePass, _Lane
from weighbridge.stores.layout import Layout
from weighbridge.stores.pipeline import pipeline_text
from weighbridge.stores.stream import blocks, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.listing import RemoteFile

WORD = "0123456789ab"


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_blocks_are_the_same_bytes(chunks: list[bytes]) -> None:
    assert b"".join(blocks(chunks)) == b"".join(chunks)


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES + 7])
def test_one_pass_is_every_hash(size: int) -> None:
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    with OnePass(size, git=True) as hashes:
        for start in range(0, size, 100_000):
            hashes.update(data[start : start + 100_000])
        found = hashes.finish()
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert found.blake3 == blake3(data).hexdigest()
    header = b"blob %d\0" % size
    assert found.git == hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
    assert found.keeps(f"git:{found.git}")
    assert not found.keeps("sha256:" + "0" * 64)


def _fetch(origin: Origin, path: Path, progress: Counter) -> str:
    return fetch(origin.listing[0], path, reception.start(origin.read, progress)).sha256


def test_a_damaged_part_is_noticed_and_the_file_is_started_again(tmp_path: Path) -> None:
    origin, progress = Origin({"a": b"0123456789"}, chunk=4), Counter()
    (tmp_path / "part").write_bytes(b"01x3")
    assert _fetch(origin, tmp_path / "part", progress) == hashlib.sha256(b"0123456789").hexdigest()
    assert origin.reads == [("a", 4), ("a", 0)]
    assert progress.done == 10


def test_a_part_that_is_too_long_is_not_used(tmp_path: Path) -> None:
    origin = Origin({"a": b"0123456789"}, chunk=4)
    (tmp_path / "part").write_bytes(b"0123456789!")
    _fetch(origin, tmp_path / "part", Counter())
    assert origin.reads == [("a", 0)]
    assert (tmp_path / "part").read_bytes() == b"0123456789"


def test_a_part_without_a_promised_hash_is_not_used(tmp_path: Path) -> None:
    origin = Origin({"a": b"0123456789"}, kind="")
    (tmp_path / "part").write_bytes(b"0123")
    _fetch(origin, tmp_path / "part", Counter())
    assert origin.reads == [("a", 0)]


@pytest.mark.parametrize("times", [1, 2])
def test_a_file_that_changes_in_transfer_is_started_once_more(tmp_path: Path, times: int) -> None:
    origin, progress = Origin({"a": b"0123456789"}), Counter()
    left = [times]

    def read(file: RemoteFile, offset: int) -> Iterator[bytes]:
        yield b"01"
        if left[0]:
            left[0] -= 1
            raise IntegrityError("it changed", code="changed-in-transfer")
        yield origin.files[file.path][offset + 2 :]

    transfer = reception.start(read, progress)
    if times > 1:
        with pytest.raises(IntegrityError, match="it changed"):
            fetch(origin.listing[0], tmp_path / "part", transfer)
        return
    assert fetch(origin.listing[0], tmp_path / "part", transfer).keeps(origin.listing[0].promise)
    assert progress.done == 10


def test_a_staged_name_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "part").symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError):
        _fetch(Origin({"a": b"evil"}), tmp_path / "part", Counter())
    assert (tmp_path / "victim").read_bytes() == b"mine"


def test_one_failure_stops_the_other_transfers_and_keeps_what_arrived(tmp_path: Path) -> None:
    origin = Origin({"big": b"b" * 5_000_000, "small": b"s"}, chunk=1000)

    def read(file: RemoteFile, offset: int) -> Iterator[bytes]:
        if file.path == "small":
            raise SourceError("the source is down")
        yield from origin.read(file, offset)

    with (
        pytest.raises(SourceError, match="is down"),
        reception.receive(
            Layout(tmp_path, "models"), origin.listing, reception.start(read, Counter()), key="k", jobs=2
        ),
    ):
        pytest.fail("the context must not open")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "no-space"),
        (errno.EDQUOT, "no-space"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no-permission"),
        (errno.EPERM, "no-permission"),
        (errno.EIO, "disk-failed"),
        (errno.ENAMETOOLONG, "name-too-long"),
        (errno.EMFILE, "disk-failed"),
    ],
)
def test_every_disk_error_has_a_code_and_a_next_step(number: int, code: str) -> None:
    with pytest.raises(StoreError) as error, faults.disk("write a file"):
        raise OSError(number, os.strerror(number), "/some/file")
    assert error.value.code == code
    assert "run the command again" in error.value.hint or "--exclude" in error.value.hint
    assert "/some/file" in error.value.message


def test_a_pointer_that_somebody_described_still_names_the_same_bytes() -> None:
    pin = make_pin()
    text = pointer.text(pin)
    assert pointer.fault(pin, text.encode()) is None
    assert pointer.fault(pin, ("desc: our embedding model\n" + text).encode()) is None
    assert pointer.text(make_pin(files={"a": b"a"})) != text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("md5: ", "md5: 0"),
        ("nfiles: 2", "nfiles: 3"),
        ("size: 9", "size: 10"),
        ("hash: md5", "hash: sha256"),
        ("path: ", "path: ../"),
        ("outs:\n", "wdir: ..\nouts:\n"),
        ("outs:\n", "outs: []\nmeta2:\n"),
        ("  hash: md5", "  cache: false\n  hash: md5"),
        ("outs:", "\x00"),
        ("outs:", "outs: &a\n- *a\nx:"),
    ],
)
def test_an_edited_pointer_is_seen(old: str, new: str) -> None:
    pin = make_pin()
    text = pointer.text(pin)
    assert old in text
    assert pointer.fault(pin, text.replace(old, new, 1).encode()) is not None


@given(st.text(alphabet="0123456789abcdef", min_size=12, max_size=12))
def test_a_short_digest_reads_back_as_text(name: str) -> None:
    quoted = f"'{name}'" if pointer._NUMBER.fullmatch(name) else name
    assert YAML(typ="safe", pure=True).load(f"path: {quoted}") == {"path": name}


@pytest.mark.parametrize("name", ["123456789012", "12e456789012", "0e0000000000", "1e1111111111"])
def test_a_short_digest_that_looks_like_a_number_is_quoted(name: str) -> None:
    assert pointer._NUMBER.fullmatch(name)


def test_settings_are_read_by_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(tmp_path / "system"))
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "config").write_text("[core]\n    analytics = false\n    remote = bucket\n")
    (tmp_path / ".dvc" / "config").write_text(
        "[core]\n    remote = nas\n['remote \"nas\"']\n    url = ../../nas\n    verify = true\n"
        "['remote \"bucket\"']\n    url = s3://bucket/path\n['remote \"drive\"']\n    url = gdrive://id\n"
    )
    (tmp_path / ".dvc" / "config.local").write_text("[cache]\n    dir = /cache\n    shared = group\n")
    found = settings.read(tmp_path)
    assert (str(found.cache), found.shared, found.telemetry) == ("/cache", True, False)
    nas, bucket = found.remote(None), found.remote("bucket")
    assert nas is not None
    assert bucket is not None
    assert (nas.name, nas.folder, nas.verify) == ("nas", tmp_path.parent / "nas", True)
    assert (bucket.folder, bucket.verify) == (None, False)
    assert found.remotes["drive"].verify
    assert found.remote("unknown") is None


@pytest.mark.parametrize("text", [b"[core\n", b"[core]\nx\n", b"\xff\xfe["])
def test_settings_that_can_not_be_read_are_an_error(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_bytes(text)
    with pytest.raises(ConfigError) as error:
        settings.read(tmp_path)
    assert error.value.code == "dvc-config"


def test_the_pipeline_keeps_what_a_team_wrote() -> None:
    present = "# ours\nstages:\n  train:  # nightly\n    cmd: python train.py\nartifacts:\n  a:\n    path: x\n"
    text = pipeline_text({"b": [WORD], "a": ["f" * 12, WORD], "gone": []}, present)
    assert "# ours" in text
    assert "# nightly" in text
    assert pipeline_text({"b": [WORD], "a": ["f" * 12, WORD]}, text) == text
    found = YAML(typ="safe").load(text)
    assert found["artifacts"] == {"a": {"path": "x"}}
    assert found["stages"]["validate"]["foreach"] == {
        "a": {"pin1": f"a/{WORD}", "pin2": f"a/{'f' * 12}"},
        "b": {"pin1": f"b/{WORD}", "pin2": f"b/{WORD}"},
    }
    assert found["stages"]["register"]["foreach"] == ["a", "b"]
    assert YAML(typ="safe").load(pipeline_text({}, text)) == YAML(typ="safe").load(present)


@pytest.mark.parametrize("present", ["- a list", "stages: 3", "a: [", "just words"])
def test_what_is_not_a_pipeline_is_not_overwritten(present: str) -> None:
    with pytest.raises(ConfigError):
        pipeline_text({"a": [WORD]}, present)


_VERIFY = """
import sys, pathlib
from tests.fakes.pins import FILES, make_pin
from tests.fakes.store import Counter
from weighbridge.stores.dvc import DvcStore
pin, store = make_pin(), DvcStore(pathlib.Path(sys.argv[1]))
store.path(pin).mkdir(parents=True)
for path, data in FILES.items():
    (store.path(pin) / path).write_bytes(data)
store.verify(pin, Counter(), pointer=False)
print([problem.code for problem in store.problems([pin])])
print([name for name in sys.modules if name.split(".")[0] in {"dvc", "dvc_data", "dvc_objects", "fsspec"}])
"""


def test_verification_and_problems_do_not_import_dvc(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _VERIFY, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["['gc-would-drop', 'object-missing']", "[]"]


def test_a_hash_that_fails_in_its_thread_is_an_error_and_no_wait_for_ever() -> None:
    class Broken:
        def update(self, block: bytes) -> None:
            raise MemoryError(len(block))

    lane = _Lane([Broken()])
    for _ in range(64):
        lane.put(b"x")
    lane.close()
    with pytest.raises(MemoryError):
        lane.check()
