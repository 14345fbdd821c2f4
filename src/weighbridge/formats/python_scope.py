"""Where an expression of Python stands: which names mean what there, in a function and across modules.

Names of a function hide those of the module, as Python has it. Nothing is executed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.formats.python_module import Function, Imported, Opaque, assigned, imports, only_adds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.formats.python_module import Binding, Module, Repository

Constant: TypeAlias = str | int | float | bool | None
Values: TypeAlias = frozenset[Constant] | None
"""One of these; None for what only running the code would tell."""
_INNER = (Function, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True)
class Scope:
    """Where an expression stands.

    Args:
        module: The module.
        repo: All modules.
        given: What parameters are known to be.
        local: What else is bound in the function.
    """

    module: Module
    repo: Repository
    given: dict[str, Values] = field(default_factory=dict)
    local: dict[str, list[Binding]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a name is one of the function, not of the module."""
        return name in self.given or name in self.local

    def resolve(self, name: str) -> list[tuple[Scope, Binding]]:
        """What a name may stand for, each with the scope in which that is written."""
        if self.has(name):
            found: list[tuple[Scope, Binding]] = []
            for binding in self.local.get(name, []):
                if isinstance(binding, Imported):
                    found += self._beyond(binding)
                else:
                    found.append((self, binding))
            return found
        return [
            (
                self if item.module is self.module and not self.given and not self.local else self._of(item.module),
                item.binding,
            )
            for item in self.repo.lookup(self.module, name)
        ]

    def attribute(self, path: Sequence[str]) -> list[tuple[Scope, Binding]]:
        """What a dotted name may stand for, as far as it leads through modules."""
        found = self.resolve(path[0])
        for name in path[1:]:
            found = [item for scope, binding in found for item in scope.inside(binding, name)]
        return found

    def inside(self, binding: Binding, name: str) -> list[tuple[Scope, Binding]]:
        """What a name is in the module that a binding stands for; nothing if that is no module."""
        if not isinstance(binding, Imported):
            return []
        target = self.repo.submodule(binding)
        if target is None:
            return [(self, Imported(binding.dotted, name))]
        found = self.repo.lookup(target, name)
        if found:
            return [(self._of(item.module), item.binding) for item in found]
        return [(self, Imported(binding.dotted, name))]

    def _beyond(self, binding: Imported) -> list[tuple[Scope, Binding]]:
        """What an import in a function leads to."""
        target = self.repo.module(binding.module) if binding.name else None
        if target is None:
            return [(self, binding)]
        found = self.repo.lookup(target, binding.name)
        return [(self._of(item.module), item.binding) for item in found] or [(self, binding)]

    def _of(self, module: Module) -> Scope:
        return Scope(module, self.repo)

    def inner(self, given: dict[str, Values], local: dict[str, list[Binding]]) -> Scope:
        """The scope of a function within: its own names hide those around it."""
        own = {*given, *local}
        around = {name: values for name, values in self.given.items() if name not in own}
        kept = {name: bindings for name, bindings in self.local.items() if name not in own}
        return Scope(self.module, self.repo, around | given, kept | local)


def path_of(node: ast.expr) -> list[str]:
    """The parts of a dotted name; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def bound_in(scope: Scope, body: Sequence[ast.AST]) -> dict[str, list[Binding]]:
    """What a function's own statements bind, not those of functions within."""
    found: dict[str, list[Binding]] = {}
    added: list[tuple[str, Binding]] = []
    shared: set[str] = set()
    for node in own_nodes(body):
        if not scope.repo.spend():
            break
        if isinstance(node, ast.Global | ast.Nonlocal):
            shared |= set(node.names)
        elif only_adds(node):
            added += assigned(node) if isinstance(node, ast.stmt) else ()
        else:
            for name, binding in _bound_by(scope, node):
                found.setdefault(name, []).append(binding)
    for name, binding in added:
        if name in found:
            found[name].append(binding)
    return {name: bindings for name, bindings in found.items() if name not in shared}


def _bound_by(scope: Scope, node: ast.AST) -> Iterator[tuple[str, Binding]]:
    match node:
        case ast.Import() | ast.ImportFrom():
            yield from imports(scope.module.package, node)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, node
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, Opaque()
        case ast.stmt():
            yield from assigned(node)


def own_nodes(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Every node of a function's body; of functions and classes within only the definition itself."""
    todo = list(reversed(body))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, _INNER):
            todo += reversed(list(ast.iter_child_nodes(node)))


def parameters(node: Function | ast.Lambda) -> list[ast.arg]:
    """All parameters that have a name, in the order in which arguments fill them, then those by keyword alone."""
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
