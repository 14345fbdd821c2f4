"""Tests that download: they name models as well."""

import pytest
from transformers import AutoTokenizer, pipeline

TINY = "hf-internal-testing/tiny-random-bert"


@pytest.fixture(scope="session")
def tokenizer():
    return AutoTokenizer.from_pretrained(TINY)  # expect: hf-from-pretrained hf:hf-internal-testing/tiny-random-bert


@pytest.mark.parametrize("name", ["hf-internal-testing/tiny-random-gpt2", "hf-internal-testing/tiny-random-t5"])
def test_loads(name):
    # expect: hf-from-pretrained hf:hf-internal-testing/tiny-random-gpt2
    # expect: hf-from-pretrained hf:hf-internal-testing/tiny-random-t5
    assert AutoTokenizer.from_pretrained(name)


@pytest.mark.parametrize(("name", "size"), [("acme-ml/a", 1), ("acme-ml/b", 2)])
def test_sizes(name, size):
    # expect: hf-pipeline hf:acme-ml/a
    # expect: hf-pipeline hf:acme-ml/b
    assert pipeline("fill-mask", model=name).model.config.hidden_size == size


class TestSaved:
    model_id = "acme-ml/class-level"

    def setup_method(self):
        self.saved = "out/saved"

    def test_round_trip(self, tmp_path):
        AutoTokenizer.from_pretrained(self.model_id).save_pretrained(tmp_path)  # expect: hf-from-pretrained hf:acme-ml/class-level
        assert AutoTokenizer.from_pretrained(tmp_path)
        assert AutoTokenizer.from_pretrained(str(tmp_path / "x"))
        assert AutoTokenizer.from_pretrained(self.saved)
