"""Archives: what of their members is examined, and what is told when the budget ends."""

from __future__ import annotations

import gzip
import io

import pytest
from tests.samples.containers import EVIL, TEXT
from tests.samples.look import notes_of
from tests.unit.formats import tar_samples
from tests.unit.formats.zip_samples import Part, archive

from weighbridge.checks import archives
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject

ZIP = archive(Part(b"d/", b""), Part(b"d/a.pkl", EVIL), Part(b"b.pkl", EVIL, deflated=True))
TAR = tar_samples.member(b"a.pkl", EVIL) + tar_samples.member(b"b.pkl", EVIL) + tar_samples.END
FILES = {"m.zip": ZIP, "m.tar": TAR, "m.pkl.gz": gzip.compress(EVIL, mtime=0)}


def found(path: str, data: bytes, budget: Budget) -> dict[str, list[str]]:
    notes = Notes(path)
    examine(Subject(path, io.BytesIO(data), len(data), budget, examine), notes)
    told: dict[str, list[str]] = {}
    for finding in notes.findings:
        told.setdefault(finding.check, []).append(finding.message)
    return told


@pytest.mark.parametrize("path", FILES)
def test_members_are_named_in_findings(path: str) -> None:
    inner = path.removesuffix(".gz") if path.endswith(".gz") else "a.pkl"
    assert any(inner in message for message in found(path, FILES[path], Budget())["pickle-globals"])


@pytest.mark.parametrize("path", FILES)
def test_nothing_is_opened_below_the_depth(path: str) -> None:
    budget = Budget(depth=0)
    assert found(path, FILES[path], budget) == {"not-inspected": ["archives are nested too deep"]}
    assert budget.depth == 0


@pytest.mark.parametrize("path", ["m.zip", "m.tar"])
def test_members_are_counted(path: str) -> None:
    told = found(path, FILES[path], Budget(members=1))
    assert told["not-inspected"] == ["more members than are looked at"]
    assert len(told["pickle-globals"]) == 1


@pytest.mark.parametrize("path", ["m.zip", "m.pkl.gz"])
def test_unpacked_bytes_are_counted(path: str) -> None:
    budget = Budget(unpacked_bytes=10)
    assert "not-inspected" in found(path, FILES[path], budget)
    spent = Budget()
    found(path, FILES[path], spent)
    assert spent.unpacked_bytes == Budget().unpacked_bytes - len(EVIL)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("m.zip", archive(Part(b"A.txt", TEXT), Part(b"a.txt", TEXT))),
        ("m.zip", archive(Part("é.txt".encode(), TEXT, flags=0x800), Part("e\u0301.txt".encode(), TEXT, flags=0x800))),
        ("m.tar", tar_samples.member(b"A.txt", TEXT) + tar_samples.member(b"a.txt", TEXT) + tar_samples.END),
    ],
)
def test_two_names_for_one_place_are_told(path: str, data: bytes) -> None:
    messages = [finding.message for finding in notes_of(path, data).findings]
    assert any("are one file on some systems" in message for message in messages)


@pytest.mark.parametrize(
    ("name", "inner"),
    [("a.pkl.gz", "a.pkl"), ("a.tgz", "a.tar"), ("a.joblib", "a.joblib"), (".gz", ".gz"), ("a.tar.xz", "a.tar")],
)
def test_what_a_compressed_file_holds_has_its_name(name: str, inner: str) -> None:
    assert archives._inner_name(name) == inner


def test_a_pointer_says_what_is_missing() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 437\n"
    assert "437" in notes_of("model.bin", pointer).findings[0].message
    assert "?" in notes_of("model.bin", pointer[:43]).findings[0].message
