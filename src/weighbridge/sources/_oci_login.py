"""Logins for registries, as ``docker login`` keeps them: in ``config.json`` or with a credential helper.

Source: docker-credential-helpers, "Development"; the file's format is that of the Docker CLI. Nothing is written,
and no secret stands in an error.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weighbridge.core.errors import ConfigError

HELPER_SECONDS = 30.0
_MAX_BYTES = 1 << 20
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# What Docker calls its own registry in its files.
_KNOWN_AS = {"docker.io": ("https://index.docker.io/v1/", "index.docker.io", "docker.io")}
_IDENTITY_TOKEN = "<token>"  # noqa: S105  the user name by which helpers say that the secret is one
_NOTHING_KEPT = "credentials not found"


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks.

    Args:
        username: A name; empty with an identity token.
        secret: A password, or the identity token.
    """

    username: str
    secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        """As a value of ``Authorization`` (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()


def login_for(host: str, *, timeout_seconds: float = HELPER_SECONDS) -> Login | None:
    """What this user keeps for a registry; None for nobody in particular.

    Raises:
        ConfigError: The file can't be read, or a helper failed (code ``registry-login``).
    """
    settings = _settings()
    names = _KNOWN_AS.get(host, (host, f"https://{host}", f"https://{host}/", f"https://{host}/v1/"))
    helpers, auths = _table(settings, "credHelpers"), _table(settings, "auths")
    helper = next((helpers[name] for name in names if name in helpers), None)
    if helper is None:
        kept = next((found for name in names if (found := _kept(auths.get(name))) is not None), None)
        if kept is not None:
            return kept
        helper = settings.get("credsStore") or None
    return None if helper is None else _helped(helper, names[0], timeout_seconds)


def _settings() -> dict[str, Any]:
    folder = os.environ.get("DOCKER_CONFIG", "")
    path = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ConfigError(
            f"{path} is not Docker's list of logins",
            code="registry-login",
            hint="mend it, or let DOCKER_CONFIG name another folder",
        )
    return value


def _table(settings: dict[str, Any], key: str) -> dict[str, Any]:
    value = settings.get(key)
    return value if isinstance(value, dict) else {}


def _kept(entry: object) -> Login | None:
    """The login of one entry of ``auths``; an empty entry says that a helper has it."""
    if not isinstance(entry, dict):
        return None
    if isinstance(token := entry.get("identitytoken"), str) and token:
        return Login("", token)
    try:
        text = base64.b64decode(str(entry.get("auth") or ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    username, colon, secret = text.partition(":")
    return Login(username, secret) if colon else None


def _helped(helper: object, server: str, timeout_seconds: float) -> Login | None:
    if not isinstance(helper, str) or not _HELPER.fullmatch(helper):
        raise _failed("one of Docker's settings", "names no credential helper")
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(  # noqa: S603  a program that this user's own settings name
            [program, "get"], input=server.encode(), capture_output=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(program, "does not answer") from None
    except OSError as error:
        raise _failed(program, f"can't be started: {error.strerror}") from None
    if done.returncode:
        if _NOTHING_KEPT in done.stdout.decode(errors="replace"):
            return None
        raise _failed(program, f"ended with exit code {done.returncode}")
    try:
        value = json.loads(done.stdout[:_MAX_BYTES])
        username, secret = value["Username"], value["Secret"]
    except (ValueError, KeyError, TypeError, RecursionError):
        username = secret = None
    if not isinstance(username, str) or not isinstance(secret, str):
        raise _failed(program, "does not answer as a credential helper does")
    return Login("" if username == _IDENTITY_TOKEN else username, secret)


def _failed(program: str, what: str) -> ConfigError:
    return ConfigError(
        f"{program} {what}", code="registry-login", hint="correct credHelpers or credsStore, or run docker login again"
    )
