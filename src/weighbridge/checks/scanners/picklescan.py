"""Picklescan, bundled: a second opinion on the pickle family, from a list of known bad imports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from weighbridge.checks.pool import Pool, Task
from weighbridge.checks.ruleset import installed
from weighbridge.checks.scanners.scanner import FAILED, Job, Report, missing, report
from weighbridge.core.inspection import BUNDLED
from weighbridge.core.progress import Silent
from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.checks.limits import Limits

KINDS: Final = (Kind.PICKLE, Kind.TORCH_ZIP, Kind.TORCH_LEGACY, Kind.TORCHSCRIPT, Kind.JOBLIB)
WORKER: Final = (sys.executable, "-I", "-m", "weighbridge.checks.scanners.picklescan_worker")


class Picklescan:
    """The library in locked-down processes, file by file.

    Args:
        limits: Of each process.
        command: The workers' program.
    """

    name = BUNDLED

    def __init__(self, limits: Limits, command: Sequence[str] = WORKER) -> None:
        self._limits = limits
        self._command = command

    def version(self) -> str:
        """The library's version."""
        return installed(self.name)

    def scan(self, job: Job) -> Report:
        """Look at every file of the pickle family; if there is none, no process starts."""
        version = self.version()
        if not version:
            return missing(self.name)
        pool = Pool(job.descriptor, self._limits, Silent(), command=self._command, lost=FAILED, linked=job.linked)
        tasks = [Task(path, job.files[path], job.formats[path]) for path in job.of_kinds(KINDS)]
        return report(self.name, version, pool.run(tasks).findings if tasks else [])
