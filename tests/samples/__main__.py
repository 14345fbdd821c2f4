"""Write the samples below tests/data: `python -m tests.samples`."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.samples.all import WRITTEN

DATA = Path(__file__).parents[1] / "data"

if __name__ == "__main__":
    shutil.rmtree(DATA, ignore_errors=True)
    for case, files in WRITTEN.items():
        for name, data in files.items():
            target = DATA / case / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
