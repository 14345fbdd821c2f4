"""Print the folders that picklescan calls dangerous, as JSON; run by an interpreter that has picklescan."""

import importlib
import json
import logging
import sys
from pathlib import Path
from types import ModuleType


def _speaks(scanner: ModuleType, case: str) -> bool:
    """Whether its command would fail: over what it finds, or over a file that it can't stand."""
    try:
        return bool(scanner.scan_directory_path(case).issues_count)
    except Exception:  # noqa: BLE001 - its command would end here
        return True


def main(folder: str) -> None:
    """Scan each case, ``<check-id>/<bad|good>/<case>`` below the folder, as the command scans a folder."""
    logging.disable(logging.CRITICAL)
    scanner = importlib.import_module("picklescan.scanner")
    cases = sorted(str(path) for path in Path(folder).glob("*/*/*"))
    print(json.dumps([case for case in cases if _speaks(scanner, case)]))


if __name__ == "__main__":
    main(sys.argv[1])
