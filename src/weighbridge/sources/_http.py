"""One HTTP request: connections, redirects, and who may see the token.

urllib3 and not the Hub library's own client: it streams 2 to 5 times as fast (5.2 against 2.0 GB/s on loopback), in
pieces as large as asked for. Every foreign error becomes a `SourceError` here; those that may pass are wrapped in a
`TransientError`. What a status means, this module does not know.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from weighbridge.core.errors import SourceError
from weighbridge.sources import _environment
from weighbridge.sources._retry import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from urllib3 import BaseHTTPResponse, PoolManager

MAX_REDIRECTS = 5
CONNECTIONS_PER_HOST = 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SMALL_BYTES = 1 << 16
_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a token belongs to (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


@dataclass(slots=True)
class Reply:
    """The last answer of a chain of redirects, its body still to be read.

    Args:
        url: Where it came from.
        headers: Its headers, names in lower case.
        first_headers: The headers of all answers of the first origin, names in lower case: what the place that was
            asked said itself, as against a file host.
        body: To read from.
        hops: Where redirects led, one after the other, without queries: these may be secret.
    """

    url: str
    headers: Mapping[str, str]
    first_headers: Mapping[str, str]
    body: BaseHTTPResponse
    hops: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.body.status

    def read_start(self, max_bytes: int) -> bytes:
        """The first bytes of the body, as they came.

        Raises:
            TransientError: The connection broke.
        """
        with faults(self.url):
            return self.body.read(max_bytes, decode_content=False)

    def read_all(self, max_bytes: int) -> bytes:
        """The whole body.

        Raises:
            SourceError: It is larger than allowed (code ``bad-answer``), or encoded though that was not asked for.
            TransientError: The connection broke.
        """
        self.require_plain()
        data = self.read_start(max_bytes + 1)
        if len(data) > max_bytes:
            raise SourceError(
                f"{urlsplit(self.url).netloc} answered with more than {max_bytes} bytes",
                code="bad-answer",
                hint="check that HF_ENDPOINT names a Hub",
            )
        return data

    def require_plain(self) -> None:
        """Refuse a body that was compressed on the way: its size and ranges would not be those of the file."""
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            raise SourceError(
                f"{urlsplit(self.url).netloc} sent {encoding}-encoded bytes, though plain ones were asked for",
                code="encoded-answer",
                hint="a proxy on the way compresses answers: let it pass on requests with 'Accept-Encoding: identity'",
            )


@dataclass(slots=True)
class Web:
    """Pools of connections for many threads.

    Args:
        timeout_seconds: For connecting, and between two pieces of an answer.
        file_hosts: By host, the domains to which its redirects may lead, subdomains included; a host that is not
            named here may lead anywhere.
        redirect_hosts: Filled with the hosts of other origins that redirects led to.
    """

    timeout_seconds: float
    file_hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    redirect_hosts: set[str] = field(default_factory=set)
    _pools: dict[tuple[str, ...], PoolManager] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str], token: str | None = None) -> Iterator[Reply]:
        """GET a URL, following redirects; the token goes to the first origin alone, and nowhere once that was left.

        A token with a space in it is a whole header, such as ``Basic …``: bearer tokens have none (RFC 6750).

        Raises:
            SourceError: TLS or a proxy failed, or a redirect is refused.
            TransientError: The host can't be reached, or the connection broke.
        """
        start, first_headers, hops = origin_of(url), dict[str, str](), list[str]()
        for _ in range(MAX_REDIRECTS + 1):
            body = self._open("GET", url, {**headers, **_authorization(token)})
            found = {name.lower(): value for name, value in body.headers.items()}
            if origin_of(url) == start:
                first_headers |= found
            if body.status not in _REDIRECTS:
                break
            _discard(url, body)
            url = self._next(url, found.get("location", ""), self.file_hosts.get(start[1]))
            hops.append(urlunsplit(urlsplit(url)._replace(query="", fragment="")))
            token = token if origin_of(url) == start else None
        else:
            raise _refused(url, f"led on more than {MAX_REDIRECTS} times")
        try:
            yield Reply(url, found, first_headers, body, hops)
        finally:
            # A body that was read to its end gives its connection back by itself; any other can't be used again.
            body.close()

    @contextmanager
    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes = b"",
        token: str | None = None,
    ) -> Iterator[Reply]:
        """One request with a body, which ``headers`` give the length of; a redirect is an answer like any other.

        Raises:
            SourceError: TLS or a proxy failed.
            TransientError: The host can't be reached, or the connection broke.
        """
        answer = self._open(method, url, {**headers, **_authorization(token)}, body)
        found = {name.lower(): value for name, value in answer.headers.items()}
        try:
            yield Reply(url, found, found, answer)
        finally:
            answer.close()

    def _open(
        self, method: str, url: str, headers: Mapping[str, str], body: Iterable[bytes] | bytes | None = None
    ) -> BaseHTTPResponse:
        with faults(url):
            return self._pool(url).urlopen(
                method,
                url,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )

    def _pool(self, url: str) -> PoolManager:
        """The connections that fit what the environment says now."""
        proxy = _environment.proxy_for(url)
        secure = url.startswith("https:") or (proxy or "").startswith("https:")
        key = (proxy or "", str(secure), *_environment.ca_settings())
        with self._lock:
            if key not in self._pools:
                self._pools[key] = _make_pool(proxy, secure=secure, timeout_seconds=self.timeout_seconds)
            return self._pools[key]

    def _next(self, url: str, location: str, domains: tuple[str, ...] | None) -> str:
        """Where a redirect leads, if it may."""
        target = urljoin(url, location)
        parts = urlsplit(target)
        if not location or parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise _refused(url, "does not lead to a plain web address")
        if parts.scheme == "http" and url.startswith("https:"):
            raise _refused(url, f"leads from https to http ({parts.netloc})")
        if origin_of(target) != origin_of(url):
            if domains is not None and not _is_within(parts.hostname, domains):
                raise _refused(url, f"leads to {parts.hostname}, which is not a known file host")
            with self._lock:
                self.redirect_hosts.add(parts.netloc)
        return target


def _authorization(token: str | None) -> dict[str, str]:
    if not token:
        return {}
    return {"Authorization": token if " " in token else f"Bearer {token}"}


def _discard(url: str, body: BaseHTTPResponse) -> None:
    """Read a redirect's few bytes away, so that its connection can be used again."""
    with faults(url):
        body.read(_SMALL_BYTES)
    body.close()


def _is_within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _make_pool(proxy: str | None, *, secure: bool, timeout_seconds: float) -> PoolManager:
    import urllib3  # noqa: PLC0415 - heavy

    context = _environment.ssl_context() if secure else None
    timeout = urllib3.Timeout(connect=timeout_seconds, read=timeout_seconds)
    if proxy is None:
        return urllib3.PoolManager(maxsize=CONNECTIONS_PER_HOST, timeout=timeout, ssl_context=context)
    parts = urlsplit(proxy)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return urllib3.ProxyManager(
        proxy,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=login),
        maxsize=CONNECTIONS_PER_HOST,
        timeout=timeout,
        ssl_context=context,
        proxy_ssl_context=context,
    )


def _refused(url: str, why: str) -> SourceError:
    return SourceError(
        f"a redirect of {urlsplit(url).netloc} {why}",
        code="redirect-refused",
        hint="check the address (for hf: HF_ENDPOINT); a redirect must stay on https and lead to a known file host",
    )


@contextmanager
def faults(url: str) -> Iterator[None]:
    """Turn what urllib3 raises into our errors; no text of a URL's path or query goes into them, both may be secret.

    Raises:
        SourceError: TLS or a proxy failed, or the answer is not HTTP.
        TransientError: The host can't be reached, or the connection broke.
    """
    import ssl  # noqa: PLC0415 - heavy
    from http.client import HTTPException  # noqa: PLC0415 - heavy

    from urllib3 import exceptions as foreign  # noqa: PLC0415 - heavy

    host = urlsplit(url).netloc
    try:
        yield
    except foreign.ProxyError as error:
        # Whatever ends a connection through a proxy comes in this wrapping, the proxy's fault or not.
        if isinstance(error.original_error, foreign.SSLError | ssl.SSLError):
            raise _no_tls(host, error.original_error) from None
        if isinstance(error.original_error, HTTPException | ConnectionResetError | BrokenPipeError):
            raise _broken(host, error.original_error) from None
        raise SourceError(
            f"the proxy on the way to {host} failed: {_reason(error.original_error)}",
            code="proxy",
            hint="check HTTPS_PROXY, its user and password, and NO_PROXY",
        ) from None
    except foreign.SSLError as error:
        raise _no_tls(host, error) from None
    except (foreign.NewConnectionError, foreign.NameResolutionError, foreign.ConnectTimeoutError) as error:
        raise TransientError(
            SourceError(
                f"{host} can't be reached: {_reason(error)}",
                code="unreachable",
                hint="check the network, the address (for hf: HF_ENDPOINT) and HTTPS_PROXY, then run the command again",
            )
        ) from None
    except foreign.ReadTimeoutError:
        raise TransientError(SourceError(f"{host} fell silent", code="timed-out")) from None
    except (foreign.ProtocolError, OSError) as error:
        raise _broken(host, error) from None
    except foreign.HTTPError as error:
        raise SourceError(
            f"{host} does not answer as the web does: {type(error).__name__}",
            code="bad-answer",
            hint="check the address (for hf: HF_ENDPOINT) and HTTPS_PROXY",
        ) from None


def _no_tls(host: str, error: BaseException) -> SourceError:
    return SourceError(
        f"no trusted TLS connection to {host}: {_reason(error)}",
        code="tls",
        hint="if your company has its own certificate authority, let SSL_CERT_FILE name its PEM file",
    )


def _broken(host: str, error: BaseException) -> TransientError:
    return TransientError(SourceError(f"the connection to {host} broke: {_reason(error)}", code="connection-lost"))


def _reason(error: BaseException) -> str:
    """The innermost cause in the operating system's words."""
    seen = error
    for _ in range(8):
        inner = seen.__cause__ or seen.__context__ or next((a for a in seen.args if isinstance(a, BaseException)), None)
        if inner is None:
            break
        seen = inner
    text = str(seen.args[0]) if seen.args else ""
    if text.startswith("Tunnel connection failed"):
        return text
    return getattr(seen, "verify_message", "") or getattr(seen, "strerror", "") or type(seen).__name__
