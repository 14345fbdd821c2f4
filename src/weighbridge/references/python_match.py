"""Which call of the table a callable is: by its full name, the libraries that its file imports, and its class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from weighbridge.formats.python_module import Function, Imported
from weighbridge.references.python_needles import ALL, BY_LAST, LIBRARIES

if TYPE_CHECKING:
    from weighbridge.references.python_callee import Callee
    from weighbridge.references.python_calls import Call
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_resolve import Resolver

_FETCHES: Final = frozenset(
    {"from_pretrained", "hf_hub_download", "snapshot_download", "cached_file", "load_state_dict_from_url"}
)
"""What a method calls that fetches a model itself."""
_STARS: Final = tuple(
    (call, f".{name.removesuffix('*')}") for call in ALL for name in call.names if name.endswith(".*")
)
_MAX_BASES: Final = 8
_NOT_FAMILY: Final = frozenset({"get_model", "get_weight", "list_models", "get_model_builder", "get_model_weights"})


class Matcher:
    """Finds the call of the table.

    Args:
        libraries: Top names of what the file imports.
    """

    def __init__(self, libraries: set[str] | None = None) -> None:
        self.libraries = libraries or set()

    def loads(self, name: str) -> bool:
        """Whether a callable of a library, by its full name, gives a model or its folder.

        Args:
            name: The name.
        """
        last = name.rpartition(".")[2]
        known = any(
            not call.libraries or name.partition(".")[0] in call.libraries or call.objects
            for call in BY_LAST.get(last, ())
            if any(f".{name}".endswith(f".{each}") for each in call.names)
        )
        return known or last in {"from_config", "download_artifacts", "save_pretrained"}

    def call(self, callee: Callee, resolver: Resolver) -> Call | None:
        """The call of the table; None if it is none.

        Args:
            callee: What is called.
            resolver: Follows names.
        """
        if "." not in callee.name and not callee.is_known:
            return None
        for call in BY_LAST.get(callee.last, ()):
            if any(f".{callee.name}".endswith(f".{name}") for name in call.names) and self._fits(
                call, callee, resolver
            ):
                return call
        if callee.is_known and callee.own is None and callee.last not in _NOT_FAMILY:
            before = f".{callee.name.rpartition('.')[0]}."
            for call, family in _STARS:
                if callee.top in call.libraries and family in before:
                    return call
        return None

    def _fits(self, call: Call, callee: Callee, resolver: Resolver) -> bool:
        if callee.own is not None:
            node = callee.own[1]
            if isinstance(node, Function):
                is_method = isinstance(callee.own[0].node, ast.ClassDef)
                return is_method and not call.libraries and _fetches(node)
            if "." not in callee.name:
                return False
            fetches = is_of_hub(node, callee.own[0], callee.last, resolver)
            return fetches and (not call.libraries or (call.objects and self._knows(call)))
        if not call.libraries:
            return callee.name != callee.last
        if callee.is_known and callee.top in LIBRARIES:
            return callee.top in call.libraries
        return call.objects and (self._knows(call) or call.kind in {"client", "anthropic"})

    def _knows(self, call: Call) -> bool:
        return not self.libraries.isdisjoint(call.libraries)


def is_of_hub(node: ast.ClassDef, around: Frame, method: str, resolver: Resolver) -> bool:
    """Whether a method of a class of the repository fetches models: inherited from a library, or handed on to one.

    Args:
        node: The class.
        around: Where it is defined.
        method: The method's name.
        resolver: Follows names.
    """
    own = [value for _, value in resolver.class_member(node, around, method)]
    if own:
        return any(isinstance(value, ast.expr | Imported) for value in own)
    return _inherits(node, around, resolver, 0)


def _inherits(node: ast.ClassDef, around: Frame, resolver: Resolver, hops: int) -> bool:
    """Whether a class, or a base class of it, comes from outside of the repository."""
    for base in node.bases:
        named = resolver.settled(base, around)
        for where, value in named:
            if isinstance(value, Imported) and value.module.partition(".")[0] not in _PLAIN:
                return True
            own = isinstance(value, ast.ClassDef) and value is not node and hops < _MAX_BASES
            if own and isinstance(value, ast.ClassDef) and _inherits(value, where, resolver, hops + 1):
                return True
    return False


_PLAIN: Final = frozenset({"abc", "typing", "enum", "dataclasses", "collections", "unittest", "pydantic", "object"})


def _fetches(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    used = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return not used.isdisjoint(_FETCHES)
