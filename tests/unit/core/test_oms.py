"""The statement and bundle of OpenSSF Model Signing, byte for byte."""

from __future__ import annotations

import base64
import json
from hashlib import sha256

import pytest

from weighbridge.core import oms
from weighbridge.core.manifest import FileEntry, Manifest

A, B = "0a" * 32, "0b" * 32
# A manifest sorts by the bytes of whole paths, where `-` comes before `/`.
FILES = Manifest.of([FileEntry("a/é.json", 1, A, "1" * 64), FileEntry("a-b.json", 2, B, "2" * 64)])

GOLDEN = (
    '{"_type":"https://in-toto.io/Statement/v1",'
    '"predicate":{"resources":['
    f'{{"algorithm":"sha256","digest":"{A}","name":"a/é.json"}},'
    f'{{"algorithm":"sha256","digest":"{B}","name":"a-b.json"}}],'
    '"serialization":{"allow_symlinks":false,"hash_type":"sha256","method":"files"}},'
    '"predicateType":"https://model_signing/signature/v1.0",'
    '"subject":[{"digest":{"sha256":"cfdfcbc7bddad79f64457059b7332192adfe709d296919f4b319b8665fad9056"},"name":"tiny"}]}'
)


def test_the_statement_is_always_these_bytes() -> None:
    assert [file.path for file in FILES.files] == ["a-b.json", "a/é.json"]
    assert oms.statement(FILES, "tiny", allow_symlinks=False).decode() == GOLDEN


def test_the_subject_is_the_hash_of_the_hashes_in_the_order_of_the_resources() -> None:
    statement = json.loads(oms.statement(FILES, "tiny", allow_symlinks=True))
    listed = b"".join(bytes.fromhex(item["digest"]) for item in statement["predicate"]["resources"])
    assert statement["subject"] == [{"name": "tiny", "digest": {"sha256": sha256(listed).hexdigest()}}]
    assert statement["predicate"]["serialization"]["allow_symlinks"] is True


def test_nothing_is_ignored() -> None:
    statement = json.loads(oms.statement(FILES, "tiny", allow_symlinks=False))
    assert "ignore_paths" not in statement["predicate"]["serialization"]
    assert {item["name"] for item in statement["predicate"]["resources"]} == {file.path for file in FILES.files}


def test_what_is_signed_is_the_statement_behind_its_type_and_length() -> None:
    assert oms.signed_bytes(b"{}") == b"DSSEv1 28 application/vnd.in-toto+json 2 {}"


def test_a_bundle_is_always_these_bytes() -> None:
    found = oms.bundle(b"{}", b"\x01\x02", oms.key_material(b"PEM"))
    hint = sha256(b"PEM").hexdigest()
    assert found.decode() == (
        '{"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json",'
        '"signatures":[{"keyid":"","sig":"AQI="}]},'
        '"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",'
        f'"verificationMaterial":{{"publicKey":{{"hint":"{hint}"}},"tlogEntries":[]}}}}'
    )


def test_certificates_stand_in_their_order() -> None:
    assert oms.chain_material([b"own", b"root"]) == {
        "x509CertificateChain": {"certificates": [{"rawBytes": _text(b"own")}, {"rawBytes": _text(b"root")}]},
        "tlogEntries": [],
    }


def test_the_signature_of_a_bundle_is_found_again() -> None:
    assert oms.signature_in(oms.bundle(b"{}", b"\x01\x02", oms.key_material(b"PEM"))) == b"\x01\x02"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"mediaType": "x", "dsseEnvelope": {"signatures": [{"sig": "AQI="}]}}',
        '{"mediaType": "%s", "dsseEnvelope": {"signatures": []}}',
        '{"mediaType": "%s", "dsseEnvelope": {"signatures": ["AQI="]}}',
        '{"mediaType": "%s", "dsseEnvelope": {"signatures": [{"sig": "AQI"}]}}',
        '{"mediaType": "%s", "dsseEnvelope": {"signatures": [{"sig": 1}]}}',
        '{"mediaType": "%s", "mediaType": "%s", "dsseEnvelope": {"signatures": [{"sig": "AQI="}]}}',
    ],
)
def test_what_is_no_bundle_has_no_signature(text: str) -> None:
    assert oms.signature_in(text.replace("%s", oms.MEDIA_TYPE).encode()) is None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
