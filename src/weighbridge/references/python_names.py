"""Names of one Python scope: what each is bound to, and which of its bindings can hold at a place.

Within a scope the order of statements counts: a later binding that always runs hides the earlier ones, one branch of an
``if`` does not see the other, and a loop sees what its end bound. Nothing is executed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.formats.python_module import Function
from weighbridge.references.python_bindings import fill
from weighbridge.references.python_bound import LATER

if TYPE_CHECKING:
    from weighbridge.references.python_bound import Bound, Given, Place


@dataclass(slots=True, eq=False)
class Frame:
    """One scope: a module, a class, a function, a lambda or a comprehension.

    Args:
        path: The file.
        package: The full name of the package that relative imports start from.
        node: What it is the scope of.
        parent: The scope around it.
        names: What its names, and the attributes that it sets, are bound to; filled when first asked for.
        given: What its parameters are at one call.
        stars: Modules of which it takes all names.
        outer: Names that it says are not its own.
        changed: Names that functions may give another value.
        options: Defaults of a module's options on the command line; filled when first asked for.
    """

    path: str
    package: str
    node: ast.AST
    parent: Frame | None = None
    names: dict[str, list[Bound]] | None = None
    given: dict[str, Given] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    options: dict[str, ast.expr] | None = None

    @property
    def top(self) -> Frame:
        """The module's scope."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def all_names(self) -> dict[str, list[Bound]]:
        """What its names, and the attributes that it sets, are bound to."""
        if self.names is None:
            self.names = {}
            fill(self, self.names)
        return self.names

    def bindings(self, name: str, place: Place | None = None) -> list[Bound]:
        """What a name of this very scope can stand for.

        Args:
            name: The name, or a dotted one that is assigned to.
            place: Where it is used; None for after all of it has run.
        """
        known = self.all_names().get(name)
        if known is None or name in self.outer:
            return []
        at = LATER if place is None else place
        sure = max((each.at for each in known if each.always_before(at)), default=(0, 0))
        return [each for each in known if each.at >= sure and (each.at == sure or each.may_reach(at))]

    def lookup(self, name: str, place: Place | None) -> tuple[Frame, list[Bound]] | None:
        """The scope that binds a name, seen from a place in this one, with what it can stand for."""
        frame: Frame | None = self
        here = place
        while frame is not None:
            # Functions do not see the names of the class around them.
            hidden = frame is not self and isinstance(frame.node, ast.ClassDef)
            found = [] if hidden else frame.bindings(name, here)
            if found:
                return frame, found
            if isinstance(frame.node, Function | ast.Lambda):
                here = None
            frame = frame.parent
        return None
