"""The values that an expression of Python can have, as far as constants, names, formatted texts and dictionaries tell.

A set stands for "one of these"; None for "only running the code would tell". Functions of the repository give what they
return; of what others give, a few methods of texts are known. Nothing is executed. Sets are bounded.
"""

from __future__ import annotations

import ast
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from weighbridge.formats.python_scope import Constant, Scope, Values, bound_in, own_nodes, parameters, path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.python_module import Binding, Function

MAX_VALUES = 512
_MAX_DEPTH = 40
_MAX_TEXT = 1 << 16
_MAX_MAPPINGS = 2_000
_NOTHING: Values = frozenset()
"""What a parameter with two stars is when nothing was given for it."""


def values(  # noqa: C901, PLR0911, PLR0912  one case for each kind of expression
    node: ast.expr, scope: Scope, depth: int = 0
) -> Values:
    """What an expression can be."""
    if depth > _MAX_DEPTH or not scope.repo.spend():
        return None
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return frozenset([value])
        case ast.JoinedStr(values=parts):
            return _joined([_formatted(part, scope, depth + 1) for part in parts])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([_texts(left, scope, depth + 1), _texts(right, scope, depth + 1)])
        case ast.IfExp(body=body, orelse=orelse):
            return _any([values(body, scope, depth + 1), values(orelse, scope, depth + 1)])
        case ast.BoolOp(values=several):
            return _any([values(item, scope, depth + 1) for item in several])
        case ast.NamedExpr(value=value):
            return values(value, scope, depth + 1)
        case ast.Name() | ast.Attribute():
            return _named(node, scope, depth + 1)
        case ast.Subscript(value=text, slice=ast.Slice(step=None) as part):
            return _sliced(text, part, scope, depth + 1)
        case ast.Subscript(value=mapping, slice=key):
            return _looked_up(mapping, values(key, scope, depth + 1), scope, depth + 1)
        case ast.Call(func=ast.Attribute(value=mapping, attr="get"), args=[key]):
            return _looked_up(mapping, values(key, scope, depth + 1), scope, depth + 1)
        case ast.Call(func=ast.Attribute(value=text, attr="format"), args=args, keywords=words):
            return _filled(text, args, words, scope, depth + 1)
        case ast.Call():
            return _called(node, scope, depth + 1)
        case _:
            return None


def _any(several: Sequence[Values]) -> Values:
    """One of several."""
    found: set[Constant] = set()
    for item in several:
        if item is None or len(found) > MAX_VALUES:
            return None
        found |= item
    return frozenset(found) if len(found) <= MAX_VALUES else None


def _texts(node: ast.expr, scope: Scope, depth: int) -> Values:
    """Texts alone: a number can't be added to one."""
    found = values(node, scope, depth)
    return found if found is not None and all(isinstance(item, str) for item in found) else None


def _formatted(node: ast.expr, scope: Scope, depth: int) -> Values:
    match node:
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return values(value, scope, depth)
        case ast.Constant():
            return values(node, scope, depth)
        case _:
            return None


def _joined(parts: Sequence[Values]) -> Values:
    """The texts that parts make together."""
    made = {""}
    for part in parts:
        if part is None or len(made) * len(part) > MAX_VALUES:
            return None
        made = {f"{start}{end}" for start, end in product(made, part)}
        if any(len(text) > _MAX_TEXT for text in made):
            return None
    return frozenset(made)


def _filled(text: ast.expr, args: list[ast.expr], words: list[ast.keyword], scope: Scope, depth: int) -> Values:
    """What `str.format` makes, for plain ``{}``, ``{0}`` and ``{name}``."""
    patterns = _texts(text, scope, depth)
    given = [(str(index), values(item, scope, depth)) for index, item in enumerate(args)]
    given += [(word.arg or "", values(word.value, scope, depth)) for word in words]
    if patterns is None or any(not name or several is None for name, several in given):
        return None
    if prod([len(patterns), *(len(several or ()) for _, several in given)]) > MAX_VALUES:
        return None
    made: set[Constant] = set()
    for pattern, *chosen in product(patterns, *(several or () for _, several in given)):
        filled = str(pattern)
        for (name, _), value in zip(given, chosen, strict=True):
            filled = filled.replace(f"{{{name}}}", str(value))
            filled = filled.replace("{}", str(value), 1) if name.isdigit() else filled
        if "{" in filled or "}" in filled:
            return None
        made.add(filled)
    return frozenset(made)


def _named(node: ast.expr, scope: Scope, depth: int) -> Values:
    path = path_of(node)
    if not path:
        return None
    given = scope.given.get(path[0]) if len(path) == 1 else None
    several: list[Values] = [given] if len(path) == 1 and path[0] in scope.given else []
    for where, binding in scope.attribute(path):
        several.append(values(binding, where, depth) if isinstance(binding, ast.expr) else None)
    return _any(several) if several else None


def _looked_up(mapping: ast.expr, keys: Values, scope: Scope, depth: int) -> Values:
    """What a dictionary gives for any of the keys; for an unknown key, any of its values."""
    entries = _entries(mapping, scope, depth)
    if entries is None:
        return None
    several: list[Values] = []
    for key, value, where in entries:
        if _can_be(values(key, where, depth), keys):
            several.append(values(value, where, depth))
    # A key that is not there is an error of the code's own.
    return _any(several) if several else None


def _entries(node: ast.expr, scope: Scope, depth: int) -> list[tuple[ast.expr, ast.expr, Scope]] | None:
    """The entries of all dictionaries that an expression can be."""
    if depth > _MAX_DEPTH or not scope.repo.spend():
        return None
    match node:
        case ast.Dict(keys=keys, values=items):
            found: list[tuple[ast.expr, ast.expr, Scope]] = []
            for key, value in zip(keys, items, strict=True):
                more = [(key, value, scope)] if key is not None else _entries(value, scope, depth + 1)
                if more is None:
                    return None
                found += more
            return found
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words) if all(word.arg for word in words):
            return [(ast.Constant(value=word.arg), word.value, scope) for word in words]
        case ast.Name() | ast.Attribute():
            path = path_of(node)
            several = [
                _entries(binding, where, depth + 1) if isinstance(binding, ast.expr) else None
                for where, binding in (scope.attribute(path) if path else [])
            ]
            several += [None] if len(path) == 1 and path[0] in scope.given else []
        case ast.Subscript(value=outer, slice=key):
            wanted = values(key, scope, depth + 1)
            several = [
                _entries(value, where, depth + 1)
                for known, value, where in _entries(outer, scope, depth + 1) or []
                if _can_be(values(known, where, depth + 1), wanted)
            ]
        case _:
            return None
    joined = [entry for entries in several if entries is not None for entry in entries]
    return joined if several and None not in several and len(joined) <= _MAX_MAPPINGS else None


def _can_be(one: Values, other: Values) -> bool:
    return one is None or other is None or bool(one & other)


def _called(node: ast.Call, scope: Scope, depth: int) -> Values:
    """What a function gives."""
    path = path_of(node.func)
    found = scope.attribute(path) if path else []
    if found:
        several: list[Values] = []
        for where, function in found:
            several.append(_returned(function, node, scope, where, depth))
        return _any(several)
    match node:
        case ast.Call(func=ast.Name(id="str"), args=[value], keywords=[]):
            return _joined([values(value, scope, depth)])
        case ast.Call(func=ast.Attribute(value=text, attr="lower" | "upper" as name), args=[], keywords=[]):
            texts = _texts(text, scope, depth)
            return None if texts is None else frozenset(getattr(str(item), name)() for item in texts)
        case ast.Call(
            func=ast.Attribute(value=text, attr="replace"), args=[ast.Constant(str(old)), ast.Constant(str(new))]
        ):
            texts = _texts(text, scope, depth)
            short = texts is not None and len(new) <= max(1, len(old)) and bool(old)
            return frozenset(str(item).replace(old, new) for item in texts or ()) if short else None
        case _:
            return None


def _returned(function: Binding, call: ast.Call, scope: Scope, where: Scope, depth: int) -> Values:
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return None
    inner = inside(where, function, arguments(function, call, scope, where, depth))
    nodes = list(own_nodes(function.body))
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes):
        return None
    results = [node.value for node in nodes if isinstance(node, ast.Return) and node.value is not None]
    return _any([values(result, inner, depth) for result in results]) if results else None


def _sliced(text: ast.expr, part: ast.Slice, scope: Scope, depth: int) -> Values:
    """A piece of a text between constant places."""
    ends: list[int | None] = []
    for end in (part.lower, part.upper):
        found = values(end, scope, depth) if end is not None else frozenset([None])
        number = next(iter(found)) if found is not None and len(found) == 1 else ""
        if number is not None and not isinstance(number, int):
            return None
        ends.append(number)
    texts = _texts(text, scope, depth)
    return None if texts is None else frozenset(str(item)[ends[0] : ends[1]] for item in texts)


def inside(scope: Scope, node: Function | ast.Lambda, given: dict[str, Values]) -> Scope:
    """The scope of a function's body, its parameters as far as they are given."""
    names = [item.arg for item in (*parameters(node), node.args.vararg, node.args.kwarg) if item is not None]
    body = node.body if isinstance(node.body, list) else [node.body]
    own = bound_in(scope, body)
    known = {name: given.get(name) for name in names}
    if node.args.kwarg is not None and not _only_handed_on(node.args.kwarg.arg, body):
        known[node.args.kwarg.arg] = None
    inner = scope.inner(known, {name: bindings for name, bindings in own.items() if name not in names})
    for name in names:
        # A parameter that is given another value can be either.
        if name in own:
            others = [values(item, inner) if isinstance(item, ast.expr) else None for item in own[name]]
            inner.given[name] = _any([inner.given[name], *others])
    return inner


def _only_handed_on(name: str, body: Sequence[ast.AST]) -> bool:
    """Whether a parameter with two stars is used in no way but to hand all of it on."""
    nodes = [node for part in body for node in ast.walk(part)]
    handed = {id(node.value) for node in nodes if isinstance(node, ast.keyword) and node.arg is None}
    return all(id(node) in handed for node in nodes if isinstance(node, ast.Name) and node.id == name)


def arguments(function: Function, call: ast.Call, scope: Scope, where: Scope, depth: int = 0) -> dict[str, Values]:
    """What the parameters of a function are at one call.

    Args:
        function: The function.
        call: The call.
        scope: Where the call stands.
        where: Where the function stands.
        depth: How deep in other expressions.
    """
    positional = [*function.args.posonlyargs, *function.args.args]
    given: dict[str, Values] = {}
    open_ended = any(word.arg is None and not _is_nothing(word.value, scope) for word in call.keywords)
    for parameter, argument in zip(positional, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            open_ended = True
            break
        given[parameter.arg] = values(argument, scope, depth)
    for word in call.keywords:
        if word.arg is not None:
            given[word.arg] = values(word.value, scope, depth)
    defaults = function.args.defaults
    pairs = list(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    by_keyword = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    pairs += [(item, value) for item, value in by_keyword if value is not None]
    for parameter, default in pairs:
        if parameter.arg not in given and not open_ended:
            given[parameter.arg] = values(default, where, depth)
    own = {item.arg for item in parameters(function)}
    if function.args.kwarg is not None and not open_ended and given.keys() <= own:
        given[function.args.kwarg.arg] = _NOTHING
        own.add(function.args.kwarg.arg)
    return {name: known for name, known in given.items() if name in own and known is not None}


def _is_nothing(value: ast.expr, scope: Scope) -> bool:
    return isinstance(value, ast.Name) and scope.given.get(value.id) == _NOTHING
