"""A user's program as a process of its own, which is asked and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from tests.services.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.e2e.chain import Chain

HERE = Path(__file__).parent


class Program:
    """`loaders.py` in the folder of a project.

    Args:
        chain: The project, and its user's environment.
        log: Where its frameworks write.
    """

    def __init__(self, chain: Chain, log: Path) -> None:
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, HERE / "loaders.py"],
                cwd=chain.root,
                env=environment(chain),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        requests, replies = self._pipes
        requests.close()
        replies.close()
        self._process.wait()

    @property
    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def _ask(self, front: str, place: Path | None) -> Any:
        requests, replies = self._pipes
        requests.write(json.dumps([front, None if place is None else str(place)]) + "\n")
        requests.flush()
        line = replies.readline()
        assert line, self._log.read_text(errors="replace")
        return json.loads(line)

    def outputs(self, front: str, place: Path | None = None) -> Any:
        """What a front gives, from what is approved or from a folder."""
        reply = self._ask(front, place)
        assert "outputs" in reply, reply
        return reply["outputs"]

    def refusal(self, front: str) -> dict[str, Any]:
        """The error of a front that is not allowed to load."""
        reply: dict[str, Any] = self._ask(front, None)
        assert "error" in reply, f"{front} loaded what it must not: {str(reply)[:200]}"
        error: dict[str, Any] = reply["error"]
        return error


def environment(chain: Chain) -> dict[str, str]:
    """The shell of a user whose libraries ask nobody for anything."""
    given = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "1",
    }
    # Python writes what it compiled beside each module, as it does for a user.
    kept = {name: value for name, value in chain.environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **given}


def serving(
    chain: Chain,
    command: Sequence[str],
    log: Path,
    is_ready: Callable[[], bool],
    extra: Mapping[str, str] | None = None,
) -> Server:
    """A server in the folder of a project; it starts when it is told to."""
    # `Server` adds to this process's environment: what it must not see is emptied.
    inherited = {name: "" for name in os.environ if name.startswith(("WEIGHBRIDGE_", "MLFLOW_", "PYTHON"))}
    words = ["sh", "-c", 'cd "$0" && exec "$@"', str(chain.root), *command]
    return Server(words, log, is_ready, {**inherited, **environment(chain), **(extra or {})})
