"""Tokenizers: the vocabulary and the added tokens of a `tokenizer.json`, and vocabularies of their own.

The reader is Hugging Face's tokenizers (0.23): a token that shares its id with another reads as the other one, which
of them depends on the order. Gaps between ids are common and harmless; whether a token's id is the *right* one, only
the publisher's hash can tell.

Faults: `shape`, `model-type`, `component`, `id`, `duplicate-id`, `duplicate-token`, `added-id`, `pattern`, `charsmap`,
`limit`, `too-many-faults`. Of them `added-id`, `component` and `duplicate-token` are odd but load: `MILD`.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from weighbridge.formats.charsmap import charsmap_fault
from weighbridge.formats.fault import Fault, Faults, StopError, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ID = 2**32 - 1
MAX_PATTERN = 10_000
MAX_COMPONENTS = 1_000
MILD: Final = frozenset({"added-id", "component", "duplicate-token"})
_WORDS: Final = """
BertNormalizer Strip StripAccents NFC NFD NFKC NFKD Sequence Lowercase Nmt Precompiled Replace Prepend ByteLevel
BertPreTokenizer CharDelimiterSplit Digits Metaspace Punctuation Split UnicodeScripts Whitespace WhitespaceSplit
FixedLength BertProcessing RobertaProcessing TemplateProcessing BPEDecoder WordPiece CTC Fuse ByteFallback
"""
_COMPONENTS: Final = frozenset(_WORDS.split())
_MODELS: Final = frozenset({"BPE", "WordPiece", "WordLevel", "Unigram"})
_PARTS: Final = ("normalizer", "pre_tokenizer", "post_processor", "decoder")


def is_tokenizer(value: object) -> bool:
    """Whether a JSON value has the shape of a `tokenizer.json`."""
    return isinstance(value, dict) and isinstance(value.get("model"), dict) and "vocab" in value["model"]


def is_vocabulary(value: object) -> bool:
    """Whether a JSON value is a vocabulary: ids by token."""
    return isinstance(value, dict) and bool(value) and all(type(each) is int for each in value.values())


def settings_of(value: object) -> object:
    """A `tokenizer.json` without its tokens and merges, of which no reader follows any; other values as they are."""
    if not isinstance(value, dict) or not is_tokenizer(value):
        return value
    return {**value, "model": {name: each for name, each in value["model"].items() if name not in {"vocab", "merges"}}}


def tokenizer_faults(value: dict[str, object]) -> tuple[Fault, ...]:
    """The broken rules of a `tokenizer.json`."""
    faults = Faults()
    try:
        model = value["model"]
        ids = _model(model, faults) if isinstance(model, dict) else {}
        _added(value.get("added_tokens"), ids, faults)
        for part in _PARTS:
            _component(value.get(part), faults)
    except StopError as error:
        faults.stop(error)
    return faults.all()


def vocabulary_faults(value: dict[str, object]) -> tuple[Fault, ...]:
    """The broken rules of a vocabulary."""
    faults = Faults()
    try:
        _ids(value.items(), faults)
    except StopError as error:
        faults.stop(error)
    return faults.all()


def _model(model: dict[str, object], faults: Faults) -> dict[str, object]:
    """Check the model; return its ids by token."""
    kind = model.get("type")
    if kind is not None and str(kind) not in _MODELS:
        faults.add("model-type", f"a model of type {quoted(str(kind))}", 0)
    vocab = model["vocab"]
    if isinstance(vocab, dict):
        if kind == "Unigram":
            faults.add("shape", "the vocabulary of a Unigram model has no scores", 0)
        _ids(vocab.items(), faults)
        _merges(model.get("merges"), faults)
        return vocab
    if not isinstance(vocab, list):
        raise StopError("shape", "the vocabulary is neither an object nor an array", 0)
    return _scored(vocab, model.get("unk_id"), faults)


def _scored(vocab: list[object], unknown: object, faults: Faults) -> dict[str, object]:
    ids: dict[str, object] = {}
    for number, entry in enumerate(vocab):
        match entry:
            case [str() as token, int() | float()]:
                if token in ids:
                    faults.add("duplicate-token", f"the token {quoted(token)} stands twice", 0)
                ids.setdefault(token, number)
            case _:
                faults.add("shape", f"entry {number} of the vocabulary is not a token and its score", 0)
    if unknown is not None and not (isinstance(unknown, int) and 0 <= unknown < len(vocab)):
        faults.add("id", "the unknown token's id is outside the vocabulary", 0)
    return ids


def _ids(items: Iterable[tuple[str, object]], faults: Faults) -> None:
    """Every token has an id of its own."""
    tokens: dict[int, str] = {}
    for token, number in items:
        if not isinstance(number, int) or not 0 <= number <= MAX_ID:
            faults.add("id", f"the id of the token {quoted(token)} is no 32-bit number", 0)
            continue
        other = tokens.setdefault(number, token)
        if other is not token:
            faults.add("duplicate-id", f"the tokens {quoted(other)} and {quoted(token)} have one id, {number}", 0)


def _merges(merges: object, faults: Faults) -> None:
    if merges is None:
        return
    if not isinstance(merges, list):
        faults.add("shape", "the merges are not an array", 0)
        return
    for number, merge in enumerate(merges):
        match merge:
            case str() | [str(), str()]:
                pass
            case _:
                faults.add("shape", f"merge {number} is not two tokens", 0)


def _added(added: object, ids: dict[str, object], faults: Faults) -> None:
    """Added tokens stand beside the vocabulary, and before it when a text is read."""
    tokens: dict[int, str] = {}
    taken = {number: token for token, number in ids.items() if isinstance(number, int)}
    for entry in added if isinstance(added, list) else ():
        match entry:
            case {"id": int() as number, "content": str() as token}:
                other = tokens.setdefault(number, token)
                if other != token:
                    message = f"the added tokens {quoted(other)} and {quoted(token)} have one id, {number}"
                    faults.add("duplicate-id", message, 0)
                if ids.get(token, number) != number or taken.get(number, token) != token:
                    message = f"the vocabulary has another id or token for the added token {quoted(token)}, {number}"
                    faults.add("added-id", message, 0)
            case _:
                faults.add("shape", "an added token has no id or no content", 0)


def _component(part: object, faults: Faults) -> None:
    """A normalizer, pre-tokenizer, post-processor or decoder, and those within it."""
    waiting = [part]
    count = 0
    while waiting:
        found = waiting.pop()
        count += 1
        if count > MAX_COMPONENTS:
            raise StopError("limit", f"more than {MAX_COMPONENTS} components", 0)
        if not isinstance(found, dict):
            continue
        kind = found.get("type")
        if str(kind) not in _COMPONENTS:
            faults.add("component", f"a component of type {quoted(str(kind))}", 0)
        _pattern(found.get("pattern"), faults)
        if kind == "Precompiled":
            _precompiled(found.get("precompiled_charsmap"), faults)
        for name in ("normalizers", "pretokenizers", "processors", "decoders"):
            inner = found.get(name)
            waiting += inner if isinstance(inner, list) else []


def _pattern(pattern: object, faults: Faults) -> None:
    text = pattern.get("Regex", pattern.get("String")) if isinstance(pattern, dict) else pattern
    if isinstance(text, str) and len(text) > MAX_PATTERN:
        faults.add("pattern", f"a pattern of {len(text)} characters", 0)


def _precompiled(charsmap: object, faults: Faults) -> None:
    if not charsmap:
        return
    try:
        data = base64.b64decode(charsmap if isinstance(charsmap, str) else b"!", validate=True)
    except (binascii.Error, ValueError):
        faults.add("charsmap", "the table of a Precompiled normalizer is not base64", 0)
        return
    fault = charsmap_fault(data)
    if fault:
        faults.add("charsmap", fault, 0)
