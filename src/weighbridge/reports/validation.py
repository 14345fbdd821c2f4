"""The report that `validate@<name>` leaves for DVC: the same pins give the same bytes, and nothing else does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.errors import StoreError
from weighbridge.core.outcome import pin_summary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.core.pin import Pin

SCHEMA = "weighbridge.validation/1"


def write_report(path: Path, pins: Sequence[Pin]) -> None:
    """Write the report of pins that were all found good.

    Raises:
        StoreError: The disk failed; the report is as it was.
    """
    value = {
        "schema": SCHEMA,
        "valid": [pin_summary(pin) for pin in sorted(pins, key=lambda pin: (pin.name, pin.digest))],
    }
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    try:
        durable.replace(path, text.encode("utf-8"))
    except OSError as error:
        raise StoreError(f"the report can't be written: {error.strerror}", code="disk") from error
