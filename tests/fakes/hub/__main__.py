"""Serve folders as repositories of a test Hub, to try things by hand.

`python -m tests.fakes.hub --publish org/name=FOLDER` prints the Hub's URL and serves until SIGTERM or until its
standard input closes. Publishing the same repository again adds a commit.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.hub import lies
from tests.fakes.hub.hub import FakeHub

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTROL = """\
With --control each line of standard input is one JSON object and gets one line of JSON in return:
  {"do": "publish", "repo": "org/name", "folder": "FOLDER"}
  {"do": "rename", "old": "org/name", "new": "org/other"}
  {"do": "delete", "repo": "org/name"}
  {"do": "lie", "kind": "wrong_bytes", "on": "*.safetensors", "times": 1}
  {"do": "honest"}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), FakeHub(port=options.port) as hub:
        for repo_id, folder in options.publish:
            publish(hub, repo_id, folder)
        print(hub.url, flush=True)  # noqa: T201 - its one line of output
        if not _watches_input():
            while True:
                signal.pause()
        for line in sys.stdin:
            if options.control:
                print(json.dumps(obey(hub, line)), flush=True)  # noqa: T201 - the answer to a command
    return 0


def publish(hub: FakeHub, repo_id: str, folder: Path) -> str:
    """Commit everything in a folder, and nothing else, to main; returns the commit."""
    try:
        repo = hub.repo(repo_id)
    except KeyError:
        repo = hub.create_repo(repo_id)
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    head = repo.resolve("main")
    return repo.commit(files, delete=set(head.files) - set(files) if head else (), message=f"Publish {folder.name}")


def obey(hub: FakeHub, line: str) -> dict[str, Any]:
    """Carry out one command; a wrong one is answered, not raised."""
    try:
        match json.loads(line):
            case {"do": "publish", "repo": str(repo_id), "folder": str(folder)}:
                return {"commit": publish(hub, repo_id, Path(folder))}
            case {"do": "rename", "old": str(old), "new": str(new)}:
                hub.rename(old, new)
            case {"do": "delete", "repo": str(repo_id)}:
                hub.delete(repo_id)
            case {"do": "lie", "kind": str(kind), **details}:
                hub.lies.append(lies.BY_NAME[kind](**{str(name): value for name, value in details.items()}))
            case {"do": "honest"}:
                hub.lies.clear()
            case _:
                return {"error": "no such command"}
    except (ValueError, KeyError, TypeError, OSError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"done": True}


def _watches_input() -> bool:
    """Whether the end of standard input means something: for a pipe or a terminal, not for /dev/null."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fakes.hub",
        description="Serve folders as repositories of a test Hub. Point clients to the printed URL by HF_ENDPOINT.",
        epilog=CONTROL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--publish", type=_published, action="append", default=[], metavar="ORG/NAME=FOLDER", help="serve a folder"
    )
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--control", action="store_true", help="take commands from standard input")
    return parser


def _published(text: str) -> tuple[str, Path]:
    repo_id, _, folder = text.partition("=")
    if not folder or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not ORG/NAME=FOLDER with an existing folder")
    return repo_id, Path(folder)


if __name__ == "__main__":
    sys.exit(main())
