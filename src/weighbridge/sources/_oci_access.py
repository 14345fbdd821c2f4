"""What a registry lets in: the answer to its challenge.

Source: OCI distribution specification 1.1 leaves it to RFC 9110 §11; the token service is that of the Distribution
project ("Token Authentication Specification", and its OAuth2 form for identity tokens). A login goes to the origin
that asked for it, or to the token service that this one names, by TLS; what comes back goes to the registry alone.
"""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from weighbridge.core.errors import AccessError, SourceError
from weighbridge.sources._plain_http import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.sources._http import Reply, Web
    from weighbridge.sources._oci_login import Login

_MAX_BYTES = 1 << 20
_OK = 200
_SERVER_ERROR = 500
_CLIENT = "weighbridge"
_SCHEME = re.compile(r"(?:^|,)\s*(bearer|basic)(?=\s|$|,)", re.IGNORECASE)
_PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"', re.IGNORECASE)
_TOKEN = re.compile(r"[!-~]{1,65536}")


class Access:
    """The tokens for one repository.

    Args:
        web: Connections.
        registry: The URL of the repository's API.
        scope: What is asked for, such as ``repository:NAME:pull``.
        login: Gives this user's login, if there is one; asked only where the registry wants one.
    """

    def __init__(self, web: Web, registry: str, scope: str, login: Callable[[], Login | None]) -> None:
        self._web = web
        self._registry = registry
        self._scope = scope
        self._login = login
        self._lock = threading.Lock()
        self._token = ""

    @property
    def token(self) -> str:
        """What lets in now; empty before the first challenge."""
        return self._token

    def renew(self, challenge: str, used: str) -> None:
        """Answer a challenge, unless another thread did since ``used`` was sent.

        Raises:
            AccessError: There is no login, or it is refused (code ``private``).
            SourceError: The challenge can't be answered (code ``bad-answer``).
        """
        with self._lock:
            if self._token == used:
                self._token = self._answered(challenge)

    def _answered(self, challenge: str) -> str:
        found = {match[1].lower(): match for match in _SCHEME.finditer(challenge)}
        login = self._login()
        if "bearer" in found:
            text = challenge[found["bearer"].end() :]
            return self._fetched({key.lower(): value for key, value in _PARAMETER.findall(text)}, login)
        if "basic" in found and login is not None and login.username:
            return login.basic
        if "basic" in found:
            raise self._private("wants a login")
        raise SourceError(
            f"{self._host} asks for a login in a way that is not known",
            code="bad-answer",
            hint="it must ask by WWW-Authenticate: Bearer or Basic",
        )

    def _fetched(self, said: dict[str, str], login: Login | None) -> str:
        realm = self._realm(said.get("realm", ""))
        asked = {"service": said.get("service", ""), "scope": self._scope}
        if login is not None and not login.username:
            more = {"grant_type": "refresh_token", "refresh_token": login.secret, "client_id": _CLIENT}
            form = urlencode({**asked, **more}).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(form))}
            with self._web.send("POST", realm, headers, form) as reply:
                return self._token_in(reply)
        parts = urlsplit(realm)
        query = urlencode([*parse_qsl(parts.query), *asked.items()])
        basic = login.basic if login is not None else None
        with self._web.get(urlunsplit(parts._replace(query=query)), {"Accept-Encoding": "identity"}, basic) as reply:
            return self._token_in(reply)

    def _realm(self, realm: str) -> str:
        """The token service, if a login may be sent there."""
        parts = urlsplit(realm)
        plain = self._registry.startswith("http:") and parts.netloc == urlsplit(self._registry).netloc
        plain = plain or (is_loopback(parts.hostname or "") and is_loopback(urlsplit(self._registry).hostname or ""))
        if parts.username is None and parts.hostname and parts.scheme in {"https", "http" if plain else "https"}:
            return realm
        raise SourceError(
            f"{self._host} names a token service that is not asked: it must answer by https",
            code="redirect-refused",
            hint="ask who runs the registry for a token service with TLS",
        )

    def _token_in(self, reply: Reply) -> str:
        data = reply.read_start(_MAX_BYTES)
        if reply.status >= _SERVER_ERROR:
            raise SourceError(
                f"the token service of {self._host} answered with the HTTP status {reply.status}",
                code="server-failed",
                hint="run the command again later",
            )
        if reply.status != _OK:
            raise self._private("refuses the login")
        try:
            value = json.loads(data)
            token = value.get("token") or value.get("access_token")
        except (ValueError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise SourceError(
                f"the token service of {self._host} sent no token",
                code="bad-answer",
                hint="run the command again later",
            )
        return token

    @property
    def _host(self) -> str:
        return urlsplit(self._registry).netloc

    def _private(self, what: str) -> AccessError:
        return AccessError(f"{self._host} {what}", code="private", hint=f"docker login {self._host}")
