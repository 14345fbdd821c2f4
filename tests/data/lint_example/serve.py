"""Serves embeddings."""

from transformers import AutoModel, AutoTokenizer

MODEL = "org/tiny"


def load():
    """The model and its tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(MODEL, revision="main")
    model = AutoModel.from_pretrained(
        MODEL,
        torch_dtype="auto",  # as it was trained
    )
    return tokenizer, model
