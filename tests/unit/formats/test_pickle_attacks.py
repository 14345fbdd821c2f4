"""The published attacks on loaders and scanners of pickles: each is refused, for its own reason. Nothing is loaded."""

from __future__ import annotations

import io
import pickle
import struct
import tracemalloc

import pytest

from weighbridge.formats.pickle_globals import ALLOWED, LEFT_OUT, unlisted
from weighbridge.formats.pickle_report import FaultKind, GlobalUse, Limits, PickleReport
from weighbridge.formats.pickle_walk import walk


def named(report: PickleReport) -> set[str]:
    return {f"{use.module}.{use.name}" for use in report.globals}


def refused(report: PickleReport) -> set[str]:
    return {f"{use.module}.{use.name}" for use in unlisted(report) if isinstance(use, GlobalUse)}


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def frame(size: int) -> bytes:
    return b"\x95" + struct.pack("<Q", size)


SYSTEM = text("os") + text("system")
# Ways to hand STACK_GLOBAL its two strings without writing them before it.
STACK_GLOBALS = {
    "plain": SYSTEM + b"\x93.",
    "through the memo": text("os") + b"\x94" + text("system") + b"\x9400h\x00h\x01\x93.",
    "through PUT and GET": text("os") + b"p900\n0" + text("system") + b"p901\n0g900\ng901\n\x93.",
    "through LONG_BINPUT": text("os")
    + b"r\0\x01\0\x000"
    + text("system")
    + b"r\x01\x01\0\x000j\0\x01\0\0j\x01\x01\0\0\x93.",
    "a memo entry overwritten": text("json") + b"q\x000" + text("os") + b"q\x000h\x00" + text("system") + b"\x93.",
    "MEMOIZE after a gap": text("os")
    + b"q\x05\x94"
    + b"0"
    + text("system")
    + b"\x940h\x01h\x01"
    + b"00h\x05h\x02\x93.",
    "after DUP and POP": text("os") + b"20" + text("system") + b"20\x93.",
    "above a dropped mark": text("os") + b"(NNN1" + text("system") + b"\x93.",
    "with a popped mark": text("os") + b"(0" + text("system") + b"\x93.",
    "old strings": b"U\x02osT\x06\0\0\0system\x93.",
    "quoted lines": b"S'o\\x73'\nV\\u0073ystem\n\x93.",
    "out of long text": b"X\x02\0\0\0os\x8d" + struct.pack("<Q", 6) + b"system\x93.",
    "memoised before an unused list": text("os") + b"\x94](h\x00h\x00e0" + text("system") + b"\x93.",
}


@pytest.mark.parametrize("way", STACK_GLOBALS)
def test_stack_global_is_resolved(way: str) -> None:
    report = walk(b"\x80\x04" + STACK_GLOBALS[way])
    assert report.faults == ()
    assert refused(report) == {"os.system"}


UNRESOLVED = {
    "a result of a call": text("os") + b"ccollections\nOrderedDict\n)R\x93.",
    "a persistent object": text("os") + b"K\x01Q\x93.",
    "text too long to keep": text("os") + b"X\0\x08\0\0" + b"s" * 2048 + b"\x93.",
    "an old string that is not ASCII": text("os") + b"U\x01\xe9\x93.",
    "bytes": text("os") + b"C\x06system\x93.",
}


@pytest.mark.parametrize("way", UNRESOLVED)
def test_a_name_that_is_not_known_is_a_fault(way: str) -> None:
    report = walk(b"\x80\x04" + UNRESOLVED[way])
    assert FaultKind.UNRESOLVED in {fault.kind for fault in report.faults}


CALLS = {
    "REDUCE": b"cposix\nsystem\n(Vid\ntR.",
    "REDUCE, popped": b"cposix\nsystem\n(Vid\ntR0N.",
    "INST": b"(Vid\niposix\nsystem\n.",
    "OBJ": b"(cposix\nsystem\nVid\no.",
    "NEWOBJ": b"cposix\nsystem\nVid\n\x85\x81.",
    "NEWOBJ_EX": b"cposix\nsystem\nVid\n\x85}\x92.",
    "never called": b"cposix\nsystem\n.",
    "from the memo": b"cposix\nsystem\nq\x000h\x00(Vid\ntR.",
    "as the argument of a listed one": b"ccollections\nOrderedDict\ncposix\nsystem\n\x85R.",
    "as an attribute": b"ccollections\nOrderedDict\n)R}Vitems\ncposix\nsystem\nsb.",
    "breaks afterwards": b"cposix\nsystem\n(Vid\ntR\xff",
    "cut afterwards": b"cposix\nsystem\n(Vid\ntR",
    "underflows afterwards": b"cposix\nsystem\n(Vid\ntR0000.",
    "in the second stream": b"N.cposix\nsystem\n(Vid\ntR.",
    "after another protocol": b"\x80\x02N0\x80\x04cposix\nsystem\n(Vid\ntR.",
    "within bytes": b"C\x13\x80\x02cposix\nsystem\n)R..",
}


@pytest.mark.parametrize("way", CALLS)
def test_a_named_function_is_refused_however_it_is_called(way: str) -> None:
    report = walk(CALLS[way])
    assert refused(report) == {"posix.system"}


def test_broken_pickles_run_first_so_their_names_are_kept() -> None:
    report = walk(CALLS["breaks afterwards"])
    assert report.globals[0].calls == ("REDUCE",)
    assert [(fault.kind, fault.offset) for fault in report.faults] == [(FaultKind.OPCODE, 21)]
    assert report.streams == ()


# What published bypasses of blocklists called; each stands for a family, and none is listed.
GADGETS = """
pip.main runpy._run_code pkgutil.resolve_name uuid._get_command_stdout imaplib.IMAP4_stream
_pyrepl.pager.pipe_pager _osx_support._read_output _aix_support._read_cmd_output
asyncio.unix_events._UnixSubprocessTransport._start torch.utils.bottleneck.__main__.run_cprofile
torch.utils.collect_env.run torch.storage._load_from_bytes torch.load torch.hub.load torch.jit.load numpy.load
numpy.fromfile numpy.memmap numpy.testing._private.utils.runstring numpy.f2py.crackfortran.getlincoef
joblib.load joblib.numpy_pickle.NDArrayWrapper joblib.numpy_pickle.NumpyArrayWrapper cProfile.runctx
profile.run bdb.Bdb.run timeit.timeit trace.Trace.run pdb.run doctest.debug_script code.InteractiveInterpreter
idlelib.run.Executive.runcode lib2to3.pgen2.grammar.Grammar.loads pickle.loads _pickle.loads dill.loads
cloudpickle.loads marshal.loads types.FunctionType types.CodeType functools.partial functools.reduce
operator.attrgetter operator.methodcaller builtins.eval builtins.exec builtins.compile
builtins.open builtins.__import__ builtins.map importlib.import_module
importlib._bootstrap._gcd_import ctypes.CDLL shutil.rmtree os.execv posix.system nt.system pty.spawn
subprocess.Popen socket.create_connection urllib.request.urlopen webbrowser.open ssl.get_server_certificate
logging.config.listen copyreg.__newobj__ collections.namedtuple
collections.OrderedDict.fromkeys torch._utils._rebuild_tensor_v2.__globals__ numpy.ndarray.tofile
numpy.dtype.__class__ tensorflow.python.platform.gfile.GFile keras.utils.get_file sklearn.pipeline.Pipeline
__main__.Model os os.path.join
""".split()  # noqa: SIM905 - a list of a hundred names reads better as words


@pytest.mark.parametrize("gadget", GADGETS)
def test_no_published_gadget_is_listed(gadget: str) -> None:
    parts = gadget.split(".")
    cuts = range(1, len(parts)) if len(parts) > 1 else range(1)
    for cut in cuts:
        module, name = ".".join(parts[:cut]) or gadget, ".".join(parts[cut:])
        if name:
            assert unlisted(walk(b"c%b\n%b\n." % (module.encode(), name.encode())))
            assert (module, name) not in ALLOWED


@pytest.mark.parametrize("name", ["builtins.getattr", "copyreg._reconstructor", "collections.defaultdict"])
def test_what_is_listed_for_some_calls_alone_is_no_value(name: str) -> None:
    assert refused(walk(b"c%b\n%b\n." % tuple(name.encode().split(b".")))) == {name}


def test_resolve_name_chains_are_refused_even_when_their_results_vanish() -> None:
    resolve = b"cpkgutil\nresolve_name\n"
    data = resolve + b"(Vos:system\ntRq\x000h\x00(Vid\ntR0N."
    report = walk(data)
    assert refused(report) == {"pkgutil.resolve_name"}
    assert FaultKind.CALL in {fault.kind for fault in report.faults}


@pytest.mark.parametrize(
    ("written", "renamed"), [("__builtin__.eval", "builtins.eval"), ("commands.x", "subprocess.x")]
)
def test_names_of_python_2_are_judged_by_what_python_3_imports(written: str, renamed: str) -> None:
    module, _, name = written.partition(".")
    line = f"c{module}\n{name}\n.".encode()
    assert named(walk(b"\x80\x02" + line)) == {renamed}
    assert named(walk(line)) == {renamed}
    assert named(walk(b"\x80\x03" + line)) == {written}
    assert walk(b"\x80\x02" + line).globals[0].written == written


STRADDLES = {
    # CPython before 3.13.15 and 3.14.7 drops what its buffer still held when an argument crosses a frame.
    "an argument": b"\x80\x05(" + frame(2) + b"B\x07\x01\0\0" + b"N" * 263 + b"1N.",
    "a line": b"\x80\x05" + frame(3) + b"Vabcd\n.",
    "an opcode without its argument": b"\x80\x04" + frame(1) + b"K\x01.",
    "a frame within a frame": b"\x80\x04" + frame(12) + b"N" + frame(2) + b"0N.",
    "STOP within a frame": b"\x80\x04" + frame(9) + b"N.cos\nx\n.",
}


@pytest.mark.parametrize("way", STRADDLES)
def test_frames_and_content_that_disagree_are_a_fault(way: str) -> None:
    report = walk(STRADDLES[way])
    assert FaultKind.FRAME in {fault.kind for fault in report.faults}
    assert walk(io.BytesIO(STRADDLES[way])) == report


def test_a_frame_longer_than_the_file_is_a_fault() -> None:
    assert walk(b"\x80\x04" + frame(1000) + b"N.").faults[0].kind is FaultKind.FRAME


def test_an_empty_frame_and_content_outside_of_frames_are_what_picklers_write() -> None:
    assert walk(b"\x80\x04" + frame(0) + frame(1) + b"NK\x01" + frame(2) + b"0.").faults == ()


def test_extension_codes_are_never_admitted() -> None:
    report = walk(b"\x82\x07)R.")
    assert unlisted(report) == report.extensions != ()
    assert FaultKind.EXTENSION in {fault.kind for fault in report.faults}


def test_persistent_ids_show_their_parts() -> None:
    data = b"\x80\x02(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x0atQ."
    (identity,) = walk(data).persistent_ids
    assert identity.parts == ("storage", "torch.FloatStorage", "0", "cpu", 10)
    assert unlisted(walk(data)) == ()


def test_items_stored_on_anything_but_a_dict_are_told() -> None:
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n)R"
    report = walk(b"\x80\x02" + tensor + b"K\x00K\x01s(K\x00K\x01u.")
    assert [(one.opcode, one.target) for one in report.item_stores_on_others] == [
        ("SETITEM", "torch._utils._rebuild_tensor_v2()"),
        ("SETITEMS", "torch._utils._rebuild_tensor_v2()"),
    ]
    assert walk(b"ccollections\nOrderedDict\n)RVa\nNs.").item_stores_on_others == ()
    assert walk(b"]K\x00Ns.").item_stores_on_others[0].target == "list"


def test_pickles_in_bytes_and_text_are_looked_into() -> None:
    inner = b"\x80\x02cposix\nsystem\n(Vid\ntR."
    values = (inner, bytearray(inner), inner.decode("latin-1"), inner + b"x" * 2000, [pickle.dumps(inner)])
    for value in values:
        for protocol in range(6):
            report = walk(pickle.dumps(value, protocol))
            assert "posix.system" in refused(report), (value, protocol)
            assert report.globals == () or "posix.system" not in named(report)
    assert walk(pickle.dumps(b"\x80\x02\xff\xff not a pickle")).nested == ()


def test_pickles_in_pickles_without_end_are_a_fault() -> None:
    data = b"N."
    for _ in range(8):
        data = pickle.dumps(b"\x80\x04" + data, 4)
    assert FaultKind.LIMIT in {fault.kind for fault in walk(data).faults}


BOMBS = {
    "counts": b"\x8e" + struct.pack("<Q", 2**62) + b"x",
    "memo": b"".join(b"Nr" + struct.pack("<I", number) for number in range(0, 2**31, 2**20)),
    "marks": b"(" * 3_000_000,
    "stack": b"N" * 3_000_000,
    "doubled tuples": b"N" + b"2\x86" * 1_000_000,
    "long texts": (b"X\0\x04\0\0" + b"a" * 1024 + b"\x94") * 3000,
    "long line": b"V" + b"a" * 3_000_000,
    "names": b"".join(b"cm\nn%d\n" % number for number in range(100_000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_memory_is_bounded(bomb: str) -> None:
    limits = Limits(stack=100_000, memo=100_000, kept_bytes=2**20, line_bytes=2**20)
    source = io.BytesIO(BOMBS[bomb])
    tracemalloc.start()
    try:
        report = walk(source, limits)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.faults
    assert peak < 24 * 2**20


def test_every_refusal_by_name_is_no_entry_of_the_list() -> None:
    assert set(LEFT_OUT) & set(ALLOWED) == set()
    assert all(LEFT_OUT.values())


_NAMESPACE = b"\x80\x02cargparse\nNamespace\n)\x81"


def test_a_state_that_brings_its_own_setstate_gets_no_second_one() -> None:
    once = _NAMESPACE + b"}(V__setstate__\nc_codecs\nencode\nub"
    assert walk(once + b".").faults == ()
    assert [fault.kind for fault in walk(once + b"Va\nb.").faults] == [FaultKind.TARGET]


def test_a_dict_whose_keys_are_attributes_gets_no_state() -> None:
    data = b"\x80\x02clightning_fabric.utilities.data\nAttributeDict\n)\x81}(Va\nK\x01u0h\x00."
    made = data[: data.index(b"}")] + b"(Va\nK\x01u"
    assert unlisted(walk(made + b".")) == ()
    assert refused(walk(made + b"Nb.")) == {"lightning_fabric.utilities.data.AttributeDict"}


def test_long_strings_of_python_2_and_many_tensors_are_bounded() -> None:
    assert walk(b"T\0\x08\0\0" + b"a" * 2048 + b".").streams[0].result == "<str>"
    tensors = b"ctorch._utils\n_rebuild_tensor\n)R0" * 3 + b"N."
    assert walk(tensors).faults == ()
    assert [fault.kind for fault in walk(tensors, Limits(memo=2)).faults] == [FaultKind.LIMIT]
