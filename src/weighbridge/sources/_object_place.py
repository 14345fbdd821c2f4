"""Where objects lie: ``SCHEME://HOST/PATH``, read one way only, so that a rule about a place can't be got round.

Nothing of a path is decoded: a key is spelled here as its bucket spells it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import UsageError

if TYPE_CHECKING:
    from weighbridge.core.ref import Ref

SSH = "ssh"
_SSH_PORT = 22
_MAX_PORT = 65_535
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?!\.)){1,220}[a-z0-9]")
_MACHINE = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@)?"
    r"(?P<host>[a-z0-9](?:[a-z0-9-]|\.(?!\.))*[a-z0-9]|[a-z0-9]|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One reference, taken apart.

    Args:
        scheme: ``s3``, ``gs``, ``az`` or ``ssh``.
        host: The bucket or container; for ``ssh`` the machine's name or address, an IPv6 one without brackets.
        path: The key or prefix, without a slash at either end; empty for all of a bucket. For ``ssh`` it starts at the
            machine's root.
        is_folder: Whether the reference ends in a slash: then it is never one object.
        user: For ``ssh``; empty if the reference does not say.
        port: For ``ssh``; 0 if the reference does not say.
    """

    scheme: str
    host: str
    path: str
    is_folder: bool
    user: str = ""
    port: int = 0

    @classmethod
    def of(cls, ref: Ref) -> Place:
        """The place that a reference names.

        Raises:
            UsageError: It is none, or has more than one spelling (code ``bad-ref``).
        """
        if not ref.name.startswith("//"):
            raise _bad(f"{ref.scheme}: needs two slashes", f"write {ref.scheme}://{_example(ref.scheme)}")
        host, _, path = ref.name[2:].partition("/")
        is_folder = path.endswith("/") or not path
        path = path.removesuffix("/")
        if set(path.split("/")) & {"", ".", ".."} and path:
            raise _bad(f"the path of {_without_login(ref)} has an empty part, '.' or '..'", "write it without")
        if ref.scheme == SSH:
            return cls._of_machine(ref, host, path, is_folder=is_folder)
        if not _BUCKET.fullmatch(host):
            raise _bad(f"{_without_login(ref)} names no bucket", f"write {ref.scheme}://{_example(ref.scheme)}")
        return cls(ref.scheme, host, path, is_folder)

    @classmethod
    def _of_machine(cls, ref: Ref, text: str, path: str, *, is_folder: bool) -> Place:
        found = _MACHINE.fullmatch(text)
        if found is None or not path:
            hint = "write ssh://USER@HOST:PORT/PATH with a host in small letters; a password does not belong there"
            raise _bad(f"{_without_login(ref)} is no path on a machine", hint)
        port = int(found["port"] or 0)
        if port == _SSH_PORT or port > _MAX_PORT:
            raise _bad(f"{_without_login(ref)} has more than one spelling, or no such port", "leave the port 22 out")
        return cls(ref.scheme, found["host"].strip("[]"), path, is_folder, found["user"] or "", port)

    @property
    def machine(self) -> str:
        """Host and port, as messages and evidence name them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    def __str__(self) -> str:
        """As the reference, without the user."""
        return f"{self.scheme}://{self.machine}/{self.path}"


def _example(scheme: str) -> str:
    return "USER@HOST/PATH" if scheme == SSH else "BUCKET/PREFIX"


def _without_login(ref: Ref) -> str:
    host, slash, path = ref.name.removeprefix("//").partition("/")
    return f"{ref.scheme}://{'***@' if '@' in host else ''}{host.rpartition('@')[2]}{slash}{path}"


def _bad(message: str, hint: str) -> UsageError:
    return UsageError(message, code="bad-ref", hint=hint)
