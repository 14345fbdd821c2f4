"""Which files of weights an entry of a ``hubconf.py`` can download, by the code alone.

From the entry the code is followed through every function, class and table that it names, across the repository's own
modules. What counts is what reaches a function that downloads, such as ``load_state_dict_from_url``: its first argument
or the attribute of an object (``weights.url``) that the code makes with that keyword (``Weights(url="https://…")``).
Parameters are known where a call passes constants. Where an address depends on what only running the code tells, all
that it can be are meant; if that can't be told either, the place is `HubEntry.unresolved`.

Nothing is executed. Not seen: what libraries outside the repository download, and code that hides what it does. This
tells what to fetch; it does not judge the code.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.formats.python_module import Function, Imported, Module, Repository
from weighbridge.formats.python_scope import Scope, Values, bound_in, path_of
from weighbridge.formats.python_values import arguments, inside, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.formats.python_module import Binding

HUBCONF = "hubconf"
MAX_VISITS = 20_000
MAX_UNRESOLVED = 100
_MAX_NESTED = 40
# Where each of them expects the address: its first argument, or `url`.
_DOWNLOADS = frozenset(
    {
        *("load_state_dict_from_url", "download_url_to_file", "load_url", "urlretrieve", "urlopen", "download_url"),
        *("download_file_from_url", "load_file_from_url", "download_cached_file", "cached_download"),
    }
)
# They download what their arguments do not name as an address.
_OPAQUE = frozenset({"hf_hub_download", "snapshot_download", "from_pretrained", "attempt_download"})
_OPAQUE_PATHS = ("hub.load", "gdown.download", "wget.download", "requests.get")
_UNNAMED: Values = frozenset([None])
_ADDRESS = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class HubEntry:
    """What the code says of an entry.

    Args:
        found: Whether ``hubconf.py`` has it.
        names: All entries that it has, sorted.
        weights: What each file is called, by address, in the code's order.
        unresolved: Places (``path:line``) where something is downloaded that the code alone does not name.
    """

    found: bool
    names: tuple[str, ...]
    weights: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[str, ...] = ()


def examine(read: Callable[[str], bytes | None], entry: str) -> HubEntry:
    """Follow one entry.

    Args:
        read: Gives the bytes of a file of the repository, or None if there is none.
        entry: The name of the entry; empty to learn the names alone.
    """
    repo = Repository(read)
    hubconf = repo.module(HUBCONF)
    if hubconf is None:
        return HubEntry(found=False, names=())
    names = tuple(
        sorted(name for name in hubconf.bindings if not name.startswith("_") and _is_entry(repo, hubconf, name))
    )
    if not hubconf.readable:
        return HubEntry(found=True, names=(), unresolved=(f"{hubconf.path}:1",))
    found = bool(entry) and any(not isinstance(item.binding, ast.Constant) for item in repo.lookup(hubconf, entry))
    if not found:
        return HubEntry(found=False, names=names)
    walk = _Walk(repo)
    walk.start(Scope(hubconf, repo), entry)
    walk.run(hubconf)
    return HubEntry(True, names, tuple(walk.weights.items()), tuple(walk.unresolved))


def _is_entry(repo: Repository, module: Module, name: str) -> bool:
    """Whether torch.hub would call it: a function, a class, or a name that comes from another module."""
    bindings = [item.binding for item in repo.lookup(module, name)]
    return any(
        isinstance(binding, Function | ast.ClassDef | Imported)
        and not (isinstance(binding, Imported) and not binding.name)
        for binding in bindings
    )


class _Walk:
    """What was reached, what it downloads, and what is still to be looked at."""

    def __init__(self, repo: Repository) -> None:
        self.weights: dict[str, str] = {}
        self.unresolved: dict[str, None] = {}
        self._repo = repo
        self._seen: set[tuple[object, ...]] = set()
        self._todo: deque[tuple[Scope, Binding, dict[str, Values]]] = deque()
        self._modules: set[str] = set()
        self._words: dict[str, list[Values]] = {}
        self._wanted: list[tuple[str, str]] = []

    def start(self, scope: Scope, entry: str) -> None:
        """Look at an entry, called with what its parameters are by default."""
        bare = ast.Call(func=ast.Name(id=entry, ctx=ast.Load()), args=[], keywords=[])
        for where, binding in scope.attribute([entry]):
            given = arguments(binding, bare, where, where) if isinstance(binding, Function) else None
            self._later(where, binding, given)

    def reach(self, scope: Scope, *path: str) -> None:
        """Look at all that a dotted name may stand for, later."""
        for where, binding in scope.attribute(path):
            self._later(where, binding, None)

    def run(self, hubconf: Module) -> None:
        """Look until nothing new is reached."""
        while self._todo and len(self._seen) <= MAX_VISITS and self._repo.spend():
            self._look(*self._todo.popleft())
        if self._todo or not self._repo.spend():
            self._give_up(hubconf, 1)
        for word, place in self._wanted:
            self._add(_one_of(self._words.get(word, [])), _UNNAMED, place)

    def _later(self, scope: Scope, binding: Binding, given: dict[str, Values] | None) -> None:
        known = given if given is not None else {}
        key = (scope.module.path, id(binding), tuple(sorted(known.items(), key=lambda item: item[0])))
        if key in self._seen or not isinstance(binding, Function | ast.ClassDef | ast.expr | Imported):
            return
        self._seen.add(key)
        self._todo.append((scope, binding, known))

    def _look(self, scope: Scope, binding: Binding, given: dict[str, Values]) -> None:
        if isinstance(binding, Imported):
            module = self._repo.submodule(binding) or self._repo.module(binding.module)
            if module is not None:
                self._enter(module)
            return
        self._enter(scope.module)
        if isinstance(binding, Function):
            self._function(scope, binding, given)
        elif isinstance(binding, ast.ClassDef):
            self._class(scope, binding)
        elif isinstance(binding, ast.expr):
            self._scan(scope, [binding])

    def _enter(self, module: Module) -> None:
        """A module was reached: what it does when it is imported is done."""
        if module.path in self._modules:
            return
        self._modules.add(module.path)
        if not module.readable:
            self._give_up(module, 1)
        scope = Scope(module, self._repo)
        for statement in module.statements:
            calls = [node for node in _nodes([statement]) if isinstance(node, ast.Call)]
            names = [name for call in calls if (path := path_of(call.func)) for name in _names_of(scope, path)]
            if not _DOWNLOADS.isdisjoint(names):
                self._scan(scope, [statement])

    def _function(self, scope: Scope, node: Function | ast.Lambda, given: dict[str, Values], nested: int = 0) -> None:
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = inside(scope, node, given)
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        defaults = [item for item in (*node.args.defaults, *node.args.kw_defaults) if item is not None]
        self._scan(scope, [*decorators, *defaults], nested)
        self._scan(inner, body, nested)

    def _class(self, scope: Scope, node: ast.ClassDef, nested: int = 0) -> None:
        for statement in node.body:
            for target in statement.targets if isinstance(statement, ast.Assign) else ():
                if isinstance(target, ast.Name) and isinstance(statement, ast.Assign):
                    self._note(target.id, statement.value, scope)
        own = bound_in(scope, node.body)
        methods = [item for item in node.body if isinstance(item, Function)]
        others = [item for item in node.body if not isinstance(item, Function)]
        self._scan(scope, [*node.bases, *node.decorator_list, *(word.value for word in node.keywords)], nested)
        self._scan(scope.inner({}, own), others, nested)
        for method in methods:
            self._function(scope, method, {}, nested + 1)

    def _scan(self, scope: Scope, body: Sequence[ast.AST], nested: int = 0) -> None:
        """Look at every name and call of some code."""
        if nested > _MAX_NESTED and body:
            self._give_up(scope.module, getattr(body[0], "lineno", 1))
            return
        called: set[int] = set()
        for node in _nodes(body):
            if not self._repo.spend():
                return
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                    self._function(scope, node, {}, nested + 1)
                case ast.ClassDef():
                    self._class(scope, node, nested + 1)
                case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                    self._comprehension(scope, node, nested + 1)
                case ast.Call():
                    if self._call(scope, node):
                        called.add(id(node.func))
                case ast.Name() | ast.Attribute() if id(node) not in called:
                    self._name(scope, node)
                case _:
                    pass

    def _comprehension(self, scope: Scope, node: ast.expr, nested: int) -> None:
        parts = [item for item in ast.iter_child_nodes(node) if isinstance(item, ast.comprehension)]
        bound = {
            name.id
            for part in parts
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        given: dict[str, Values] = dict.fromkeys(bound)
        self._scan(scope.inner(given, {}), list(ast.iter_child_nodes(node)), nested)

    def _name(self, scope: Scope, node: ast.Name | ast.Attribute) -> None:
        path = path_of(node)
        if not path or (len(path) == 1 and isinstance(node.ctx, ast.Store)):
            return
        if any(name in _DOWNLOADS for name in _names_of(scope, path)):
            # It is handed on, and called somewhere else.
            self._give_up(scope.module, node.lineno)
        self.reach(scope, *path)
        for end in range(1, len(path)):
            if not any(isinstance(binding, Imported) for _, binding in scope.attribute(path[:end])):
                self.reach(scope, *path[:end])
                break

    def _call(self, scope: Scope, node: ast.Call) -> bool:
        """Take note of a call; True if what it calls need not be looked at as a name."""
        path = path_of(node.func)
        names = list(_names_of(scope, path)) if path else []
        tail = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if any(name in _DOWNLOADS for name in names) or (not path and tail in _DOWNLOADS):
            self._download(scope, node)
            return True
        full = [binding.dotted for _, binding in scope.attribute(path) if isinstance(binding, Imported)] if path else []
        full.append(".".join(path))
        if {*names, tail} & _OPAQUE or any(f".{item}".endswith(f".{end}") for item in full for end in _OPAQUE_PATHS):
            self._give_up(scope.module, node.lineno)
        for word in node.keywords:
            if word.arg:
                self._note(word.arg, word.value, scope)
        functions = [item for item in scope.attribute(path) if isinstance(item[1], Function)] if path else []
        for where, function in functions:
            if isinstance(function, Function):
                self._later(where, function, arguments(function, node, scope, where))
        return bool(functions) and len(functions) == len(scope.attribute(path))

    def _note(self, word: str, value: ast.expr, scope: Scope) -> None:
        """A keyword, or a name in a class, has a value: an attribute of that name may be it."""
        self._words.setdefault(word, []).append(values(value, scope))

    def _download(self, scope: Scope, node: ast.Call) -> None:
        place = f"{scope.module.path}:{node.lineno}"
        words = {word.arg: word.value for word in node.keywords}
        address = next(iter(node.args), words.get("url"))
        if address is None or isinstance(address, ast.Starred):
            self._add(None, _UNNAMED, place)
            return
        name = values(words["file_name"], scope) if "file_name" in words else _UNNAMED
        found = values(address, scope)
        if found is None and isinstance(address, ast.Attribute) and name == _UNNAMED:
            self._wanted.append((address.attr, place))
        else:
            self._add(found, name, place)

    def _add(self, found: Values, names: Values, place: str) -> None:
        """Addresses were found, and what their files are called if not as the addresses end."""
        texts = [item for item in found or () if item is not None]
        called = next(iter(names)) if names is not None and len(names) == 1 else 0
        plain = all(isinstance(item, str) and _ADDRESS.fullmatch(item) for item in texts)
        if not texts or not plain or not (called is None or (isinstance(called, str) and len(texts) == 1)):
            self._give_up_at(place)
            return
        for address in sorted(str(item) for item in texts):
            self.weights.setdefault(address, str(called or base_name(address)))

    def _give_up(self, module: Module, line: int) -> None:
        self._give_up_at(f"{module.path}:{line}")

    def _give_up_at(self, place: str) -> None:
        if len(self.unresolved) < MAX_UNRESOLVED:
            self.unresolved.setdefault(place)


def base_name(address: str) -> str:
    """What torch.hub calls the file of an address."""
    try:
        return urlsplit(address).path.rpartition("/")[2]
    except ValueError:
        return ""


def _one_of(several: Sequence[Values]) -> Values:
    """One of several; None if there is none, or one is unknown."""
    if not several or any(item is None for item in several):
        return None
    return frozenset(value for item in several for value in item or ())


def _names_of(scope: Scope, path: Sequence[str]) -> Iterator[str]:
    """The last part of a dotted name, as it is written and as it is called where it comes from."""
    yield path[-1]
    for _, binding in scope.attribute(path):
        if isinstance(binding, Imported):
            yield binding.dotted.rpartition(".")[2]


def _nodes(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Every node but annotations; of functions, classes and comprehensions within only the node itself."""
    todo = list(reversed(body))
    closed = (Function, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, closed):
            continue
        if isinstance(node, ast.AnnAssign):
            todo += [item for item in (node.value, node.target) if item is not None]
        elif isinstance(node, ast.Attribute) and path_of(node):
            continue
        else:
            todo += reversed(list(ast.iter_child_nodes(node)))
