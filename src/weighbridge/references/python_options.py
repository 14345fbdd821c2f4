"""Defaults that programs declare for their options, and what names of parameters and their annotations say."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.references.python_bound import Parameter
    from weighbridge.references.python_names import Frame

_PARSED: Final = frozenset(
    {"args", "opt", "opts", "options", "flags", "cli_args", "parsed", "ns", "known_args", "FLAGS"}
)
"""What programs call the result of argparse."""
_FOLDERS: Final = ("dir", "directory", "folder", "tmp_path", "tmpdir", "dirname")
_TEXTS: Final = frozenset({"str", "Any", "object", "Optional", "Union", "Literal", "AnyStr", "Text", "StrPath", "T"})
_PATHS: Final = frozenset({"Path", "PurePath", "PathLike", "PosixPath"})


def says_local(name: str) -> bool:
    """Whether a name says that it holds a folder of the machine's own.

    Args:
        name: Of a parameter or an attribute.
    """
    return name.lower().endswith(_FOLDERS)


def annotated(parameter: Parameter) -> str:
    """What a parameter is said to be: ``text``, ``path``, ``object``, or nothing.

    Args:
        parameter: The parameter.
    """
    annotation = parameter.node.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        last = annotation.value.rpartition(".")[2]
        if not last.isidentifier():
            return "text"
    elif isinstance(annotation, ast.Name):
        last = annotation.id
    elif isinstance(annotation, ast.Attribute):
        last = annotation.attr
    else:
        return "" if annotation is None else "text"
    if last in _PATHS:
        return "path"
    return "text" if last in _TEXTS or not last[:1].isupper() else "object"


def click_default(parameter: Parameter) -> ast.expr | None:
    """The default that a decorator of Click's declares for a parameter.

    Args:
        parameter: The parameter.
    """
    if isinstance(parameter.function, ast.Lambda):
        return None
    for decorator in parameter.function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute | ast.Name):
            called = decorator.func.attr if isinstance(decorator.func, ast.Attribute) else decorator.func.id
            if called in {"option", "argument"} and parameter.node.arg in _option_names(decorator):
                return next((word.value for word in decorator.keywords if word.arg == "default"), None)
    return None


def option(module: Frame, path: list[str]) -> ast.expr | None:
    """The default of argparse's option that an attribute such as ``args.model`` reads.

    Args:
        module: The module.
        path: The attribute's parts.
    """
    if len(path) < 2 or not (set(path[:-1]) & _PARSED or path[-2].endswith("args")):  # noqa: PLR2004  object, attribute
        return None
    if module.options is None:
        module.options = _options(module.node)
    return module.options.get(path[-1])


def _options(tree: ast.AST) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="add_argument"), keywords=words):
                default = next((word.value for word in words if word.arg == "default"), None)
                if default is not None:
                    found = dict.fromkeys(_option_names(node), default) | found
            case ast.Call(func=ast.Attribute(attr="set_defaults"), keywords=words):
                found |= {word.arg: word.value for word in words if word.arg is not None}
    return found


def _option_names(call: ast.Call) -> list[str]:
    """The attributes that an option is stored as."""
    for word in call.keywords:
        if word.arg == "dest" and isinstance(word.value, ast.Constant):
            return [str(word.value.value)]
    names = [str(each.value) for each in call.args if isinstance(each, ast.Constant)]
    long = [name for name in names if name.startswith("--")]
    # Click takes a bare name as the parameter's; argparse the first long option.
    bare = [name for name in names if not name.startswith("-")]
    return [name.lstrip("-").partition("/")[0].replace("-", "_") for name in (bare or long[:1] or names[:1])]
