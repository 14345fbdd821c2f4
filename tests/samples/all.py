"""All samples together."""

from __future__ import annotations

import importlib
import pkgutil
import unicodedata

import tests.samples
from weighbridge.core.paths import fault

SAMPLES: dict[str, dict[str, bytes]] = {}
for found in pkgutil.iter_modules(tests.samples.__path__):
    if found.name not in {"all", "look", "__main__"}:
        SAMPLES.update(importlib.import_module(f"tests.samples.{found.name}").SAMPLES)


def _fits_any_disk(files: dict[str, bytes]) -> bool:
    """Whether all systems hold these files under their names, also those that compare them without case or form."""
    plain = not any(fault(name) for name in files)
    return plain and len({unicodedata.normalize("NFC", name).casefold() for name in files}) == len(files)


WRITTEN = {case: files for case, files in SAMPLES.items() if _fits_any_disk(files)}
"""Those that stand below tests/data."""
