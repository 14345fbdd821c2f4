"""Program: a scanner that is a program of its own, in an environment of its own.

It is run by absolute path, without a shell, without network where the kernel allows, with limits, an empty home and
no variable of the caller. What it writes is read as data and bounded.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.checks.limits import Limits
from weighbridge.checks.scanners.scanner import FAILED, FOUND, Job, Report, missing, report
from weighbridge.checks.tree import WHOLE, finding
from weighbridge.checks.worker_process import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.core.finding import Finding, Severity

LAUNCH: Final = (sys.executable, "-I", "-m", "weighbridge.checks.scanners.launch")
PROGRAM_LIMITS: Final = Limits(
    memory_bytes=8 << 30,
    file_bytes=256 << 20,
    open_files=1024,
    processes=None,
    base_seconds=300.0,
    bytes_per_second=2_000_000,
)
MAX_REPORT_BYTES: Final = 64 << 20
MAX_FINDINGS: Final = 1_000
_MAX_MESSAGE: Final = 300
_MAX_VERSION_BYTES: Final = 4096
_VERSION: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9A-Za-z+-]{1,40}){1,6}")
# Telemetry that the programs are known to send unless told not to.
_SILENCE: Final = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "NO_ANALYTICS": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "NO_COLOR": "1",
}


class UnreadableError(Exception):
    """A scanner's report is not what that scanner writes."""


@dataclass(slots=True)
class Reading:
    """What a report says; paths are as the program wrote them.

    Args:
        found: Path, severity and message of each finding.
        failed: Path and reason of each file that was not fully read.
        seen: The files that were read; None if the report does not say.
    """

    found: list[tuple[str, Severity, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] | None = None


class Dialect(Protocol):
    """How one program is called and how its reports are read."""

    @property
    def name(self) -> str:
        """The program's name."""

    @property
    def kinds(self) -> Iterable[str]:
        """The formats that it claims to read: files of these must not be skipped."""

    @property
    def per_file(self) -> bool:
        """Whether it reads one file a run, not a folder."""

    @property
    def version_arguments(self) -> Sequence[str]:
        """What makes it print its version."""

    @property
    def exit_codes(self) -> frozenset[int]:
        """How it ends when it came to the end, whatever it found."""

    def arguments(self, target: str, output: str) -> list[str]:
        """What makes it look at a file or folder and write its report."""

    def read(self, data: object) -> Reading:
        """Read a report.

        Raises:
            UnreadableError: It is none, or not whole. Lookup, type and value errors are taken for the same.
        """


@dataclass(frozen=True, slots=True)
class _Ran:
    """One run: the report's JSON, or why there is none."""

    data: object
    why: str = ""


class Program:
    """A `weighbridge.checks.scanners.scanner.Scanner` around a program.

    Args:
        dialect: How to talk to it.
        path: Where it is; None for beside this Python.
        limits: What it may use.
    """

    def __init__(self, dialect: Dialect, path: Path | None = None, limits: Limits = PROGRAM_LIMITS) -> None:
        self._dialect = dialect
        self._path = (path or Path(sys.executable).with_name(dialect.name)).absolute()
        self._limits = limits

    @property
    def name(self) -> str:
        """The program's name."""
        return self._dialect.name

    def version(self) -> str:
        """What the program says of itself; empty if it is not there or says nothing."""
        if not self._path.is_file():
            return ""
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as home:
            printed = Path(home, "printed")
            ended = self._run(list(self._dialect.version_arguments), home, printed, self._limits.start_seconds)
            said = _VERSION.search(_text(printed)) if ended == 0 else None
        return said[0] if said else ""

    def scan(self, job: Job) -> Report:
        """Let it look at the files of the formats that it claims."""
        version = self.version()
        if not version:
            return missing(self.name)
        claimed = job.of_kinds(self._dialect.kinds)
        if not claimed:
            return report(self.name, version, [])
        if not self._dialect.per_file:
            return report(self.name, version, self._look(job, "", claimed))
        return report(self.name, version, [item for path in claimed for item in self._look(job, path, (path,))])

    def _look(self, job: Job, path: str, claimed: Sequence[str]) -> list[Finding]:
        target = str(job.folder / path) if path else str(job.folder)
        size = job.files[path] if path else sum(job.files.values())
        ran = self._report_on(target, self._limits.seconds(size))
        if ran.why:
            return [finding(FAILED, path or WHOLE, f"{self.name} {ran.why}")]
        return self.findings_of(ran.data, job, path, claimed)

    def findings_of(self, data: object, job: Job, path: str, claimed: Sequence[str]) -> list[Finding]:
        """What a report means.

        Args:
            data: The report's JSON.
            job: What the program was to look at.
            path: The one file that it was called for; empty for the folder.
            claimed: The files that it must not have skipped.
        """
        try:
            reading = self._dialect.read(data)
        except (UnreadableError, LookupError, TypeError, ValueError, AttributeError):
            return [finding(FAILED, path or WHOLE, f"{self.name} wrote a report that can't be read")]
        place = _Places(job, path)
        found = [
            finding(FOUND, place.of(path), f"{self.name}: {_shown(text)}", severity)
            for path, severity, text in reading.found[:MAX_FINDINGS]
        ]
        if len(reading.found) > MAX_FINDINGS:
            found.append(finding(FAILED, WHOLE, f"{self.name} reports more than {MAX_FINDINGS} findings"))
        failed = {place.of(path): why for path, why in reading.failed}
        if reading.seen is not None:
            seen = {place.of(path) for path in reading.seen}
            failed |= {path: "skipped it" for path in claimed if path not in seen and path not in failed}
        relevant = {path: why for path, why in failed.items() if path in {*claimed, WHOLE}}
        return [*found, *(finding(FAILED, path, f"{self.name} {_shown(why)}") for path, why in relevant.items())]

    def _report_on(self, target: str, seconds: float) -> _Ran:
        with tempfile.TemporaryDirectory(prefix="weighbridge-", ignore_cleanup_errors=True) as home:
            output = Path(home, "report.json")
            ended = self._run(self._dialect.arguments(target, str(output)), home, Path(home, "printed"), seconds)
            if ended is None:
                return _Ran(None, f"took longer than {seconds:.4g} s")
            if ended < 0:
                return _Ran(None, f"crashed by signal {-ended}")
            return _json(output) if ended in self._dialect.exit_codes else _Ran(None, f"ended with code {ended}")

    def _run(self, arguments: list[str], home: str, printed: Path, seconds: float) -> int | None:
        """The program's exit code, negative for a signal; None if it took too long."""
        limits = asdict(self._limits) | {"base_seconds": seconds}
        command = [*LAUNCH, json.dumps(limits), str(self._path), *arguments]
        with printed.open("wb") as out:
            started = subprocess.Popen(  # noqa: S603 - no shell; the program that the configuration names
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                cwd=home,
                env=clean_environment(home) | _SILENCE,
                start_new_session=True,
            )
        try:
            return started.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(started)


def _end(started: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_VERSION_BYTES).decode("utf-8", "replace")


def _json(path: Path) -> _Ran:
    try:
        if path.is_symlink() or path.stat().st_size > MAX_REPORT_BYTES:
            return _Ran(None, "wrote too long a report")
        return _Ran(json.loads(path.read_bytes()))
    except OSError:
        return _Ran(None, "wrote no report")
    except (ValueError, RecursionError):
        return _Ran(None, "wrote a report that is not JSON")


def _shown(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else " " for letter in text[:_MAX_MESSAGE])


class _Places:
    """Finds which of our files a program means: absolute, relative, with a member or a position behind it."""

    def __init__(self, job: Job, one: str) -> None:
        self._files = job.files
        self._folder = f"{job.folder}{os.sep}"
        self._one = one

    def of(self, place: str) -> str:
        """Our path for a program's; the whole model if it can't be told."""
        if self._one:
            return self._one
        path = place.removeprefix(self._folder).removeprefix("./")
        while path and path not in self._files:
            # Longest first: ``a:b (pos 3)``, ``a:b``, ``a``.
            cut = max(path.rfind(mark) for mark in (" (pos ", ":", "!"))
            path = path[:cut] if cut > 0 else ""
        return path or WHOLE
