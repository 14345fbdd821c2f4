"""Python modules of one repository: what each name at a module's top stands for, across the repository's own imports.

Nothing is executed or imported; the compiler's parser builds trees, no more. A name that is bound several times (in
both branches of an ``if``, say) stands for all of them. A module that can't be read is told apart from one that is not
there.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 4 << 20
MAX_MODULES = 5_000
MAX_STEPS = 400_000
_MAX_BRACKETS = 200_000
_MAX_HOPS = 50

PLAIN = frozenset({"utf-8", "utf-8-sig", "iso-8859-1"})
"""Encodings in which a file says what a person sees in it."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that comes from elsewhere.

    Args:
        module: The module's full name.
        name: The name in that module; empty for the module itself.
    """

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """Both with a dot."""
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that only running the code would tell."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of Python, read.

    Args:
        text: Its text.
        tree: The compiler's tree of it.
    """

    text: str
    tree: ast.Module


Binding: TypeAlias = Imported | Opaque | Function | ast.ClassDef | ast.expr


@dataclass(slots=True)
class Module:
    """One module.

    Args:
        path: Its file in the repository.
        package: The full name of the package that its relative imports start from.
        bindings: What each name at its top stands for.
        stars: Modules of which it takes all names.
        statements: What it does when it is imported, other than to define and to import.
        readable: Whether it could be read.
    """

    path: str
    package: str
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    statements: list[ast.stmt] = field(default_factory=list)
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a name stands for, and the module in which that is written."""

    module: Module
    binding: Binding


class Repository:
    """The modules of a repository whose root is on Python's path, as torch.hub puts it there.

    Args:
        read: Gives the bytes of a file, or None if there is none.
    """

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._modules: dict[str, Module | None] = {}
        self._steps = 0

    def spend(self) -> bool:
        """Whether one more step may be taken: code can be written so that reading it would never end."""
        self._steps += 1
        return self._steps <= MAX_STEPS

    def module(self, name: str) -> Module | None:
        """A module by its full name; None if the repository has none."""
        if name not in self._modules:
            self._modules[name] = self._load(name)
        return self._modules[name]

    def _load(self, name: str) -> Module | None:
        base = name.replace(".", "/")
        if not all(part.isidentifier() for part in name.split(".")) or len(self._modules) > MAX_MODULES:
            return None
        for path, package in ((f"{base}/__init__.py", name), (f"{base}.py", name.rpartition(".")[0])):
            data = self._read(path)
            if data is not None:
                return parse(path, package, data)
        return None

    def lookup(self, module: Module, name: str) -> list[Found]:
        """All that a name at a module's top may stand for; `Imported` is left where it leads out of the repository."""
        found: list[Found] = []
        todo, seen = [(module, name)], set[tuple[str, str]]()
        while todo and len(seen) < _MAX_HOPS:
            here, wanted = todo.pop()
            if (here.path, wanted) in seen:
                continue
            seen.add((here.path, wanted))
            bindings = here.bindings.get(wanted, [])
            for binding in bindings:
                target = self.module(binding.module) if isinstance(binding, Imported) and binding.name else None
                if target is not None and isinstance(binding, Imported) and not self._is_submodule(target, binding):
                    todo.append((target, binding.name))
                else:
                    found.append(Found(here, binding))
            if not bindings:
                todo += [(target, wanted) for star in here.stars if (target := self.module(star)) is not None]
        return found

    def _is_submodule(self, package: Module, imported: Imported) -> bool:
        return imported.name not in package.bindings and self.module(imported.dotted) is not None

    def submodule(self, binding: Binding) -> Module | None:
        """The module of the repository that a binding stands for; None if it is something else."""
        return self.module(binding.dotted) if isinstance(binding, Imported) else None


def parse(path: str, package: str, data: bytes) -> Module:
    """Read a module; one that can't be read has no names, and says so."""
    module = Module(path, package)
    source = read(data)
    if source is None:
        module.readable = False
        return module
    tree = source.tree
    for statement in _top(tree.body):
        _bind(module, statement)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            for name in node.names:
                module.bindings.setdefault(name, []).append(Opaque())
    return module


def read(data: bytes, encodings: frozenset[str] = PLAIN) -> Source | None:
    """The text of a module and its tree; None if it can't be read, or is larger than a person writes.

    Args:
        data: The file.
        encodings: Those that are read, as `tokenize.detect_encoding` calls them.
    """
    if len(data) > MAX_BYTES or sum(data.count(each) for each in (b"(", b"[", b"{")) > _MAX_BRACKETS:
        return None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding not in encodings:
            return None
        text = data.decode(encoding)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Source(text, ast.parse(text))
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those in branches and loops too."""
    todo = list(reversed(body))
    while todo:
        statement = todo.pop()
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.TryStar | ast.With | ast.For | ast.While | ast.Match):
            inner = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
            handlers = (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
            todo += reversed([*inner, *(node for handler in handlers for node in handler.body)])


def imports(package: str, statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Imported]]:
    """The local names of an import and what they stand for; all names of a module are ``*``."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            whole = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or whole, Imported(whole, "")
        return
    module = statement.module or ""
    if statement.level:
        parts = package.split(".") if package else []
        above = parts[: len(parts) - statement.level + 1]
        module = ".".join([*above, *([module] if module else [])])
    for alias in statement.names:
        if module:
            yield alias.asname or alias.name, Imported(module, alias.name)
        else:
            yield alias.asname or alias.name, Imported(alias.name, "")


def _bind(module: Module, statement: ast.stmt) -> None:
    match statement:
        case ast.Import() | ast.ImportFrom():
            for name, imported in imports(module.package, statement):
                if imported.name == "*":
                    module.stars.append(imported.module)
                else:
                    module.bindings.setdefault(name, []).append(imported)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            module.bindings.setdefault(statement.name, []).append(statement)
        case ast.If() | ast.Try() | ast.TryStar() | ast.While() | ast.Match():
            pass
        case _:
            module.statements.append(statement)
            for name, binding in assigned(statement):
                module.bindings.setdefault(name, []).append(binding)


def only_adds(statement: ast.AST) -> bool:
    """Whether a statement changes what a name stands for, and binds none."""
    match statement:
        case ast.Assign(targets=targets):
            return not any(isinstance(node, ast.Name | ast.Tuple | ast.List | ast.Starred) for node in targets)
        case ast.Expr():
            return True
        case _:
            return False


def assigned(  # noqa: C901  one case for each kind of statement
    statement: ast.stmt,
) -> Iterator[tuple[str, Binding]]:
    """The names that a statement gives a value, with the value where the statement says it."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _target(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _target(target, value)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update"), args=[value])):
            yield name, value
        case ast.AugAssign(target=target):
            yield from _unknown(target)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield from _unknown(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from _unknown(item.optional_vars)
        case ast.Delete(targets=targets):
            for target in targets:
                yield from _unknown(target)
        case _:
            pass


def _target(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Subscript(value=ast.Name(id=name), slice=key):
            # One more entry of a dictionary.
            yield name, ast.Dict(keys=[key], values=[value])
        case _:
            yield from _unknown(target)


def _unknown(target: ast.expr) -> Iterator[tuple[str, Binding]]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id, Opaque()
