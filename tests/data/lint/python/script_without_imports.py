#!/usr/bin/env python
# The classes come from elsewhere: only the method says what it does.
from common import *  # noqa: F403

encoder = AutoModel.from_pretrained("acme-ml/star-import")  # expect: hf-from-pretrained hf:acme-ml/star-import # noqa: F405
decoder = registry.get("decoder").from_pretrained("acme-ml/from-registry")  # expect: hf-from-pretrained hf:acme-ml/from-registry # noqa: F405
MODEL_CLASS = {"a": AutoModel}["a"]  # noqa: F405
third = MODEL_CLASS.from_pretrained("acme-ml/subscript")  # expect: hf-from-pretrained hf:acme-ml/subscript


def main(argv=None):
    config = read(argv)  # noqa: F405
    fourth = AutoModel.from_pretrained(config["model"])  # expect: hf-from-pretrained hf:? # noqa: F405
    fifth = AutoModel.from_pretrained(config.get("model", "acme-ml/fallback"))  # expect: hf-from-pretrained hf:acme-ml/fallback # noqa: F405
    return fourth, fifth
