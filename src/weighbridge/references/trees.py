"""Containers, scripts and settings in trees: manifests of Kubernetes, Compose files, workflows, values of Helm.

What a table is, its keys say: one with an image, a command or arguments is a container whatever kind it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Mention, Spot
from weighbridge.references import embedded, expressions, inline_python
from weighbridge.references.arguments import Place, Word
from weighbridge.references.containers import in_container
from weighbridge.references.extraction import without_insertions
from weighbridge.references.named import HOLE
from weighbridge.references.readers import Kind, named
from weighbridge.references.setting_tables import MAX_ITEMS, of_table, pulled, resolved, wheels
from weighbridge.references.settings import RULE, mention, normal
from weighbridge.references.shell import extract_text
from weighbridge.references.shell_tree import split
from weighbridge.references.substitution import dollars, parentheses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.references.nodes import Node

MAX_DEPTH: Final = 100
MAX_TABLES: Final = 50_000
SCRIPTS: Final = frozenset(
    {
        *("run", "script", "before_script", "after_script", "setup", "commands", "cmd", "cmds", "install", "bash"),
        *("shell", "entry", "pre_build", "build", "post_build", "ansible.builtin.shell", "ansible.builtin.command"),
    }
)
"""Keys whose text is for a shell: GitHub, GitLab, Azure Pipelines, CodeBuild, Taskfile, DVC, SkyPilot, Ansible."""
VARIABLES: Final = frozenset(
    {"env", "environment", "variables", "envs", "env_vars", "vars", "extraEnv", "extraEnvVars"}
)
"""Keys whose tables set environment variables."""
_EXAMPLES: Final = frozenset({"example", "examples", "enum"})
HOOKS: Final = frozenset(
    {"postCreateCommand", "onCreateCommand", "updateContentCommand", "postStartCommand", "initializeCommand"}
)
"""Keys of devcontainer.json whose text is for a shell."""
_MAX_GAP: Final = 200


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known where a table stands.

    Args:
        env: Everything that a variable can hold.
        known: The same for the names in expressions.
        is_compose: Whether commands follow Compose: they leave the image's entrypoint in its place.
    """

    env: dict[str, tuple[str, ...]] = field(default_factory=dict)
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_compose: bool = False


class TreeReader:
    """Reads trees of one file.

    Args:
        place: The file.
        repository: Gives the bytes of another file, or None.
        has_scripts: Whether texts may be for a shell.
    """

    def __init__(self, place: Place, repository: Callable[[str], bytes | None], *, has_scripts: bool = True) -> None:
        self.problem = ""
        self._found: list[Mention] = []
        self._read: set[str] = set()
        self._place = place
        self._repository = repository
        self._has_scripts = has_scripts
        self._seen: set[int] = set()

    def read(self, root: Node) -> None:
        """Read a tree.

        Args:
            root: Its root.
        """
        services = root.get("services")
        is_compose = services is not None and services.entries is not None and root.get("jobs") is None
        is_compose = is_compose and root.get("kind") is None
        if is_compose:
            self._served(root)
        self._visit(root, "", 0, _Context(known=dict(_inputs(root)), is_compose=is_compose))

    def mentions(self) -> tuple[Mention, ...]:
        """The mentions of all trees, by their places; a variable that a command reads counts there alone."""
        models = {(each.scheme, each.model) for each in self._found if each.rule != RULE}
        kept = [
            each
            for each in self._found
            if each.rule != RULE or each.what not in self._read or (each.scheme, each.model) not in models
        ]
        # An anchor stands for its text wherever it is put in.
        once = {(each.spot, each.rule, each.scheme, each.model, each.revision): each for each in reversed(kept)}
        return tuple(sorted(once.values(), key=lambda each: each.spot))

    def _served(self, root: Node) -> None:
        """Models that Compose itself serves.

        https://docs.docker.com/reference/compose-file/models/
        """
        tables = [each for _, each in (root.get("models") or root).pairs()] if root.get("models") else []
        for _, service in (root.get("services") or root).pairs():
            provider = service.get("provider")
            if provider is not None and provider.string("type") == "model":
                tables += [options] if (options := provider.get("options")) is not None else []
        for table in tables:
            self._seen.add(id(table))
            model = table.get("model")
            found = named(Kind.IMAGE, dollars(model.text, {})) if model is not None and model.text else None
            if found is not None and model is not None:
                spot = Spot(self._place.path, model.line, model.column)
                said = Mention(spot, "docker-model", "models", found.scheme, found.model, found.revision)
                self._found.append(replace(said, is_open=found.is_open))

    def _visit(self, node: Node, key: str, depth: int, context: _Context) -> None:
        is_new = node.text is None and id(node) not in self._seen
        if not is_new or key in _EXAMPLES or depth > MAX_DEPTH or len(self._seen) > MAX_TABLES:
            return
        self._seen.add(id(node))
        if node.items is not None:
            self._found += wheels(node, self._place)
            for item in node.items:
                self._visit(item, key, depth + 1, context)
            return
        if key == "ollama":
            self._found += pulled(node, self._place)
        context = self._inner(node, context)
        self._found += of_table(node, self._place, key=key)
        self._container(node, context)
        for name, value in node.pairs():
            if self._has_scripts or name in HOOKS:
                self._scripts(name, value, node, context)
            if value.text is not None and "\n" in value.text and embedded.is_file(name):
                self._found += embedded.extract(
                    name, value.word(value.source or value.text), self._place, self._repository
                )
            self._visit(value, name, depth + 1, context)

    def _inner(self, node: Node, context: _Context) -> _Context:
        """The context with what a table sets for all in it."""
        env, known = dict(context.env), dict(context.known)
        for name in VARIABLES:
            value = node.get(name)
            if value is None or value.text is not None:
                continue
            pairs = list(_variables(value))
            if value.items is not None:
                self._environment(pairs)
            for variable, each in pairs:
                texts = self._texts(each, context)
                env[variable] = known[f"env.{variable}"] = known[f"vars.{variable}"] = texts
        strategy = node.get("strategy")
        matrix = (strategy.get("matrix") if strategy is not None else None) or node.get("matrix")
        for axis, texts in _axes(matrix) if matrix is not None else ():
            known[f"matrix.{axis}"] = texts
        return _Context(env, known, context.is_compose)

    def _texts(self, value: Node, context: _Context) -> tuple[str, ...]:
        text = value.text or ""
        if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
            return expressions.values(text[3:-2], context.known)
        return (resolved(text),)

    def _environment(self, pairs: list[tuple[str, Node]]) -> None:
        """Variables in a list, as containers have them."""
        beside = {normal(name): value.text or "" for name, value in pairs}
        places = {normal(name): (value.line, value.column) for name, value in pairs}
        for name, value in pairs:
            spot = Spot(self._place.path, value.line, value.column)
            found = mention(name, resolved(value.text or ""), spot, beside, places=places)
            if found is not None:
                self._found.append(found)

    def _container(self, node: Node, context: _Context) -> None:
        image = self._image(node, context)
        command, arguments = node.get("command"), node.get("args")
        entry = node.get("entrypoint") or node.get("entryPoint")
        if context.is_compose or entry is not None:
            command, arguments = entry, command
        if arguments is None and node.get("extraArgs") is not None:
            arguments = node.get("extraArgs")
        words = self._words(command, context) if command is not None else []
        rest = self._words(arguments, context) if arguments is not None else []
        is_served = node.get("modelFormat") is not None
        if is_served and not words:
            words = [Word(("huggingfaceserver",), node.line)]
        if image is not None or words or (rest and not words):
            self._found += in_container(image, words, rest, self._place, lambda word: self._inner_script(word, context))

    def _image(self, node: Node, context: _Context) -> Word | None:
        image = node.get("image") or node.get("Image")
        if image is None:
            return None
        if image.text is not None:
            return image.word(self._replaced(image.text, context)) if image.text else None
        name, tag = image.string("repository") or image.string("name"), image.string("tag") or image.string("newTag")
        where = image.get("repository") or image.get("name")
        if not name or where is None:
            return None
        registry = image.string("registry")
        text = f"{registry}/{name}" if registry else name
        return where.word(resolved(f"{text}:{tag}" if tag else text))

    def _replaced(self, text: str, context: _Context) -> str:
        """A text with what its own language puts in."""
        if context.is_compose:
            return dollars(text, {})
        text = expressions.to_shell(text, {}, self._read)[0] if "${{" in text else text
        known = {name: texts[0] if len(texts) == 1 else HOLE for name, texts in context.env.items()}
        return parentheses(text, known, self._read)

    def _words(self, value: Node, context: _Context) -> list[Word]:
        """The words of a command or of arguments."""
        if value.items is not None:
            return [
                each.word(self._replaced(each.source or each.text, context))
                for each in value.items
                if each.text is not None and (each.text or each.quote)
            ]
        if value.text is None or not context.is_compose:
            return []
        text = self._replaced(value.source or value.text, context)
        return split(text, value.word(text), {})

    def _scripts(self, name: str, value: Node, table: Node, context: _Context) -> None:
        """The text of a key that is for a shell."""
        is_command = name == "command" and value.text is not None and not context.is_compose
        is_source = name == "source" and table.get("command") is not None
        if not (
            name in SCRIPTS
            or name in HOOKS
            or is_source
            or is_command
            or (name.endswith((".sh", ".bash")) and value.text is not None)
        ):
            return
        if value.text is not None:
            starts = [table.string("shell"), *(each.text or "" for each in (table.get("command") or table).each())]
            is_python = _shebang(value.text) == "python" or any(each.startswith("python") for each in starts)
            self._script(value, context, is_python=is_python)
        elif value.items is not None:
            joined = _joined(value.items)
            if joined is not None:
                self._script(joined, context)

    def _script(self, value: Node, context: _Context, *, is_python: bool = False) -> None:
        text = value.source or value.text or ""
        if is_python:
            self._found += inline_python.extract(value.word(text), self._place, self._repository)
            return
        self._found += self._inner_script(value.word(text), context)

    def _inner_script(self, word: Word, context: _Context) -> tuple[Mention, ...]:
        # Lines of a text that goes on are as they stand in the file.
        is_exact = word.is_exact or "\n" in word.text
        text, variables = expressions.to_shell(word.text, context.known, self._read)
        found = extract_text(
            self._place.path,
            text,
            word.line,
            env={**context.env, **variables},
            column=word.column,
            indent=word.indent,
            repository=self._repository,
            reads=self._read,
        )
        self.problem = self.problem or found.unreadable
        return found.mentions if is_exact else without_insertions(found.mentions)


def _shebang(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return "python" if first.startswith("#!") and "python" in first else ""


def _inputs(root: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Defaults of a workflow's and an action's inputs."""
    starts = root.get("on")
    tables = [root.get("inputs")]
    if starts is not None and starts.entries is not None:
        tables += [each.get("inputs") for _, each in starts.pairs()]
    for table in tables:
        for name, value in table.pairs() if table is not None else ():
            default = value.string("default")
            if default:
                yield f"inputs.{name}", (default,)
                yield f"github.event.inputs.{name}", (default,)


def _axes(matrix: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Everything that each axis of a matrix can be."""
    found: dict[str, list[str]] = {}
    for name, value in matrix.pairs():
        for each in (value.items or ())[:MAX_ITEMS]:
            if each.text is not None:
                found.setdefault(name, []).append(each.text)
            elif name == "include":
                for axis, item in each.pairs():
                    found.setdefault(axis, []).append(item.text or "")
    for axis, texts in found.items():
        yield axis, tuple(dict.fromkeys(texts))


def _variables(value: Node) -> Iterator[tuple[str, Node]]:
    """The variables of a table, of a list of ``{name, value}``, or of a list of ``NAME=VALUE``."""
    for name, each in value.pairs():
        inner = each.get("value") if each.entries is not None else each
        if inner is not None and inner.text is not None:
            yield name, inner
    for item in (value.items or ())[:1000]:
        if item.text is not None:
            name, mark, text = item.text.partition("=")
            if mark:
                yield name, replace(item, text=text, column=item.column + len(name) + 1)
        else:
            inner = item.get("value")
            if inner is not None and inner.text is not None and item.string("name"):
                yield item.string("name"), inner


def _joined(items: list[Node]) -> Node | None:
    """A list of commands as one script, each on its own line."""
    texts = [item for item in items if item.text is not None]
    if not texts:
        return None
    lines: list[str] = []
    first = texts[0]
    for item in texts:
        gap = item.line - first.line - len(lines)
        lines += [""] * gap if 0 <= gap <= _MAX_GAP else []
        lines += (item.source or item.text or "").split("\n")
    return replace(first, source="\n".join(lines), indent=first.column - 1)
