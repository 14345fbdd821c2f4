"""Dockerfiles: the models that their commands fetch, their variables set and their images serve.

``ENV`` and ``ARG`` are known to the commands of their stage; ``ENTRYPOINT`` and ``CMD`` count as they stand at its end,
together with what the image starts by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Mention, Spot
from weighbridge.references import inline_python, json_nodes
from weighbridge.references.arguments import Place, Word
from weighbridge.references.containers import in_container, of_image
from weighbridge.references.dockerfile_lines import MAX_LINES, Instruction, instructions
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.named import HOLE, WEIGHTS
from weighbridge.references.readers import Kind, named
from weighbridge.references.settings import mention, normal
from weighbridge.references.shell import extract_text
from weighbridge.references.substitution import dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WEB: Final = ("https://", "http://")


@dataclass(slots=True)
class _Stage:
    """What is known within one stage.

    Args:
        image: The image that it starts from, in the end.
        known: Values of ``ENV`` and ``ARG``.
        entrypoint: The last ``ENTRYPOINT``.
        command: The last ``CMD``.
    """

    image: Word | None = None
    known: dict[str, str] = field(default_factory=dict)
    entrypoint: Instruction | None = None
    command: Instruction | None = None


def modelfile(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a Modelfile of Ollama builds upon.

    https://docs.ollama.com/modelfile

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Not asked.
    """
    del repository
    if len(data) > MAX_BYTES:
        return Extraction((), f"a Modelfile of {len(data)} bytes is not read")
    found = []
    for index, line in enumerate(data.decode("utf-8", "replace").split("\n")):
        words = line.split()
        if len(words) > 1 and words[0].upper() in {"FROM", "ADAPTER"}:
            known = named(Kind.OLLAMA, words[1])
            if known is not None and not words[1].lower().endswith(WEIGHTS):
                spot = Spot(path, index + 1, line.find(words[1]) + 1)
                found.append(Mention(spot, "ollama", words[0].upper(), known.scheme, known.model, known.revision))
    return Extraction(tuple(replace(each, can_pin=False) for each in found))


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a Dockerfile names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    if len(data) > MAX_BYTES:
        return Extraction((), f"a Dockerfile of {len(data)} bytes is not read")
    if data.count(b"\n") >= MAX_LINES:
        return Extraction((), "a Dockerfile of so many lines is not read")
    reader = _Reader(Place(path), repository)
    for instruction in instructions(data.decode("utf-8", "replace")):
        reader.take(instruction)
    return Extraction(tuple(reader.all()), reader.problem)


class _Reader:
    def __init__(self, place: Place, repository: Callable[[str], bytes | None]) -> None:
        self.problem = ""
        self._place = place
        self._repository = repository
        self._found: list[Mention] = []
        self._settings: list[tuple[str, Word, dict[str, str]]] = []
        self._read: set[str] = set()
        self._globals: dict[str, str] = {}
        self._stages: dict[str, _Stage] = {}
        self._stage = _Stage()
        self._takers: dict[str, Callable[[Instruction], None]] = {
            "FROM": self._from,
            "ARG": self._arg,
            "ENV": self._env,
            "RUN": self._run,
            "ADD": self._add,
            "COPY": self._add,
            "CMD": self._cmd,
            "ENTRYPOINT": self._entrypoint,
            "ONBUILD": self._onbuild,
            "HEALTHCHECK": self._healthcheck,
        }

    def take(self, instruction: Instruction) -> None:
        """Read the next instruction."""
        taker = self._takers.get(instruction.name)
        if taker is not None:
            taker(instruction)

    def all(self) -> list[Mention]:
        """The mentions, by their places."""
        self._finish()
        models = {(each.scheme, each.model) for each in self._found}
        kept: list[Mention] = []
        tables: dict[int, dict[str, str]] = {}
        places: dict[int, dict[str, tuple[int, int]]] = {}
        for name, value, known in self._settings:
            places.setdefault(id(known), {})[normal(name)] = (value.line, value.column)
        for name, value, known in self._settings:
            beside = tables.get(id(known)) or {normal(key): each for key, each in known.items()}
            tables[id(known)] = beside
            found = mention(name, value.text, self._place.spot(value), beside, places=places[id(known)])
            if found is not None and (name not in self._read or (found.scheme, found.model) not in models):
                kept.append(found)
        return sorted(dict.fromkeys((*self._found, *kept)), key=lambda each: each.spot)

    def _from(self, instruction: Instruction) -> None:
        self._finish()
        words = instruction.flat.split()
        if not words:
            return
        image = dollars(words[0], self._globals)
        inherited = self._stages.get(image.lower())
        if inherited is not None:
            self._stage = _Stage(inherited.image, dict(inherited.known), inherited.entrypoint, inherited.command)
        else:
            word = Word((image,), instruction.line, instruction.column)
            self._stage = _Stage(word)
            self._found += of_image(word, self._place)
        if len(words) == 3 and words[1].lower() == "as":  # noqa: PLR2004 - IMAGE AS NAME
            self._stages[words[2].lower()] = self._stage

    def _arg(self, instruction: Instruction) -> None:
        for name, value in _pairs(instruction):
            if value is None:
                if name in self._globals:
                    self._stage.known[name] = self._globals[name]
                continue
            known = self._globals if self._stage.image is None else self._stage.known
            self._set(name, value, known)

    def _env(self, instruction: Instruction) -> None:
        for name, value in _pairs(instruction):
            if value is not None:
                self._set(name, value, self._stage.known)

    def _set(self, name: str, value: Word, known: dict[str, str]) -> None:
        read: set[str] = set()
        text = dollars(value.text, known, read)
        # What a variable was read for stands here now.
        self._settings = [each for each in self._settings if each[0] not in read or each[1].text not in text]
        known[name] = text
        self._settings.append((name, replace(value, texts=(text,)), known))

    def _run(self, instruction: Instruction) -> None:
        flat = instruction.flat
        if flat.startswith("<<") and instruction.heredocs:
            for heredoc in instruction.heredocs:
                self._file(heredoc.text, heredoc.line, is_python="python" in heredoc.text.partition("\n")[0])
            return
        words = self._exec(instruction)
        if words is not None:
            self._found += in_container(None, words, [], self._place, self._script)
            return
        text = f"{instruction.text}\n{instruction.tail}" if instruction.tail else instruction.text
        self._text(text, instruction.line)

    def _file(self, text: str, line: int, *, is_python: bool) -> None:
        """The text of a heredoc that becomes a program."""
        if is_python and text.startswith("#!"):
            self._found += inline_python.extract(Word((text,), line), self._place, self._repository)
        else:
            self._text(text, line)

    def _text(self, text: str, line: int, column: int = 1) -> None:
        found = extract_text(
            self._place.path,
            text,
            line,
            env={name: (value,) for name, value in self._stage.known.items()},
            column=column,
            repository=self._repository,
            reads=self._read,
        )
        self._found += found.mentions
        self.problem = self.problem or found.unreadable

    def _script(self, word: Word) -> tuple[Mention, ...]:
        known = {name: (value,) for name, value in self._stage.known.items()}
        return extract_text(
            self._place.path,
            word.text,
            word.line,
            env=known,
            column=word.column,
            repository=self._repository,
            reads=self._read,
        ).mentions

    def _add(self, instruction: Instruction) -> None:
        words = instruction.flat.split()
        for heredoc in instruction.heredocs:
            target = words[-1] if words else ""
            if target.endswith((".sh", ".bash")):
                self._text(heredoc.text, heredoc.line)
            elif target.endswith(".py"):
                code = Word((heredoc.text,), heredoc.line)
                self._found += inline_python.extract(code, self._place, self._repository)
        for flag in instruction.flags:
            if flag.startswith("--from="):
                image = Word((dollars(flag.removeprefix("--from="), self._globals),), instruction.line)
                self._found += of_image(image, self._place)
        if instruction.name == "ADD":
            self._links(instruction, words)

    def _links(self, instruction: Instruction, words: list[str]) -> None:
        """Addresses that ``ADD`` fetches; a digest beside them pins them."""
        checksum = next((flag.partition("=")[2] for flag in instruction.flags if flag.startswith("--checksum=")), None)
        for text in words[:-1]:
            address = dollars(text, self._stage.known, self._read)
            found = named(Kind.LINK, address) or named(Kind.CLONE, address) if address.startswith(_WEB) else None
            if found is not None:
                row = instruction.text[: instruction.text.find(text)].count("\n")
                start = instruction.text.rfind("\n", 0, instruction.text.find(text)) + 1
                spot = Spot(self._place.path, instruction.line + row, instruction.text.find(text) - start + 1)
                revision = found.revision or (checksum if found.scheme in {"http", "https"} else None)
                self._found.append(Mention(spot, "download", "ADD", found.scheme, found.model, revision))

    def _cmd(self, instruction: Instruction) -> None:
        self._stage.command = instruction

    def _entrypoint(self, instruction: Instruction) -> None:
        self._stage.entrypoint = instruction
        # https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
        self._stage.command = None

    def _onbuild(self, instruction: Instruction) -> None:
        self._inner(instruction)

    def _healthcheck(self, instruction: Instruction) -> None:
        self._inner(instruction)

    def _inner(self, instruction: Instruction) -> None:
        """An instruction within another."""
        start = instruction.column - 1
        text = instruction.text
        end = next((index for index in range(start, len(text)) if text[index].isspace()), len(text))
        name = text[start:end].upper()
        if name in {"RUN", "CMD"}:
            inner = Instruction(
                name, instruction.line, " " * end + text[end:], [], instruction.heredocs, instruction.tail
            )
            self._run(inner)

    def _finish(self) -> None:
        """What a stage starts in the end."""
        stage = self._stage
        entry = self._exec(stage.entrypoint) if stage.entrypoint is not None else None
        command = self._exec(stage.command) if stage.command is not None else None
        if stage.entrypoint is not None and entry is None:
            self._text(stage.entrypoint.text, stage.entrypoint.line)
        elif entry is not None:
            self._found += in_container(None, entry, command or [], self._place, self._script)
        elif command is not None and stage.image is not None:
            found = in_container(stage.image, None, command, self._place, self._script)
            self._found += [each for each in found if each.rule != "model-image"]
        elif stage.command is not None:
            self._text(stage.command.text, stage.command.line)

    @staticmethod
    def _exec(instruction: Instruction) -> list[Word] | None:
        """The words of the exec form, which is a list in JSON; None for the shell form."""
        start = instruction.column - 1
        text = instruction.text.replace("\\\n", " \n")
        if not text.startswith("[", start):
            return None
        node = json_nodes.parse(text[start:].rstrip(), instruction.line, start + 1)
        if node is None or node.items is None:
            return None
        return [item.word(HOLE if item.text.startswith("$") else item.text) for item in node.items if item.text]


def _pairs(instruction: Instruction) -> Iterator[tuple[str, Word | None]]:
    """The names and values of ``ENV`` and ``ARG``, also of the older form ``ENV NAME VALUE``."""
    words = list(_words(instruction))
    if not words:
        return
    first = words[0][0]
    if instruction.name == "ENV" and "=" not in first:
        if len(words) > 1:
            _, line, column = words[1]
            value = " ".join(text for text, _, _ in words[1:])
            yield first, Word((_unquoted(value),), line, column)
        return
    for text, line, column in words:
        name, mark, value = text.partition("=")
        quoted = value[:1] in {'"', "'"}
        yield name, Word((_unquoted(value),), line, column + len(name) + 1 + quoted) if mark else None


def _unquoted(text: str) -> str:
    parts: list[str] = []
    quote, at = "", 0
    while at < len(text):
        mark = text[at]
        if mark == "\\" and at + 1 < len(text) and quote != "'":
            at += 1
            parts.append(text[at])
        elif mark in {'"', "'"} and quote in {"", mark}:
            quote = "" if quote else mark
        else:
            parts.append(mark)
        at += 1
    return "".join(parts)


def _words(instruction: Instruction) -> Iterator[tuple[str, int, int]]:
    """Words with their lines and columns; blanks within quotes part none."""
    text = instruction.text.replace("\\\n", " \n")
    line, line_start, at = instruction.line, 0, 0
    while at < len(text):
        if text[at] == "\n":
            line, line_start = line + 1, at + 1
        if text[at].isspace():
            at += 1
            continue
        start, quote = at, ""
        while at < len(text) and (quote or not text[at].isspace()):
            if text[at] in {'"', "'"} and quote in {"", text[at]}:
                quote = "" if quote else text[at]
            at += 1 + (text[at] == "\\" and quote != "'")
        yield text[start:at], line, start - line_start + 1
