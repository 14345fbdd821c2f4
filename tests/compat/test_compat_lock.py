"""What a release wrote, every later release reads. The fixtures beside this file are never written again."""

from __future__ import annotations

from pathlib import Path

from weighbridge.core.listing import RemoteFile
from weighbridge.core.lock import SCHEMA, lock_pins, lock_text

LOCK_1 = (Path(__file__).parent / "lock-1.json").read_bytes()
DIGESTS = [
    "sha256:3c768f59197d8ab45443d1cb32b1c3443071ee129bdc7e4575249dd972ba5da1",
    "sha256:a0c99c629f7040cffa9fe80bfe1cbb27800252d6056ba0e1853c787ef1dd5fd8",
]


def test_lock_1_is_read() -> None:
    older, newer = sorted(lock_pins(LOCK_1), key=lambda pin: pin.follow, reverse=True)
    assert [older.digest, newer.digest] == DIGESTS
    assert older.name == newer.name == "all-minilm-l6-v2"
    assert older.project == "acme"
    assert str(older.ref) == "hf:sentence-transformers/all-MiniLM-L6-v2@main"
    assert str(newer.ref) == "hf:sentence-transformers/all-MiniLM-L6-v2"
    assert older.revision == "1" * 40
    assert older.omitted == (RemoteFile("pytorch_model.bin", 7, "git:" + "2" * 40),)
    assert older.identity == {"id": "abc", "owner": "org"}
    assert older.metadata["tags"] == ["größe", "a"]
    assert older.references == {"tokenizer-base": "sha256:" + "3" * 64}
    assert [file.entry.path for file in newer.files] == [
        "1_Pooling/config.json",
        "model.safetensors",
        "vocab/wörter.txt",
    ]
    assert newer.files[0].md5 == "99914b932bd37a50b983c5e7c90ae93b"


def test_lock_1_is_written_as_it_was() -> None:
    assert SCHEMA == "weighbridge.lock/1"
    assert lock_text(lock_pins(LOCK_1)).encode() == LOCK_1
