"""TOML: a document read by Python's own strict reader (TOML 1.0), bounded.

Repeated keys, control characters and lone surrogates are errors of the format itself.

Faults: `limit`, `utf-8`, `syntax`, `nesting`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from weighbridge.formats.fault import Fault, quoted

MAX_BYTES = 512 << 10
MAX_BRACKETS = 20_000
MAX_LINE_DOTS = 1_000


@dataclass(frozen=True, slots=True)
class TomlReport:
    """What a TOML document says, and which rule it breaks.

    Args:
        value: Its tables; empty if it could not be read.
        faults: The broken rule, if any.
    """

    value: dict[str, object]
    faults: tuple[Fault, ...]


def parse(data: bytes) -> TomlReport:
    """Read a TOML document."""
    if len(data) > MAX_BYTES or data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        return _broken("limit", f"a TOML document of {len(data)} bytes and so many brackets is not read")
    # The reader's time grows with the square of the length of a dotted key.
    if any(line.count(b".") > MAX_LINE_DOTS for line in data.splitlines()):
        return _broken("limit", f"a line has more than {MAX_LINE_DOTS} dots")
    try:
        return TomlReport(tomllib.loads(data.decode()), ())
    except UnicodeDecodeError as error:
        return _broken("utf-8", "the document is not UTF-8", error.start)
    except RecursionError:
        return _broken("nesting", "values are nested deeper than any reader bears")
    except ValueError as error:
        return _broken("syntax", f"not TOML: {quoted(str(error))}")


def _broken(id: str, message: str, offset: int = 0) -> TomlReport:  # noqa: A002 - the fault's field
    return TomlReport({}, (Fault(id, message, offset),))
