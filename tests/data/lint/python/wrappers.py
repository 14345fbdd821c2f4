"""Functions and classes that load what they are handed: their callers name the models."""

import argparse

from sentence_transformers import SentenceTransformer
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(name, revision=None):
    # expect: hf-from-pretrained hf:acme-ml/chat
    # expect: hf-from-pretrained hf:acme-ml/judge@0123456789abcdef0123456789abcdef01234567
    tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
    # expect: hf-from-pretrained hf:acme-ml/chat
    # expect: hf-from-pretrained hf:acme-ml/judge@0123456789abcdef0123456789abcdef01234567
    model = AutoModelForCausalLM.from_pretrained(name, revision=revision)
    return model, tokenizer


class Embedder:
    def __init__(self, model_name: str, device: str = "cpu"):
        self.model_name = model_name
        self.device = device

    def start(self):
        # expect: * hf:sentence-transformers/acme-passages
        # expect: * hf:sentence-transformers/acme-queries
        self.model = SentenceTransformer(f"sentence-transformers/{self.model_name}", device=self.device)


def fetch(repo):
    return AutoTokenizer.from_pretrained(repo)  # expect: hf-from-pretrained hf:?


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("repo")
    arguments = parser.parse_args()
    chat = load("acme-ml/chat")
    judge = load("acme-ml/judge", revision="0123456789abcdef0123456789abcdef01234567")
    passages, queries = Embedder("acme-passages"), Embedder(model_name="acme-queries", device="cuda")
    return chat, judge, passages, queries, fetch(arguments.repo)
