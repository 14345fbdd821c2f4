"""Repositories of code for ``torch.hub`` with their weights: ``torchhub:pytorch/vision@v0.20.0#resnet50``.

The revision is the commit. The code comes as the archive of that commit, which is checked whole, and compared with the
Git tree that the API names; the weights come from the addresses that the code of the entry names, or from those of the
reference. Nothing of the code is ever executed. The files make a TORCH_HOME: code in ``hub/OWNER_REPO_COMMIT``, weights
in ``hub/checkpoints``. An archive lies in an unnamed temporary file, which is gone when the process ends.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from weighbridge.core.errors import ConfigError, IntegrityError, NotFoundError, UsageError
from weighbridge.core.hash_prefix import promised_prefix
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.origin import matches
from weighbridge.formats import hub_entry
from weighbridge.formats.python_module import MAX_BYTES
from weighbridge.sources import _archive, _github
from weighbridge.sources._http import Web
from weighbridge.sources._plain_http import is_loopback, without_tls
from weighbridge.sources._retry import Patience
from weighbridge.sources._torchhub_ref import Asked, asked, weights_ref
from weighbridge.sources.url import UrlSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref
    from weighbridge.sources._archive import Archive
    from weighbridge.sources._github import Commit, GitHub, Received

CHECKPOINTS = "hub/checkpoints/"
MAX_ARCHIVES = 4
_PLAIN = "http"


@dataclass(frozen=True, slots=True)
class _Fetched:
    """An archive and how it came."""

    archive: Archive
    received: Received


class TorchHubSource:
    """Repositories of a GitHub; may be used by several threads at once.

    Args:
        url: Where archives are; None for ``WEIGHBRIDGE_GITHUB_URL``, else the public GitHub.
        api: Where its API is; None for ``WEIGHBRIDGE_GITHUB_API_URL``, else the public one.
        token: For the API alone; None for ``GITHUB_TOKEN``, empty for none.
        allowed: Patterns of sources that the policy allows: an address without TLS has to fit one that says ``http:``.
        max_tries: Tries in a row without progress.
        timeout_seconds: For connecting, and between two pieces of an answer.
        sleep: Waits between tries.
    """

    scheme: ClassVar[str] = "torchhub"

    def __init__(
        self,
        *,
        url: str | None = None,
        api: str | None = None,
        token: str | None = None,
        allowed: Sequence[str] = (),
        max_tries: int = 5,
        timeout_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url, self._api, self._token = url, api, token
        self._allowed = tuple(pattern for pattern in allowed if pattern.startswith(f"{_PLAIN}:"))
        self._patience = Patience(max_tries, sleep)
        self._web = Web(timeout_seconds, _github.FILE_HOSTS)
        self._weights = UrlSource(
            "https", allowed=allowed, max_tries=max_tries, timeout_seconds=timeout_seconds, sleep=sleep
        )
        self._fetched: dict[tuple[str, str], _Fetched] = {}
        self._lock = threading.Lock()

    def resolve(self, ref: Ref) -> Listing:
        """The commit that a reference names now, its code, and the weights of its entry.

        Raises:
            UsageError: The reference is malformed (codes ``bad-ref``, ``bad-repo``); only running the code would tell
                the weights of its entry (code ``weights-unresolved``); an address has no TLS (code ``plain-http``).
            NotFoundError: Codes ``repository-missing``, ``revision-missing`` and ``entry-missing``.
            AccessError: Codes ``bad-token``, ``private`` and ``disabled``.
            IntegrityError: The archive is not one of that commit (codes ``bad-archive``, ``archive-too-large``,
                ``wrong-commit``), or the API contradicts itself (code ``bad-revision``).
            SourceError: A server failed.
        """
        wanted, server = asked(ref), self._server()
        commit = server.commit(wanted.name, wanted.revision)
        at = commit.id if commit else wanted.revision or "HEAD"
        fetched = self._fetch(server, wanted.name, at)
        archive = fetched.archive
        _require_own_name(wanted, archive, commit)
        tree = "unknown" if commit is None else "verified" if commit.tree == archive.tree else "differs"
        code = _code_files(archive, wanted.code_folder(archive.commit))
        entry = _entry(archive, wanted)
        weights, said = self._weights_of(wanted, entry)
        identity = dict(commit.identity) if commit else {"owner": wanted.name.partition("/")[0]}
        metadata: dict[str, Json] = {
            **(commit.said if commit else {}),
            "endpoint": urlsplit(server.url).netloc,
            "resolved_by": "api" if commit else "archive",
            "tree": tree,
            "archive": _archive_said(fetched),
            "entry": wanted.entry,
            "entries": list(entry.names),
            "weights": said,
            "weights_unresolved": list(entry.unresolved),
        }
        if wanted.urls:
            metadata["weights_not_taken"] = [url for url, _ in entry.weights]
        return Listing(ref, archive.commit, (*code, *weights), identity, metadata)

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of a file from ``offset`` on.

        Raises:
            IntegrityError: Another size, range or commit; weights that changed since they were looked at, or whose
                hash does not begin as their name says (code ``name-prefix-mismatch``), before their last piece.
            NotFoundError: It is no part of the listing (code ``file-missing``), or is gone.
            SourceError: The server failed as often as patience allows.
        """
        wanted = asked(listing.ref)
        folder = wanted.code_folder(listing.revision)
        if file.path.startswith(CHECKPOINTS):
            yield from self._read_weights(listing, file, offset)
        elif file.path.startswith(folder):
            yield from self._read_code(listing, wanted, file, offset)
        else:
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")

    def _server(self) -> GitHub:
        url = self._base(self._url, "WEIGHBRIDGE_GITHUB_URL", _github.WEB)
        api = self._base(self._api, "WEIGHBRIDGE_GITHUB_API_URL", _github.API)
        token = os.environ.get("GITHUB_TOKEN", "").strip() if self._token is None else self._token
        if not token.isascii() or not token.isprintable() or " " in token:
            hint = "set GITHUB_TOKEN to a token of that GitHub, or unset it"
            raise ConfigError("GITHUB_TOKEN is not a token", code="bad-token", hint=hint)
        parts = urlsplit(api)
        is_private = parts.scheme != _PLAIN or is_loopback(parts.hostname or "")
        return _github.GitHub(self._web, url, api, token if is_private else "", self._patience)

    def _base(self, given: str | None, variable: str, default: str) -> str:
        """Where requests go, without a slash at the end."""
        text = (given or os.environ.get(variable) or default).rstrip("/")
        try:
            parts = urlsplit(text)
            is_base = parts.scheme in {"https", _PLAIN} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_base = False
        if not is_base or parts.username is not None or parts.query or parts.fragment:
            hint = f"set {variable} to an address such as {default}"
            raise ConfigError(f"{variable} is not the address of a server", code="bad-endpoint", hint=hint)
        if parts.scheme == _PLAIN and not any(matches(f"{text}/", pattern) for pattern in self._allowed):
            hint = f"use https: in {variable}, or let policy.sources name what may come so: http://HOST/**"
            raise without_tls(parts.netloc, hint)
        return text

    def _fetch(self, server: GitHub, name: str, at: str) -> _Fetched:
        """The archive of a revision; one that is here already is not fetched again."""
        with self._lock:
            known = self._fetched.get((name, at))
            if known is not None:
                return known
            spool = tempfile.TemporaryFile(prefix="weighbridge-")  # noqa: SIM115 - lives as long as the archive
            try:
                made = _received(server, name, at, spool)
            except BaseException:
                spool.close()
                raise
            # Readers hold the archive; the file is closed after the last of them.
            weakref.finalize(made.archive, spool.close)
            while len(self._fetched) >= MAX_ARCHIVES:
                del self._fetched[next(iter(self._fetched))]
            # A branch moves: only the commit says what these bytes are.
            self._fetched[name, made.archive.commit] = made
            return made

    def _weights_of(self, wanted: Asked, entry: hub_entry.HubEntry) -> tuple[tuple[RemoteFile, ...], dict[str, Json]]:
        """The files of weights, and what is written down of each by its path."""
        if not wanted.urls and entry.unresolved:
            places = ", ".join(entry.unresolved[:3])
            raise UsageError(
                f"what {wanted.entry} downloads is known only when its code runs: {places}",
                code="weights-unresolved",
                hint="name the weights yourself: weighbridge add REF#ENTRY https://HOST/WEIGHTS.pth … --name NAME",
                details={"places": list(entry.unresolved), "found": [url for url, _ in entry.weights]},
            )
        urls = [(url, "") for url in wanted.urls] or list(entry.weights)
        if not urls:
            return (), {}
        listing = self._weights.resolve(weights_ref(urls))
        files = listing.metadata["files"]
        said: dict[str, Json] = {}
        for file in listing.files:
            own = files.get(file.path) if isinstance(files, dict) else None
            said[f"{CHECKPOINTS}{file.path}"] = {
                **(own if isinstance(own, dict) else {}),
                "named_by": "reference" if wanted.urls else "code",
                "hash_prefix": promised_prefix(file.path),
            }
        return tuple(RemoteFile(CHECKPOINTS + item.path, item.size, item.promise) for item in listing.files), said

    def _read_weights(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        noted = listing.metadata.get("weights")
        said: Any = noted.get(file.path) if isinstance(noted, dict) else None
        if not isinstance(said, dict) or not isinstance(said.get("url"), str):
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
        name = file.path.removeprefix(CHECKPOINTS)
        promised = f"#sha256={file.promise.removeprefix('sha256:')}" if file.promise else ""
        ref = weights_ref([(said["url"] + promised, name)])
        alone = RemoteFile(name, file.size, file.promise)
        one = Listing(ref, "", (alone,), {}, {"files": {name: said}})
        prefix = "" if file.promise else promised_prefix(name)
        if not prefix:
            return self._weights.read(one, alone, offset)
        # Only the whole tells its hash, so the whole is read, whatever is asked for.
        return _beyond(_checked(self._weights.read(one, alone, 0), name, prefix), offset)

    def _read_code(self, listing: Listing, wanted: Asked, file: RemoteFile, offset: int) -> Iterator[bytes]:
        archive = self._fetch(self._server(), wanted.name, listing.revision).archive
        noted = listing.metadata.get("archive")
        if not isinstance(noted, dict) or noted.get("tree") != archive.tree:
            raise _wrong_commit(f"it holds other files than when {listing.revision} was resolved")
        path = file.path.removeprefix(wanted.code_folder(listing.revision))
        known = archive.files.get(path)
        if known is None:
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
        if known.size != file.size:
            raise IntegrityError(
                f"{file.path} is not the promised {file.size} bytes: the archive has {known.size}",
                code="size-mismatch",
                details={"path": file.path, "promised": file.size},
            )
        return archive.read(path, offset)


def _received(server: GitHub, name: str, at: str, spool: IO[bytes]) -> _Fetched:
    """Fetch and check an archive."""
    received = server.archive(name, at, spool)
    archive = _archive.open_archive(spool, received.size)
    if _github.is_commit(at) and archive.commit != at:
        raise _wrong_commit(f"it is of {archive.commit}, not of {at}")
    return _Fetched(archive, received)


def _wrong_commit(why: str) -> IntegrityError:
    return IntegrityError(
        f"the archive is not that of the commit: {why}",
        code="wrong-commit",
        hint="do not use this source before its owner explains",
    )


def _require_own_name(wanted: Asked, archive: Archive, commit: Commit | None) -> None:
    """Refuse a second name of a repository: a rule about an owner must not be got round by another spelling.

    Raises:
        UsageError: The repository is called otherwise, if only by the size of a letter (code ``bad-repo``).
    """
    own = str(commit.said.get("full_name", "")) if commit else ""
    if own == wanted.name or (not own and archive.top.startswith(f"{wanted.name.replace('/', '-')}-")):
        return
    raise UsageError(
        f"{wanted.name} is not how the repository is called",
        code="bad-repo",
        hint=f"write torchhub:{own}" if own else "write owner and name as the repository's page does",
    )


def _code_files(archive: Archive, folder: str) -> Iterator[RemoteFile]:
    """The files of the code; their promise does not depend on whether the API had time for us today."""
    for item in archive.files.values():
        yield RemoteFile(folder + item.path, item.size, f"git:{item.blob}")


def _archive_said(fetched: _Fetched) -> dict[str, Json]:
    archive, received = fetched.archive, fetched.received
    return {
        "sha256": received.sha256,
        "size": received.size,
        "tree": archive.tree,
        "redirects": list(received.redirects),
        "submodules": list(archive.empty_folders[:100]),
    }


def _entry(archive: Archive, wanted: Asked) -> hub_entry.HubEntry:
    """What the code says of the entry.

    Raises:
        NotFoundError: There is no such entry (code ``entry-missing``).
    """

    def read(path: str) -> bytes | None:
        if path not in archive.files:
            return None
        data = bytearray()
        for piece in archive.read(path):
            data += piece
            if len(data) > MAX_BYTES:
                break
        return bytes(data)

    found = hub_entry.examine(read, wanted.entry)
    if wanted.entry and not found.found:
        names = ", ".join(found.names[:20]) or "none at all"
        raise NotFoundError(
            f"hubconf.py of {wanted.name} at {archive.commit} has no entry {wanted.entry}",
            code="entry-missing",
            hint=f"it has {names}",
        )
    return found


def _checked(pieces: Iterator[bytes], name: str, prefix: str) -> Iterator[bytes]:
    """The pieces, the last of them only after the hash of all begins as the name says."""
    hasher, held = hashlib.sha256(), b""
    for piece in pieces:
        if held:
            yield held
        hasher.update(piece)
        held = piece
    found = hasher.hexdigest()
    if not found.startswith(prefix):
        raise IntegrityError(
            f"{name} is not what its name promises: its SHA-256 begins with {found[: len(prefix)]}",
            code="name-prefix-mismatch",
            hint="do not use these weights before their owner explains",
            details={"promised": prefix, "found": found},
        )
    if held:
        yield held


def _beyond(pieces: Iterator[bytes], offset: int) -> Iterator[bytes]:
    """What comes after so many bytes."""
    for piece in pieces:
        kept = piece[offset:]
        offset = max(0, offset - len(piece))
        if kept:
            yield kept
