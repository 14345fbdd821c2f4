"""The launch of a server of one approved model: its words, its environment, and what its reader must know.

Pure: nothing is started, and nothing is judged. That a stage allows the model is for `weighbridge.wiring.launching` to
see to before anything here is called. For containers see `weighbridge.reports.launch_containers`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.digest import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin

VLLM, TRANSFORMERS = "vllm", "transformers"
ARGS, COMPOSE, KUBERNETES = "args", "compose", "kubernetes"
FORMATS = (ARGS, COMPOSE, KUBERNETES)
HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  inside a container, which decides itself what it publishes

# The bytes are here already: no library asks the Hub for anything, and none tells anybody.
_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1"}
_OWN_ENVIRONMENT = {VLLM: {"VLLM_NO_USAGE_STATS": "1"}, TRANSFORMERS: {"HF_HUB_DISABLE_TELEMETRY": "1"}}
# From these transformers and vLLM learn that a model brings its own code.
_CONFIGURATIONS = frozenset(
    {
        "config.json",
        "generation_config.json",
        "preprocessor_config.json",
        "processor_config.json",
        "tokenizer_config.json",
    }
)


@dataclass(frozen=True, slots=True)
class Launch:
    """One approved model, and how it is to be served.

    Args:
        server: `VLLM` or `TRANSFORMERS`.
        pin: What the stage allows.
        stage: The stage.
        served_name: The name that requests give; of vLLM alone.
        port: Where the server listens.
        code: Paths of the model's own code, which the server is told to run; empty if it is not.
    """

    server: str
    pin: Pin
    stage: str
    served_name: str
    port: int = 8000
    code: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What the server's environment must hold."""
        return {**_ENVIRONMENT, **_OWN_ENVIRONMENT[self.server]}

    @property
    def pull(self) -> tuple[str, ...]:
        """What verifies these very bytes again, and fetches them where they are missing."""
        return ("weighbridge", "pull", self.pin.name, "--stage", self.stage, "--digest", self.pin.digest)

    def arguments(self, folder: str, host: str) -> list[tuple[str, ...]]:
        """The server's words, one flag with its value each.

        Args:
            folder: Where the verified bytes are.
            host: The address to listen at.
        """
        # A folder has no revision: vLLM reads these for models of the Hub alone. They tell the reader which it is.
        commit = self.pin.revision if self.pin.ref.scheme == "hf" else ""
        revisions = ("--revision", "--tokenizer-revision", "--code-revision") if self.server == VLLM and commit else ()
        named = [("--served-model-name", self.served_name)] if self.server == VLLM else []
        return [
            (self.server, "serve", folder),
            *named,
            *((flag, commit) for flag in revisions),
            *([("--trust-remote-code",)] if self.code else []),
            ("--host", host),
            ("--port", str(self.port)),
        ]

    def command(self, folder: str, host: str) -> list[str]:
        """The same as one list."""
        return [word for words in self.arguments(folder, host) for word in words]

    @property
    def notes(self) -> list[str]:
        """What the reader must know, a line each."""
        pin = self.pin
        lines = [
            f"{pin.name} {short(pin.digest)}: {pin.source} at {pin.revision}",
            f"allowed in {self.stage} when this was printed; bytes: {pin.digest}",
        ]
        if self.code:
            lines.append(f"--trust-remote-code: its own code is pinned and approved with it: {', '.join(self.code)}")
        if self.server == TRANSFORMERS:
            lines.append("requests name the folder as their model, or none: this server has no other name for it")
        return lines


def own_code(pin: Pin, inspection: Inspection | None) -> tuple[str, ...]:
    """The code of its own that an allowed model needs to run: pinned files, named by its configuration.

    Empty where the inspection saw none, or saw a reference to code elsewhere: nobody approved that.

    Args:
        pin: What a stage allows, so that its rules or waivers let the code pass.
        inspection: What was seen in it.
    """
    if inspection is None or any(found.check == "foreign-reference" for found in inspection.findings):
        return ()
    if not any(found.check == "remote-code" and found.path in _CONFIGURATIONS for found in inspection.findings):
        return ()
    pinned = {file.entry.path for file in pin.files}
    return tuple(path for path in inspection.facts.get("code", ()) if path in pinned)


def shell(launch: Launch, folder: str) -> str:
    """A command for a shell, a line for each flag, under comments that say what it is."""
    comments = [
        *launch.notes,
        "the folder was verified just now; before a later start, verify it again:",
        f"  {line(launch.pull)}",
    ]
    words = [("env", *(f"{name}={value}" for name, value in launch.environment.items()))]
    words += launch.arguments(folder, HERE)
    return "".join(f"# {comment}\n" for comment in comments) + " \\\n  ".join(map(line, words)) + "\n"


def line(words: Sequence[str]) -> str:
    """Words as a shell takes them, on one line whatever they hold."""
    return " ".join(map(_word, words))


def _word(text: str) -> str:
    if text.isprintable():
        return shlex.quote(text)
    # ANSI-C quoting, of POSIX 2024: a bare line break or escape sequence would change what the reader sees.
    escaped = "".join(
        item if item.isprintable() and item not in "'\\" else "".join(f"\\x{byte:02x}" for byte in item.encode())
        for item in text
    )
    return f"$'{escaped}'"


def commented(lines: Sequence[str], document: str) -> str:
    """A document of YAML under comments."""
    return "".join(f"# {text}\n" for text in lines) + document


def no_expansion(words: Sequence[str]) -> list[str]:
    """Words in which neither Compose nor Kubernetes finds a variable to put in: both read ``$$`` as one ``$``."""
    return [word.replace("$", "$$") for word in words]


def no_expansion_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The same for an environment's values."""
    return {name: value.replace("$", "$$") for name, value in environment.items()}
