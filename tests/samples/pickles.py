"""Samples of pickles: programs that name functions, inert ones, and none of them is ever run."""

from __future__ import annotations

import collections
import pickle
import struct

import numpy as np

_SYSTEM = b"cos\nsystem\n(Vtrue\ntR."
_PROTO = b"\x80\x04"


def _framed(body: bytes, size: int) -> bytes:
    return _PROTO + b"\x95" + struct.pack("<Q", size) + body


_GLOBALS = {
    "reduce": _SYSTEM,
    "stack-global": _PROTO + b"\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
    "inst": b"(Vtrue\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nVtrue\no.",
    "named-through-the-memo": _PROTO + b"\x8c\x02os\x940\x8c\x06system\x940h\x00h\x01\x93\x8c\x04true\x85R.",
    "resolve-name": b"cpkgutil\nresolve_name\n(Vos:system\ntR0N.",
    "getattr-of-a-module": b"cbuiltins\ngetattr\n(cos\npath\nVsystem\ntR.",
    "a-codec-of-another-name": b"c_codecs\nencode\n(Va\nVpayload\ntR.",
    "first-of-a-broken-pickle": _SYSTEM[:-1] + b"\xff",
    "second-of-two-pickles": pickle.dumps({}) + _SYSTEM,
    "within-bytes": pickle.dumps({"blob": _PROTO + _SYSTEM}),
    "extension-code": b"\x80\x02\x82\x01.",
    "load-from-bytes": b"ctorch.storage\n_load_from_bytes\nC\x01a\x85R.",
    "records-with-objects": pickle.dumps(np.zeros(1, [("a", "<i4"), ("b", object)])),
    "records-beyond-their-end": pickle.dumps(np.zeros(1, "<i4,<i4"), 2).replace(b"K\x04\x86", b"K\x05\x86"),
    "an-array-of-objects": pickle.dumps(np.array([1, None], dtype=object)),
}
_STRUCTURE = {
    "frame-too-short": _framed(b"X\x01\0\0\0a.", 3),
    "frame-too-long": _framed(b"N.", 40),
    "truncated": pickle.dumps(list(range(1000)))[:-20],
    "trailing-bytes": pickle.dumps([1]) + b"hidden",
    "unknown-opcode": b"\x80\x02N\xfe.",
    "items-for-a-tensor": b"\x80\x02ctorch\nSize\n)R(K\x00K\x01u.",
    "call-of-a-result": b"\x80\x02ccollections\nOrderedDict\n)R)R.",
    "asks-for-objects": b"\x80\x02Vid\nQ.",
    "computed-name": _PROTO + b"\x8c\x02os\x8c\x06system\x85\x93.",
    "many-pickles-within-pickles": pickle.dumps(pickle.dumps(pickle.dumps(pickle.dumps(pickle.dumps(b"\x80\x04N."))))),
}
_STATE = {f"layer.{number}.bias": np.arange(number, dtype="<f4") for number in range(4)}
_GOOD: dict[str, bytes] = {
    f"arrays-by-protocol-{protocol}": pickle.dumps(collections.OrderedDict(_STATE), protocol) for protocol in range(6)
}
_RECORDS = np.zeros(3, [("id", "<i8"), ("word", "U4"), ("place", "<f4", (2,)), ("more", [("flag", "?")])])
_GOOD |= {f"records-by-protocol-{protocol}": pickle.dumps(_RECORDS, protocol) for protocol in (0, 2, 5)}
_GOOD["times"] = pickle.dumps({"at": np.array(["2026-11-23"], "M8[D]"), "for": np.array([7], "m8[s]")}, 4)
_GOOD["range"] = pickle.dumps({"labels": range(10)})
_GOOD["vocabulary"] = pickle.dumps({f"word{number}": number for number in range(500)})

SAMPLES: dict[str, dict[str, bytes]] = {
    **{f"pickle-globals/bad/{case}": {"model.pkl": data} for case, data in _GLOBALS.items()},
    **{f"pickle-structure/bad/{case}": {"model.pkl": data} for case, data in _STRUCTURE.items()},
    **{
        f"{check}/good/{case}": {"model.pkl": data}
        for check in ("pickle-globals", "pickle-structure")
        for case, data in _GOOD.items()
    },
}
