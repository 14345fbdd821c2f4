"""Programs that start other programs, such as ``sudo``, ``uv run``, ``bash -c`` and ``docker run``: what they start.

The tables are data; options that are not in them count as having no value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from weighbridge.references.arguments import Word, program_name
from weighbridge.references.named import HOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_WRAPPERS: Final = 20
SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_NONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A program that starts what follows.

    Args:
        valued: Its options that take a value.
        skipped: How many arguments of its own come first.
        assigns: Whether ``NAME=VALUE`` may come first.
    """

    valued: frozenset[str] = _NONE
    skipped: int = 0
    assigns: bool = False


_PLAIN: Final = Wrapper()
_ENGINES: Final = frozenset({"docker", "podman", "nerdctl"})
WRAPPERS: Final[dict[tuple[str, ...], Wrapper]] = {
    ("sudo",): Wrapper(frozenset({"-u", "-g", "-h", "-p", "-C", "--user", "--group"}), assigns=True),
    ("doas",): Wrapper(frozenset({"-u"})),
    ("env",): Wrapper(frozenset({"-u", "-C", "--unset", "--chdir"}), assigns=True),
    **dict.fromkeys((("nohup",), ("time",), ("command",), ("builtin",), ("setsid",), ("exec",), ("then",)), _PLAIN),
    **dict.fromkeys((("tini",), ("dumb-init",), ("catchsegv",), ("unbuffer",), ("xvfb-run",)), _PLAIN),
    ("uvx",): Wrapper(frozenset({"--from", "--with", "--python", "-p"})),
    ("nice",): Wrapper(frozenset({"-n"})),
    ("ionice",): Wrapper(frozenset({"-c", "-n"})),
    ("timeout",): Wrapper(frozenset({"-s", "-k", "--signal", "--kill-after"}), 1),
    ("stdbuf",): Wrapper(frozenset({"-i", "-o", "-e"})),
    ("numactl",): Wrapper(frozenset({"-N", "-m", "-C"})),
    ("taskset",): Wrapper(skipped=1),
    ("gosu",): Wrapper(skipped=1),
    ("su-exec",): Wrapper(skipped=1),
    ("retry",): Wrapper(frozenset({"-t", "-n", "-d"})),
    ("xargs",): Wrapper(frozenset({"-n", "-P", "-I", "-L", "-d", "-a", "-s", "--max-args", "--max-procs"})),
    ("srun",): Wrapper(frozenset({"-n", "-N", "-p", "-c", "-J", "-t"})),
    ("mpirun",): Wrapper(frozenset({"-n", "-np", "-H", "--hostfile", "-x"})),
    ("uv", "run"): Wrapper(frozenset({"--with", "--python", "-p", "--extra", "--group", "--project", "--directory"})),
    ("uv", "tool", "run"): Wrapper(frozenset({"--from", "--with", "--python"})),
    ("uv", "pip"): _PLAIN,
    ("poetry", "run"): _PLAIN,
    ("pipx", "run"): Wrapper(frozenset({"--spec"})),
    ("pdm", "run"): _PLAIN,
    ("rye", "run"): _PLAIN,
    ("hatch", "run"): _PLAIN,
    ("pipenv", "run"): _PLAIN,
    ("pixi", "run"): Wrapper(frozenset({"-e", "--environment"})),
    ("conda", "run"): Wrapper(frozenset({"-n", "-p", "--name", "--prefix"})),
    ("micromamba", "run"): Wrapper(frozenset({"-n", "-p", "--name", "--prefix"})),
    **{(engine, "exec"): Wrapper(frozenset({"-e", "-u", "-w", "--env", "--user"}), 1) for engine in _ENGINES},
    ("docker", "compose", "exec"): Wrapper(frozenset({"-e", "-u", "-w", "--index"}), 1),
    ("docker", "compose", "run"): Wrapper(frozenset({"-e", "-u", "-w", "-v", "-p", "--name"}), 1),
    ("docker-compose", "exec"): Wrapper(frozenset({"-e", "-u", "-w", "--index"}), 1),
    ("kubectl", "exec"): Wrapper(frozenset({"-n", "-c", "--namespace", "--container"}), 1),
    ("apptainer", "exec"): Wrapper(frozenset({"-B", "--bind", "--env"}), 1),
    ("singularity", "exec"): Wrapper(frozenset({"-B", "--bind", "--env"}), 1),
}
"""By name and subcommands."""
_PYTHON_STARTERS: Final = {
    ("accelerate", "launch"),
    ("torchrun",),
    ("deepspeed",),
    ("python -m torch.distributed.run",),
    ("python -m torch.distributed.launch",),
}
"""What starts a Python script with its arguments."""
_RUN_VALUED: Final = frozenset(
    {
        *("-e", "--env", "-v", "--volume", "-p", "--publish", "--name", "--gpus", "--network", "--net", "-w", "-u"),
        *("--shm-size", "--ipc", "--mount", "--runtime", "--env-file", "--entrypoint", "--platform", "-m", "--memory"),
        *("--cpus", "--restart", "--device", "--ulimit", "--user", "--workdir", "--add-host", "-h", "--hostname", "-l"),
        *("--label", "--pull", "--security-opt", "--cap-add", "--tmpfs", "--log-driver", "--log-opt", "--expose"),
        *("--health-cmd", "--cpuset-cpus", "--group-add", "--dns", "--pid", "--userns", "--cidfile", "--volumes-from"),
    }
)


@dataclass(slots=True)
class Started:
    """What a command starts.

    Args:
        words: The program and its arguments; empty if it starts a script or a container.
        scripts: Texts for a shell.
        image: The image of a container.
        arguments: What the image's entrypoint is given.
        entrypoint: What stands in its place, if anything.
        settings: Variables that are set for it, each with its name.
        python: Texts for Python.
    """

    words: list[Word] = field(default_factory=list)
    scripts: list[Word] = field(default_factory=list)
    image: Word | None = None
    arguments: list[Word] = field(default_factory=list)
    entrypoint: Word | None = None
    settings: list[tuple[str, Word]] = field(default_factory=list)
    python: list[Word] = field(default_factory=list)


def started(words: Sequence[Word]) -> Started:
    """What a command starts in the end.

    Args:
        words: The command and its arguments.
    """
    found = Started(list(words))
    for _ in range(_MAX_WRAPPERS):
        if not found.words or not _step(found):
            break
    return found


def _step(found: Started) -> bool:
    """Take one wrapper off; False if there is none."""
    words = found.words
    name = program_name(words[0].text)
    if not words[0].text.strip(HOLE) and len(words) > 1:
        # A variable such as $SUDO or $PYTHON.
        found.words = [_renamed(words[0], "python"), *words[1:]] if words[1].text == "-m" else words[1:]
        return True
    if name in SHELLS or name in {"eval", "ssh", "su"}:
        _to_shell(found, name)
        return False
    if name == "weighbridge" and [word.text for word in words[1:2]] == ["run"]:
        # What it starts is given approved models alone.
        end = next((index for index, word in enumerate(words) if word.text == "--"), len(words))
        found.words = words[:end]
        return False
    if name in _ENGINES and [word.text for word in words[1:2]] in (["run"], ["create"]):
        _to_container(found)
        return False
    if name == "python" and [word.text for word in words[1:2]] == ["-c"]:
        found.python, found.words = words[2:3], []
        return False
    return _unwrap(found, name)


def _renamed(word: Word, text: str) -> Word:
    return Word((text,), word.line, word.column, word.end_line, word.end_column)


def _unwrap(found: Started, name: str) -> bool:
    texts = [name, *(word.text for word in found.words[1:4])]
    for length in (3, 2, 1):
        key = tuple(texts[:length])
        if key in _PYTHON_STARTERS:
            found.words = [_renamed(found.words[0], "python"), *found.words[length:]]
            return False
        wrapper = WRAPPERS.get(key)
        if wrapper is not None:
            found.words = _behind(found, found.words[length:], wrapper)
            if key == ("xargs",):
                found.words.append(_renamed(found.words[0] if found.words else Word((HOLE,), 1), HOLE))
            if key == ("uv", "pip"):
                found.words = [Word(("pip",), 1), *found.words]
            return True
    return False


def printed(words: Sequence[Word]) -> Sequence[Word]:
    """What ``echo`` or ``printf`` prints, as far as its words tell; nothing for other commands.

    Args:
        words: The command.
    """
    if not words or words[0].text not in {"echo", "printf"}:
        return ()
    return [word for word in words[1:] if not word.text.startswith("-") and "%" not in word.text]


def with_input(words: Sequence[Word], given: Sequence[Word]) -> Sequence[Word]:
    """A command of ``xargs`` with what it reads in its place: behind all, or wherever ``-I`` says.

    Args:
        words: The command.
        given: What it reads; nothing if that can't be told.
    """
    texts = [word.text for word in words]
    if not given or texts[:1] != ["xargs"]:
        return words
    mark = next((after for before, after in pairwise(texts) if before == "-I"), "")
    mark = mark or next((text[2:] for text in texts if text.startswith("-I")), "")
    if not mark:
        return [*words, *given]
    within = given[0].text
    # What stands alone keeps its own place in the file.
    return [
        given[0] if word.text == mark else replace(word, texts=tuple(text.replace(mark, within) for text in word.texts))
        for word in words
    ]


def _behind(found: Started, words: list[Word], wrapper: Wrapper) -> list[Word]:
    skipped = wrapper.skipped
    index = 0
    while index < len(words):
        text = words[index].text
        name, mark, _ = text.partition("=")
        if text == "--":
            return words[index + 1 :]
        if text.startswith("-"):
            index += 2 if not mark and name in wrapper.valued else 1
        elif wrapper.assigns and mark and name.isidentifier():
            found.settings.append((name, _value(words[index], len(name) + 1)))
            index += 1
        elif skipped:
            skipped -= 1
            index += 1
        else:
            return words[index:]
    return []


def _value(word: Word, length: int) -> Word:
    texts = tuple(text.partition("=")[2] for text in word.texts)
    return Word(texts, word.line, word.column + length, word.end_line, word.end_column)


def _to_shell(found: Started, name: str) -> None:
    words, found.words = found.words[1:], []
    if name == "eval":
        found.scripts = words[:1] if len(words) == 1 else []
        found.words = words if len(words) > 1 else []
        return
    if name == "ssh":
        rest = _behind(found, words, Wrapper(frozenset({"-i", "-p", "-o", "-l", "-L", "-R", "-J", "-F"}), 1))
        found.scripts, found.words = (rest, []) if len(rest) == 1 else ([], rest)
        return
    for index, word in enumerate(words):
        text = word.text
        if text.startswith("-") and not text.startswith("--") and "c" in text:
            found.scripts = words[index + 1 : index + 2]
            return


def _to_container(found: Started) -> None:
    words, found.words = found.words[2:], []
    index = 0
    while index < len(words):
        text = words[index].text
        if not text.startswith("-"):
            found.image, found.arguments = words[index], words[index + 1 :]
            return
        name, mark, _ = text.partition("=")
        value = _value(words[index], len(name) + 1) if mark else words[index + 1] if index + 1 < len(words) else None
        if value is not None and name in {"-e", "--env"}:
            key, has_value, _ = value.text.partition("=")
            if has_value and key.isidentifier():
                found.settings.append((key, _value(value, len(key) + 1)))
        elif value is not None and name == "--entrypoint":
            found.entrypoint = value
        index += 2 if not mark and name in _RUN_VALUED else 1
