"""Samples of texts: JSON, YAML, TOML, Markdown, templates and tokenizers that readers understand in two ways."""

from __future__ import annotations

import json
from typing import Final

TOKENIZER: Final = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [{"id": 0, "content": "[UNK]", "special": True}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]},
    "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "Removed", "invert": False},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "weigh": 1, "bridge": 2}, "unk_token": "[UNK]"},
}
OVERRIDE: Final = "\u202e"


def written(value: object) -> bytes:
    """A JSON document."""
    return json.dumps(value, indent=1).encode()


def tokenizer(**changes: object) -> bytes:
    """A tokenizer.json with other parts."""
    return written({**TOKENIZER, **changes})


_SHARED = {"type": "WordLevel", "vocab": {"[UNK]": 0, "weigh": 1, "bridge": 1}}
_TWICE = [{"id": 5, "content": "<yes>"}, {"id": 5, "content": "<no>"}]
_CARD = "---\nlicense: mit\ntags:\n- text\n---\n# A model\n\nIt weighs.\n"

_BAD: Final[dict[str, dict[str, bytes]]] = {
    "json-duplicate-key": {"config.json": b'{"model_type": "bert", "model_type": "gpt2"}'},
    "json-trailing": {"config.json": b'{"model_type": "bert"}\n{"model_type": "gpt2"}'},
    "json-lone-surrogate": {"config.json": b'{"name": "\\ud800"}'},
    "json-comment": {"config.json": b'{"model_type": "bert" /* one */}'},
    "json-deep": {"config.json": b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"},
    "json-override": {"config.json": f'{{"name": "{OVERRIDE}evil"}}'.encode()},
    "jsonl-broken": {"data.jsonl": b'{"a": 1}\n{"a": 1, "a": 2}\n'},
    "yaml-tag": {"config.yaml": b"model: !!python/object/apply:os.system ['true']\n"},
    "yaml-local-tag": {"config.yaml": b"model: !Thing {a: 1}\n"},
    "yaml-duplicate-key": {"config.yaml": b"model: a\nmodel: b\n"},
    "yaml-alias-bomb": {
        "config.yaml": b"a0: &a0 [1, 2]\n"
        + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 30))
    },
    "toml-duplicate-key": {"settings.toml": b'model = "a"\nmodel = "b"\n'},
    "markdown-tag": {"README.md": b"---\nlicense: !!python/name:os.system\n---\n# A model\n"},
    "markdown-hidden": {"README.md": b"# A model\n" + "".join(chr(0xE0000 + ord(each)) for each in "obey").encode()},
    "template-override": {"chat_template.jinja": f"{{{{ messages }}}}{OVERRIDE}\n".encode()},
    "tokenizer-shared-id": {"tokenizer.json": tokenizer(model=_SHARED)},
    "tokenizer-added-twice": {"tokenizer.json": tokenizer(added_tokens=_TWICE)},
    "tokenizer-unknown-model": {"tokenizer.json": tokenizer(model={**_SHARED, "type": "Pickle", "vocab": {"a": 0}})},
    "vocabulary-shared-id": {"vocab.json": b'{"yes": 0, "no": 0}'},
}
_GOOD: Final[dict[str, dict[str, bytes]]] = {
    "json": {"config.json": written({"model_type": "bert", "hidden_size": 4, "id2label": {"0": "\U0001f600"}})},
    "jsonl": {"data.jsonl": b'{"a": 1}\n\n{"a": 2}\n'},
    "yaml": {"config.yaml": b"base: &base {a: 1}\nmodel: {<<: *base, b: [1, 2.5, yes, ~, 2020-01-01]}\n"},
    "toml": {"settings.toml": b'[model]\nname = "a"\n'},
    "markdown": {"README.md": _CARD.encode()},
    "markdown-arabic": {"README.md": "# \u0646\u0645\u0648\u0630\u062c\n\u200f\u2067abc\u2069\n".encode()},
    "template": {"chat_template.jinja": b"{% for m in messages %}{{ m['content'] }}{% endfor %}"},
    "tokenizer": {"tokenizer.json": tokenizer(), "vocab.json": b'{"yes": 0, "no": 7}'},
    "vocabulary": {"vocab.txt": "[PAD]\n[UNK]\n\u202e\n\x7f\n\u2028\n".encode()},
}

SAMPLES: Final = {
    **{f"text-structure/bad/{case}": files for case, files in _BAD.items()},
    **{f"text-structure/good/{case}": files for case, files in _GOOD.items()},
}
