"""A program as anyone would write it: it loads the approved model and compares sentences with it.

``python scripts/embed.py minilm``. The encoder is BERT (https://arxiv.org/abs/1810.04805) in plain NumPy, with mean
pooling, so that the demonstration needs no deep-learning framework.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import weighbridge

if TYPE_CHECKING:
    from pathlib import Path

Array: TypeAlias = "np.ndarray[Any, Any]"

SENTENCES = ("A lorry is weighed before it may enter.", "The truck must stop at the scales.", "I like lemon cake.")


class Encoder:
    """MiniLM: a BERT encoder whose sentence vectors are means of token vectors."""

    def __init__(self, folder: Path) -> None:
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.weights: dict[str, Any] = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()

    def dense(self, name: str, x: Array) -> Array:
        """A linear layer."""
        y: Array = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return y

    def norm(self, name: str, x: Array) -> Array:
        """Layer normalisation."""
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        y: Array = centred / scale * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return y

    def attention(self, layer: str, x: Array) -> Array:
        """Multi-head self-attention."""
        heads = self.config["num_attention_heads"]
        q, k, v = (
            self.dense(f"{layer}.attention.self.{part}", x).reshape(len(x), heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (weights / weights.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(x.shape)
        return self.dense(f"{layer}.attention.output.dense", mixed)

    def encode(self, text: str) -> Array:
        """The unit vector of a text, 384 numbers."""
        ids = self.tokenizer.encode(text).ids
        embed = self.weights
        x: Array = embed["embeddings.word_embeddings.weight"][ids]
        x = x + embed["embeddings.position_embeddings.weight"][: len(ids)]
        x = self.norm("embeddings.LayerNorm", x + embed["embeddings.token_type_embeddings.weight"][0])
        for index in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{index}"
            x = self.norm(f"{layer}.attention.output.LayerNorm", x + self.attention(layer, x))
            inner = self.dense(f"{layer}.intermediate.dense", x)
            inner = inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3))) / 2
            x = self.norm(f"{layer}.output.LayerNorm", x + self.dense(f"{layer}.output.dense", inner))
        mean: Array = x.mean(0)
        mean /= np.linalg.norm(mean)
        return mean


def main() -> int:
    """Load the model that is approved for production and compare three sentences."""
    folder = weighbridge.load(sys.argv[1], stage="production")
    encoder = Encoder(folder)
    first, second, third = (encoder.encode(sentence) for sentence in SENTENCES)
    print(
        f"loaded {folder.parent.name}/{folder.name}: {sum(item.size for item in encoder.weights.values())} parameters"
    )
    print(f"  {SENTENCES[0]!r} ~ {SENTENCES[1]!r}: {first @ second:.3f}")
    print(f"  {SENTENCES[0]!r} ~ {SENTENCES[2]!r}: {first @ third:.3f}")
    return 0 if first @ second > first @ third else 1


if __name__ == "__main__":
    sys.exit(main())
