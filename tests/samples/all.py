"""All samples together."""

from __future__ import annotations

import importlib
import pkgutil
import unicodedata

import tests.samples

SAMPLES: dict[str, dict[str, bytes]] = {}
for found in pkgutil.iter_modules(tests.samples.__path__):
    if found.name not in {"all", "look", "__main__"}:
        SAMPLES.update(importlib.import_module(f"tests.samples.{found.name}").SAMPLES)


def _fits_any_disk(files: dict[str, bytes]) -> bool:
    """Whether file systems that compare names without case, or normalised, hold all of these files."""
    return len({unicodedata.normalize("NFC", name).casefold() for name in files}) == len(files)


WRITTEN = {case: files for case, files in SAMPLES.items() if _fits_any_disk(files)}
"""Those that stand below tests/data."""
