"""The Hugging Face Hub, and anything that speaks its protocol: ``hf:org/name@revision``.

A revision is resolved to its commit once; everything afterwards is asked for by that commit. The Hub library reads the
answers (its types, its rules for errors, its token); the requests are our own, for its session follows a redirect or a
next page wherever they lead and reads answers of any size. Xet is never asked for: its data come from hosts
that nobody named, past proxies and mirrors. This module writes no file and prints nothing.
"""

from __future__ import annotations

import difflib
import re
import time
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlsplit

from weighbridge.core.errors import IntegrityError, NotFoundError, UsageError, WeighbridgeError
from weighbridge.core.listing import Listing
from weighbridge.sources import _hub_answers, _hub_library
from weighbridge.sources._http import Reply, Web
from weighbridge.sources._hub_errors import Asked, error_of
from weighbridge.sources._hub_settings import Hub, hub_of
from weighbridge.sources._retry import UNREACHABLE, Patience
from weighbridge.sources._transfer import Wanted, answer_of, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.core.listing import RemoteFile
    from weighbridge.core.ref import Ref

# Where the public Hub sends file requests, see docs/sources.md. The owner of another endpoint chooses his own.
_PUBLIC = ("hf.co", "huggingface.co")
FILE_HOSTS = dict.fromkeys(_PUBLIC, _PUBLIC)
MAX_ANSWER_BYTES = 64 << 20
MAX_LISTING_BYTES = 256 << 20
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


class HuggingFaceSource:
    """Models of a Hub; may be used by several threads at once.

    Args:
        endpoint: The Hub's URL; None for ``HF_ENDPOINT``, else the public Hub.
        token: What to send to that endpoint alone; None for ``HF_TOKEN``, else what `hf auth login` stored; False for
            none.
        max_tries: Tries in a row without progress.
        timeout_seconds: For connecting, and between two pieces of an answer.
        sleep: Waits between tries.
    """

    scheme: ClassVar[str] = "hf"

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        token: str | bool | None = None,
        max_tries: int = 5,
        timeout_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._token = token
        self._patience = Patience(max_tries, sleep)
        self._web = Web(timeout_seconds, FILE_HOSTS)

    @property
    def redirect_hosts(self) -> tuple[str, ...]:
        """The hosts of other origins to which the Hub sent requests on, so far."""
        return tuple(sorted(self._web.redirect_hosts))

    def resolve(self, ref: Ref) -> Listing:
        """What a reference names now: a commit, and every file with its size and promise.

        Raises:
            UsageError: The name is not that of a repository.
            NotFoundError: Codes ``repository-missing`` and ``revision-missing``.
            AccessError: Codes ``gated``, ``private``, ``bad-token`` and ``disabled``.
            IntegrityError: Codes ``bad-revision`` and ``bad-listing``.
            SourceError: The Hub can't be reached or does not answer as one.
        """
        _require_repository(ref)
        hub = hub_of(self._endpoint, self._token)
        asked = Asked(hub.endpoint, ref.name, ref.revision or "", hub.token)
        where = f"/revision/{quote(ref.revision, safe='')}" if ref.revision else ""
        try:
            data, _ = self._ask(hub, asked, f"/api/models/{ref.name}{where}?securityStatus=true")
        except NotFoundError as error:
            raise self._with_suggestion(hub, asked, error) from None
        info, raw = _hub_answers.info_of(data)
        identity = _hub_answers.identity_of(info, raw)
        commit = str(info.sha)
        if _COMMIT.fullmatch(asked.revision) and asked.revision != commit:
            raise IntegrityError(f"the Hub resolved {asked.revision} to another commit, {commit}", code="bad-revision")
        at_commit = Asked(hub.endpoint, identity["repo_id"], commit, hub.token)
        if info.gated:
            self._require_access(hub, at_commit)
        files = _hub_answers.files_of(self._entries(hub, at_commit))
        metadata = _hub_answers.metadata_of(info, raw, data) | {"endpoint": hub.host}
        if identity["repo_id"] != ref.name:
            metadata["requested"] = ref.name
        return Listing(ref, commit, files, identity, metadata)

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of a file at the listing's commit, from ``offset`` on.

        Raises:
            IntegrityError: Another size, range or commit, or a file that changed on the way.
            AccessError: Code ``gated`` and those of `resolve`.
            SourceError: The Hub failed as often as patience allows.
        """
        hub = hub_of(self._endpoint, self._token)
        repo = listing.identity.get("repo_id", listing.ref.name)
        asked = Asked(hub.endpoint, repo, listing.revision, hub.token)
        if any(segment in {"", ".", ".."} for segment in file.path.split("/")):
            raise IntegrityError(f"{file.path!r} is not the path of a file", code="bad-path")

        def check(headers: Mapping[str, str]) -> None:
            said = headers.get("x-repo-commit", listing.revision)
            if said != listing.revision:
                raise IntegrityError(
                    f"the Hub sent {file.path!r} of another commit than {listing.revision}",
                    code="wrong-commit",
                    details={"said": asked.scrubbed(said)},
                )

        def refused(reply: Reply, body: bytes) -> WeighbridgeError:
            return error_of(asked, reply, body)

        path = quote(file.path, safe="/")
        url = f"{hub.endpoint}/{repo}/resolve/{listing.revision}/{path}"
        wanted = Wanted(url, file.path, file.size, hub.headers, hub.token, check, refused)
        return fetch(self._web, wanted, offset, self._patience)

    def _ask(self, hub: Hub, asked: Asked, path: str) -> tuple[bytes, Mapping[str, str]]:
        """The body and the headers of an answer of the API.

        Raises:
            WeighbridgeError: What the answer means if it is not a success.
        """

        def ask() -> tuple[bytes, Mapping[str, str]]:
            with self._web.get(hub.endpoint + path, hub.headers, hub.token) as reply:
                answer_of(reply, lambda reply, body: error_of(asked, reply, body))
                return reply.read_all(MAX_ANSWER_BYTES), reply.headers

        return self._patience.keep_trying(ask, hopeless=UNREACHABLE)

    def _entries(self, hub: Hub, asked: Asked) -> Iterator[Any]:
        """Every entry of the tree, page by page (RFC 8288).

        Of a link to the next page only the query is taken, so that no page can come from another place.
        """
        path = f"/api/models/{asked.repo}/tree/{asked.revision}"
        query, seen, count, size = "?recursive=true&expand=false", set[str](), 0, 0
        while query:
            seen.add(query)
            data, headers = self._ask(hub, asked, path + query)
            page = _hub_answers.decoded(data)
            if not isinstance(page, list):
                raise _hub_answers.bad_answer("the list of files is none")
            count, size = count + len(page), size + len(data)
            if count > _hub_answers.MAX_FILES or size > MAX_LISTING_BYTES:
                raise _hub_answers.bad_answer(f"it lists more than {_hub_answers.MAX_FILES} files")
            yield from page
            link = _NEXT.search(headers.get("link", ""))
            query = f"?{urlsplit(link[1]).query}" if link else ""
            if query and (query in seen or not page):
                raise _hub_answers.bad_answer("its pages lead in a circle")

    def _require_access(self, hub: Hub, asked: Asked) -> None:
        """Ask whether the files of a gated repository may be had, before any is fetched.

        Raises:
            AccessError: They may not.
        """
        try:
            self._ask(hub, asked, f"/api/models/{asked.repo}/auth-check")
        except NotFoundError:
            # A mirror without that route; if files are refused, `read` says so.
            return

    def _with_suggestion(self, hub: Hub, asked: Asked, error: NotFoundError) -> NotFoundError:
        """The error for a missing revision, with the branch or tag that was meant."""
        if error.code != "revision-missing":
            return error
        try:
            said = _hub_answers.decoded(self._ask(hub, asked, f"/api/models/{asked.repo}/refs")[0])
            names = [str(item["name"]) for kind in ("branches", "tags") for item in said[kind]]
        except (WeighbridgeError, TypeError, KeyError):
            return error
        near = difflib.get_close_matches(asked.revision, names, n=1) or names[:5]
        if near:
            error.hint = f"did you mean {' or '.join(map(asked.scrubbed, near))}? {error.hint}"
        return error


def _require_repository(ref: Ref) -> None:
    """Refuse what can't be the name of a model's repository."""
    try:
        _hub_library.part("utils").validate_repo_id(ref.name)
    except _hub_library.part("errors").HFValidationError:
        raise UsageError(
            f"{ref.name!r} is not the name of a repository", code="bad-repo", hint="write hf:org/name@revision"
        ) from None
    if ref.part is not None:
        raise UsageError(f"{ref} names a part, but a Hub's repository has none", code="bad-ref", hint="drop the #part")
