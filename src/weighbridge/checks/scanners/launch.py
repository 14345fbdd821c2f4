"""Launch: give up network and resources, then become another program.

``python -I -m weighbridge.checks.scanners.launch LIMITS PROGRAM ARGUMENT…``; the limits and the rest of the
environment stay with the program. It is trusted not to be hostile itself: no audit hook follows it.
"""

from __future__ import annotations

import json
import os
import sys

from weighbridge.checks import sandbox
from weighbridge.checks.limits import Limits


def main(arguments: list[str]) -> None:
    """Become the program.

    Args:
        arguments: The limits as JSON, then the program's absolute path and its arguments.
    """
    limits = Limits(**json.loads(arguments[0]))
    sandbox.isolate()
    sandbox.limit(limits)
    sandbox.limit_cpu(limits.base_seconds)
    os.execv(arguments[1], arguments[1:])  # noqa: S606 - no shell; a program that the configuration names


if __name__ == "__main__":
    main(sys.argv[1:])
