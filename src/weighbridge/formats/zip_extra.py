"""Zip: the extra fields of a header, and the sizes that zip64 keeps there. Source: APPNOTE 4.5.

Its faults are listed in `zip_directory`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Faults, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

ZIP64, UNICODE_NAME, STRONG_ENCRYPTION, AES = 0x0001, 0x7075, 0x0017, 0x9901
FULL: Final = 0xFFFFFFFF
_HEAD = 4
_NAME_AT = 5


def fields(raw: bytes, at: int, faults: Faults) -> dict[int, bytes]:
    """The fields by their number; up to three zero bytes of padding may follow them."""
    found: dict[int, bytes] = {}
    place = 0
    while len(raw) - place >= _HEAD:
        number = int.from_bytes(raw[place : place + 2], "little")
        end = place + _HEAD + int.from_bytes(raw[place + 2 : place + _HEAD], "little")
        if end > len(raw):
            faults.add("extra", "an extra field is longer than all of them", at)
            return found
        if number in found and number in {ZIP64, UNICODE_NAME, AES}:
            faults.add("extra", f"extra field {number:#06x} stands twice", at)
        found.setdefault(number, raw[place + _HEAD : end])
        place = end
    if raw[place:].strip(b"\0"):
        faults.add("extra", "what follows the extra fields is none of them", at)
    return found


def check_name(found: dict[int, bytes], name: str, at: int, faults: Faults) -> None:
    """Some readers take a member's name from an extra field: it must be the same."""
    if UNICODE_NAME in found and found[UNICODE_NAME][_NAME_AT:] != name.encode():
        faults.add("extra", f"{quoted(name)} has another name in an extra field", at)


def encrypted(found: dict[int, bytes]) -> bool:
    """Whether the fields belong to a member that needs a password."""
    return AES in found or STRONG_ENCRYPTION in found


def large(found: dict[int, bytes], values: Sequence[int], at: int, faults: Faults) -> list[int]:
    """The values, those that are full replaced by the zip64 field's, in its order.

    Nothing may be left of the field, except that old writers repeat there what the header holds already.
    """
    raw = found.get(ZIP64, b"")
    repeated = b"".join(value.to_bytes(8, "little") for value in values)
    if FULL not in values and len(raw) % 8 == 0 and repeated.startswith(raw):
        return list(values)
    place = 0
    result = []
    for value in values:
        if value == FULL and place + 8 <= len(raw):
            result.append(int.from_bytes(raw[place : place + 8], "little"))
            place += 8
        else:
            result.append(value)
    if place != len(raw):
        faults.add("zip64", "the zip64 field does not hold what the header lacks", at)
    return result
