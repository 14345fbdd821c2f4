"""A pickle examined whole, beside picklescan's scan of the same bytes, in process and in turn."""

from __future__ import annotations

import io
import time
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from benchmarks.inspect_files import PICKLES
from benchmarks.result import MIB, PeerMissingError, Row, faster, seconds
from weighbridge.checks.notes import Notes
from weighbridge.checks.pickles import examine_pickle
from weighbridge.checks.subject import Budget, Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.result import Bench

LEAST = 0.5


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ours(data: bytes) -> None:
    subject = Subject("data.pkl", io.BytesIO(data), len(data), Budget(), lambda *_: None)
    examine_pickle(subject, Notes("data.pkl"))


def _theirs(scan: Callable[..., object], data: bytes) -> None:
    scan(io.BytesIO(data), "data.pkl")


def _row(what: str, data: bytes, peer: Callable[[], object], bench: Bench) -> Row:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(bench.rounds):
        ours.append(_timed(lambda: _ours(data)))
        theirs.append(_timed(peer))
    ratio, target, reached = faster("picklescan's speed", ours, theirs, LEAST)
    return Row(
        f"inspect pickle of {what}, {len(data) / MIB:.1f} MiB",
        seconds(ours),
        f"picklescan {version('picklescan')}: {seconds(theirs)}",
        ratio,
        target,
        reached,
        "the stack and the memo are followed as the unpickler does; picklescan reads opcodes alone",
        {"ours": ours, "picklescan": theirs},
    )


def measure(bench: Bench) -> list[Row]:
    """Every kind of pickle.

    Raises:
        PeerMissingError: picklescan is not installed.
    """
    try:
        version("picklescan")
    except PackageNotFoundError as error:
        raise PeerMissingError("picklescan is not installed: run `make setup`") from error
    from picklescan.scanner import scan_pickle_bytes  # noqa: PLC0415 - known to be there only now

    made = {what: make() for what, make in PICKLES.items()}
    return [_row(what, data, partial(_theirs, scan_pickle_bytes, data), bench) for what, data in made.items()]
