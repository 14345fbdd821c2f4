"""JSON: a text read strictly by RFC 8259, as one value that every reader understands alike.

What readers disagree on is a fault: repeated keys (RFC 8259 §4), lone surrogates (§8.2), numbers that no
double holds (§6), bytes that are not UTF-8 (§8.1), anything behind the value. `NaN` and `Infinity` are no JSON,
but Python's own writer puts them into training logs: they are counted, not faults. So is a byte order mark.

Faults: `limit`, `utf-8`, `nesting`, `syntax`, `trailing`, `duplicate-key`, `surrogate`, `number`, `too-many-faults`.
Only `syntax`, `trailing`, `utf-8` and the limits have an offset; the others are found in the value.

Memory: the text, and its value at up to 30 times its size; time: linear.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from itertools import accumulate

from weighbridge.formats.fault import Fault, Faults, StopError, quoted

MAX_BYTES = 128 << 20
MAX_DEPTH = 200
MAX_CONTAINERS = 3_000_000
MAX_NUMBER_DIGITS = 1_000
_BOM = b"\xef\xbb\xbf"
# An open string reaches to the end, so that no quote is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+', re.DOTALL)
_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))
_STEP = [0] * 256
for _byte, _step in zip(_BRACKETS, (1, -1, 1, -1), strict=True):
    _STEP[_byte] = _step
# A surrogate can only come from an escape, as UTF-8 has none.
_ANY_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class JsonReport:
    """What a JSON text says, and which rules it breaks.

    Args:
        value: The value; None if it could not be read. Of a repeated key it holds the last, as Python does.
        faults: The broken rules.
        nonfinite: How many `NaN` and `Infinity` it has.
        bom: Whether it begins with a byte order mark.
        complete: Whether the whole text was read; if not, `value` means nothing.
    """

    value: object
    faults: tuple[Fault, ...]
    nonfinite: int = 0
    bom: bool = False
    complete: bool = True


def parse(data: bytes) -> JsonReport:
    """Read a JSON text."""
    faults = Faults()
    hooks = _Hooks(faults)
    bom = data.startswith(_BOM)
    try:
        value = _read(data[len(_BOM) :] if bom else data, hooks)
    except StopError as error:
        faults.stop(error)
        return JsonReport(None, faults.all(), hooks.nonfinite, bom, complete=False)
    return JsonReport(value, faults.all(), hooks.nonfinite, bom)


class _Hooks:
    """What Python's reader calls for objects and numbers."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.nonfinite = 0

    def object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """An object of its members."""
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.faults.add("duplicate-key", f"the key {quoted(key)} stands twice in one object", 0)
                seen.add(key)
        return found

    def real(self, text: str) -> float:
        """A number with a fraction or an exponent."""
        value = float(text)
        if math.isinf(value) or len(text) > MAX_NUMBER_DIGITS:
            self.faults.add("number", f"no double holds the number {quoted(text)}", 0)
        return value

    def constant(self, name: str) -> float:
        """`NaN`, `Infinity` or `-Infinity`."""
        self.nonfinite += 1
        return float(name)


def _read(data: bytes, hooks: _Hooks) -> object:
    if len(data) > MAX_BYTES:
        raise StopError("limit", f"a JSON text of {len(data)} bytes is not read", MAX_BYTES)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise StopError("utf-8", "the text is not UTF-8", error.start) from None
    _check_nesting(data)
    _check_surrogates(data, hooks.faults)
    try:
        return json.loads(text, object_pairs_hook=hooks.object, parse_float=hooks.real, parse_constant=hooks.constant)
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode())
        if error.msg == "Extra data":
            raise StopError("trailing", "something stands behind the value", offset) from None
        raise StopError("syntax", f"not JSON: {quoted(error.msg)}", offset) from None
    except ValueError:
        # Python refuses whole numbers of more than 4,300 digits: its own reading of them takes quadratic time.
        raise StopError("number", "a whole number has too many digits", 0) from None


def _check_nesting(data: bytes) -> None:
    """Refuse what is nested deeper than any reader's stack bears, before a reader sees it."""
    brackets = _STRING.sub(b"", data).translate(None, _OTHERS)
    if len(brackets) > 2 * MAX_CONTAINERS:
        raise StopError("limit", f"there are more than {MAX_CONTAINERS} arrays and objects", 0)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise StopError("nesting", f"values are nested deeper than {MAX_DEPTH}", 0)


def _check_surrogates(data: bytes, faults: Faults) -> None:
    if not _ANY_SURROGATE.search(data):
        return
    for found in _ESCAPES.finditer(data):
        if found[1]:
            faults.add("surrogate", "an escape is half a character: a lone surrogate", found.start())
            return
