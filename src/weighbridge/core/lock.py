"""The text of ``models/<name>/lock.json``: every live pin of one model, one line a file.

Sorted and free of times, so that the same pins always give the same bytes and Git shows what changed.
This module does not touch the disk and does not know which pin is approved.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from weighbridge.core import canonical, shape
from weighbridge.core.errors import ConfigError, IntegrityError
from weighbridge.core.pin import Pin, pin_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.core.canonical import Json

SCHEMA = "weighbridge.lock/1"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rows(rows: list[dict[str, Json]], indent: str) -> str:
    if not rows:
        return "[]"
    body = f",\n{indent}  ".join(_line(row) for row in rows)
    return f"[\n{indent}  {body}\n{indent}]"


def _pin_text(pin: Pin) -> str:
    fields = []
    for key, value in pin.to_json().items():
        if key == "files":
            fields.append(f'"files": {_rows([file.to_json() for file in pin.files], "      ")}')
        elif key == "omitted":
            fields.append(f'"omitted": {_rows([file.to_json() for file in pin.omitted], "      ")}')
        else:
            canonical.dumps(value)
            fields.append(f"{_line(key)}: {json.dumps(value, ensure_ascii=False, sort_keys=True)}")
    body = ",\n      ".join(fields)
    return "    {\n      " + body + "\n    }"


def _require_one_model(pins: Sequence[Pin]) -> None:
    if len(pins) > 1 and (len({pin.name for pin in pins}) > 1 or len({pin.digest for pin in pins}) != len(pins)):
        raise IntegrityError("a lock holds one pin per digest of one model", code="bad-lock")


def lock_text(pins: Iterable[Pin]) -> str:
    """The lock of these pins, sorted by digest; the same pins give the same text.

    Raises:
        IntegrityError: Two pins have the same digest but are of different revisions, or of different names.
    """
    ordered = sorted(pins, key=lambda pin: (pin.digest, pin.revision))
    _require_one_model(ordered)
    body = ",\n".join(_pin_text(pin) for pin in ordered)
    pins_text = f"[\n{body}\n  ]" if ordered else "[]"
    return f'{{\n  "schema": {_line(SCHEMA)},\n  "pins": {pins_text}\n}}\n'


def lock_pins(text: bytes | str) -> tuple[Pin, ...]:
    """The pins of a lock; every digest is recomputed.

    Raises:
        IntegrityError: The text is not a lock, or a digest is not that of its files.
        ConfigError: The lock is of a newer schema.
    """
    value = shape.mapping(canonical.loads(text), "lock")
    schema = value.get("schema")
    if isinstance(schema, str) and schema.startswith("weighbridge.lock/") and schema != SCHEMA:
        raise ConfigError(
            f"this lock is of schema {schema}; this program reads {SCHEMA}",
            code="newer-schema",
            hint="upgrade Weighbridge: pip install --upgrade weighbridge",
        )
    if schema != SCHEMA:
        raise IntegrityError(f"not a lock: schema is {schema!r}", code="bad-lock")
    row = shape.record(value, "lock", {"schema", "pins"})
    pins = tuple(pin_from_json(item) for item in shape.array(row["pins"], "pins"))
    _require_one_model(pins)
    return pins
