"""One repository of a registry: what `oci:` references are read from, and what `export oci` writes to.

Source: OCI distribution specification 1.1, "Pull" and "Push". Every manifest is compared with its digest here; the
bytes of a blob are compared by whoever asked for them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from weighbridge.core import digest as digests
from weighbridge.core.errors import AccessError, IntegrityError, NotFoundError, SourceError, WeighbridgeError
from weighbridge.sources._http import Reply, Web, origin_of
from weighbridge.sources._oci_access import Access
from weighbridge.sources._oci_login import login_for
from weighbridge.sources._oci_manifest import ACCEPT, MAX_BYTES
from weighbridge.sources._oci_place import Place, base_url, place_of
from weighbridge.sources._retry import Patience, TransientError
from weighbridge.sources._transfer import Wanted, answer_of, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from weighbridge.core.ref import Ref

_T = TypeVar("_T")
_CREATED, _ACCEPTED = 201, 202
_UNAUTHORIZED, _FORBIDDEN, _MISSING = 401, 403, 404
_SERVER_ERROR = 500
_DIGEST_HEADER = "docker-content-digest"
_ERROR_CODE = re.compile(r"[A-Z_]{1,40}")
_BYTES = {"Accept-Encoding": "identity"}


class _ChallengeError(AccessError):
    """The registry wants to know who asks."""

    def __init__(self, host: str, challenge: str) -> None:
        super().__init__(
            f"{host} does not let this user in",
            code="private",
            hint=f"docker login {host}, with an account that may",
        )
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest as the registry keeps it.

    Args:
        data: Its bytes.
        digest: ``sha256:<64 hex>`` of them.
        content_type: What the registry calls it.
    """

    data: bytes
    digest: str
    content_type: str


class Repository:
    """One repository; may be used by several threads at once.

    Args:
        web: Connections.
        place: Which one.
        allowed: Patterns of sources that the policy allows: one that says ``http:`` lets a registry answer without TLS.
        actions: What is asked for: ``pull``, or ``pull,push``.
        patience: How long to keep trying.
    """

    def __init__(self, web: Web, place: Place, allowed: Sequence[str], actions: str, patience: Patience) -> None:
        self._web = web
        self._place = place
        self._url = base_url(place, allowed)
        self._patience = patience
        scope = f"repository:{place.repository}:{actions}"
        self._access = Access(web, self._url, scope, lambda: login_for(place.host))

    def manifest(self, reference: str) -> Found:
        """The manifest of a tag or digest, its bytes compared with the digest.

        Raises:
            NotFoundError: There is none (codes ``repository-missing``, ``revision-missing``).
            AccessError: It is not for this user (code ``private``).
            IntegrityError: The registry contradicts itself (code ``promise-mismatch``).
            SourceError: The registry failed.
        """

        def ask(token: str) -> Found:
            with self._web.get(f"{self._url}/manifests/{reference}", {**_BYTES, "Accept": ACCEPT}, token) as reply:
                answer_of(reply, self._refused)
                return self._found(reply, reference)

        return self._lasting(ask)

    def blob(self, digest: str, size: int, name: str, offset: int = 0) -> Generator[bytes]:
        """The bytes of a blob from an offset to its promised size, in pieces of at most 1 MiB.

        Raises:
            IntegrityError: Another size or range.
            NotFoundError: It is gone (code ``file-missing``).
            SourceError: The registry failed as often as patience allows.
        """
        position, asked_at = offset, -1
        while True:
            token = self._access.token
            wanted = Wanted(
                url=f"{self._url}/blobs/{digest}",
                name=name,
                size=size,
                headers={},
                token=token,
                check=lambda _: None,
                refused=self._refused,
            )
            try:
                for piece in fetch(self._web, wanted, position, self._patience):
                    position += len(piece)
                    yield piece
            except _ChallengeError as error:
                # Tokens end after minutes; a second challenge at the same byte means no.
                if asked_at == position:
                    raise
                asked_at = position
                self._renew(error.challenge, token)
            else:
                return

    def has_blob(self, digest: str) -> bool:
        """Whether the repository has a blob."""

        def ask(token: str) -> bool:
            with self._web.send("HEAD", f"{self._url}/blobs/{digest}", _BYTES, token=token) as reply:
                if reply.status == _MISSING:
                    return False
                if reply.status // 100 == 3:  # noqa: PLR2004  a redirect to where it lies
                    return True
                answer_of(reply, self._refused)
                return True

        return self._lasting(ask)

    def put_blob(self, digest: str, size: int, opened: Callable[[], Iterable[bytes]]) -> None:
        """Let the repository keep a blob, sent whole in one piece.

        Args:
            digest: ``sha256:<64 hex>``, by which the registry verifies it.
            size: Bytes.
            opened: Gives the bytes, from the beginning at every call.

        Raises:
            AccessError: This user may not push (code ``private``).
            IntegrityError: The registry says that it got other bytes (code ``push-mismatch``).
            SourceError: The registry failed (code ``push-refused``).
        """

        def send(token: str) -> None:
            with self._web.send(
                "POST", f"{self._url}/blobs/uploads/", {**_BYTES, "Content-Length": "0"}, token=token
            ) as reply:
                self._require(reply, _ACCEPTED)
                target = self._upload_of(reply, digest)
            headers = {**_BYTES, "Content-Type": "application/octet-stream", "Content-Length": str(size)}
            kept = token if origin_of(target) == origin_of(self._url) else None
            with self._web.send("PUT", target, headers, opened(), kept) as reply:
                self._require(reply, _CREATED)
                self._agrees(reply, digest)

        self._lasting(send)

    def put_manifest(self, tag: str, data: bytes, media_type: str) -> None:
        """Let a tag name a manifest, and see that it does.

        Raises:
            AccessError: This user may not push (code ``private``).
            IntegrityError: The tag names something else afterwards (code ``push-mismatch``).
            SourceError: The registry failed (code ``push-refused``).
        """
        digest = digests.of_bytes(data)

        def send(token: str) -> None:
            headers = {**_BYTES, "Content-Type": media_type, "Content-Length": str(len(data))}
            with self._web.send("PUT", f"{self._url}/manifests/{tag}", headers, data, token) as reply:
                self._require(reply, _CREATED)
                self._agrees(reply, digest)

        self._lasting(send)
        kept = self.manifest(tag).digest
        if kept != digest:
            raise self._mismatch(digest, kept)

    def _lasting(self, ask: Callable[[str], _T]) -> _T:
        """The answer to one question, asked again after a challenge, and after failures as patience allows."""
        tries, challenged = 0, False
        while True:
            token = self._access.token
            try:
                return ask(token)
            except _ChallengeError as error:
                if challenged:
                    raise
                challenged = True
                self._renew(error.challenge, token)
            except TransientError as fault:
                tries += 1
                self._patience.wait(tries, fault)

    def _renew(self, challenge: str, used: str) -> None:
        self._patience.keep_trying(lambda: self._access.renew(challenge, used))

    def _found(self, reply: Reply, reference: str) -> Found:
        reply.require_plain()
        data = reply.read_start(MAX_BYTES + 1)
        digest = digests.of_bytes(data)
        if len(data) > MAX_BYTES:
            raise SourceError(
                f"{self._host} sent a manifest of more than {MAX_BYTES} bytes",
                code="oci-unsupported",
                hint="push the artifact again in fewer layers",
            )
        said = reply.first_headers.get(_DIGEST_HEADER, digest)
        asked = reference if digests.is_digest(reference) else digest
        if not digest == asked == said:
            raise IntegrityError(
                f"{self._host} sent another manifest of {self._place.name} than it says",
                code="promise-mismatch",
                hint="run the command again; if it happens again, do not trust this registry",
                details={"asked": reference, "said": said, "came": digest},
            )
        return Found(data, digest, reply.headers.get("content-type", ""))

    def _refused(self, reply: Reply, body: bytes) -> WeighbridgeError:
        """What an error status of a pull means (specification, "Error Codes")."""
        host, codes = urlsplit(reply.url).netloc, _codes(body)
        challenge = reply.headers.get("www-authenticate", "")
        if reply.status == _UNAUTHORIZED and challenge and origin_of(reply.url) == origin_of(self._url):
            return _ChallengeError(self._host, challenge)
        if reply.status in {_UNAUTHORIZED, _FORBIDDEN}:
            return AccessError(
                f"{host} does not give {self._place.name} to this user",
                code="private",
                hint=f"docker login {self._place.host}, with an account that may",
            )
        if reply.status == _MISSING:
            return self._missing(codes)
        return SourceError(
            f"{host} answered with the HTTP status {reply.status} {' '.join(codes)}".rstrip(),
            code="server-failed" if reply.status >= _SERVER_ERROR else "refused",
            hint="check the reference, then run the command again",
        )

    def _missing(self, codes: Sequence[str]) -> NotFoundError:
        if "BLOB_UNKNOWN" in codes:
            return NotFoundError(
                f"{self._host} has lost a layer of {self._place.name}", code="file-missing", hint="push it again"
            )
        if "MANIFEST_UNKNOWN" in codes:
            return NotFoundError(
                f"{self._place.name} has no {self._place.reference}",
                code="revision-missing",
                hint="name a tag or digest that is there; what is pinned stays",
            )
        return NotFoundError(
            f"{self._host} has no repository {self._place.repository}",
            code="repository-missing",
            hint=f"check the spelling; if it is private, docker login {self._place.host}",
        )

    def _require(self, reply: Reply, status: int) -> None:
        if reply.status != status:
            answer_of(reply, self._push_refused)
            raise self._push_refused(reply, b"")

    def _push_refused(self, reply: Reply, body: bytes) -> WeighbridgeError:
        if reply.status in {_UNAUTHORIZED, _FORBIDDEN}:
            return self._refused(reply, body)
        return SourceError(
            f"{self._host} does not take what is pushed: HTTP status {reply.status} {' '.join(_codes(body))}".rstrip(),
            code="push-refused",
            hint="check the repository's name, its quota, and whether its tags may be moved",
        )

    def _upload_of(self, reply: Reply, digest: str) -> str:
        """Where the bytes go (specification, "Pushing a blob monolithically")."""
        target = urljoin(reply.url, reply.headers.get("location", ""))
        parts = urlsplit(target)
        downgraded = parts.scheme == "http" and self._url.startswith("https:")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or downgraded:
            raise SourceError(
                f"{self._host} wants the bytes elsewhere than at a plain web address with TLS",
                code="redirect-refused",
                hint="ask who runs the registry for its public address",
            )
        query = "&".join(filter(None, [parts.query, urlencode({"digest": digest})]))
        return urlunsplit(parts._replace(query=query, fragment=""))

    def _agrees(self, reply: Reply, digest: str) -> None:
        said = reply.headers.get(_DIGEST_HEADER, digest)
        if said != digest:
            raise self._mismatch(digest, said)

    def _mismatch(self, pushed: str, kept: str) -> IntegrityError:
        return IntegrityError(
            f"{self._host} keeps something else than was pushed to {self._place.name}",
            code="push-mismatch",
            hint="run the command again; if it happens again, somebody else pushes there, or the registry lies",
            details={"pushed": pushed, "kept": kept},
        )

    @property
    def _host(self) -> str:
        return self._place.host


def _codes(body: bytes) -> list[str]:
    """The registry's own codes of an error; its messages are not repeated."""
    try:
        errors = json.loads(body)["errors"]
        found = [item["code"] for item in errors[:5]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [code for code in found if isinstance(code, str) and _ERROR_CODE.fullmatch(code)]


def open_repository(ref: Ref, allowed: Sequence[str], *, actions: str, timeout_seconds: float = 30.0) -> Repository:
    """The repository of a reference, to push to or to pull from; asks nobody yet.

    Args:
        ref: Such as ``oci:HOST/REPOSITORY:TAG``.
        allowed: Patterns of sources that the policy allows.
        actions: ``pull``, or ``pull,push``.
        timeout_seconds: For connecting, and between two pieces of an answer.

    Raises:
        UsageError: It names no place in a registry (code ``bad-ref``).
    """
    return Repository(Web(timeout_seconds), place_of(ref), allowed, actions, Patience())
