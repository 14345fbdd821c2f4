"""Run one command and write what it and everything it started cost, as JSON.

A program of its own, since Linux counts the peak memory of whoever starts a process as the process's: the starter has
to be small. On Linux, the counters of a process hold those of all descendants that were waited for.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main(report: Path, command: list[str]) -> None:
    """Run the command; its output goes where this one's does."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    seconds = time.perf_counter() - start
    # The process has ended but is still there, so that its counters can be read.
    lines = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii").splitlines()
    counters = {name: int(value) for name, _, value in (line.partition(":") for line in lines)}
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    report.write_text(
        json.dumps(
            {
                "code": process.returncode,
                "seconds": seconds,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "read_bytes": counters["rchar"],
                "written_bytes": counters["wchar"],
                "stored_bytes": counters["write_bytes"] - counters["cancelled_write_bytes"],
                "memory_bytes": usage.ru_maxrss * 1024,
            }
        ),
        encoding="ascii",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
