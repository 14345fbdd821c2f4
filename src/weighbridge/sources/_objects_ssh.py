"""Files on a machine that has SSH, through sshfs and asyncssh.

Host keys are looked up in ``known_hosts``, logins are found as OpenSSH finds them.
There are no versions: size and time of a file are compared before and after it is read.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weighbridge.core.errors import SourceError
from weighbridge.sources._object_systems import Entry, moment, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.sources._object_systems import Piece

_MAX_DEPTH = 64


class SshObjects:
    """One machine.

    Args:
        files: An ``SSHFileSystem``.
        machine: Its host and port, for evidence.
    """

    def __init__(self, files: Any, machine: str) -> None:
        self._files = files
        self._machine = machine

    @property
    def url(self) -> str:
        """Empty: it is no web server, and always encrypted."""
        return ""

    @property
    def identity(self) -> Mapping[str, str]:
        """The machine."""
        return {"host": self._machine}

    @property
    def metadata(self) -> Mapping[str, Json]:
        """Nothing more."""
        return {}

    def find(self, path: str, *, is_folder: bool) -> Iterator[Entry]:
        """The file of this name, or everything below the folder of this name."""
        info = self._files.info(f"/{path}")
        if info["type"] == "file" and not is_folder:
            yield _entry(path, info)
            return
        left = [(path, 0)]
        while left:
            folder, depth = left.pop()
            for item in sorted(self._files.ls(f"/{folder}", detail=True), key=lambda item: str(item["name"])):
                # Only the last part is the server's word, and it may lie.
                name = str(item["name"]).removeprefix(f"/{folder}/")
                key = f"{folder}/{name}"
                if "/" in name or not name or item["type"] not in {"file", "directory"}:
                    raise SourceError(
                        f"{key} is neither a file nor a folder",
                        code="special-file",
                        hint="links are not followed: give the path that they lead to, or take them out",
                    )
                if item["type"] == "file":
                    yield _entry(key, item)
                elif depth < _MAX_DEPTH:
                    left.append((key, depth + 1))
                else:
                    raise SourceError(f"{key} lies too deep", code="too-many-files", hint="name the model's own folder")

    def look(self, key: str) -> Entry:
        """What a file is now."""
        return _entry(key, self._files.info(f"/{key}"))

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[Piece]:
        """Read the file under one handle; it must be the same before and after."""
        with unchanged(self, entry), self._files.open(f"/{entry.key}", "rb") as file:

            def piece(start: int, end: int) -> bytes:
                file.seek(start)
                return bytes(file.read(end - start))

            yield piece


def _entry(key: str, info: Mapping[str, Any]) -> Entry:
    return Entry(key=key, size=int(info["size"]), modified=moment(info.get("mtime")))
