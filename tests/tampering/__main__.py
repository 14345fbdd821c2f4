"""Print the matrix: `python -m tests.tampering [--json] [--jobs N] [--sample N]`; exit code 1 if a row must not be."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.tampering.matrix import document, parallel, table
from tests.tampering.world import build, environment, surroundings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tampering", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object a row")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--sample", type=int, default=0, help="only so many changes of each artefact; all by default")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with environment(**surroundings(home)):
            world = build(home)
        found = parallel(world, home, chosen.jobs, chosen.sample)
    how = f"a sample: up to {chosen.sample} changes of each artefact" if chosen.sample else "every change"
    sys.stdout.write(document(found) + "\n" if chosen.json else f"{how}\n\n{table(found)}\n")
    return int(any(row.fault for row in found))


if __name__ == "__main__":
    sys.exit(main())
