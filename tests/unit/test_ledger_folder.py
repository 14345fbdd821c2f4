from __future__ import annotations

import os
import socket
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.fakes.interrupted import DONE, KILLED, run_interrupted
from tests.fakes.statements import envelope

from weighbridge.core.attestation import MAX_ENVELOPE_BYTES
from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.ledgers import newfile
from weighbridge.ledgers.folder import FolderLedger

if TYPE_CHECKING:
    from pathlib import Path

ENVELOPE = envelope("minilm")
NAME = f"pin-{sha256(ENVELOPE).hexdigest()[:16]}.json"
TEMPORARY = ".0123456789abcdef.weighbridge-tmp"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def ledger(models: Path) -> FolderLedger:
    return FolderLedger(models)


@pytest.fixture
def evidence(models: Path, ledger: FolderLedger) -> Path:
    ledger.append(["minilm"], ENVELOPE)
    return models / "minilm" / "evidence"


def foreign(ledger: FolderLedger, *parts: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        ledger.read("minilm")
    assert caught.value.code == "foreign-evidence"
    assert caught.value.exit_code == 20
    assert all(part in caught.value.message for part in parts)


@pytest.mark.parametrize("type_", ["pin", "inspection", "approval", "revocation", "checkpoint"])
def test_the_file_is_named_by_type_and_hash(models: Path, ledger: FolderLedger, type_: str) -> None:
    data = envelope("minilm", type_=type_)
    found = ledger.append(["minilm"], data)
    assert (models / "minilm" / "evidence" / f"{type_}-{found[:16]}.json").read_bytes() == data


def test_nothing_else_is_left_beside_it(evidence: Path) -> None:
    assert os.listdir(evidence) == [NAME]  # noqa: PTH208 - hidden names count too, and pathlib's order is no other


def test_the_file_may_be_read_as_the_umask_says(evidence: Path) -> None:
    plain = evidence.parent / "plain"
    plain.touch()
    assert (evidence / NAME).stat().st_mode == plain.stat().st_mode


def test_a_rerun_does_not_write_again(evidence: Path, ledger: FolderLedger) -> None:
    before = (evidence / NAME).stat()
    ledger.append(["minilm"], ENVELOPE)
    assert (evidence / NAME).stat() == before


def test_what_is_still_being_written_is_not_read(evidence: Path, ledger: FolderLedger) -> None:
    (evidence / TEMPORARY).write_bytes(b"half")
    assert ledger.read("minilm") == (ENVELOPE,)


@pytest.mark.parametrize(("age_seconds", "stays"), [(newfile.STALE_SECONDS + 60, False), (60, True), (-60, True)])
def test_what_a_killed_writer_left_goes_after_an_hour(
    evidence: Path,
    ledger: FolderLedger,
    age_seconds: int,
    stays: bool,  # noqa: FBT001 - a row of the table
) -> None:
    left = evidence / TEMPORARY
    left.write_bytes(b"half")
    then = left.stat().st_mtime - age_seconds
    os.utime(left, (then, then))
    ledger.append(["minilm"], envelope("minilm", words="more"))
    assert left.exists() is stays
    assert len(ledger.read("minilm")) == 2


@pytest.mark.parametrize(
    "name",
    ["README.md", ".gitkeep", ".DS_Store", "pin.json", "pin-0123.json", "Pin-0123456789abcdef.json", NAME + "~",
     NAME + ".tmp", ".0123.weighbridge-tmp", "pin-0123456789abcdeg.json", "-0123456789abcdef.json"],
)  # fmt: skip
def test_a_foreign_file_is_refused_by_name(evidence: Path, ledger: FolderLedger, name: str) -> None:
    (evidence / name).write_bytes(ENVELOPE)
    foreign(ledger, name, "is no evidence")


def test_a_flipped_byte_is_seen(evidence: Path, ledger: FolderLedger) -> None:
    damaged = bytearray(ENVELOPE)
    damaged[100] ^= 1
    (evidence / NAME).write_bytes(damaged)
    foreign(ledger, NAME, "not what its name says")


@pytest.mark.parametrize("data", [b"", ENVELOPE[:-1], ENVELOPE + b"\n", ENVELOPE.replace(b"\n", b"\r\n") + b"\r\n"])
def test_a_cut_or_converted_file_is_seen(evidence: Path, ledger: FolderLedger, data: bytes) -> None:
    (evidence / NAME).write_bytes(data)
    foreign(ledger, NAME, "not what its name says")


def test_a_true_hash_under_another_type_is_seen(evidence: Path, ledger: FolderLedger) -> None:
    (evidence / NAME).rename(evidence / NAME.replace("pin", "approval"))
    foreign(ledger, "approval", "not what its name says")


def test_a_true_name_with_something_that_is_no_envelope(evidence: Path, ledger: FolderLedger) -> None:
    (evidence / f"pin-{sha256(b'{}').hexdigest()[:16]}.json").write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        ledger.read("minilm")


def test_a_link_is_refused_even_to_true_evidence(evidence: Path, ledger: FolderLedger, tmp_path: Path) -> None:
    (evidence / NAME).rename(tmp_path / NAME)
    (evidence / NAME).symlink_to(tmp_path / NAME)
    foreign(ledger, NAME, "link")


def test_a_folder_in_place_of_a_file_is_refused(evidence: Path, ledger: FolderLedger) -> None:
    (evidence / NAME).unlink()
    (evidence / NAME).mkdir()
    foreign(ledger, NAME, "not a plain file")


def test_a_pipe_is_refused_and_not_waited_for(evidence: Path, ledger: FolderLedger) -> None:
    (evidence / NAME).unlink()
    os.mkfifo(evidence / NAME)
    foreign(ledger, NAME, "not a plain file")


def test_a_socket_is_refused(evidence: Path, ledger: FolderLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    (evidence / NAME).unlink()
    monkeypatch.chdir(evidence)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(NAME)
        foreign(ledger, NAME, "socket")


def test_a_huge_file_is_refused_before_it_is_read_whole(evidence: Path, ledger: FolderLedger) -> None:
    with (evidence / NAME).open("wb") as file:
        file.truncate(MAX_ENVELOPE_BYTES + 1)
    foreign(ledger, NAME, "over")


def test_an_envelope_that_could_not_be_read_again_is_not_written(models: Path, ledger: FolderLedger) -> None:
    with pytest.raises(IntegrityError) as caught:
        ledger.append(["minilm"], bytes(MAX_ENVELOPE_BYTES + 1))
    assert caught.value.code == "bad-envelope"
    assert not models.exists()


@pytest.mark.parametrize("place", ["minilm", "minilm/evidence"])
def test_a_linked_folder_is_neither_read_nor_written(
    evidence: Path, models: Path, ledger: FolderLedger, tmp_path: Path, place: str
) -> None:
    (models / place).rename(tmp_path / "elsewhere")
    (models / place).symlink_to(tmp_path / "elsewhere")
    foreign(ledger, str(evidence), "link")
    with pytest.raises(IntegrityError):
        ledger.append(["minilm"], envelope("minilm", words="more"))
    assert len(list((tmp_path / "elsewhere").rglob("*.json"))) == 1


def test_the_folder_of_all_models_may_be_a_link(evidence: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(models)
    assert evidence.exists()
    assert FolderLedger(tmp_path / "link").read("minilm") == (ENVELOPE,)


def test_another_envelope_of_the_same_name_is_not_overwritten(evidence: Path, ledger: FolderLedger) -> None:
    (evidence / NAME).write_bytes(b"something else")
    with pytest.raises(IntegrityError) as caught:
        ledger.append(["minilm"], ENVELOPE)
    assert caught.value.code == "foreign-evidence"
    assert (evidence / NAME).read_bytes() == b"something else"


def test_the_name_of_the_type_may_be_handed_in(models: Path) -> None:
    ledger = FolderLedger(models, name_of=lambda _: "note")
    found = ledger.append(["minilm"], b"anything")
    assert (models / "minilm" / "evidence" / f"note-{found[:16]}.json").read_bytes() == b"anything"
    assert ledger.read("minilm") == (b"anything",)


def test_a_file_in_place_of_the_folder(models: Path, ledger: FolderLedger) -> None:
    models.mkdir()
    (models / "minilm").write_bytes(b"")
    with pytest.raises(StoreError) as caught:
        ledger.append(["minilm"], ENVELOPE)
    assert caught.value.code == "disk-failed"
    foreign(ledger, "not a folder")


PREPARE = """
from pathlib import Path
from weighbridge.core.errors import WeighbridgeError
from weighbridge.ledgers.folder import FolderLedger
ledger = FolderLedger(Path({models!r}))
data = Path({data!r}).read_bytes()
"""
APPEND = """
try:
    ledger.append(["minilm", "bert"], data)
except WeighbridgeError as error:
    print(error.code)
else:
    print("done")
"""


def interrupted(tmp_path: Path, at: int | str, fault: str) -> subprocess.CompletedProcess[str]:
    data = tmp_path / "envelope"
    data.write_bytes(envelope("minilm", "bert"))
    prepare = PREPARE.format(models=str(tmp_path / "models"), data=str(data))
    return run_interrupted(prepare, APPEND, at=at, fault=fault, root=str(tmp_path))


def test_killed_at_any_step_it_leaves_a_prefix_that_a_rerun_completes(tmp_path: Path) -> None:
    both = envelope("minilm", "bert")
    outcomes = []
    for at in range(1, 40):
        here = tmp_path / str(at)
        here.mkdir()
        outcomes.append(interrupted(here, at, "KILL").returncode)
        ledger = FolderLedger(here / "models")
        left = (ledger.read("minilm"), ledger.read("bert"))
        assert left in {((), ()), ((both,), ()), ((both,), (both,))}
        ledger.append(["minilm", "bert"], both)
        assert ledger.read("minilm") == ledger.read("bert") == (both,)
        if outcomes[-1] == DONE:
            break
    assert outcomes[-1] == DONE
    assert set(outcomes[:-1]) == {KILLED}
    assert len(outcomes) > 8


@pytest.mark.parametrize(
    ("fault", "code"),
    [("ENOSPC", "disk-full"), ("EDQUOT", "disk-full"), ("EROFS", "disk-permission"), ("EIO", "disk-failed")],
)
def test_what_the_disk_says_becomes_our_error_and_nothing_half_done(tmp_path: Path, fault: str, code: str) -> None:
    both = envelope("minilm", "bert")
    for at in (1, 4, "os.mkdir", "os.link", "os.remove"):
        here = tmp_path / str(at)
        here.mkdir()
        result = interrupted(here, at, fault)
        assert (result.stdout, result.stderr) == (f"{code}\n", "")
        ledger = FolderLedger(here / "models")
        assert ledger.read("minilm") in {(), (both,)}
        ledger.append(["minilm", "bert"], both)
        assert ledger.read("minilm") == ledger.read("bert") == (both,)


@pytest.mark.parametrize("root", ["minilm", "evidence", "pin-"])
def test_what_can_not_be_read_is_an_error_and_not_missing(evidence: Path, models: Path, root: str) -> None:
    prepare = PREPARE.format(models=str(models), data=str(evidence / NAME))
    code = APPEND.replace('append(["minilm", "bert"], data)', 'read("minilm")')
    result = run_interrupted(prepare, code, at="open", fault="EIO", root=root)
    assert (result.stdout, result.stderr) == ("disk-failed\n", "")


@pytest.mark.parametrize("fault", ["EPERM", "EOPNOTSUPP", "EMLINK"])
def test_a_file_system_without_hard_links_will_do(tmp_path: Path, fault: str) -> None:
    both = envelope("minilm", "bert")
    assert interrupted(tmp_path, "os.link", fault).stdout == "done\n"
    ledger = FolderLedger(tmp_path / "models")
    assert ledger.read("minilm") == ledger.read("bert") == (both,)
    assert len(list((tmp_path / "models").rglob("*.*"))) == 2


@pytest.mark.parametrize("at", ["never", "os.link"])
def test_a_name_taken_while_the_bytes_were_written_stays(tmp_path: Path, at: str) -> None:
    (tmp_path / "new-tmp").write_bytes(b"new")
    (tmp_path / "name").write_bytes(b"old")
    prepare = f"import os\nfrom weighbridge.ledgers import newfile\nfolder = os.open({str(tmp_path)!r}, os.O_RDONLY)"
    code = "print(newfile._name_once(folder, 'new-tmp', 'name'))"
    assert run_interrupted(prepare, code, at=at, fault="EPERM", root=str(tmp_path)).stdout == "False\n"
    assert (tmp_path / "name").read_bytes() == b"old"


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    """The limit on the size of files stands for a full disk: the write itself fails half-way."""
    data = tmp_path / "envelope"
    data.write_bytes(envelope("minilm", "bert"))
    text = (
        "import resource, signal\n"
        + PREPARE.format(models=str(tmp_path / "models"), data=str(data))
        + "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        + "resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))\n"
        + APPEND
        + "resource.setrlimit(resource.RLIMIT_FSIZE, before)\n"
    )
    result = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)
    assert (result.stdout, result.stderr) == ("disk-full\n", "")
    assert list((tmp_path / "models" / "minilm" / "evidence").iterdir()) == []


def test_what_is_no_model_is_not_named(tmp_path: Path) -> None:
    ledger = FolderLedger(tmp_path)
    ledger.append(["minilm"], envelope("minilm"))
    for name in ("UPPER", "bare", "..odd"):
        (tmp_path / name).mkdir()
    (tmp_path / "UPPER" / "evidence").mkdir()
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    assert ledger.names() == ("minilm",)
