"""Files at web addresses: ``https://HOST/PATH``, one or several separated by spaces.

A fragment, which no server sees, may say more of a file: ``#sha256=<64 hex>`` what its bytes are, ``&path=NAME`` what
it is called. Without a hash the first download is believed, and the pin says so. There is no token for any host, and an
address with a login in it is refused: addresses are written down.

The revision is the digest of what the addresses promise: the hashes, or else length, ETag and Last-Modified (RFC 9110
§8.8). It moves when one of these does.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from weighbridge.core import digest
from weighbridge.core.errors import AccessError, NotFoundError, SourceError, UsageError, WeighbridgeError
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.origin import matches
from weighbridge.sources._http import Reply, Web
from weighbridge.sources._plain_http import without_tls
from weighbridge.sources._retry import UNREACHABLE, Patience
from weighbridge.sources._transfer import Wanted, answer_of, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

MAX_FILES = 1_000
_MAX_SIZE = 1 << 44
_SAID = frozenset({"sha256", "path"})
_GONE, _FORBIDDEN = frozenset({404, 410}), frozenset({401, 403, 407})
_PLAIN = "http"
_LOGIN = re.compile(r"[^/@]*@")


@dataclass(frozen=True, slots=True)
class Address:
    """One address and what the reference says of its file.

    Args:
        url: Without its fragment.
        path: What the file is called in the model.
        sha256: What its bytes are, 64 hexadecimal digits; empty if the reference does not say.
    """

    url: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What an address says of its file now."""

    address: Address
    size: int
    etag: str
    last_modified: str
    content_type: str
    redirects: tuple[str, ...]

    @property
    def file(self) -> RemoteFile:
        """The file with the promise for it."""
        return RemoteFile(self.address.path, self.size, f"sha256:{self.address.sha256}" if self.address.sha256 else "")

    @property
    def promised(self) -> dict[str, Json]:
        """What the revision is made of."""
        if self.address.sha256:
            return {"path": self.address.path, "sha256": self.address.sha256}
        return {
            "path": self.address.path,
            "url": self.address.url,
            "size": self.size,
            "etag": self.etag,
            "last_modified": self.last_modified,
        }

    @property
    def metadata(self) -> dict[str, Json]:
        """What is written down."""
        return {
            "url": self.address.url,
            "trust": "expected" if self.address.sha256 else "first-use",
            "etag": self.etag,
            "last_modified": self.last_modified,
            "content_type": self.content_type,
            "redirects": list(self.redirects),
        }


def addresses(ref: Ref) -> tuple[Address, ...]:
    """The addresses of a reference.

    Raises:
        UsageError: One is no plain web address, two files have one name, or there are too many (code ``bad-ref``).
    """
    first, *others = f"{ref.scheme}:{ref.name}".split()
    found = tuple(_address(text) for text in (first, *others))
    if len(found) > MAX_FILES:
        raise _bad(f"{len(found)} addresses are more than {MAX_FILES}", "pin parts under several names")
    names = [item.path for item in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _bad(f"two addresses end in {twice!r}", "call one of them otherwise: …#path=NAME")
    return found


def _address(text: str) -> Address:
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in {"https", _PLAIN} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web:
        raise _bad(f"{_LOGIN.sub('***@', text)!r} is not a web address", "write https://HOST/PATH")
    if parts.username is not None:
        raise _bad("an address with a login in it is not taken, since addresses are written down", "leave it out")
    if not _is_plain(parts):
        # A rule about a host or a folder must not be got round by another spelling of the same.
        raise _bad(
            f"{text!r} has more than one spelling",
            "write the host in small ASCII letters, no port that its scheme has anyway, and no '.', '..' or '\\'",
        )
    said = parse_qsl(parts.fragment, keep_blank_values=True)
    more = dict(said)
    if len(more) != len(said) or not more.keys() <= _SAID:
        raise _bad(f"the fragment #{parts.fragment} says something unknown", "say #sha256=HEX, #path=NAME, or both")
    sha256 = more.get("sha256", "").lower()
    if "sha256" in more and not digest.is_hex64(sha256):
        raise _bad(f"{more['sha256']!r} is not a SHA-256", "write its 64 hexadecimal digits")
    path = more.get("path") or unquote(parts.path.rpartition("/")[2])
    if not path:
        raise _bad(f"{text!r} does not end in the name of a file", "say what it is called: …#path=NAME")
    return Address(urlunsplit(parts._replace(fragment="")), path, sha256)


def _is_plain(parts: SplitResult) -> bool:
    """Whether host and path are spelled the one way in which rules compare them (RFC 3986 §6.2)."""
    host, steps = parts.netloc.rpartition("@")[2], {unquote(step) for step in parts.path.split("/")}
    default = f":{80 if parts.scheme == _PLAIN else 443}"
    is_host = host.isascii() and host == host.lower() and not host.endswith((default, ":", "."))
    return is_host and not steps & {".", ".."} and "\\" not in unquote(parts.path) and ".:" not in host


def _bad(message: str, hint: str) -> UsageError:
    return UsageError(message, code="bad-ref", hint=hint)


class UrlSource:
    """Files at web addresses; may be used by several threads at once.

    Args:
        scheme: ``https``, or ``http``.
        allowed: Patterns of sources that the policy allows: an address without TLS has to fit one that says ``http:``.
        max_tries: Tries in a row without progress.
        timeout_seconds: For connecting, and between two pieces of an answer.
        sleep: Waits between tries.
    """

    def __init__(
        self,
        scheme: str = "https",
        *,
        allowed: Sequence[str] = (),
        max_tries: int = 5,
        timeout_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._scheme = scheme
        self._allowed = tuple(pattern for pattern in allowed if pattern.startswith(f"{_PLAIN}:"))
        self._patience = Patience(max_tries, sleep)
        self._web = Web(timeout_seconds)

    @property
    def scheme(self) -> str:
        """The scheme of its references."""
        return self._scheme

    def resolve(self, ref: Ref) -> Listing:
        """What the addresses promise now; no byte of a file is kept.

        Raises:
            UsageError: The reference is malformed (code ``bad-ref``), or without TLS (code ``plain-http``).
            NotFoundError: There is no such file (code ``repository-missing``).
            AccessError: It is not for everybody (code ``private``).
            SourceError: A host failed, does not say how long the file is (code ``no-length``), or sent a web page (code
                ``html-instead-of-file``).
        """
        asked = addresses(ref)
        for address in asked:
            self._require_tls(address.url)
        found = [self._look(address) for address in asked]
        files = tuple(item.file for item in found)
        identity = {"hosts": ", ".join(sorted({urlsplit(item.address.url).netloc for item in found}))}
        metadata: dict[str, Json] = {"files": {item.address.path: item.metadata for item in found}}
        return Listing(ref, digest.of_value([item.promised for item in found]), files, identity, metadata)

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of a file from ``offset`` on.

        Raises:
            IntegrityError: Another size or range, or the file changed since it was looked at.
            NotFoundError: It is no part of the listing (code ``file-missing``), or is gone.
            SourceError: The host failed as often as patience allows.
        """
        address = next((item for item in addresses(listing.ref) if item.path == file.path), None)
        if address is None:
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
        self._require_tls(address.url)
        # Servers behind one name may differ in ETag; where the hash is known, it decides alone.
        etag = "" if address.sha256 else _noted_etag(listing, file.path)
        wanted = Wanted(
            url=address.url,
            name=file.path,
            size=file.size,
            headers={},
            token=None,
            check=lambda _: None,
            refused=lambda reply, _: _refused(address, reply),
            etag=etag,
        )
        return fetch(self._web, wanted, offset, self._patience)

    def _require_tls(self, url: str) -> None:
        if urlsplit(url).scheme != _PLAIN or any(matches(url, pattern) for pattern in self._allowed):
            return
        hint = "use https:, or let policy.sources name what may come so: http://HOST/**"
        raise without_tls(urlsplit(url).netloc, hint)

    def _look(self, address: Address) -> _Found:
        def look() -> _Found:
            with self._web.get(address.url, {"Accept-Encoding": "identity"}) as reply:
                answer_of(reply, lambda reply, _: _refused(address, reply))
                return _found(address, reply)

        return self._patience.keep_trying(look, hopeless=UNREACHABLE)


def _found(address: Address, reply: Reply) -> _Found:
    reply.require_plain()
    host = urlsplit(reply.url).netloc
    length = reply.headers.get("content-length", "")
    content_type = reply.headers.get("content-type", "")
    if content_type.lower().startswith("text/html") and not address.path.lower().endswith((".html", ".htm")):
        raise SourceError(
            f"{host} sent a web page instead of {address.path}",
            code="html-instead-of-file",
            hint="give the address of the file itself, not of the page that shows it",
        )
    if not (length.isascii() and length.isdigit()) or int(length[:20]) > _MAX_SIZE:
        raise SourceError(
            f"{host} does not say how long {address.path} is",
            code="no-length",
            hint="fetch it by hand and add the file: weighbridge add file:PATH",
        )
    return _Found(
        address,
        int(length),
        reply.headers.get("etag", ""),
        reply.headers.get("last-modified", ""),
        content_type,
        tuple(reply.hops),
    )


def _noted_etag(listing: Listing, path: str) -> str:
    files = listing.metadata.get("files")
    said = files.get(path) if isinstance(files, dict) else None
    etag = said.get("etag") if isinstance(said, dict) else None
    return etag if isinstance(etag, str) else ""


def _refused(address: Address, reply: Reply) -> WeighbridgeError:
    host = urlsplit(reply.url).netloc
    if reply.status in _GONE:
        return NotFoundError(
            f"{host} has no {address.path}", code="repository-missing", hint="check the address; what is pinned stays"
        )
    if reply.status in _FORBIDDEN:
        return AccessError(
            f"{host} does not give {address.path} to everybody",
            code="private",
            hint="fetch it with your own login and add the file: weighbridge add file:PATH",
        )
    return SourceError(
        f"{host} answered with the HTTP status {reply.status}",
        code="bad-answer",
        hint="check the address, then run the command again",
    )
