"""How tests run commands: plainly, or with one fault at one system call."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.faults.runner import MARK, READY

if TYPE_CHECKING:
    from collections.abc import Mapping

KILL = "KILL"
KILLED = -9
_INJECTED = re.compile(r"^(.*)(?: \(INJECTED\)|\) += \?)$", re.MULTILINE)
_ATTACHED = ("-qq", "-y", "-e", "inject=getxattr:error=EDQUOT")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at one system call of a command's main thread, or of whichever thread works on one file.

    Args:
        calls: Names of system calls for strace, joined by commas; each name is counted by itself.
        what: ``KILL``, or the name of an error.
        at: At which call, from 1.
        onwards: Whether all later calls fail too, as on a disk that stays full.
        file: Count only calls on this file.
    """

    calls: str
    what: str
    at: int
    onwards: bool = False
    file: str = ""

    def to_strace(self) -> list[str]:
        """The arguments for strace."""
        effect = "signal=SIGKILL" if self.what == KILL else f"error={self.what}"
        when = f"{self.at}+" if self.onwards else str(self.at)
        paths = ["-f", "-P", "/", "-P", self.file] if self.file else []
        return [*paths, "-e", f"trace={self.calls},getxattr", "-e", f"inject={self.calls}:{effect}:when={when}"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did.

    Args:
        code: Its exit code, negative for a signal.
        output: Its standard output.
        errors: Its standard error.
        log: What strace wrote.
    """

    code: int
    output: str
    errors: str
    log: str

    @property
    def hit(self) -> str:
        """The first call that met the fault, as strace shows it; empty if none did."""
        found = [match for match in _INJECTED.findall(self.log) if "getxattr(" not in match]
        return found[0] if found else ""


class Commands:
    """A running `tests.faults.runner`; use as a context.

    Args:
        scratch: A folder for what commands print.
        environment: Variables of every command.
    """

    def __init__(self, scratch: Path, environment: Mapping[str, str]) -> None:
        root = Path(__file__).parents[2]
        self._scratch = scratch
        self._environment = {**environment, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}

    def __enter__(self) -> Self:
        """Itself, when everything is imported."""
        # A numerical library that starts threads when it is imported would make the runner's forks incomplete.
        environment = {**os.environ, **self._environment, "OPENBLAS_NUM_THREADS": "1"}
        with (self._scratch / "runner.txt").open("wb") as errors:
            self._runner = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.faults.runner"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                text=True,
            )
        if self._line() != READY:
            raise RuntimeError((self._scratch / "runner.txt").read_text(encoding="utf-8"))
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._runner.communicate()

    def _line(self) -> str:
        if self._runner.stdout is None:
            raise RuntimeError("the runner has no output")
        return self._runner.stdout.readline().strip()

    def run(self, *arguments: str, folder: Path, strace: list[str] | None = None) -> Ran:
        """Run a program and wait for it.

        Args:
            arguments: ``weighbridge`` or ``dvc`` and its arguments, or ``look``, names of models and options of
                `status`.
            folder: The working folder.
            strace: Arguments for strace, if it shall be attached to the main thread.
        """
        output, errors, log = (self._scratch / name for name in ("output.txt", "errors.txt", "strace.txt"))
        log.write_text("", encoding="utf-8")
        request = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": self._environment,
            "output": str(output),
            "errors": str(errors),
            "strace": [*_ATTACHED, "-o", str(log), *strace] if strace else [],
        }
        if self._runner.stdin is None:
            raise RuntimeError("the runner has no input")
        print(json.dumps(request), file=self._runner.stdin, flush=True)
        code = json.loads(self._line())["code"]
        return Ran(code, *(path.read_text(encoding="utf-8", errors="replace") for path in (output, errors, log)))

    def real(self, *arguments: str, folder: Path, trace: str) -> Ran:
        """Run a program in an interpreter of its own, traced from its start.

        Args:
            arguments: A module and its arguments.
            folder: The working folder.
            trace: What strace shows.
        """
        log = self._scratch / "strace.txt"
        module, *rest = arguments
        command = ["strace", "-f", "-qq", "-y", "-o", str(log), "-e", trace, sys.executable, "-m", module, *rest]
        environment = {**os.environ, **self._environment}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        return Ran(done.returncode, done.stdout, done.stderr, log.read_text(encoding="utf-8", errors="replace"))

    def faulty(self, *arguments: str, folder: Path, fault: Fault) -> Ran:
        """Run a program that meets a fault.

        Raises:
            RuntimeError: strace was not attached.
        """
        ran = self.run(*arguments, folder=folder, strace=fault.to_strace())
        if MARK not in ran.log:
            raise RuntimeError(f"strace was not attached: {(self._scratch / 'runner.txt').read_text(encoding='utf-8')}")
        return ran
