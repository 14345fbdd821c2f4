from __future__ import annotations

import io
import pickle

import pytest
from tests.samples.containers import EVIL, SAFETENSORS, TAR, ZIP
from tests.unit.formats import tar_samples
from tests.unit.formats.recognise_samples import FILES
from tests.unit.formats.zip_samples import end_records_64

from weighbridge.formats.kinds import Kind
from weighbridge.formats.polyglot import second
from weighbridge.formats.recognise import contradiction, recognise
from weighbridge.formats.records import crc32c

POLYGLOTS = {
    "zip behind safetensors": (SAFETENSORS + ZIP, "a.safetensors", "zip"),
    "zip and more behind safetensors": (SAFETENSORS + ZIP + bytes(70_000), "a.safetensors", "zip"),
    "empty zip": (SAFETENSORS + b"PK\5\6" + bytes(18), "a.safetensors", "zip"),
    "zip64": (SAFETENSORS + end_records_64(1, 50, 0), "a.safetensors", "zip"),
    "zip behind an image": (FILES["logo.png"][1] + ZIP, "logo.png", "zip"),
    "tar with a magic": (tar_samples.member(b"GGUF\3") + tar_samples.END, "a.gguf", ""),
    "tar and safetensors": (
        tar_samples.header((9000).to_bytes(8, "little") + b"{" + b"x" * 20) + bytes(10_000),
        "a.safetensors",
        "tar",
    ),
    "hdf5 behind a user block": (SAFETENSORS.ljust(1024, b"\0") + b"\x89HDF\r\n\x1a\n", "a.safetensors", "HDF5"),
    "pickle and unknown": (b"cos\nsystem\n(S'true'\ntR\0\xff", "a.bin", ""),
    "pickle and fastText": (b"G" + bytes(8) + EVIL, "a.bin", ""),
}


def kind_of(data: bytes, name: str) -> Kind:
    return recognise(io.BytesIO(data), len(data), name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_recognised(name: str) -> None:
    kind, data = FILES[name]
    assert kind_of(data, name) is kind


@pytest.mark.parametrize("name", FILES)
def test_an_ordinary_file_is_one_thing_and_its_name_says_which(name: str) -> None:
    kind, data = FILES[name]
    assert second(kind, io.BytesIO(data), len(data)) == ""
    honest = kind not in {Kind.UNKNOWN, Kind.SCRIPT} and name != "evil.txt"
    assert not honest or contradiction(kind, name) == ""


def test_every_kind_is_recognised() -> None:
    assert {kind for kind, _ in FILES.values()} == set(Kind)


@pytest.mark.parametrize("name", [name for name, (kind, _) in FILES.items() if kind is not Kind.EMPTY])
def test_content_counts_and_not_the_name(name: str) -> None:
    kind, data = FILES[name]
    binary = b"\0" in data and not name.startswith(("broken", "cut", "none"))
    assert not binary or kind_of(data, "model.bin") is kind


@pytest.mark.parametrize("case", POLYGLOTS)
def test_what_is_two_things_is_told(case: str) -> None:
    data, name, expected = POLYGLOTS[case]
    kind = kind_of(data, name)
    told = second(kind, io.BytesIO(data), len(data))
    assert expected in told
    assert told or kind in {Kind.TAR, Kind.PICKLE}


def test_a_pickle_within_another_kind_is_told() -> None:
    assert "pickle" in second(Kind.FASTTEXT, io.BytesIO(EVIL), len(EVIL))
    plain = pickle.dumps([1])
    assert second(Kind.FASTTEXT, io.BytesIO(plain), len(plain)) == ""


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        (Kind.PICKLE, "model.safetensors", "the content is pickle"),
        (Kind.ZIP, "config.json", "the content is zip"),
        (Kind.SCRIPT, "logo.png", "the content is script"),
        (Kind.TEXT, "config.json", "the content is text"),
        (Kind.SAFETENSORS, "pytorch_model.bin", "the content is safetensors"),
        (Kind.SEVEN_ZIP, "model.pth", "7z (not examined)"),
        (Kind.UNKNOWN, "model.gguf", "of no known format"),
        (Kind.EMPTY, "model.onnx", "can't be empty"),
        (Kind.EMPTY, "notes.md", ""),
        (Kind.EMPTY, "__init__.py", ""),
        (Kind.TORCH_ZIP, "checkpoint.pth.tar", ""),
        (Kind.TORCH_ZIP, "model.bin", ""),
        (Kind.GZIP, "model.joblib", ""),
        (Kind.LFS_POINTER, "model.safetensors", ""),
        (Kind.TEXT, "license", ""),
        (Kind.JSON, "v1.2", ""),
    ],
)
def test_a_name_may_contradict(kind: Kind, name: str, said: str) -> None:
    told = contradiction(kind, name)
    assert said in told
    assert bool(said) == bool(told)


def test_a_tar_is_read_in_whatever_name_it_begins_with() -> None:
    assert kind_of(TAR, "model.safetensors") is Kind.TAR


def test_the_checksum_is_castagnoli_s() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_a_text_is_not_json_by_its_name_alone() -> None:
    assert kind_of(b"see the other file\n", "config.json") is Kind.TEXT
