from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.checks.inspector import ContentInspector
from weighbridge.checks.limits import Limits
from weighbridge.checks.publisher import SIGNATURE, Publishers, covers
from weighbridge.core.digest import of_bytes
from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

KEY = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nZGVm\n-----END CERTIFICATE-----\n"
IDS = {KEY: of_bytes(b"abc"), CERTIFICATE: of_bytes(b"def")}
# Takes a signature for good if it holds the words of the key that it is given.
PROGRAM = f"""#!{sys.executable}
import pathlib, sys, time
verb, how, said, signature, option, pem, links, folder = sys.argv[1:]
assert (verb, said, links) == ("verify", "--signature", "--allow_symlinks")
assert (how, option) in {{("key", "--public_key"), ("certificate", "--certificate_chain")}}
assert pathlib.Path(signature).parent == pathlib.Path(folder)
text = pathlib.Path(signature).read_text()
if "slow" in text:
    time.sleep(60)
words = pathlib.Path(pem).read_text().splitlines()[1]
sys.exit(0 if f"signed by {{words}}" in text else 1)
"""

_PREDICATE = b'{"predicate": {"serialization": {"method": "files"}, "resources": %s}}'


def _signature(*names: str, by: str = "YWJj", method: str = "files") -> str:
    resources = [{"name": name, "algorithm": "sha256", "digest": "00"} for name in names]
    payload = {"predicate": {"resources": resources, "serialization": {"method": method}}}
    return _envelope(base64.b64encode(json.dumps(payload).encode()).decode(), by)


def _envelope(payload: Any, by: str = "YWJj") -> str:
    return json.dumps({"dsseEnvelope": {"payload": payload}, "note": f"signed by {by}"})


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The stand-in for the stock program."""
    path = tmp_path / "model_signing"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    return path


def _model(tmp_path: Path, signature: str, *others: str) -> tuple[Path, dict[str, int]]:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / SIGNATURE).write_text(signature)
    return folder, {SIGNATURE: len(signature), **dict.fromkeys(others, 1)}


def test_who_signed(tmp_path: Path, program: Path) -> None:
    folder, files = _model(tmp_path, _signature("a", "b/c"), "a", "b/c", ".gitattributes", ".github/x")
    both = Publishers((KEY, CERTIFICATE), program)
    assert both.ids == tuple(sorted(IDS.values()))
    assert both.signed(folder, files) == (IDS[KEY],)
    (folder / SIGNATURE).write_text(_signature("a", "b/c", by="ZGVm"))
    assert both.signed(folder, files) == (IDS[CERTIFICATE],)
    (folder / SIGNATURE).write_text(_signature("a", "b/c", by="nobody"))
    assert both.signed(folder, files) == ()


def test_a_file_that_the_signature_ignores_is_not_signed(tmp_path: Path, program: Path) -> None:
    folder, files = _model(tmp_path, _signature("a"), "a", "b")
    assert Publishers((KEY,), program).signed(folder, files) == ()


def test_without_a_signature_a_program_or_a_publisher_nobody_signed(tmp_path: Path, program: Path) -> None:
    folder, files = _model(tmp_path, _signature("a"), "a")
    assert Publishers((KEY,), program).signed(folder, files) == (IDS[KEY],)
    assert Publishers((), program).signed(folder, files) == ()
    assert Publishers((KEY,), tmp_path / "absent").signed(folder, files) == ()
    assert Publishers((KEY,), program).signed(folder, {"a": 1}) == ()
    assert Publishers((KEY,), program).signed(folder, {**files, SIGNATURE: 65 << 20}) == ()


def test_a_program_that_does_not_end_verified_nothing(tmp_path: Path, program: Path) -> None:
    folder, files = _model(tmp_path, _signature("a", by="YWJj slow"), "a")
    limits = Limits(processes=None, memory_bytes=8 << 30, base_seconds=1.0)
    assert Publishers((KEY,), program, limits).signed(folder, files) == ()


def test_the_inspection_says_who_signed_and_whom_it_looked_for(tmp_path: Path, program: Path) -> None:
    folder, files = _model(tmp_path, _signature("a.txt"), "a.txt")
    (folder / "a.txt").write_text("a")
    inspector = ContentInspector(publishers=Publishers((KEY,), program))
    seen = inspector.inspect(folder, files, progress=Silent(), scanners=())
    assert seen.facts["publisher"] == (IDS[KEY],)
    assert seen.ruleset == inspector.ruleset != ContentInspector().ruleset
    assert "publisher" not in ContentInspector().inspect(folder, files, progress=Silent(), scanners=()).facts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        _envelope("YWJj"),
        _envelope("!"),
        _envelope(3),
        _envelope(base64.b64encode(b"[]").decode()),
        _envelope(base64.b64encode(_PREDICATE % b"3").decode()),
        _envelope(base64.b64encode(_PREDICATE % b"[3]").decode()),
        _signature("a:0:9", method="shards"),
    ],
)
def test_what_is_no_such_signature_covers_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / SIGNATURE
    path.write_text(text)
    assert not covers(path, {"a": 1})


def test_a_signature_that_can_not_be_read_covers_nothing(tmp_path: Path) -> None:
    assert not covers(tmp_path / "absent", {})
