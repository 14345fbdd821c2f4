"""The records of runs on a disk: written once, read back, and nothing else taken for one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.unit.core.test_deployed import ENDED, RUN

from weighbridge.core.attestation import MAX_ENVELOPE_BYTES, open_envelope
from weighbridge.core.deployed import run_from
from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.ledgers.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

ANN = FakeSigner("ann")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "runs"


@pytest.fixture
def journal(folder: Path) -> Journal:
    return Journal(folder)


def test_both_words_of_a_run_are_read_back(journal: Journal, folder: Path) -> None:
    assert journal.read() == ()
    paths = [journal.write(run, ANN) for run in (RUN, ENDED)]
    assert [path.name for path in paths] == [f"{RUN.id}-started.json", f"{RUN.id}-ended.json"]
    read = [run_from(open_envelope(data, {ANN.key.id: ANN.key}, fake_verify).statement) for data in journal.read()]
    assert read == [ENDED, RUN]
    (folder / "notes.txt").write_text("mine")
    assert len(journal.read()) == 2


def test_a_record_is_never_written_over(journal: Journal) -> None:
    path = journal.write(RUN, ANN)
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        journal.write(RUN, FakeSigner("bob"))
    assert caught.value.code == "disk"
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["empty", "fifo", "folder", "large", "link"])
def test_what_is_no_record_is_refused_by_its_path(journal: Journal, folder: Path, kind: str) -> None:
    folder.mkdir(parents=True)
    path = folder / f"{RUN.id}-ended.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(journal.write(ENDED, ANN).rename(folder / "kept"))
    else:
        path.touch()
        os.truncate(path, MAX_ENVELOPE_BYTES + 1 if kind == "large" else 0)
    with pytest.raises(IntegrityError) as caught:
        journal.read()
    assert caught.value.code == "foreign-evidence"
    assert caught.value.details["path"] == str(path)


def test_a_disk_that_refuses_is_told(journal: Journal, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("no folder")
    with pytest.raises(StoreError) as caught:
        journal.read()
    assert caught.value.code == "disk"
