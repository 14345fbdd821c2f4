"""Shell scripts: the models that their commands name.

tree-sitter's grammar of Bash reads them, broken ones too; `weighbridge.references.shell_words` knows the variables that
the script itself sets. Branches all count, loops go once over their list, functions are read at each call. What
``sh -c``, ``eval`` and a heredoc for a shell hold is read as a script of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.references import inline_python
from weighbridge.references.arguments import MAX_WORDS, Place, Word, mentions
from weighbridge.references.containers import in_container
from weighbridge.references.extraction import Extraction, without_insertions
from weighbridge.references.named import HOLE, is_commit
from weighbridge.references.settings import mention, normal
from weighbridge.references.shell_commands import NEEDLES
from weighbridge.references.shell_tree import parse
from weighbridge.references.shell_words import Evaluator, Places, Scope
from weighbridge.references.wrappers import SHELLS, printed, started, with_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from weighbridge.core.mention import Mention

MAX_BYTES: Final = 1 << 20
"""Longer scripts are told of, not read."""
MAX_DEPTH: Final = 120
MAX_STEPS: Final = 30_000
MAX_NESTED: Final = 4
"""How deep scripts may stand in each other's words."""
_BRANCHES: Final = frozenset(
    {"if_statement", "elif_clause", "else_clause", "case_item", "while_statement", "c_style_for_statement", "subshell"}
)
_READERS: Final = frozenset({"read", "mapfile", "readarray"})
"""Builtins that give variables what only running the script would tell."""
_IGNORED: Final = frozenset({"comment", "test_command", "heredoc_start", "heredoc_end", "heredoc_content"})


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a shell script names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    if len(data) > MAX_BYTES:
        return Extraction((), f"a script of {len(data)} bytes is not read")
    return extract_text(path, data.decode("utf-8", "replace"), repository=repository)


def extract_text(  # noqa: PLR0913 - where the text stands in its file
    path: str,
    text: str,
    first_line: int = 1,
    cell: int | None = None,
    env: Mapping[str, Sequence[str]] | None = None,
    *,
    column: int = 1,
    indent: int = 0,
    repository: Callable[[str], bytes | None] | None = None,
    reads: set[str] | None = None,
    depth: int = 0,
) -> Extraction:
    """The models that a piece of shell text names.

    Args:
        path: The file that it stands in.
        text: The text.
        first_line: The line of its beginning, counted from 1.
        cell: The notebook's cell.
        env: What is known of variables: everything that each can hold.
        column: The column of its beginning, counted from 1.
        indent: How far its later lines are moved to the right in the file.
        repository: Gives the bytes of another file, or None.
        reads: Takes the names of variables that were read.
        depth: In how many other scripts it stands.
    """
    source = text.encode("utf-8", "replace")
    if len(source) > MAX_BYTES or depth > MAX_NESTED:
        return Extraction((), "shell text that is too long or too deeply nested is not read")
    lowered = source.lower()
    if not any(needle in lowered for needle in NEEDLES):
        return Extraction()
    scope = Scope({name: tuple(texts) for name, texts in (env or {}).items()})
    if reads is not None:
        scope.read = reads
    walk = _Walk(Place(path, cell), source, Places(source, first_line, column, indent), scope, repository, depth)
    walk.visit(parse(source), 0)
    return Extraction(tuple(walk.all()), walk.problem)


@dataclass(slots=True)
class _Found:
    """What a walk found.

    Args:
        mentions: By when they were seen.
        settings: Variables that are exported and name a model: they count unless a command reads them.
        clone: Where in `mentions` the last clone is, which a checkout may pin.
    """

    mentions: list[Mention] = field(default_factory=list)
    settings: list[tuple[str, Mention]] = field(default_factory=list)
    clone: int | None = None


class _Walk:
    """Goes over the tree of one script."""

    def __init__(
        self,
        place: Place,
        source: bytes,
        places: Places,
        scope: Scope,
        repository: Callable[[str], bytes | None] | None,
        depth: int,
    ) -> None:
        self.problem = ""
        self._place = place
        self._scope = scope
        self._repository = repository
        self._nested = depth
        self._found = _Found()
        self._functions: dict[str, Node] = {}
        self._called: set[str] = set()
        self._calls: list[str] = []
        self._branch = 0
        self._steps = 0
        self._depth = 0
        self._said: Sequence[Word] = ()
        self._piped: Sequence[Word] = ()
        self._words = Evaluator(source, places, self._substituted)
        self._readers: dict[str, Callable[[Node, int], None]] = {
            "list": self._list,
            "variable_assignment": self._assign,
            "declaration_command": self._declare,
            "function_definition": self._function,
            "for_statement": self._for,
            "command": self._command,
            "pipeline": self._pipeline,
            "redirected_statement": self._redirected,
        }

    def all(self) -> list[Mention]:
        """The mentions, by their places; functions that nothing calls are read last."""
        for name, body in self._functions.items():
            if name not in self._called:
                self._scope.arguments = None
                self.visit(body, 0)
        named = {(each.scheme, each.model) for each in self._found.mentions}
        kept = [
            found
            for name, found in self._found.settings
            if name not in self._scope.read or (found.scheme, found.model) not in named
        ]
        return sorted(dict.fromkeys((*self._found.mentions, *kept)), key=lambda each: each.spot)

    def visit(self, node: Node, depth: int) -> None:
        """Read a statement, or whatever holds statements."""
        self._steps += 1
        if self._steps > MAX_STEPS or depth > MAX_DEPTH:
            self.problem = "a script of so many or so deeply nested commands is not read to its end"
            return
        self._depth = depth
        if node.type in _IGNORED:
            return
        reader = self._readers.get(node.type)
        if reader is not None:
            reader(node, depth)
            return
        is_branch = node.type in _BRANCHES
        self._branch += is_branch
        for child in node.named_children:
            self.visit(child, depth + 1)
        self._branch -= is_branch

    def _substituted(self, node: Node) -> None:
        """The commands within ``$(…)``."""
        for child in node.named_children:
            self.visit(child, self._depth + 1)

    def _list(self, node: Node, depth: int) -> None:
        """``A && B``, ``A || B``: the second may not run."""
        for index, child in enumerate(node.named_children):
            self._branch += index > 0
            self.visit(child, depth + 1)
            self._branch -= index > 0

    def _assign(self, node: Node, _: int) -> None:
        self._assigned(node)

    def _assigned(self, node: Node) -> tuple[str, Word] | None:
        """Give a variable its value; which, and the value."""
        name_node, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name_node is None or name_node.type != "variable_name":
            return None
        name = self._words.raw(name_node)
        is_more = any(child.type == "+=" for child in node.children)
        if value is not None and value.type == "array":
            elements = [word.text for child in value.named_children for word in self._words.words(child, self._scope)]
            self._scope.lists[name] = (*(self._scope.lists.get(name, ()) if is_more else ()), *elements)
            return None
        texts = ("",) if value is None else self._words.texts(value, self._scope)
        if is_more:
            texts = tuple(f"{one}{other}" for one in self._scope.values.get(name, (HOLE,)) for other in texts)
        if self._words.raw(node).endswith(f"={HOLE}"):
            texts = (HOLE,)
        self._scope.set(name, texts, is_certain=not self._branch)
        return (name, self._words.word(value, texts)) if value is not None else None

    def _declare(self, node: Node, _: int) -> None:
        """``export``, ``local``, ``readonly`` and the like."""
        is_exported = bool(node.children) and node.children[0].type == "export"
        found = [self._assigned(child) for child in node.named_children if child.type == "variable_assignment"]
        if is_exported:
            self._settings([known for known in found if known is not None])

    def _settings(self, given: Sequence[tuple[str, Word]]) -> None:
        """Variables that are set together."""
        for name, value in given:
            self._setting(name, value, given)

    def _setting(self, name: str, value: Word, given: Sequence[tuple[str, Word]]) -> None:
        beside = {normal(key): texts[0] for key, texts in self._scope.values.items() if len(texts) == 1}
        beside |= {normal(key): each.text for key, each in given}
        places = {normal(key): (each.line, each.column) for key, each in given}
        for text in value.texts:
            found = mention(name, text, self._place.spot(value), beside, places=places)
            if found is not None:
                self._found.settings.append((name, found))

    def _function(self, node: Node, _: int) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            self._functions[self._words.raw(name)] = body

    def _for(self, node: Node, depth: int) -> None:
        variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        items: list[str] = []
        for child in node.children_by_field_name("value"):
            for word in self._words.words(child, self._scope):
                items += word.texts
        if variable is not None:
            self._scope.set(self._words.raw(variable), tuple(items) or (HOLE,), is_certain=True)
        self._branch += 1
        if body is not None:
            self.visit(body, depth + 1)
        self._branch -= 1

    def _pipeline(self, node: Node, depth: int) -> None:
        """``echo NAME | xargs COMMAND``: what one command prints is the next one's to read."""
        for child in node.named_children:
            self._said = ()
            self.visit(child, depth + 1)
            self._piped = printed(self._said)
        self._piped = ()

    def _command(self, node: Node, _: int) -> None:
        words: list[Word] = []
        assigned: list[tuple[str, Word]] = []
        before = dict(self._scope.values)
        for child in node.children[:MAX_WORDS]:
            if child.type == "variable_assignment":
                known = self._assigned(child)
                assigned += [known] if known is not None else []
            elif child.type == "command_name":
                inner = child.named_children[0] if child.named_child_count == 1 else child
                words += self._words.words(inner, self._scope)
            elif child.is_named and child.type not in {"file_redirect", "herestring_redirect", "comment", "ERROR"}:
                words += self._words.words(child, self._scope)
        self._settings(assigned)
        self._said = words
        self._run(with_input(words, self._piped))
        for name, _value in assigned:
            self._scope.values.pop(name, None)
            if name in before:
                self._scope.values[name] = before[name]

    def _run(self, words: Sequence[Word]) -> None:
        words = [word for word in words if word.texts != ("",)]
        if not words:
            return
        name = words[0].text
        if name in self._functions and name not in self._calls:
            self._call(name, words[1:])
            return
        if name in _READERS:
            for word in words[1:]:
                self._scope.set(word.text, (HOLE,), is_certain=True)
            return
        self._start(words)

    def _start(self, words: Sequence[Word]) -> None:
        begun = started(words)
        self._settings(begun.settings)
        for script in begun.scripts:
            self._script(script)
        for code in begun.python:
            self._found.mentions += inline_python.extract(code, self._place, self._repository)
        if begun.image is not None:
            found = in_container(begun.image, begun.entrypoint, begun.arguments, self._place, self._inner)
            self._found.mentions += found
        elif begun.words:
            self._checkout(begun.words)
            for each in mentions(begun.words, self._place):
                if each.rule == "git-clone" and each.revision is None:
                    self._found.clone = len(self._found.mentions)
                self._found.mentions.append(each)

    def _call(self, name: str, words: Sequence[Word]) -> None:
        """Read a function with the arguments of one call."""
        outer = self._scope.arguments
        self._scope.arguments = tuple(word.texts for word in words)
        self._called.add(name)
        self._calls.append(name)
        self.visit(self._functions[name], self._depth + 1)
        self._calls.pop()
        self._scope.arguments = outer

    def _script(self, word: Word) -> None:
        for text in word.texts:
            self._found.mentions += self._inner(replace(word, texts=(text,)))

    def _inner(self, word: Word) -> tuple[Mention, ...]:
        """The models of a script that stands in a word."""
        found = extract_text(
            self._place.path,
            word.text,
            word.line,
            self._place.cell,
            self._scope.values,
            column=word.column,
            indent=word.indent,
            repository=self._repository,
            reads=self._scope.read,
            depth=self._nested + 1,
        )
        return found.mentions if word.is_exact else without_insertions(found.mentions)

    def _checkout(self, words: Sequence[Word]) -> None:
        """``git checkout COMMIT`` pins what was cloned right before."""
        texts = [word.text for word in words]
        where = self._found.clone
        commands = ("checkout", "reset", "switch")
        if where is None or texts[:1] != ["git"] or not any(command in texts for command in commands):
            return
        commit = next((text for text in texts if is_commit(text)), None)
        if commit is not None:
            self._found.mentions[where] = replace(self._found.mentions[where], revision=commit, insertion=None)
            self._found.clone = None

    def _redirected(self, node: Node, depth: int) -> None:
        """A command with its heredocs; one for a shell, or for a file of the shell, is a script."""
        is_script = self._is_for_shell(node)
        is_python = self._is_for_python(node)
        for child in node.named_children:
            if child.type != "heredoc_redirect":
                if child.type != "file_redirect":
                    self.visit(child, depth + 1)
                continue
            for part in child.named_children:
                if part.type == "heredoc_body":
                    self._heredoc(part, is_script=is_script, is_python=is_python)
                elif part.type not in {"heredoc_start", "heredoc_end", "file_redirect"}:
                    self.visit(part, depth + 1)

    def _heredoc(self, body: Node, *, is_script: bool, is_python: bool) -> None:
        word = self._words.word(body, (self._words.raw(body),))
        if is_script:
            self._script(word)
        elif is_python:
            self._found.mentions += inline_python.extract(word, self._place, self._repository)

    def _names(self, node: Node) -> Iterator[str]:
        """The programs and files of a redirected command and of what it is piped to."""
        todo = [node]
        while todo:
            here = todo.pop()
            if here.type == "command_name":
                yield self._words.raw(here).rpartition("/")[2]
            elif here.type in {"file_redirect", "word"}:
                yield self._words.raw(here).strip("<> \"'")
            if here.type not in {"heredoc_body", "command_name"}:
                todo += here.named_children

    def _is_for_shell(self, node: Node) -> bool:
        return any(name in SHELLS or name == "ssh" or name.endswith((".sh", ".bash")) for name in self._names(node))

    def _is_for_python(self, node: Node) -> bool:
        return any(name.rstrip("0123456789.") == "python" or name.endswith(".py") for name in self._names(node))
