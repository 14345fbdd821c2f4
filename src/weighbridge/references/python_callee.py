"""What a call of Python calls: the full name of the callable, imports and other names for it followed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.formats.python_module import Function, Imported
from weighbridge.references.python_bound import path_of, returns
from weighbridge.references.python_containers import Containers
from weighbridge.references.python_memo import Memo
from weighbridge.references.python_resolve import MAX_DEPTH

if TYPE_CHECKING:
    from weighbridge.references.python_bound import Value
    from weighbridge.references.python_modules import Modules
    from weighbridge.references.python_names import Frame


@dataclass(frozen=True, slots=True)
class Callee:
    """A callable, or an object on the way to one.

    Args:
        name: Its full name with dots; a part that can't be told is as it is written.
        is_known: Whether the name begins with what is imported or defined.
        own: The function or class of the repository that it is, or whose object it is, and where that is defined.
        made: The call that made the object whose method it is, and where that stands.
        is_result: Whether it is what a call gave, not a method of that.
    """

    name: str
    is_known: bool = False
    own: tuple[Frame, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] | None = None
    made: tuple[ast.Call, Frame] | None = None
    is_result: bool = False

    @property
    def top(self) -> str:
        """The name's first part."""
        return self.name.partition(".")[0]

    @property
    def last(self) -> str:
        """The name's last part."""
        return self.name.rpartition(".")[2]


class Callees(Containers):
    """Names what is called.

    Args:
        modules: The repository's modules.
    """

    def __init__(self, modules: Modules) -> None:
        super().__init__(modules)
        self._named_callees: Memo[list[Callee]] = Memo(self.loops, [])

    def forget(self) -> None:
        """Forget all answers: the same questions have others now."""
        super().forget()
        self._named_callees.clear()

    def callees(self, node: ast.expr, frame: Frame, depth: int = 0) -> list[Callee]:
        """All callables that an expression can be.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        if depth > MAX_DEPTH or not self.modules.spend():
            return [Callee("?")]
        return self._named_callees.get(node, frame, lambda: self._callees(node, frame, depth))

    def _callees(self, node: ast.expr, frame: Frame, depth: int) -> list[Callee]:
        if isinstance(node, ast.Call):
            return self._result(node, frame, depth + 1)
        if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Await | ast.NamedExpr):
            return [Callee("?")]
        found: list[Callee] = []
        for where, value in self.settled(node, frame, depth):
            found += self._of(value, where, depth + 1)
        if found and not all(each.name == "?" for each in found):
            return list(dict.fromkeys(found))
        return self._unresolved(node, frame, depth)

    def _unresolved(self, node: ast.expr, frame: Frame, depth: int) -> list[Callee]:
        """What is called by a name that leads nowhere: as it is written, or of a library of which all is imported."""
        if isinstance(node, ast.Attribute):
            heads = self.callees(node.value, frame, depth + 1)
            return [replace(head, name=f"{head.name}.{node.attr}", is_result=False) for head in heads]
        stars = [star for star in frame.top.stars if self.modules.is_foreign(star)]
        if stars and isinstance(node, ast.Name) and frame.lookup(node.id, None) is None:
            return [Callee(f"{star}.{node.id}", is_known=True) for star in stars]
        return [Callee(".".join(path_of(node)) or "?")]

    def _of(self, value: Value, where: Frame, depth: int) -> list[Callee]:
        match value:
            case Imported():
                return [Callee(value.dotted, is_known=True)]
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                return [Callee(value.name, is_known=True, own=(where, value))]
            case ast.Call():
                return self._result(value, where, depth)
            case ast.Attribute() | ast.Name():
                return self.callees(value, where, depth)
            case ast.IfExp(body=body, orelse=orelse):
                return [*self.callees(body, where, depth), *self.callees(orelse, where, depth)]
            case _:
                return [Callee("?")]

    def _result(self, call: ast.Call, where: Frame, depth: int) -> list[Callee]:
        """What a call gives, by what it calls."""
        match call:
            case ast.Call(func=ast.Name(id="getattr"), args=[of, ast.Constant(value=str(name)), *_]):
                return self.callees(ast.copy_location(ast.Attribute(value=of, attr=name), call), where, depth)
            case ast.Call(func=ast.Name(id="super")):
                return [Callee("super")]
        found: list[Callee] = []
        for each in self.callees(call.func, where, depth):
            if each.own is not None and isinstance(each.own[1], Function):
                found += self._returned(each.own[0], each.own[1], depth) or [Callee("?")]
            else:
                found.append(replace(each, made=(call, where), is_result=True))
        return found

    def _returned(self, around: Frame, function: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> list[Callee]:
        own = self.frame(function, around)
        return [each for result in returns(function) for each in self.callees(result, own, depth) if each.name != "?"]
