"""Python code: which modules it imports and which calls of note it makes, by its syntax tree alone.

Nothing is executed: the compiler's parser builds a tree, no more. The list serves a person who reviews the code; it
is no judgement, and code that hides its calls (through `getattr`, tables, decoded text) does hide them from it.

Faults: `limit`, `encoding`, `syntax`, `nesting`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Fault, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4 << 20
MAX_LISTED = 500
_MAX_BRACKETS = 200_000

# Names of calls, or of modules followed by a dot: everything in them is of note.
_WORDS: Final = """
eval exec compile __import__ getattr setattr globals locals vars open input breakpoint os.system os.popen os.exec
os.spawn os.posix_spawn os.fork os.remove os.unlink os.rename os.chmod os.kill os.environ os.getenv os.putenv
os.startfile os.symlink os.dup2 subprocess. multiprocessing. threading. pty. shutil. socket. ssl.
asyncio.create_subprocess asyncio.open_connection ftplib. smtplib. telnetlib. imaplib. poplib. xmlrpc. http.
webbrowser. urllib. urllib3. requests. httpx. aiohttp. websocket. paramiko. boto3. pickle. cPickle. _pickle. dill.
cloudpickle. joblib.load shelve. marshal. jsonpickle. torch.load torch.hub. torch.ops.load_library torch.jit.load
torch.utils.cpp_extension. numpy.load np.load yaml.load yaml.unsafe_load yaml.full_load ctypes. cffi. importlib.
imp. runpy. code. codeop. pkgutil. zipimport. base64. binascii. codecs.decode zlib.decompress bz2.decompress
lzma.decompress types.CodeType types.FunctionType builtins. atexit. signal. sys.settrace sys.modules
sys.path.insert sys.path.append site. pip. setuptools. keras.utils.get_file tf.io. tensorflow.io. winreg. platform.
getpass. pathlib.Path.write huggingface_hub. hf_hub_download snapshot_download load_dataset
"""
_OF_NOTE: Final = frozenset(_WORDS.split())
_MODULES: Final = frozenset(name for name in _OF_NOTE if name.endswith("."))
_STARTS: Final = tuple(name for name in _OF_NOTE if name in {"os.exec", "os.spawn", "asyncio.create_subprocess"})
_METHODS: Final = frozenset({"from_pretrained", "write_text", "write_bytes", "load_state_dict_from_url", "unlink"})
_ENCODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


@dataclass(frozen=True, slots=True)
class CodeReport:
    """What a piece of code imports and calls.

    Args:
        imports: Modules, sorted.
        calls: Calls of note with their lines, such as ``os.system (line 3)``, in the code's order.
        functions: Names of functions at its top, in its order.
        constants: Texts assigned to names at its top, such as hubconf.py's ``dependencies``, by name.
        faults: Why it could not be read.
    """

    imports: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    constants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    faults: tuple[Fault, ...] = ()


def parse(data: bytes) -> CodeReport:
    """Read a Python source file."""
    brackets = sum(data.count(each) for each in (b"(", b"[", b"{"))
    if len(data) > MAX_BYTES or brackets > _MAX_BRACKETS:
        return _broken("limit", f"a program of {len(data)} bytes and {brackets} brackets is not read")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError, ValueError) as error:
        return _broken("encoding", f"its encoding can't be read: {quoted(str(error))}")
    if encoding not in {"utf-8", "utf-8-sig", "iso-8859-1"}:
        return _broken("encoding", f"it is written in {quoted(encoding)}, which may hide what it says")
    return parse_text(text)


def parse_text(text: str) -> CodeReport:
    """Read Python source that is text already, such as a notebook's cell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        return _listed(tree)
    except SyntaxError as error:
        return _broken("syntax", f"not Python 3: {quoted(str(error.msg))} (line {error.lineno})")
    except (RecursionError, MemoryError):
        return _broken("nesting", "it is nested deeper than the parser bears")
    except ValueError as error:
        return _broken("syntax", f"not Python 3: {quoted(str(error))}")


def _broken(id: str, message: str) -> CodeReport:  # noqa: A002 - the fault's field
    return CodeReport(faults=(Fault(id, message, 0),))


def _listed(tree: ast.Module) -> CodeReport:
    imports: set[str] = set()
    names: dict[str, str] = {}
    nodes = sorted(_nodes(tree), key=_place)
    for node in nodes:
        for module, local, full in _imported(node):
            imports.add(module)
            names[local] = full
    calls = [
        f"{name} (line {node.lineno})" for node in nodes if isinstance(node, ast.Call) if (name := _noted(node, names))
    ]
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return CodeReport(
        tuple(sorted(imports)[:MAX_LISTED]),
        tuple(dict.fromkeys(calls))[:MAX_LISTED],
        tuple(functions[:MAX_LISTED]),
        tuple(_constants(tree)),
    )


def _nodes(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom | ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            yield node


def _place(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _imported(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """The module, the local name and what it stands for, of every name that is imported."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (
                alias.name,
                alias.asname or alias.name.split(".")[0],
                alias.name if alias.asname else alias.name.split(".")[0],
            )
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            yield module, alias.asname or alias.name, f"{module}.{alias.name}"


def _noted(node: ast.Call, names: dict[str, str]) -> str:
    """The full name of a call if it is of note, else nothing."""
    name = _dotted(node.func, names)
    last = name.rpartition(".")[2]
    remote = [word for word in node.keywords if word.arg == "trust_remote_code" and not _is_false(word.value)]
    if remote:
        return f"{last} with trust_remote_code"
    top = name.split(".")
    if name in _OF_NOTE or last in _METHODS or name.startswith(_STARTS):
        return name
    prefixes = (".".join(top[:end]) + "." for end in range(1, len(top)))
    return name if any(prefix in _MODULES for prefix in prefixes) else ""


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """A call's name with dots, its first part as it was imported; what can't be named is `?`."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    first = names.get(node.id, node.id) if isinstance(node, ast.Name) else "?"
    return ".".join([first, *reversed(parts)])


def _constants(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                texts = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
                yield name, tuple(texts[:MAX_LISTED])
            case _:
                pass
