"""The Python modules of a repository, found as its programs would find them, read once and kept for a while.

An import is looked for beside the file, in each folder above it, and in ``src`` and ``lib``. Modules of the standard
library and of the libraries that lint knows are never looked for. Nothing is imported.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Final

from weighbridge.formats.python_module import Function, Imported, read
from weighbridge.references.python_bound import Given
from weighbridge.references.python_names import Frame
from weighbridge.references.python_needles import Lines, touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.formats.python_module import Source
    from weighbridge.references.python_bound import Value

MAX_STEPS: Final = 20_000
"""What reading one file may cost: code can be written so that following its names would never end."""
MAX_ASKED: Final = 50_000
_MAX_KEPT_BYTES: Final = 4 << 20
_MAX_HOPS: Final = 20
_MAX_FOLDERS: Final = 12
_ROOTS: Final = ("src/", "lib/", "python/")
ENCODINGS: Final = frozenset(
    {
        *("utf-8", "utf-8-sig", "iso-8859-1", "ascii", "us-ascii", "iso-8859-15", "cp1252", "cp1251", "cp1250"),
        *("koi8-r", "euc-jp", "euc_jp", "shift_jis", "sjis", "cp932", "gbk", "gb2312", "big5", "euc-kr", "latin1"),
    }
)
"""Encodings in which programs are written."""


class Modules:
    """The modules of one repository.

    Args:
        read: Gives the bytes of a file by its path from the repository's top, or None if there is none.
        foreign: Top names of libraries that are never looked for in the repository.
    """

    def __init__(self, read: Callable[[str], bytes | None], foreign: frozenset[str]) -> None:
        self._read = read
        self._libraries = foreign
        self._foreign = foreign | sys.stdlib_module_names
        self._asked: dict[tuple[str, str], str] = {}
        self._there: dict[str, bool] = {}
        self._kept: dict[str, tuple[Frame | None, int]] = {}
        self._kept_bytes = 0
        self._steps = 0

    def begin(self) -> None:
        """Begin another file: it has all steps."""
        self._steps = 0

    @property
    def is_spent(self) -> bool:
        """Whether a file wanted more steps than it has."""
        return self._steps > MAX_STEPS

    def spend(self, steps: int = 1) -> bool:
        """Whether more steps may be taken.

        Args:
            steps: How many.
        """
        self._steps += steps
        return self._steps <= MAX_STEPS

    def is_foreign(self, name: str) -> bool:
        """Whether a module is of a library that lint knows, or of the standard library.

        Args:
            name: The module.
        """
        return name.partition(".")[0] in self._foreign

    def find(self, path: str, name: str) -> Frame | None:
        """A module's scope by its full name as a file would import it; None if the repository has none.

        Args:
            path: The file that imports it.
            name: The module.
        """
        top = name.partition(".")[0]
        # A folder may be called as a module of the standard library is, such as `code`: its files import from it.
        is_own = path.startswith(f"{top}/") and top not in self._libraries
        if not name or (self.is_foreign(name) and not is_own):
            return None
        folder = path.rpartition("/")[0]
        if (folder, name) not in self._asked:
            if len(self._asked) >= MAX_ASKED:
                self._asked.clear()
            self._asked[folder, name] = self._where(folder, name)
        found = self._asked[folder, name]
        return self._module(found) if found else None

    def file_of(self, path: str, name: str) -> str:
        """A module's file, not parsed, by its full name; empty if the repository has none.

        Args:
            path: The file that imports it.
            name: The module.
        """
        if not name or self.is_foreign(name):
            return ""
        places = self._places(path.rpartition("/")[0], name)
        return next(filter(self._is_there, places), "")

    def _is_there(self, path: str) -> bool:
        return self._there[path] if path in self._there else self.read(path) is not None

    def read(self, path: str) -> bytes | None:
        """The bytes of a file of the repository; None if there is none.

        Args:
            path: Its path from the repository's top.
        """
        data = self._read(path) if self._there.get(path, True) else None
        if len(self._there) >= MAX_ASKED:
            self._there.clear()
        self._there[path] = data is not None
        return data

    def _where(self, folder: str, name: str) -> str:
        kept = self._kept
        return next((path for path in self._places(folder, name) if path in kept or self._module(path) is not None), "")

    @staticmethod
    def _places(folder: str, name: str) -> Iterator[str]:
        """The files that a module's name can mean, the nearest first."""
        parts = [part for part in folder.split("/") if part]
        above = ["/".join(parts[:end]) + "/" if end else "" for end in range(len(parts), -1, -1)]
        file = name.replace(".", "/")
        for base in dict.fromkeys((*above[:_MAX_FOLDERS], *_ROOTS, "")):
            yield from (f"{base}{file}/__init__.py", f"{base}{file}.py")

    def _module(self, path: str) -> Frame | None:
        if path in self._kept:
            return self._kept[path][0]
        data = self.read(path)
        if data is None:
            return None
        source = read(data, ENCODINGS)
        frame = module_frame(path, source) if source is not None else None
        self._kept[path] = frame, len(data)
        self._kept_bytes += len(data)
        while self._kept_bytes > _MAX_KEPT_BYTES and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            self._kept_bytes -= self._kept.pop(oldest)[1]
        return frame

    def follow(self, frame: Frame, value: Value, hops: int = 0) -> list[tuple[Frame, Value]]:
        """What a value is once imports are followed through the repository; those that lead out of it stay.

        Args:
            frame: The scope in which the value is bound.
            value: The value.
            hops: How many imports led here.
        """
        if not isinstance(value, Imported) or hops > _MAX_HOPS or not self.spend():
            return [(frame, value)]
        target = self.find(frame.path, value.module)
        if target is None or not value.name:
            return [(frame, value)]
        return self.member(target, value.name, hops + 1) or [(frame, value)]

    def member(self, module: Frame, name: str, hops: int = 0) -> list[tuple[Frame, Value]]:
        """What a name at a module's top stands for, imports followed; nothing if it has no such name.

        Args:
            module: The module.
            name: The name.
            hops: How many imports led here.
        """
        bound = module.bindings(name)
        if bound:
            return [item for each in bound for item in self.follow(module, each.value, hops)]
        if self.find(module.path, f"{module.package}.{name}") is not None and module.path.endswith("__init__.py"):
            return [(module, Imported(f"{module.package}.{name}", ""))]
        for star in module.stars if hops < _MAX_HOPS else ():
            target = self.find(module.path, star)
            found = self.member(target, name, hops + 1) if target is not None else []
            if found:
                return found
        return []


def module_frame(path: str, source: Source) -> Frame:
    """The scope of a module.

    Args:
        path: Its file.
        source: What was read.
    """
    package = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if not path.endswith("__init__.py"):
        package = package.rpartition(".")[0]
    frame = Frame(path, package, source.tree)
    lines = Lines(source.text).of(["global"]) if "global " in source.text else []
    todo: list[ast.AST] = [source.tree] if lines else []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Global):
            frame.changed |= set(node.names)
        elif not isinstance(node, ast.stmt) or touched(node, lines):
            todo += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr)]
    return frame


def inner_frame(
    node: Function | ast.Lambda | ast.ClassDef, around: Frame, given: dict[str, Given] | None = None
) -> Frame:
    """The scope of a function or class.

    Args:
        node: The function or class.
        around: The scope in which it is defined.
        given: What its parameters are at one call.
    """
    return Frame(around.path, around.package, node, around, given=given or {})


def handed(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, frame: Frame) -> dict[str, Given]:
    """What the parameters of a function are at one call.

    Args:
        function: The function.
        call: The call.
        frame: Where the call stands.
    """
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    pairs = zip(names, call.args, strict=False)
    given = {name: Given(each, frame) for name, each in pairs if not isinstance(each, ast.Starred)}
    return given | {word.arg: Given(word.value, frame) for word in call.keywords if word.arg is not None}
