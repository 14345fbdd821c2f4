"""The command: which comparisons to run, the table, and the exit code."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machine import describe, speeds
from benchmarks.result import Bench, BenchmarkError, Row
from weighbridge.core.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = {
    "add": "add",
    "register": "add_and_register",
    "verify": "verify",
    "startup": "startup",
    "locks": "locks",
    "judge": "judging",
    "load": "loading",
    "load-torch": "loading_torch",
    "reload": "reloading",
    "run": "running",
    "inspect": "inspecting",
    "pickles": "inspect_pickles",
    "picklescan": "detection_picklescan",
    "modelaudit": "detection_modelaudit",
    "purser": "detection_purser",
    "lint": "lint",
}
_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_FAULTS = (BenchmarkError, WeighbridgeError, OSError, ImportError, ValueError, subprocess.SubprocessError)


@dataclass(frozen=True, slots=True)
class Result:
    """What one comparison gave.

    Args:
        name: As given to ``--only``.
        rows: Its rows; none if it failed.
        fault: Why it failed; empty if it did not.
        seconds: How long it took.
    """

    name: str
    rows: tuple[Row, ...]
    fault: str
    seconds: float


def size_of(text: str) -> int:
    """Bytes of a size such as ``4GiB``."""
    found = re.fullmatch(r"(\d+)(KiB|MiB|GiB)", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 64MiB or 4GiB")
    return int(found[1]) * _UNITS[found[2]]


def compare(name: str, bench: Bench) -> Result:
    """Run one comparison; whatever fails in it is told, not raised."""
    start = time.perf_counter()
    rows: tuple[Row, ...] = ()
    fault = ""
    try:
        rows = tuple(importlib.import_module(f"benchmarks.{MODULES[name]}").measure(bench))
    except _FAULTS as error:
        fault = f"{type(error).__name__}: {error}"
    return Result(name, rows, fault, time.perf_counter() - start)


def text_of(result: Result) -> str:
    """The rows of a comparison for people."""
    if result.fault:
        return f"{result.name}\n  FAILED   {result.fault}"
    lines = [f"{result.name}  (took {result.seconds:.0f} s)"]
    for row in result.rows:
        verdict = "reached" if row.reached else "MISSED "
        lines.append(f"  {verdict}  {row.ratio:>12}  target {row.target:<30}  {row.work}: {row.ours}")
        lines.append(f"{'':27}against {row.peer}")
        if row.limit:
            lines.append(f"{'':27}limit: {row.limit}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(MODULES), help="one comparison; may be given again")
    parser.add_argument("--size", type=size_of, default=size_of("1GiB"), metavar="4GiB", help="of the model")
    parser.add_argument("--repeats", type=int, default=3, help="of each long command")
    parser.add_argument("--rounds", type=int, default=7, help="of each short piece of work")
    parser.add_argument("--folder", type=Path, default=Bench(0).folder, help="for generated weights and work")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    parser.add_argument("--strict", action="store_true", help="a missed target fails the run too")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run comparisons; 1 if one could not be made, or with ``--strict`` if a target was missed."""
    options = _parser().parse_args(arguments)
    bench = Bench(options.size, options.repeats, options.rounds, options.folder.absolute())
    print(describe(), flush=True)
    results = []
    for name in options.only or MODULES:
        results.append(compare(name, bench))
        print(text_of(results[-1]), flush=True)
    rows = [row for result in results for row in result.rows]
    failed = [result.name for result in results if result.fault]
    missed = sum(not row.reached for row in rows)
    print(f"{len(rows)} rows, {missed} missed; failed: {', '.join(failed) or 'none'}")
    if options.json:
        report = {"machine": speeds(), "size_bytes": bench.size_bytes, "results": [asdict(item) for item in results]}
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if failed or (options.strict and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
