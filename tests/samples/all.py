"""All samples together."""

from __future__ import annotations

import importlib
import pkgutil

import tests.samples

SAMPLES: dict[str, dict[str, bytes]] = {}
for found in pkgutil.iter_modules(tests.samples.__path__):
    if found.name not in {"all", "look", "__main__"}:
        SAMPLES.update(importlib.import_module(f"tests.samples.{found.name}").SAMPLES)
