"""The door to `huggingface_hub`: imported on first use, with its telemetry off.

Its parts are untyped to others, or exported in a way that mypy can't see: what comes through here is `Any`, and is
checked where it is used.
"""

from __future__ import annotations

import importlib
import os
from typing import Any


def part(name: str = "") -> Any:
    """`huggingface_hub`, or its module of that name."""
    # The library reads this when it is imported; Weighbridge calls nothing that would send any.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    return importlib.import_module(f"huggingface_hub.{name}" if name else "huggingface_hub")
