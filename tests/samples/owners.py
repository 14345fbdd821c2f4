"""Owners that read like known ones: a sample's `.source.json` says where the model came from."""

from __future__ import annotations

import json

_BAD = {
    "one-letter-more": "hf:meta-llamaa/Llama-3.2-1B",
    "one-letter-else": "hf:mistra1ai/Mistral-7B-v0.1",
    "other-case": "hf:Sentence-Transformers/all-MiniLM-L6-v2",
    "cyrillic": "hf:g\u043eogle/gemma-2b",
}
_GOOD = {
    "known": "hf:meta-llama/Llama-3.2-1B",
    "known-near-another": "hf:openai-community/gpt2",
    "nobody-near": "hf:acme-research-lab/tiny",
    "no-owner": "file:./model",
}


def _model(source: str) -> dict[str, bytes]:
    return {"config.json": b'{"model_type": "bert"}\n', ".source.json": json.dumps({"source": source}).encode() + b"\n"}


SAMPLES = {
    **{f"confusable-owner/bad/{case}": _model(source) for case, source in _BAD.items()},
    **{f"confusable-owner/good/{case}": _model(source) for case, source in _GOOD.items()},
}
