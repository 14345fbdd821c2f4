"""An argument list, such as a shell's command or a container's: which models it names, by the table of programs.

Where the list comes from is the caller's: a script, a Dockerfile, a manifest, or an admission request.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Insertion, Mention, Spot
from weighbridge.references.named import HOLE, WEIGHTS, Named, is_hub_name
from weighbridge.references.readers import Kind, named
from weighbridge.references.settings import mention
from weighbridge.references.shell_commands import ANY, COPIERS, PROGRAMS, Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_WORDS: Final = 2_000
_FLAG_STARTS: Final = ("--enable-", "--disable-", "--no-", "--use-", "--skip-", "--trust-", "--allow-credentials")
_VALUED_BEFORE: Final = frozenset(
    {"-C", "-c", "-n", "--context", "--namespace", "--profile", "--project", "--directory"}
)
"""Options in front of a subcommand that take a value."""
_NO_FLAGS: Final = ("name", "dir", "file", "token", "type", "include", "exclude", "path", "template", "lora", "config")
"""Parts of options that surely take a value, which is no model."""


@dataclass(frozen=True, slots=True)
class Word:
    """One argument.

    Args:
        texts: Everything that it can be, in the order of the text; holes where it can't be told.
        line: Counted from 1.
        column: Counted from 1, in characters.
        end_line: Where it ends.
        end_column: The column behind its last character.
        between: What is written between two arguments of this list.
        quote: What is written around an argument of this list.
        indent: How far later lines of a text in it are moved to the right.
    """

    texts: tuple[str, ...]
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    between: str = " "
    quote: str = ""
    indent: int = 0

    @property
    def text(self) -> str:
        """The one text; a hole if it can be several."""
        return self.texts[0] if len(self.texts) == 1 else HOLE

    @property
    def is_exact(self) -> bool:
        """Whether each character of the text has its place in the file: nothing was escaped, nothing put in."""
        if not self.end_line:
            return HOLE not in self.text
        length = self.end_column - self.column
        return self.line == self.end_line and len(self.text) <= length <= len(self.text) + 1


@dataclass(frozen=True, slots=True)
class Place:
    """Which file is read.

    Args:
        path: The file.
        cell: The notebook's cell, counted from 1.
    """

    path: str
    cell: int | None = None

    def spot(self, word: Word) -> Spot:
        """Where a word stands."""
        return Spot(self.path, word.line, word.column, self.cell)


@dataclass(slots=True)
class _Parsed:
    """The arguments behind the program's name.

    Args:
        options: The values of each option, as the table spells it.
        positional: The others.
        is_underscored: Whether options are written with ``_`` between their words.
    """

    options: dict[str, list[Word]] = field(default_factory=dict)
    positional: list[Word] = field(default_factory=list)
    is_underscored: bool = False


_BY_NAME: Final[dict[str, list[Program]]] = {}
for _program in PROGRAMS:
    _BY_NAME.setdefault(_program.starts[0], []).append(_program)


def program_name(text: str) -> str:
    """A program's name without its folder and version: ``python`` for ``/usr/bin/python3.11``."""
    name = text.rpartition("/")[2].removesuffix(".exe")
    bare = name.rstrip("0123456789.")
    return bare if bare in {"python", "pip", "pypy"} else name


def canonical(words: Sequence[Word]) -> list[Word]:
    """The same list with ``python -m MODULE`` as one name, as the table has it."""
    if not words:
        return []
    head = words[0]
    name = program_name(head.text)
    rest = list(words[1:])
    if name != "python":
        return [Word((name,), head.line, head.column, head.end_line, head.end_column), *rest]
    while rest and rest[0].text.startswith("-") and rest[0].text not in {"-m", "-c"}:
        rest = rest[2:] if rest[0].text in {"-X", "-W"} else rest[1:]
    if len(rest) > 1 and rest[0].text == "-m":
        module = rest[1].text
        known = {"pip": "pip", "huggingface_hub.commands.huggingface_cli": "huggingface-cli"}
        short = known.get(module) or (module if module in _BY_NAME else f"python -m {module}")
        return [Word((short,), head.line, head.column, head.end_line, head.end_column), *rest[2:]]
    return [Word((name,), head.line, head.column, head.end_line, head.end_column), *rest]


def mentions(words: Sequence[Word], place: Place) -> Iterator[Mention]:
    """The models that an argument list names.

    Args:
        words: The program and its arguments, wrappers such as ``sudo`` taken off.
        place: The file.
    """
    listed = canonical(words[:MAX_WORDS])
    if not listed:
        return
    yield from _copied(listed, place)
    # Of a program that is not known, options that no other thing has name a model too.
    programs = _BY_NAME.get(listed[0].text) or [each for each in _BY_NAME[ANY] if each.kind is Kind.HUB]
    found = [(program, rest) for program in programs if (rest := _behind(program, listed)) is not None]
    longest = max((len(program.starts) for program, _ in found), default=0)
    seen: set[Mention] = set(_overrides(listed, place))
    yield from sorted(seen, key=lambda each: each.spot)
    for program, rest in found:
        if len(program.starts) == longest:
            for each in _by_program(program, rest, place):
                if each not in seen:
                    seen.add(each)
                    yield each


def _overrides(words: Sequence[Word], place: Place) -> Iterator[Mention]:
    """Settings that a script of Python is given as ``model.name=owner/name``.

    https://hydra.cc/docs/advanced/override_grammar/basic/
    """
    for word in words[2:] if words[0].text == "python" else ():
        key, mark, text = word.text.partition("=")
        if mark and key[:1] != "-":
            bare = key.lstrip("+~")
            found = mention(bare, text.strip("'\""), place.spot(_after(word, len(key) + 1)), {}, "script-option")
            if found is not None:
                yield found


def _behind(program: Program, words: Sequence[Word]) -> list[Word] | None:
    """What follows a program's subcommands; None if they are not there."""
    rest = list(words[1:])
    for wanted in program.starts[1:]:
        while rest and rest[0].text.startswith("-"):
            rest = rest[2:] if rest[0].text in _VALUED_BEFORE else rest[1:]
        if not rest or rest[0].text != wanted:
            return None
        rest = rest[1:]
    return rest


def _parse(words: Sequence[Word], program: Program) -> _Parsed:
    parsed = _Parsed()
    index = 0
    while index < len(words):
        word = words[index]
        text, index = word.texts[0], index + 1
        if text == "--":
            parsed.positional += words[index:]
            break
        if not text.startswith("-") or text == "-":
            parsed.positional.append(word)
            continue
        name, mark, _ = text.partition("=")
        parsed.is_underscored = parsed.is_underscored or "_" in name
        name = _option(name)
        values = parsed.options.setdefault(name, [])
        if mark:
            values.append(_after(word, len(text.partition("=")[0]) + 1))
        elif name in program.flags or name.startswith(_FLAG_STARTS):
            continue
        elif index < len(words) and not words[index].texts[0].startswith("-"):
            values.append(words[index])
            index += 1
    return parsed


def _option(name: str) -> str:
    """An option as the table spells it."""
    head = name[: len(name) - len(name.lstrip("-"))]
    return head + name[len(head) :].replace("_", "-")


def _after(word: Word, length: int) -> Word:
    """The value of ``--option=value``."""
    texts = tuple(text.partition("=")[2] for text in word.texts)
    return Word(
        texts, word.line, word.column + length, word.end_line, word.end_column, word.between, word.quote, word.indent
    )


def _by_program(program: Program, words: Sequence[Word], place: Place) -> Iterator[Mention]:
    parsed = _parse(words, program)
    said = {(name, value.text) for name, values in parsed.options.items() for value in values}
    if any(each in said for each in program.unless):
        return
    values = [value for name in program.options for value in parsed.options.get(name, [])]
    if program.kind is Kind.LINK and program.position is not None:
        values += [word for word in words if "/" in word.text]
    elif program.position is not None and not (values and not program.is_every):
        values += (
            parsed.positional[program.position :] if program.is_every else parsed.positional[program.position :][:1]
        )
    if not values and program.kind is Kind.HUB and program.position is not None:
        values = _behind_flags(parsed, program)[:1]
    runs_code = any(name in parsed.options for name in program.code)
    revision = [value for name in program.revision for value in parsed.options.get(name, [])]
    for value in values:
        for each in _said(program, value, revision, place, runs_code=runs_code):
            # Git's --branch takes no commit.
            is_branch = any("revision" not in name for name in program.revision if name in parsed.options)
            yield replace(each, insertion=None) if is_branch else _spelled(each, parsed)
    for option, revised in program.also:
        for value in parsed.options.get(option, []):
            given = parsed.options.get(revised, [])
            for each in _said(program, value, given, place, runs_code=runs_code, also=revised):
                yield _spelled(each, parsed)


def _spelled(found: Mention, parsed: _Parsed) -> Mention:
    """A mention whose insertion spells its option as the others are."""
    told = found.insertion
    if told is None or not parsed.is_underscored:
        return found
    start = told.before.find("--") + 2
    before = told.before[:start] + told.before[start:].replace("-", "_")
    # In a list of YAML, the dash of the next item stands behind the option.
    at = before.find("\n", start)
    return replace(found, insertion=replace(told, before=before if at < 0 else before[:at] + told.before[at:]))


def _behind_flags(parsed: _Parsed, program: Program) -> list[Word]:
    """What stands behind an option that may be a flag, where nothing else names the model."""
    known = {*program.revision, *(option for option, _ in program.also)}
    return [
        value
        for name, values in parsed.options.items()
        if name not in known and not any(word in name for word in _NO_FLAGS)
        for value in values
        if is_hub_name(value.text, with_owner=True)
    ]


def _said(
    program: Program, value: Word, revision: Sequence[Word], place: Place, *, runs_code: bool, also: str | None = None
) -> Iterator[Mention]:
    what = " ".join(program.starts)
    option = also if also is not None else next(iter(program.revision), "")
    for text in value.texts:
        found = named(program.kind, text)
        if found is None:
            continue
        written = found.revision
        is_open = found.is_open
        if revision and written is None:
            said = revision[-1].text
            written, is_open = (None, True) if HOLE in said else (said, is_open)
        can_pin = found.can_pin and (
            bool(option) or found.revision is not None or found.scheme in {"mlflow", "oci", "spacy", "weighbridge"}
        )
        pins = can_pin and bool(option) and written is None and not is_open and found.model is not None
        insertion = _insertion(value, option) if pins and len(value.texts) == 1 and value.end_line else None
        if written and found.revision is None:
            insertion = _replacement(revision[-1])
        yield Mention(
            place.spot(value),
            program.rule,
            what,
            found.scheme,
            found.model,
            written,
            is_open=is_open,
            can_pin=can_pin,
            runs_code=runs_code,
            insertion=insertion,
        )


def _insertion(value: Word, option: str) -> Insertion:
    edge = f"{value.between}{value.quote}"
    return Insertion(value.end_line, value.end_column, f"{edge}{option}{value.quote}{edge}", value.quote)


def _replacement(word: Word) -> Insertion | None:
    """Another revision in the place of one; None where its text does not stand there as it is."""
    length = len(word.text)
    # `--revision='main'` is one word with quotes in it.
    is_quoted = word.line == word.end_line and word.end_column - word.column == length + 2
    if not is_quoted and not word.is_exact:
        return None
    return Insertion(word.line, word.column + is_quoted, "", "", length)


def _copied(words: Sequence[Word], place: Place) -> Iterator[Mention]:
    """What a copier of object stores fetches."""
    texts = [word.text for word in words[:3]]
    what = next((copier for copier in COPIERS if texts[: len(copier)] == list(copier)), None)
    if what is None:
        return
    for word in words[len(what) :]:
        if not word.text.startswith("-"):
            found = _object(word.text)
            if found is not None:
                yield Mention(place.spot(word), "download", " ".join(what), found.scheme, found.model, can_pin=False)
            # The second place is where it goes.
            return


def _object(text: str) -> Named | None:
    return named(Kind.PLACE, text) if text.lower().endswith(WEIGHTS) and "://" in text else None
