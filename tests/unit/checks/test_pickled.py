"""What the examiners of pickles, torch's files and arrays say beyond what the samples show."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
from tests.samples.look import notes_of
from tests.samples.numpy import saved, wrapped, zipped
from tests.samples.torch import script, state_dict, tensor, torch_zip

from weighbridge.checks import torch
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.numpy import examine_npz
from weighbridge.checks.subject import Budget, Subject

_FLOATS = {"0": bytes(24)}
_DATA = state_dict(tensor())


def said(name: str, data: bytes) -> list[str]:
    """Findings as ``check: message``."""
    return [f"{finding.check}: {finding.message}" for finding in notes_of(name, data).findings]


def by(examiner: object, data: bytes, budget: Budget | None = None) -> list[str]:
    """What one examiner finds, whatever the file is recognised as."""
    notes = Notes("file")
    subject = Subject("file", io.BytesIO(data), len(data), budget or Budget(), examine)
    examiner(subject, notes)  # type: ignore[operator]
    return [f"{finding.check}: {finding.message}" for finding in notes.findings]


def test_a_finding_says_how_and_why() -> None:
    (named,) = said("a.pkl", b"cbuiltins\neval\n(Vtrue\ntR.")
    assert (
        named
        == "pickle-globals: 'builtins.eval' is called by REDUCE and is not on the allow-list: executes text [at byte 0]"
    )
    (refused,) = said("a.pkl", b"c_codecs\nencode\n(Va\nVx\ntR.")
    assert "called by REDUCE with what the allow-list does not admit" in refused
    (value,) = said("a.pkl", b"cos\nsystem\n.")
    assert "'os.system' is named" in value
    assert "extension code 7" in said("a.pkl", b"\x80\x02\x82\x07.")[1]


def test_hostile_names_are_quoted() -> None:
    data = "cé\x1b[2J\nx\n)R}R.".encode()
    assert all(text.isascii() and text.isprintable() for text in said("a.pkl", data))


def test_queues_are_filled_and_other_things_are_not() -> None:
    assert said("a.pkl", b"\x80\x02ccollections\ndeque\n)R(K\x01K\x02e.") == []
    assert said("a.pkl", b"\x80\x02ctorch\nSize\n)R(K\x01K\x02e.") == [
        "pickle-structure: APPENDS changes 'torch.Size()' at byte 21"
    ]


def test_a_nested_pickle_that_breaks_off_is_found() -> None:
    data = pickle.dumps(b"\x80\x02N.\x80\x02K")
    assert any("breaks off" in text for text in said("a.pkl", data))


def test_a_joblib_file_may_not_ask_for_objects() -> None:
    array = np.zeros(2)
    data = wrapped(array, array.tobytes())[:-1] + b"Vid\nQ."
    assert any("asks for 1 objects" in text for text in said("a.joblib", data))


ARCHIVES = {
    "nothing": ({}, "there is no data.pkl"),
    "no pickle": ({"model/version": b"3"}, "there is no data.pkl"),
    "another folder": ({"model/data.pkl": b"\x80\x02}.", "other/data.pkl": b"\x80\x02}."}, "outside the folder"),
    "a strange byte order": ({"model/data.pkl": b"\x80\x02}.", "model/byteorder": b"middle"}, "not what torch writes"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_is_laid_out_as_torch_does(case: str) -> None:
    members, expected = ARCHIVES[case]
    assert any(expected in text for text in by(torch.examine_zip, zipped(members)))


def test_program_code_beside_a_state_dict_is_examined() -> None:
    archive = torch_zip(_DATA, _FLOATS, {"hubconf.py": b"import os\nos.system('true')\n"})
    assert any("hubconf.py" in text for text in said("a.pt", archive))


def test_folders_are_no_members() -> None:
    target = io.BytesIO(torch_zip(_DATA, _FLOATS))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(zipfile.ZipInfo("model/data/more/"), b"")
    assert said("a.pt", target.getvalue()) == []


def test_a_script_is_told_once_and_its_pickles_are_walked() -> None:
    (remote,) = said("a.pt", script())
    assert remote.startswith("remote-code: TorchScript")
    found = said("a.pt", script(b"\x80\x02ctorch.jit._pickle\nbuild_intlist\n)Rcos\nsystem\n\x86."))
    assert [text.partition(":")[0] for text in found] == ["remote-code", "pickle-globals"]


def test_encrypted_members_and_small_budgets_are_not_inspected() -> None:
    data = bytearray(zipped({"a.npy": saved(np.zeros(2))}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    assert any("encrypted" in text for text in by(examine_npz, bytes(data)))
    archive = zipped({"a.npy": saved(np.zeros(2))})
    assert by(examine_npz, archive, Budget(members=0)) == ["not-inspected: more members than are looked at"]
    target = io.BytesIO()
    np.savez_compressed(target, a=np.zeros(9))
    found = by(examine_npz, target.getvalue(), Budget(unpacked_bytes=10))
    assert [text.partition(":")[0] for text in found] == ["not-inspected"]


def test_what_is_no_array_in_npz_is_examined() -> None:
    found = by(examine_npz, zipped({"a": b"cos\nsystem\n(Vtrue\ntR.", "b/": b""}))
    assert any(text.startswith("numpy-structure") for text in found)
    assert any(text.startswith("pickle-globals: in a:") for text in found)


def test_a_storage_with_another_crc_is_found() -> None:
    data = bytearray(torch_zip(_DATA, _FLOATS))
    data[data.index(bytes(24))] ^= 1
    assert [text.partition(":")[0] for text in by(torch.examine_zip, bytes(data))] == ["zip-structure"]


def test_deflated_storages_are_charged() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("model/data.pkl"), _DATA)
        archive.writestr("model/data/0", bytes(24))
    budget = Budget(unpacked_bytes=1_000)
    assert by(torch.examine_zip, target.getvalue(), budget) == []
    assert budget.unpacked_bytes == 1_000 - 24
