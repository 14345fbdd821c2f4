"""Commands that a Python program starts, such as ``subprocess.run(["hf", "download", "org/name"])``.

A list of words and a text for the shell are both read by the extractor of shell text, each at its place in the program.
"""

from __future__ import annotations

import ast
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.references.named import HOLE
from weighbridge.references.python_bound import last_of, path_of
from weighbridge.references.python_candidates import calls_on
from weighbridge.references.python_needles import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.mention import Mention
    from weighbridge.references.python_mentions import File
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_told import Reading

_RUNNERS: Final = frozenset(
    {
        *(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")),
        *("subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen"),
        *("asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec"),
    }
)
_LISTED: Final = frozenset({"asyncio.create_subprocess_exec", "run_commands"})
"""Those whose positional arguments are words, or commands, of their own."""
_METHODS: Final = frozenset({"run_commands"})
"""Methods of objects that may come from anywhere: the steps of an image of Modal."""
_NAMES: Final = frozenset({name.rpartition(".")[2] for name in _RUNNERS} | _METHODS)
_SIGNS: Final = (b"subprocess", b"os.system", b"os.popen", b"from os import", b"run_commands")
_MAX_WORDS: Final = 256
_CHARACTERS_A_STEP: Final = 100


def may_start(data: bytes) -> bool:
    """Whether a file can start a command, by its words alone.

    Args:
        data: The file.
    """
    return any(sign in data for sign in _SIGNS)


def commands(file: File, tree: ast.Module, frame: Frame, text: str, reading: Reading) -> Iterator[Mention]:
    """The models that the commands name which a file starts.

    Args:
        file: The file.
        tree: Its tree.
        frame: The module's scope.
        text: Its text, the lines ended by line feeds.
        reading: Reads expressions.
    """
    for call, where in calls_on(tree, frame, Lines(text).of(_NAMES), reading):
        last = last_of(call.func)
        if last not in _NAMES:
            continue
        names = {each.name for each in reading.callees(call.func, where)} & _RUNNERS
        if names or (last in _METHODS and isinstance(call.func, ast.Attribute)):
            yield from _started(file, call, where, min(names, default=last), reading)


def _started(file: File, call: ast.Call, frame: Frame, name: str, reading: Reading) -> Iterator[Mention]:
    given = [word.value for word in call.keywords if word.arg in {"args", "cmd", "command"}] or call.args
    if name == "asyncio.create_subprocess_exec":
        yield from _of_words(file, [(each, frame) for each in given], reading)
        return
    for each in given if name in _LISTED else given[:1]:
        command = _unsplit(each, frame, reading)
        elements = reading.elements(command, frame) if command is each else None
        if elements is not None:
            yield from _of_words(file, [item for item in elements if isinstance(item, tuple)], reading, each)
        else:
            yield from _of_text(file, command, each, frame, reading)


def _unsplit(node: ast.expr, frame: Frame, reading: Reading) -> ast.expr:
    """The text that ``shlex.split`` takes apart; anything else as it is."""
    for where, value in reading.settled(node, frame):
        if (
            isinstance(value, ast.Call)
            and where is frame
            and value.args
            and path_of(value.func)[-2:] == ["shlex", "split"]
        ):
            return value.args[0]
    return node


def _of_words(
    file: File, words: list[tuple[ast.expr, Frame]], reading: Reading, listed: ast.expr | None = None
) -> Iterator[Mention]:
    """The models of a list of words; each stands where its word does, or where the list does that is elsewhere."""
    at_home = {id(node) for node in ast.walk(listed)} if listed is not None else set()
    line, env, starts = "", dict[str, tuple[str, ...]](), list[tuple[int, ast.expr]]()
    for index, (node, where) in enumerate(words[:_MAX_WORDS]):
        told = [each if isinstance(each, str) else HOLE for each in reading.told(node, where)]
        if path_of(node) == ["sys", "executable"]:
            told = ["python"]
        line += " " if line else ""
        starts.append((len(line), node if listed is None or id(node) in at_home else listed))
        if len(told) == 1:
            line += shlex.quote(told[0])
        else:
            env[f"w{index}"] = tuple(told)
            line += f'"$w{index}"'
    for mention in _read(file, line, env, reading):
        node = next((each for start, each in reversed(starts) if start < mention.spot.column), starts[0][1])
        yield replace(mention, spot=file.spot(node), insertion=None)


def _of_text(file: File, command: ast.expr, at: ast.expr, frame: Frame, reading: Reading) -> Iterator[Mention]:
    """The models of a text for the shell; each stands on its line of a text that is written over several."""
    for text in reading.told(command, frame):
        if not isinstance(text, str):
            continue
        spot = file.spot(at)
        is_written = isinstance(command, ast.Constant | ast.JoinedStr)
        exact = is_written and (command.end_lineno or 0) - command.lineno == text.count("\n")
        for mention in _read(file, text, {}, reading):
            below = mention.spot.line - 1 if exact else 0
            there = replace(spot, line=spot.line + below, column=mention.spot.column if below else spot.column)
            yield replace(mention, spot=there, insertion=None)


def _read(file: File, text: str, env: dict[str, tuple[str, ...]], reading: Reading) -> tuple[Mention, ...]:
    if not reading.modules.spend(1 + len(text) // _CHARACTERS_A_STEP):
        return ()
    # It imports the grammar of Bash, which most Python files do not need; and it reads Python within shell text.
    from weighbridge.references.shell import extract_text  # noqa: PLC0415

    return extract_text(file.path, text, env=env).mentions
