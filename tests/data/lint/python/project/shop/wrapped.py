"""Loads what others name."""

from sentence_transformers import CrossEncoder
from transformers import AutoModelForSequenceClassification


def classifier(name, revision=None):
    return AutoModelForSequenceClassification.from_pretrained(name, revision=revision)  # expect: hf-from-pretrained hf:?


class Ranker:
    def __init__(self, model: str):
        self.model = CrossEncoder(f"acme-shop/{model}")  # expect: * hf:?
