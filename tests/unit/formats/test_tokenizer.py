from __future__ import annotations

import base64
import io
import json

import pytest
import tokenizers as reference
from tests.samples.sentencepieces import CHARSMAP, GOOD_PIECES, field, model, piece
from tests.samples.texts import TOKENIZER
from tokenizers import models, normalizers, pre_tokenizers

from weighbridge.formats import sentencepiece, tokenizer
from weighbridge.formats.charsmap import charsmap_fault


def faults(**changes: object) -> set[str]:
    return {fault.id for fault in tokenizer.tokenizer_faults({**TOKENIZER, **changes})}


def test_what_the_library_writes_is_accepted() -> None:
    made = [
        models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]),
        models.WordPiece({"[UNK]": 0, "a": 7}, unk_token="[UNK]"),
        models.WordLevel({"[UNK]": 0, "\u202e": 1}, unk_token="[UNK]"),
        models.Unigram([("<unk>", 0.0), ("a", -1.5)], unk_id=0, byte_fallback=False),
    ]
    for each in made:
        whole = reference.Tokenizer(each)
        whole.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("a", "b")])
        whole.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(), pre_tokenizers.Digits()])
        whole.add_special_tokens(["<s>", "a"])
        value = json.loads(whole.to_str())
        assert tokenizer.is_tokenizer(value)
        assert tokenizer.tokenizer_faults(value) == ()


@pytest.mark.parametrize(
    ("model_changes", "fault"),
    [
        ({"type": "Other"}, "model-type"),
        ({"type": ["BPE"]}, "model-type"),
        ({"vocab": {"[UNK]": [0]}}, "id"),
        ({"vocab": {"a": 0, "b": 0}}, "duplicate-id"),
        ({"vocab": {"[UNK]": -1}}, "id"),
        ({"vocab": {"[UNK]": "0"}}, "id"),
        ({"vocab": 7}, "shape"),
        ({"type": "Unigram"}, "shape"),
        ({"vocab": [["[UNK]", 0], ["a"]]}, "shape"),
        ({"vocab": [["[UNK]", 0], ["[UNK]", 1]]}, "duplicate-token"),
        ({"vocab": [["[UNK]", 0]], "unk_id": 1}, "id"),
        ({"merges": 7}, "shape"),
        ({"merges": ["a b", ["a", "b"], ["a"]]}, "shape"),
    ],
)
def test_broken_models(model_changes: dict[str, object], fault: str) -> None:
    base = TOKENIZER["model"]
    assert isinstance(base, dict)
    assert faults(model={**base, **model_changes}, added_tokens=[]) == {fault}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"added_tokens": [{"id": 5, "content": "a"}, {"id": 5, "content": "b"}]}, "duplicate-id"),
        ({"added_tokens": [{"id": 1, "content": "[UNK]"}]}, "added-id"),
        ({"added_tokens": [{"id": 1, "content": "other"}]}, "added-id"),
        ({"added_tokens": [{"id": 1}]}, "shape"),
        ({"normalizer": {"type": "Python"}}, "component"),
        ({"decoder": {"type": {"a": 1}}}, "component"),
        ({"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a" * 20_000}}}, "pattern"),
        ({"normalizer": {"type": "Precompiled", "precompiled_charsmap": "???"}}, "charsmap"),
        ({"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}}, "charsmap"),
        ({"normalizer": {"type": "Sequence", "normalizers": [7] * 2000}}, "limit"),
    ],
)
def test_broken_parts(changes: dict[str, object], fault: str) -> None:
    assert faults(**changes) == {fault}


def test_a_charsmap_is_accepted() -> None:
    table = base64.b64encode(CHARSMAP).decode()
    assert faults(normalizer={"type": "Precompiled", "precompiled_charsmap": table}) == set()
    assert faults(normalizer={"type": "Precompiled", "precompiled_charsmap": None}) == set()


def test_settings_are_what_is_no_token() -> None:
    settings = tokenizer.settings_of(TOKENIZER)
    assert settings == {**TOKENIZER, "model": {"type": "WordLevel", "unk_token": "[UNK]"}}
    others: list[object] = [[], {"model": 1}, {"vocab": {}}]
    for other in others:
        assert tokenizer.settings_of(other) is other


def test_vocabularies() -> None:
    assert tokenizer.is_vocabulary({"a": 0})
    assert not tokenizer.is_vocabulary({"a": True})
    assert not tokenizer.is_vocabulary({})
    assert tokenizer.vocabulary_faults({"a": 0, "b": 5}) == ()
    assert tokenizer.vocabulary_faults({str(n): 0 for n in range(500)})[-1].id == "too-many-faults"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\0\0", "beyond"),
        (b"\xff" * 8, "beyond"),
        ((4).to_bytes(4, "little") + bytes(8), "blocks"),
        (CHARSMAP + b"open", "closed"),
        (CHARSMAP + b"\xff\0", "UTF-8"),
        (bytes(17 << 20), "not read"),
    ],
)
def test_broken_charsmaps(data: bytes, word: str) -> None:
    assert word in charsmap_fault(data)
    assert charsmap_fault(b"") == ""


def read(data: bytes) -> sentencepiece.SentencepieceReport:
    return sentencepiece.parse(io.BytesIO(data), len(data))


def test_a_sentencepiece_model_is_read() -> None:
    report = read(model(*GOOD_PIECES))
    assert (report.pieces, report.faults) == (4, ())


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "no-pieces"),
        (model(*GOOD_PIECES, piece(b"")), "piece"),
        (model(*GOOD_PIECES, piece(b"\xff")), "piece"),
        (model(*GOOD_PIECES, piece(b"a", 9)), "piece-type"),
        (model(*GOOD_PIECES, piece(b"<s>")), "duplicate-piece"),
        (model(piece(b"a")), "unknown"),
        (model(*GOOD_PIECES, charsmap=b"\xff" * 8), "charsmap"),
        (model(*GOOD_PIECES) + field(99, b"x"), "unknown-field"),
        (model(*GOOD_PIECES)[:-1], "truncated"),
    ],
)
def test_broken_sentencepiece_models(data: bytes, fault: str) -> None:
    assert {each.id for each in read(data).faults} == {fault}


def test_a_newer_field_of_training_is_mild() -> None:
    assert read(model(*GOOD_PIECES, trainer=field(99, b"new"))).mild == {"unknown-field"}
    assert read(model(*GOOD_PIECES) + field(99, b"x")).mild == frozenset()


def test_pieces_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentencepiece, "MAX_PIECES", 2)
    assert [fault.id for fault in read(model(*GOOD_PIECES)).faults] == ["limit"]
