"""Python: the models that its calls name, by the table in `weighbridge.references.python_calls`.

The compiler's own parser reads it; constants are followed across the repository's modules. Nothing is imported or run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Insertion, Mention, Spot
from weighbridge.formats.python_module import Imported, Repository, parse
from weighbridge.formats.python_scope import Scope, path_of
from weighbridge.formats.python_values import arguments, inside, values
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.named import HOLE, Named, is_local
from weighbridge.references.python_calls import CALLS, CODE, NEEDLES, Call
from weighbridge.references.readers import Kind, named
from weighbridge.references.vendor_names import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.formats.python_module import Binding
    from weighbridge.formats.python_scope import Values

_MAX_HOPS: Final = 8
_OF_MODELS: Final[tuple[Values, ...]] = (frozenset([None]), frozenset(["model"]))
"""What ``repo_type`` says of a model; anything else is a data set or a space."""
_NO: Final[Values] = frozenset([False])
_PARSED: Final = frozenset({"args", "opt", "opts", "options"})
"""What programs call the result of argparse."""
_BY_LAST: Final[dict[str, list[Call]]] = {}
for _call in CALLS:
    for _name in _call.names:
        _BY_LAST.setdefault(_name.rpartition(".")[2], []).append(_call)


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a Python file names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    if len(data) > MAX_BYTES:
        return Extraction((), "too large")
    if not any(needle in data for needle in NEEDLES):
        return Extraction()
    try:
        return _extract(path, data, repository)
    except (RecursionError, MemoryError):
        return Extraction((), "nested too deeply")


def _extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    package = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if not path.endswith("__init__.py"):
        package = package.rpartition(".")[0]
    module = parse(path, package, data)
    if not module.readable:
        return Extraction((), "broken syntax or encoding")
    # Readable, so it parses: `Module` keeps names, not the tree.
    try:
        text = data.decode("utf-8-sig")
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Extraction((), "broken syntax or encoding")
    reader = _Reader(path, text.splitlines())
    reader.libraries = {name.split(".")[0] for node in ast.walk(tree) for name in _imported(node)}
    reader.walk(tree.body, Scope(module, Repository(repository), {}, _defaults(tree)))
    unique = dict.fromkeys(sorted(reader.found, key=lambda each: each.spot))
    return Extraction(tuple(unique))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


@dataclass(slots=True)
class _Reader:
    path: str
    lines: list[str]
    found: list[Mention] = field(default_factory=list)
    libraries: set[str] = field(default_factory=set)

    def walk(self, body: list[ast.AST] | list[ast.stmt], scope: Scope) -> None:
        todo: list[ast.AST] = list(reversed(body))
        while todo:
            node = todo.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                empty = ast.Call(func=ast.Name(id=node.name), args=[], keywords=[])
                self.walk(node.body, inside(scope, node, arguments(node, empty, scope, scope)))
                todo += node.decorator_list
                continue
            if isinstance(node, ast.ClassDef):
                own: dict[str, list[Binding]] = {
                    f"{name}.{target.id}": [item.value]
                    for item in node.body
                    if isinstance(item, ast.Assign)
                    for target in item.targets
                    if isinstance(target, ast.Name)
                    for name in ("self", "cls", node.name)
                }
                self.walk(node.body, scope.inner({}, own))
                todo += node.decorator_list
                continue
            if isinstance(node, ast.Call) and _may_load(node.func, scope):
                self.found += self._mentions(node, scope)
            todo += reversed(list(ast.iter_child_nodes(node)))

    def _mentions(self, node: ast.Call, scope: Scope) -> Iterator[Mention]:
        node = _whole(node, scope)
        dotted = _dotted(node.func, scope)
        call = self._known(dotted)
        if call is None:
            return
        words = _keywords(node, scope)
        if "repo_type" in words and _known_values(words["repo_type"], scope) not in _OF_MODELS:
            return
        value = next((words[name] for name in call.model if name in words), None)
        if value is None and call.position is not None and len(node.args) > call.position:
            before = node.args[: call.position + 1]
            value = None if any(isinstance(each, ast.Starred) for each in before) else before[-1]
        if call.kind in {"https:timm", "https:open_clip"} and not _is_pretrained(call, words, node, value, scope):
            return
        pairs = [(value, call.revision), *((words.get(name), revision) for name, revision in call.also)]
        code = _known_values(words[CODE], scope) if CODE in words else _NO
        for given, keyword in pairs:
            if given is None:
                continue
            for read in _read(call, given, scope):
                yield self._mention(node, call, given, read, (words.get(keyword), keyword), scope, code != _NO)

    def _mention(
        self,
        node: ast.Call,
        call: Call,
        given: ast.expr,
        read: Named,
        revision: tuple[ast.expr | None, str],
        scope: Scope,
        runs_code: bool,  # noqa: FBT001  one of many
    ) -> Mention:
        expression, keyword = revision
        written, is_open = read.revision, read.is_open
        if expression is not None and written is None:
            told = _known_values(expression, scope)
            one = next(iter(told)) if told is not None and len(told) == 1 else None
            written, is_open = (str(one) if one is not None else None), told is None or len(told) > 1
        can_pin = bool(keyword) or (read.can_pin and read.revision is not None) or read.scheme in {"mlflow", "torchhub"}
        open_ended = any(word.arg is None for word in node.keywords)
        pins = keyword and expression is None and written is None and read.model is not None and not open_ended
        line = self.lines[given.lineno - 1] if given.lineno <= len(self.lines) else ""
        column = len(line.encode()[: given.col_offset].decode("utf-8", "replace")) + 1
        return Mention(
            Spot(self.path, given.lineno, column),
            call.rule,
            ast.unparse(node.func)[:120],
            read.scheme,
            read.model,
            written,
            is_open=is_open,
            can_pin=can_pin and read.scheme != "api",
            runs_code=runs_code,
            insertion=self._insertion(node, keyword) if pins and read.scheme == "hf" else None,
        )

    def _insertion(self, node: ast.Call, keyword: str) -> Insertion | None:
        last = max(
            [*node.args, *(word.value for word in node.keywords)],
            key=lambda each: (each.end_lineno, each.end_col_offset),
        )
        line, column = last.end_lineno, last.end_col_offset
        if line is None or column is None or line > len(self.lines):
            return None
        start = self.lines[line - 1].encode()[:column].decode("utf-8", "replace")
        rest = self.lines[line - 1][len(start) :].lstrip()
        if rest.startswith(")") and (node.end_lineno, node.end_col_offset) != (line, column + 1):
            # The argument stands in parentheses of its own.
            return None
        return Insertion(line, len(start) + 1, f', {keyword}="', '"')

    def _known(self, dotted: str) -> Call | None:
        top, _, _ = dotted.partition(".")
        if dotted.startswith(("cls.", "super.", "self.from_pretrained")) or not dotted:
            return None
        for call in _BY_LAST.get(dotted.rpartition(".")[2], []):
            if not any(f".{dotted}".endswith(f".{name}") for name in call.names):
                continue
            if call.libraries and not _comes_from(call, top, self.libraries, dotted):
                continue
            if not call.libraries and dotted.count(".") == 0:
                continue
            return call
        return None


def _comes_from(call: Call, top: str, libraries: set[str], dotted: str) -> bool:
    """Whether a callable is of the library: by its import, or a method of an object in a file that imports it."""
    if top in call.libraries:
        return True
    method = "." in dotted and top not in libraries
    last = dotted.rpartition(".")[2]
    return method and last not in {"load", "load_model", "create_model"} and bool(libraries & set(call.libraries))


def _dotted(node: ast.expr, scope: Scope, hops: int = 0) -> str:
    """The full name of what is called, imports and other names for it followed."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        inner = _dotted(node.value.func, scope, hops + 1) if hops < _MAX_HOPS else ""
        return f"{inner}.{node.attr}" if inner else ""
    path = path_of(node)
    if not path or hops > _MAX_HOPS:
        return ""
    for where, binding in scope.resolve(path[0]):
        if isinstance(binding, Imported):
            return ".".join([binding.dotted, *path[1:]])
        if isinstance(binding, ast.Name | ast.Attribute):
            head = _dotted(binding, where, hops + 1)
        elif isinstance(binding, ast.Call):
            head = _dotted(binding.func, where, hops + 1)
        else:
            continue
        if head == "functools.partial" or (isinstance(binding, ast.Call) and len(path) == 1):
            return ""
        return ".".join([head, *path[1:]]) if head else ".".join(path)
    return ".".join(path)


def _keywords(node: ast.Call, scope: Scope) -> dict[str, ast.expr]:
    """The arguments by keyword, those of a literal dictionary too."""
    found: dict[str, ast.expr] = {}
    for word in node.keywords:
        if word.arg is not None:
            found[word.arg] = word.value
            continue
        several: list[ast.AST] = [word.value]
        if isinstance(word.value, ast.Name):
            several = [item for _, item in scope.resolve(word.value.id) if isinstance(item, ast.expr)]
        for item in several:
            if isinstance(item, ast.Dict):
                pairs = zip(item.keys, item.values, strict=True)
                found |= {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
    return found


def _known_values(node: ast.expr, scope: Scope) -> Values:
    """What an expression can be; of an environment variable, its default."""
    if isinstance(node, ast.Call) and len(node.args) == 2:  # noqa: PLR2004  name and default
        if _dotted(node.func, scope) in {"os.environ.get", "os.getenv"}:
            return values(node.args[1], scope)
    elif isinstance(node, ast.Attribute) and len(path := path_of(node)) == 2:  # noqa: PLR2004  object and attribute
        bound = scope.resolve(f"{'args' if path[0] in _PARSED else path[0]}.{path[1]}")
        several = [_known_values(item, where) for where, item in bound if isinstance(item, ast.expr)]
        if len(several) == 1:
            return several[0]
    elif isinstance(node, ast.Name):
        bound = scope.resolve(node.id)
        if len(bound) == 1 and isinstance(bound[0][1], ast.Call):
            return _known_values(bound[0][1], bound[0][0])
    return values(node, scope)


def _is_pretrained(
    call: Call, words: dict[str, ast.expr], node: ast.Call, value: ast.expr | None, scope: Scope
) -> bool:
    """Whether a factory of architectures fetches weights: it says so, or names a repository."""
    if value is not None and any(str(text).startswith("hf") for text in _known_values(value, scope) or ()):
        return True
    given = words.get("pretrained", node.args[1] if len(node.args) > 1 else None)
    if given is None:
        return False
    told = _known_values(given, scope)
    return told is None or bool(told - {False, None, ""} if call.rule == "timm" else told - {None, ""})


def _read(call: Call, node: ast.expr, scope: Scope) -> list[Named]:
    known = _known_values(node, scope)
    if known is None:
        return [_unknown(call.kind)]
    texts = sorted(item for item in known if isinstance(item, str) and item)
    return list(dict.fromkeys(found for text in texts if (found := _named(call.kind, text)) is not None))


def _unknown(kind: str) -> Named:
    schemes = {Kind.HUB: "hf", "whisper": "hf", Kind.REGISTERED: "mlflow", Kind.LITELLM: "api", "torchhub": "torchhub"}
    schemes |= {Kind.SPACY: "spacy", Kind.GOVERNED: "weighbridge"}
    return Named(schemes.get(kind, "api" if kind.startswith("api:") else "https"), None)


def _named(  # noqa: PLR0911  one case for each kind of place
    kind: str, text: str
) -> Named | None:
    first, _, whose = kind.partition(":")
    if first == "api":
        return api(whose, text)
    if first == "torchhub":
        repo, _, revision = text.partition(":")
        return None if is_local(repo) or HOLE in text or "/" not in repo else Named("torchhub", repo, revision or None)
    if first == "whisper":
        return named(Kind.HUB, text if "/" in text else f"Systran/faster-whisper-{text}")
    if first == "https":
        for mark in ("hf-hub:", "hf_hub:"):
            if text.startswith(mark):
                return named(Kind.HUB, text.removeprefix(mark))
        return None if "/" in text else Named("https", f"{whose}/{text}", can_pin=False)
    if kind == Kind.PLACE and text.startswith(("https://tfhub.dev/", "https://www.kaggle.com/models/", "kaggle://")):
        return Named("https", text, can_pin=False)
    if kind == Kind.PLACE and "://" not in text:
        return None if is_local(text) or "/" in text or HOLE in text else Named("https", f"keras/{text}", can_pin=False)
    return named(Kind(kind), text)


def _whole(node: ast.Call, scope: Scope) -> ast.Call:
    """A call of a partial with the arguments of both."""
    bound = scope.resolve(node.func.id) if isinstance(node.func, ast.Name) else []
    if len(bound) != 1 or not isinstance(made := bound[0][1], ast.Call) or not made.args:
        return node
    if _dotted(made.func, bound[0][0]) != "functools.partial":
        return node
    given = {word.arg for word in node.keywords}
    words = [*(word for word in made.keywords if word.arg not in given), *node.keywords]
    return ast.copy_location(ast.Call(func=made.args[0], args=[*made.args[1:], *node.args], keywords=words), node)


def _defaults(tree: ast.Module) -> dict[str, list[Binding]]:
    """The defaults of argparse's options, as attributes of its result."""
    found: dict[str, list[Binding]] = {}
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument"
        ):
            continue
        words = {word.arg: word.value for word in node.keywords}
        names = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
        name = next((each for each in names if each.startswith("--")), next(iter(names), ""))
        if "default" in words and name:
            found[f"args.{name.lstrip('-').replace('-', '_')}"] = [words["default"]]
    return found


def _may_load(function: ast.expr, scope: Scope) -> bool:
    """Whether a call can be one of the table by its name alone: most are not, and other modules need not be read."""
    if isinstance(function, ast.Attribute):
        return function.attr in _BY_LAST
    if not isinstance(function, ast.Name):
        return False
    bound = [*scope.local.get(function.id, ()), *scope.module.bindings.get(function.id, ())]
    return any(
        isinstance(each, ast.Name | ast.Attribute | ast.Call) or (isinstance(each, Imported) and each.name in _BY_LAST)
        for each in bound
    )
