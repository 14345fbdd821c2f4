"""A real registry of containers: Distribution (`docker-registry serve`, of Debian)."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.services.processes import Server, answers, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "robot", "secret-of-the-robot"
# The password under bcrypt, the one hash that the registry takes.
_HASHED = "$2b$04$c3jTXaG6lWWYg0JBXNHqaeWjx18/rnbw3i6axB9y1WDzPI/ZcZyI."


def program(name: str) -> str:
    """The path of a program of Debian."""
    found = shutil.which(name)
    assert found, f"{name} is not installed: run `make services`"
    return found


@contextmanager
def running_registry(folder: Path, *, wants_login: bool = False) -> Iterator[str]:
    """A registry without any repository; gives its host and port."""
    (port,) = free_ports(1)
    host = f"127.0.0.1:{port}"
    settings: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": host, "secret": "of-the-tests"},
    }
    if wants_login:
        (folder / "users").write_text(f"{USER}:{_HASHED}\n", encoding="utf-8")
        settings["auth"] = {"htpasswd": {"realm": "tests", "path": str(folder / "users")}}
    # JSON is YAML too.
    (folder / "settings.yml").write_text(json.dumps(settings), encoding="utf-8")
    command = [program("docker-registry"), "serve", str(folder / "settings.yml")]
    server = Server(command, folder / "server.log", lambda: answers(f"http://{host}/v2/"))
    server.start()
    try:
        yield host
    finally:
        server.kill()
