"""What ordinary files name is listed; what is listed is held to harmless arguments."""

from __future__ import annotations

import collections
import pickle

import numpy as np
import pytest

from weighbridge.formats.pickle_globals import ALLOWED, unlisted
from weighbridge.formats.pickle_report import FaultKind, GlobalUse
from weighbridge.formats.pickle_walk import walk

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
ORDINARY: dict[str, object] = {
    "numbers": [0, -1, 255, 65536, 2**31, -(2**63), 10**80, 1.5, float("inf"), float("nan"), True, False, None],
    "texts": ["", "a", "é\n\\u", "\ud800", "x" * 5000, "\0"],
    "bytes": [b"", b"ab", b"\xff" * 5000, bytearray(b"ab"), bytearray()],
    "containers": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1], {}, {"a": 1}, set(), {1, 2}, frozenset([1])],
    "many": {f"layer.{number}.weight": [number] * 10 for number in range(3000)},
    "ordered": collections.OrderedDict(a=1, b=collections.Counter("aab")),
    "complex": 1 + 2j,
    "array": np.arange(10.0).reshape(2, 5),
    "fortran array": np.asfortranarray(np.ones((3, 4), dtype="<i2")),
    "numpy scalars": [np.float32(1), np.int64(2), np.bool_(True)],
    "big-endian array": np.arange(3, dtype=">f8"),
    "text array": np.array(["a", "bcd"]),
    "bytes array": np.array([b"a", b"bcd"]),
    "records": np.zeros(2, [("a", "<i4"), ("b", "U3"), ("c", "f4", (3, 2)), ("d", [("x", "u1"), ("y", "?")])]),
    "aligned records": np.zeros(2, np.dtype([("a", "u1"), ("b", "<f8")], align=True)),
    "records out of order": np.zeros(2, {"names": ["a", "b"], "formats": ["<i4", "u1"], "offsets": [4, 0]}),
    "records of forty columns": np.zeros(1, [(f"column{number}", "<f4") for number in range(40)]),
    "times": [np.array(["2026-11-23"], "M8[D]"), np.array([1, 2], ">m8[25s]"), np.zeros(1, [("at", "M8[ns]")])],
    "ranges": [range(3), range(1, 9, 2), range(9, 0, -1)],
    "other types": [np.zeros(2, kind) for kind in ("?", "i1", "u2", "e", "c16", ">U2", "V5")],
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_objects_pass(name: str, protocol: int) -> None:
    report = walk(pickle.dumps(ORDINARY[name], protocol))
    assert report.faults == ()
    assert unlisted(report) == ()
    assert report.stream_count == 1


def test_a_state_dict_as_torch_writes_it_passes() -> None:
    tensor = (
        b"ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x06tQK\x00K\x02K\x03\x86K\x03"
        b"K\x01\x86\x89ccollections\nOrderedDict\n)RtR"
    )
    parameter = b"ctorch._utils\n_rebuild_parameter\n(" + tensor + b"\x88ccollections\nOrderedDict\n)RtR"
    state = b"ccollections\nOrderedDict\n)R(Vweight\n" + tensor + b"Vbias\n" + parameter + b"u}V_metadata\n}sb."
    report = walk(b"\x80\x02" + state)
    assert report.faults == ()
    assert unlisted(report) == ()
    assert len(report.persistent_ids) == 1
    assert report.item_stores_on_others == ()
    assert [(one.opcode, one.target) for one in report.mutations] == [("BUILD", "collections.OrderedDict()")]


CALLS = {
    "text in latin-1": (b"c_codecs\nencode\n(Va\nVlatin1\ntR.", True),
    "a codec of somebody": (b"c_codecs\nencode\n(Va\nVevil\ntR.", False),
    "a codec not known": (b"c_codecs\nencode\n(Va\nK\x00QtR.", False),
    "an element type": (b"cnumpy\ndtype\n(Vf8\n\x89\x88tR.", True),
    "an element type with its state": (b"cnumpy\ndtype\n(Vf8\n\x89\x88tR(K\x03V<\nNNNI-1\nI-1\nK\x00tb.", True),
    "an element type that grows": (b"cnumpy\ndtype\n(VU3\n\x89\x88tR(K\x03V<\nNNNK\xffK\x04K\x08tb.", False),
    "an element type with fields": (b"cnumpy\ndtype\n(VV8\n\x89\x88tR(K\x03V|\nNN}K\x08K\x01K\x00tb.", False),
    "a state that is no tuple": (b"cnumpy\ndtype\n(Vf8\n\x89\x88tR}b.", False),
    "objects": (b"cnumpy\ndtype\n(VO8\n\x89\x88tR.", False),
    "a text that numpy would parse": (b"cnumpy\ndtype\n(V(2,3)f8, i4\ntR.", False),
    "an element type by a class": (b"cnumpy\ndtype\ncnumpy\nndarray\n\x85R.", False),
    "an empty array": (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR.", True),
    "a large array": (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nJ\0\0\0\x7f\x85C\x01btR.", False),
    "an array of unknown size": (b"cnumpy.core.multiarray\n_reconstruct\n(" + b"N" * 90 + b"tR.", False),
    "an array of another class": (b"cnumpy.core.multiarray\n_reconstruct\n(ctorch\nSize\nK\x00\x85C\x01btR.", False),
    "a class called": (b"ctorch\nFloatStorage\nK\x01\x85R.", False),
    "a class made new": (b"cnumpy\nndarray\nK\x01\x85\x85\x81.", False),
    "a class of INST": (b"(inumpy\nndarray\n.", False),
    "keywords on a condition": (b"cnumpy\ndtype\nVf8\n\x85}\x92.", False),
    "no bytes": (b"\x80\x02c__builtin__\nbytes\n)R.", True),
    "bytes by size": (b"\x80\x02c__builtin__\nbytes\nJ\0\0\0\x7f\x85R.", False),
    "a bytearray": (b"cbuiltins\nbytearray\nC\x01a\x85R.", True),
    "a bytearray of text": (b"cbuiltins\nbytearray\nVa\nVlatin-1\n\x86R.", True),
    "a bytearray by size": (b"cbuiltins\nbytearray\nJ\0\0\0\x7f\x85R.", False),
    "a bytearray of three": (b"cbuiltins\nbytearray\nVa\nVlatin-1\nVstrict\n\x87R.", False),
    "a typed tensor": (
        b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n)}tR.",
        True,
    ),
    "a typed call of another function": (
        b"ctorch._tensor\n_rebuild_from_type_v2\n(c_codecs\nencode\nctorch\nTensor\n)}tR.",
        False,
    ),
    "a plain instance": (b"ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR}b.", True),
    "an instance of another class": (b"ccopy_reg\n_reconstructor\n(ctorch\nSize\nc__builtin__\nobject\nNtR.", False),
    "an instance of too little": (b"ccopy_reg\n_reconstructor\n)R.", False),
    "a dict of lists": (b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R.", True),
    "a dict of calls": (b"ccollections\ndefaultdict\ncnumpy\ndtype\n\x85R.", False),
    "a dict of unknown calls": (b"ccollections\ndefaultdict\n(" + b"N" * 90 + b"tR.", False),
    "a member by its value": (b"ctransformers.trainer_utils\nHubStrategy\nVend\n\x85R.", True),
    "an enumeration made": (b"ctransformers.trainer_utils\nHubStrategy\nVa\nVb\n\x86R.", False),
    "a member by its name": (
        b"cbuiltins\ngetattr\nctransformers.trainer_utils\nHubStrategy\nVEND\n\x86R.",
        True,
    ),
    "another attribute": (
        b"cbuiltins\ngetattr\nctransformers.trainer_utils\nHubStrategy\nV__class__\n\x86R.",
        False,
    ),
    "an attribute of a tensor's class": (b"cbuiltins\ngetattr\nctorch\nSize\nVEND\n\x86R.", False),
    "getattr of one": (b"cbuiltins\ngetattr\nN\x85R.", False),
    "a tensor given a state": (b"ctorch._utils\n_rebuild_tensor_v2\n)R}b.", False),
    "a typed call of nothing known": (b"ctorch._tensor\n_rebuild_from_type_v2\n(NN)}tR.", False),
    "a typed call of too few": (b"ctorch._tensor\n_rebuild_from_type_v2\n)R.", False),
    "more arguments than are kept": (b"c_codecs\nencode\n(" + b"N" * 90 + b"tR.", False),
}


_FLOAT = b"cnumpy\ndtype\n(Vf4\n\x89\x88tR"


def record(fields: bytes, names: bytes = b"Va\n\x85", size: bytes = b"K\x08", base: bytes = b"N") -> bytes:
    """The element type of eight bytes with such a state."""
    return b"cnumpy\ndtype\n(VV8\n\x89\x88tR(K\x03V|\n" + base + names + fields + size + b"K\x01K\x10tb"


def time(metadata: bytes = b"}", unit: bytes = b"(C\x01sK\x01K\x01K\x01t", version: bytes = b"K\x04") -> bytes:
    """The element type of points in time with such a state."""
    state = b"(" + version + b"V<\nNNNI-1\nI-1\nK\x00" + metadata + unit + b"\x86tb"
    return b"cnumpy\ndtype\n(VM8\n\x89\x88tR" + state


_FIELDS = b"}Va\n" + _FLOAT + b"K\x04\x86s"
_TEN = b"}(" + b"".join(b"V%d\n" % number + _FLOAT + b"K\x00\x86" for number in range(70)) + b"u"
CALLS |= {
    "fields": (record(_FIELDS) + b".", True),
    "fields by pairs": (record(b"(Va\n" + _FLOAT + b"K\x04\x86d") + b".", True),
    "a field beyond the end": (record(_FIELDS.replace(b"K\x04", b"K\x05")) + b".", False),
    "a field before the beginning": (record(_FIELDS.replace(b"K\x04", b"J\xff\xff\xff\xff")) + b".", False),
    "a field of objects": (record(b"}Va\ncnumpy\ndtype\n(VO8\n\x89\x88tRK\x00\x86s") + b".", False),
    "a field of no type": (record(b"}Va\nNK\x00\x86s") + b".", False),
    "a field of another call": (record(b"}Va\ncbuiltins\ncomplex\n)RK\x00\x86s") + b".", False),
    "a field without an offset": (record(b"}Va\n" + _FLOAT + b"\x85s") + b".", False),
    "a field without a name": (record(_FIELDS, b")") + b".", False),
    "a name without a field": (record(_FIELDS, b"Va\nVb\n\x86") + b".", False),
    "a field twice": (record(_FIELDS, b"Va\nVa\n\x86") + b".", False),
    "a field by a number": (record(b"}K\x01" + _FLOAT + b"K\x04\x86s", b"K\x01\x85") + b".", False),
    "names that are no tuple": (record(_FIELDS, b"]") + b".", False),
    "more fields than are kept": (record(_TEN) + b".", False),
    "another size": (record(_FIELDS, size=b"K\x09") + b".", False),
    "flags of objects": (record(_FIELDS)[:-4] + b"K\x1btb.", False),
    "numbers side by side": (record(b"N", b"N", base=_FLOAT + b"K\x02\x85\x86") + b".", True),
    "too many side by side": (record(b"N", b"N", base=_FLOAT + b"K\x03\x85\x86") + b".", False),
    "side by side with fields": (record(_FIELDS, base=_FLOAT + b"K\x02\x85\x86") + b".", False),
    "side by side without a shape": (record(b"N", b"N", base=_FLOAT + b"\x85") + b".", False),
    "side by side in a shape of texts": (record(b"N", b"N", base=_FLOAT + b"Va\n\x85\x86") + b".", False),
    "objects side by side": (record(b"N", b"N", base=b"NK\x02\x85\x86") + b".", False),
    "a time": (time() + b".", True),
    "a time of another version": (time(version=b"K\x03") + b".", False),
    "a time with metadata": (time(b"}Va\nNs") + b".", False),
    "a time without metadata": (time(b"N") + b".", True),
    "a time with other metadata": (time(b"]") + b".", False),
    "a time without a unit": (time(unit=b"N") + b".", False),
    "a time of texts": (time(unit=b"(C\x01sVa\nK\x01K\x01t") + b".", False),
    "a time of too little": (time(unit=b"C\x01s\x85") + b".", False),
    "a time of a name alone": (b"cnumpy\ndtype\n(VM8\n\x89\x88tR(K\x04V<\nNNNI-1\nI-1\nK\x00Ntb.", False),
    "a time of nothing": (b"cnumpy\ndtype\n(VM8\n\x89\x88tR)b.", False),
    "a longer time": (b"cnumpy\ndtype\n(VM16\n\x89\x88tR.", False),
    "a state of too little": (b"cnumpy\ndtype\n(Vf8\n\x89\x88tR)b.", False),
    "a state of another version": (record(_FIELDS).replace(b"K\x03V|", b"K\x02V|") + b".", False),
    "a long range": (b"cbuiltins\nrange\nJ\0\0\0\x7f\x85R.", False),
    "a range of texts": (b"cbuiltins\nrange\nVa\n\x85R.", False),
    "a range without steps": (b"cbuiltins\nrange\n(K\x00K\x09K\x00tR.", False),
    "a range of nothing": (b"cbuiltins\nrange\n)R.", False),
    "a range of unknown bounds": (b"cbuiltins\nrange\n(" + b"N" * 90 + b"tR.", False),
}


@pytest.mark.parametrize("change", [b"h\x07Va\nNs0N.", b"0h\x07(Va\nNu."])
def test_fields_do_not_change_behind_their_type(change: bytes) -> None:
    fields = b"}q\x07" + _FIELDS[1:]
    assert walk(record(fields) + b".").faults == ()
    assert [fault.kind for fault in walk(record(fields) + change).faults] == [FaultKind.TARGET]
    assert unlisted(walk(record(fields + b"h\x07Vb\nNs0") + b"."))


@pytest.mark.parametrize("case", CALLS)
def test_a_listed_global_is_held_to_its_arguments(case: str) -> None:
    data, passes = CALLS[case]
    report = walk(data)
    assert report.faults == ()
    assert (unlisted(report) == ()) is passes
    assert all(isinstance(use, GlobalUse) and use.refused_call is not None for use in unlisted(report))


TRAINING = b"\x80\x02ctransformers.training_args\nTrainingArguments\n"


@pytest.mark.parametrize(("rest", "passes"), [(b")\x81}b.", True), (b")R}b.", False), (b"N\x85\x81.", False)])
def test_some_classes_are_made_past_their_constructor_alone(rest: bytes, *, passes: bool) -> None:
    assert (unlisted(walk(TRAINING + rest)) == ()) is passes


def test_one_bad_call_among_good_ones_is_seen() -> None:
    good = b"h\x00(Va\nVlatin1\ntR0"
    bad = b"h\x00(Va\nVidna\ntR0"
    data = b"c_codecs\nencode\nq\x000" + good * 3 + bad + good + b"N."
    (use,) = unlisted(walk(data))
    assert isinstance(use, GlobalUse)
    assert use.refused_call == data.index(b"idna\ntR") + 6


def test_each_entry_has_a_framework_and_a_reason() -> None:
    assert {entry.framework for entry in ALLOWED.values()} == {
        "lightning",
        "numpy",
        "python",
        "sentence_transformers",
        "torch",
        "transformers",
        "trl",
    }
    assert all(entry.reason for entry in ALLOWED.values())
    assert all(module and name.isidentifier() for module, name in ALLOWED)
