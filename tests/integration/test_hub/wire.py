"""Plain HTTP, without a client's kindness: paths as given, broken bodies as they come."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Reply:
    """What came back; `complete` is false if the connection ended before the promised length."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    tls: ssl.SSLContext | None = None,
) -> Reply:
    """Ask once on a connection of its own; redirects are not followed."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=tls)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    )
    try:
        connection.request(method, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), body, dict(headers or {}))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        try:
            return Reply(response.status, named, response.read(), complete=True)
        except http.client.IncompleteRead as broken:
            return Reply(response.status, named, broken.partial, complete=False)
    finally:
        connection.close()
