"""The mentions of one call: what its arguments can be, read as the table says."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Insertion, Mention, Spot
from weighbridge.references.named import HOLE, Named, is_local
from weighbridge.references.python_arguments import Argument, Arguments, calls
from weighbridge.references.python_bound import end, path_of
from weighbridge.references.python_calls import CODE, Call
from weighbridge.references.python_candidates import HandedOver
from weighbridge.references.python_constants import Thing
from weighbridge.references.python_kinds import asked, named_by, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.references.python_callee import Callee
    from weighbridge.references.python_constants import Told
    from weighbridge.references.python_match import Matcher
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_told import Reading

_WRITTEN_IN: Final = ("revision", "tokenizer_revision")
_VERSIONED: Final = ("mlflow", "torchhub")
_MAX_WHAT: Final = 120


@dataclass(frozen=True, slots=True)
class File:
    """The file that is read.

    Args:
        path: Relative to the repository.
        lines: Its lines.
        saved: Texts that it uses as folders, with the line from which on they are ones.
    """

    path: str
    lines: list[str]
    saved: dict[str, int] = field(default_factory=dict)

    def spot(self, node: ast.expr) -> Spot:
        """Where a node begins.

        Args:
            node: A node of this file.
        """
        return Spot(self.path, node.lineno, len(self.before(node.lineno, node.col_offset)) + 1)

    def before(self, line: int, column: int) -> str:
        """The text of a line before a column in UTF-8.

        Args:
            line: Counted from 1.
            column: In bytes.
        """
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return text.encode("utf-8", "replace")[:column].decode("utf-8", "replace")


def mentions(file: File, node: ast.Call, frame: Frame, reading: Reading, matcher: Matcher) -> Iterator[Mention]:
    """The models that a call names.

    Args:
        file: The file.
        node: The call.
        frame: Where it stands.
        reading: Reads its arguments.
        matcher: Knows the table.
    """
    for callee, arguments in calls(node, frame, reading):
        call = matcher.call(callee, reading)
        if call is not None:
            yield from _OneCall(file, node, call, callee, arguments, reading).mentions()


@dataclass(frozen=True, slots=True)
class _OneCall:
    file: File
    node: ast.Call
    call: Call
    callee: Callee
    arguments: Arguments
    reading: Reading

    def mentions(self) -> Iterator[Mention]:
        call, arguments = self.call, self.arguments
        if not self._holds():
            return
        if call.kind.startswith("callee:"):
            named = Named("https", f"{call.kind.partition(':')[2]}/{self.callee.last}", can_pin=False)
            yield self._mention(self.node, named, None, "")
            return
        given = arguments.get(call.model, call.position)
        pairs = [(given, call.revision), *((arguments.words.get(name), word) for name, word in call.also)]
        seen: set[Named] = set()
        for argument, keyword in pairs:
            for each in self._read(argument, keyword) if argument is not None else ():
                key = replace(each, can_pin=True)
                if key not in seen:
                    seen.add(key)
                    yield self._mention(argument.at if argument is not None else self.node, each, argument, keyword)
        if given is None and self._is_left_open():
            yield self._mention(self.node, replace(unknown(call.kind), is_open=arguments.is_open), None, call.revision)

    def _is_left_open(self) -> bool:
        """Whether the model is in arguments that can't be told, or is the default of a task."""
        arguments = self.arguments
        if self._is_quiet() or self.call.rule == "vendor-api":
            return False
        if self.call.rule == "hf-pipeline":
            return bool(arguments.placed or "task" in arguments.words) and not arguments.is_open
        return arguments.is_open_placed or (arguments.is_open and not arguments.placed and not arguments.words)

    def _told(self, argument: Argument | None) -> Told:
        return self.reading.told(argument.value, argument.frame) if argument is not None else ()

    def _word(self, name: str, position: int | None = None) -> Told:
        return self._told(self.arguments.get((name,), position))

    def _holds(self) -> bool:  # noqa: PLR0911  one case for each condition
        """Whether what else the table asks for holds."""
        if any(isinstance(each, str) and each not in {"model", HOLE} for each in self._word("repo_type")):
            return False
        match self.call.when:
            case "pretrained":
                given, names = self._word("pretrained", 1), self._told(self.arguments.get(self.call.model, 0))
                return _is_on(given) or any(str(name).startswith(("hf-hub:", "hf_hub:")) for name in names)
            case "tag":
                given, names = self._word("pretrained", 1), self._told(self.arguments.get(self.call.model, 0))
                fetched = any(isinstance(each, str) and each and not is_local(each) for each in given)
                hub = any(str(name).startswith(("hf-hub:", "hf_hub:")) for name in names)
                return fetched or hub or self.callee.last == "create_model_from_pretrained"
            case "hub":
                return any(str(name).startswith("hf-hub:") for name in self._word(self.call.model[0], 0))
            case "weights":
                several = [self._word(name) for name in ("weights", "pretrained", "weights_backbone")]
                placed = self._told(self.arguments.get((), 0)) if self.callee.last != "get_model" else ()
                return any(_is_on(each) for each in [*several, tuple(each for each in placed if each is True)])
            case "imagenet":
                return self.callee.last[:1].isupper() and self._word("weights", 1) in {(), ("imagenet",)}
            case "remote":
                return self._word("source") in {(), ("github",), (HOLE,)}
            case _:
                return True

    def _read(self, argument: Argument, keyword: str) -> list[Named]:
        """The models that an argument names, with the revision that is given beside it."""
        reading = self.reading
        revised = self.arguments.get((keyword,), self.call.revision_at) if keyword else None
        if isinstance(argument.value, ast.Tuple) and argument.value.elts:
            # A pipeline's `tokenizer=("owner/name", {"revision": "…"})`.
            name, *options = argument.value.elts
            for key, item, where in [each for part in options for each in reading.entries(part, argument.frame)]:
                if reading.told(key, where) == (keyword,):
                    revised = Argument(item, where, argument.at)
            argument = Argument(name, argument.frame, argument.at)
        reading.loops.consulted.clear()
        told = self._told(argument)
        if Thing.OBJECT in told and len(told) == 1:
            return []
        loops = dict(reading.loops.consulted)
        reading.loops.consulted.clear()
        revisions = self._told(revised)
        # Of loops within each other, the one with the most turns is that of the places where models are named.
        shared = max(loops.keys() & reading.loops.consulted.keys(), key=lambda loop: loops[loop], default=0)
        if loops.get(shared, 0) <= 1:
            return self._named(told, revisions if revised is not None else None)
        found: list[Named] = []
        for index in range(loops[shared]):
            reading.loops.chosen = {shared: index}
            found += self._named(self._told(argument), self._told(revised))
        reading.loops.chosen = {}
        return list(dict.fromkeys(found))

    def _named(self, told: Told, revisions: Told | None) -> list[Named]:
        whose = self._whose()
        found: list[Named] = []
        for text in told:
            is_name = isinstance(text, str) and self.file.saved.get(text, self.node.lineno) >= self.node.lineno
            named = named_by(self.call.kind, str(text), whose) if is_name else None
            if named is None or (named.model is None and self._is_quiet()):
                continue
            if named.revision is None and not named.is_open:
                named = self._revised(named, revisions)
            found.append(named)
        return list(dict.fromkeys(found))

    def _is_quiet(self) -> bool:
        """Whether what can't be told is passed over; what a class hands on to itself is its caller's to name."""
        match self.node.func:
            case ast.Attribute(value=ast.Name(id="cls" | "self") | ast.Call(func=ast.Name(id="super"))):
                return True
            case _:
                return self.call.quiet

    def _revised(self, named: Named, revisions: Told | None) -> Named:
        if revisions is None:
            return replace(named, is_open=self.arguments.is_open and bool(self.call.revision))
        known = {each for each in revisions if each is not None and each is not Thing.OBJECT and each != HOLE}
        told = known if len(known) == 1 else ()
        if not known and HOLE not in revisions and Thing.OBJECT not in revisions:
            return named
        one = str(next(iter(told))) if told else ""
        if not one or HOLE in one:
            return replace(named, is_open=True)
        return replace(named, revision=f"@{one}" if self.call.revision == "alias" else one)

    def _whose(self) -> str:
        """Whose models the client asks that a method is of, or that is made here."""
        kind = self.call.kind
        if kind == "provided":
            return next((str(each) for each in self._word("model_provider") if isinstance(each, str)), "")
        if kind not in {"client", "anthropic"}:
            return ""
        if self.callee.made is None:
            base = self._base(self.arguments.words.get("base_url") or self.arguments.words.get("openai_api_base"))
            name = "OpenAI" if self.callee.is_known else ""
            return asked(name, base)
        made, frame = self.callee.made
        word = next(
            (word.value for word in made.keywords if word.arg in {"base_url", "api_base", "azure_endpoint"}), None
        )
        name = next((part for part in reversed(self.callee.name.split(".")) if part[:1].isupper()), "")
        open_ended = any(word.arg is None for word in made.keywords)
        base = self._base(Argument(word, frame, word) if word is not None else None)
        return asked(name, "" if base is None and open_ended else base) if not name.endswith("AzureOpenAI") else "azure"

    def _base(self, argument: Argument | None) -> str | None:
        if argument is None:
            return None
        told = [each for each in self._told(argument) if each is not None]
        return str(told[0]) if len(told) == 1 else "" if told else None

    def _mention(self, at: ast.expr, named: Named, argument: Argument | None, keyword: str) -> Mention:
        written = keyword and (argument is None or self.arguments.get((keyword,), self.call.revision_at) is not None)
        can_pin = bool(keyword) or (named.can_pin and named.revision is not None) or named.scheme in _VERSIONED
        code = [self._word(name) for name in CODE]
        pins = keyword in _WRITTEN_IN and not written and named.model is not None and named.revision is None
        return Mention(
            self.file.spot(at),
            self.call.rule,
            (".".join(path_of(self.node.func)) or ast.unparse(self.node.func))[:_MAX_WHAT],
            named.scheme,
            named.model,
            named.revision,
            is_open=named.is_open,
            can_pin=can_pin and named.can_pin and named.scheme != "api",
            runs_code=any(_is_on(each) for each in code),
            insertion=self._insertion(keyword)
            if pins and not self.arguments.is_open and named.scheme == "hf"
            else None,
        )

    def _insertion(self, keyword: str) -> Insertion | None:
        node = self.node
        if isinstance(node, HandedOver):
            return None
        last = max([*node.args, *(word.value for word in node.keywords)], key=end, default=None)
        if last is None:
            return None
        line, column = end(last)
        start = self.file.before(line, column)
        rest = self.file.lines[line - 1][len(start) :].lstrip() if line <= len(self.file.lines) else ""
        if rest.startswith(")") and end(node) != (line, column + 1):
            # The argument stands in parentheses of its own.
            return None
        return Insertion(line, len(start) + 1, f', {keyword}="', '"')


def _is_on(told: Told) -> bool:
    """Whether a switch is on, or can't be told."""
    return any(each not in {False, None, ""} and not (isinstance(each, int) and each == 0) for each in told)
