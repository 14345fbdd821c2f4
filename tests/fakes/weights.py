"""Weights files that any reader takes: tests that add models need ordinary ones."""

from __future__ import annotations

import json


def safetensors(content: bytes, name: str = "weight") -> bytes:
    """A safetensors file of one tensor of bytes."""
    header = {name: {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content
