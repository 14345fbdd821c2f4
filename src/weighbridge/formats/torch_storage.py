"""Storages of a torch file: what its pickle says of them against the bytes that are there.

A storage is named by a persistent id, ``("storage", type, key, location, count)``, with a sixth part in the old format.
A tensor is a view of one: start, size and stride in elements. A count that the bytes don't bear out, or a view that
reaches beyond its storage, lets a loader read or write memory that is not the tensor's (CVE-2026-24747).

Faults: `id`, `type`, `count`, `missing`, `unused`, `view`, `view-bounds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import MAX_FAULTS, Fault, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.formats.pickle_report import Part, PickleReport, View

_PARTS = 5
# It views the bytes by an element type of its own, whatever the storage's.
_RETYPED: Final = "torch._utils._rebuild_tensor_v3"
UNTYPED: Final = "torch.storage.UntypedStorage"
_STORAGE_BYTES: Final[dict[Part, int]] = {
    UNTYPED: 1,
    **dict.fromkeys(("torch.DoubleStorage", "torch.LongStorage", "torch.ComplexFloatStorage"), 8),
    **dict.fromkeys(("torch.FloatStorage", "torch.IntStorage", "torch.QInt32Storage"), 4),
    **dict.fromkeys(("torch.HalfStorage", "torch.BFloat16Storage", "torch.ShortStorage"), 2),
    **dict.fromkeys(("torch.CharStorage", "torch.ByteStorage", "torch.BoolStorage"), 1),
    **dict.fromkeys(("torch.QInt8Storage", "torch.QUInt8Storage"), 1),
    **dict.fromkeys(("torch.QUInt4x2Storage", "torch.QUInt2x4Storage"), 1),
    "torch.ComplexDoubleStorage": 16,
}
_ELEMENT_BYTES: Final[dict[Part, int]] = {
    f"torch.{name}": size
    for size, names in {
        1: "int8 uint8 bool qint8 quint8 quint4x2 quint2x4 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz",
        2: "float16 half bfloat16 int16 short uint16",
        4: "float32 float int32 int uint32 qint32 complex32",
        8: "float64 double int64 long uint64 complex64",
        16: "complex128",
    }.items()
    for name in names.split()
}


def storages(report: PickleReport) -> tuple[dict[str, tuple[int, int]], list[Fault]]:
    """Every storage that a pickle names.

    Returns:
        Its bytes and how many an element has, by key; and what is wrong with the ids.
    """
    found: dict[str, tuple[int, int]] = {}
    faults: list[Fault] = []
    for identity in report.persistent_ids:
        parts = identity.parts
        plain = len(parts) == _PARTS or (len(parts) == _PARTS + 1 and parts[_PARTS] is None)
        if not plain or parts[0] != "storage":
            faults.append(Fault("id", "a persistent id is no storage", identity.offset))
            continue
        kind, key, location, count = parts[1:_PARTS]
        item = _STORAGE_BYTES.get(kind)
        if item is None:
            faults.append(Fault("type", f"{quoted(str(kind))} is no type of storage", identity.offset))
        elif not isinstance(key, str) or not isinstance(location, str) or not isinstance(count, int) or count < 0:
            faults.append(Fault("id", "a storage's key, location or count is not plain", identity.offset))
        elif found.setdefault(key, (count * item, item))[0] != count * item:
            faults.append(Fault("count", f"storage {quoted(key)} has two sizes", identity.offset))
    return found, faults[:MAX_FAULTS]


def against(named: Mapping[str, tuple[int, int]], there: Mapping[str, int]) -> list[Fault]:
    """Compare the storages that a pickle names with the bytes that are there, by key."""
    return list(_differences(named, there))[:MAX_FAULTS]


def _differences(named: Mapping[str, tuple[int, int]], there: Mapping[str, int]) -> Iterator[Fault]:
    for key, (size, _) in named.items():
        if key not in there:
            yield Fault("missing", f"storage {quoted(key)} is not in the file", 0)
        elif there[key] != size:
            yield Fault("count", f"storage {quoted(key)} has {there[key]} bytes and should have {size}", 0)
    for key in there:
        if key not in named:
            yield Fault("unused", f"storage {quoted(key)} belongs to no tensor", 0)


def views(report: PickleReport, named: Mapping[str, tuple[int, int]]) -> list[Fault]:
    """Hold every tensor against its storage."""
    found = (_view(view, named) for view in report.views)
    return [fault for fault in found if fault][:MAX_FAULTS]


def _view(view: View, named: Mapping[str, tuple[int, int]]) -> Fault | None:
    """What is wrong with a tensor, if anything."""
    key = view.storage[2] if view.storage and len(view.storage) >= _PARTS else None
    if not isinstance(key, str) or key not in named or view.storage is None:
        return Fault("view", "a tensor over something that is no storage of the file", view.offset)
    if view.start is None or view.size is None or view.stride is None or len(view.size) != len(view.stride):
        return Fault("view", "a tensor whose start, size and stride are not plain", view.offset)
    size, item = named[key]
    if view.storage[1] == UNTYPED or view.function == _RETYPED:
        item = _ELEMENT_BYTES.get(view.element, 0)
        if not item:
            return Fault("view", f"a tensor of {quoted(str(view.element))}, whose size is not known", view.offset)
    if min((view.start, *view.size, *view.stride)) < 0:
        return Fault("view-bounds", "a tensor with a negative start, size or stride", view.offset)
    last = view.start + sum((count - 1) * step for count, step in zip(view.size, view.stride, strict=True))
    if 0 not in view.size and (last + 1) * item > size:
        return Fault("view-bounds", f"a tensor reaches beyond storage {quoted(key)}", view.offset)
    return None
