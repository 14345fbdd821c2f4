"""The test Hub as tests use it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Self

from tests.fakes.hub.listener import Listener
from tests.fakes.hub.messages import Answer, Question, Request
from tests.fakes.hub.site import TREE_PAGE_SIZE, Site

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from tests.fakes.hub.lies import Lie
    from tests.fakes.hub.repo import Gated, Repo


class FakeHub:
    """A Hub on two ports of the loopback interface: the Hub itself, and the other origin where large files are.

    It speaks the protocol that the released `huggingface_hub` client reads. It accepts no uploads over HTTP:
    tests commit through `Repo`. Nothing is checked or normalised on the way in, so hostile names are possible.

    Args:
        redirect_files: send file requests on as the real Hub does, LFS files to the other origin.
        ssl_context: serve HTTPS on `localhost` with this server-side context.
        port: of the Hub itself; 0 for any free one.
        page_size: entries in one page of a tree.
    """

    def __init__(
        self,
        *,
        redirect_files: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        port: int = 0,
        page_size: int = TREE_PAGE_SIZE,
    ) -> None:
        self.requests: list[Request] = []
        self.lies: list[Lie] = []
        self._site = Site(redirect_files=redirect_files, page_size=page_size)
        self._port = port
        self._tls = ssl_context
        self._listeners: list[Listener] = []
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        hub = Listener("hub", self._respond, port=self._port, tls=self._tls)
        files = Listener("files", self._respond, tls=self._tls)
        self._site.hub_url, self._site.file_host_url = hub.url, files.url
        self._listeners = [hub, files]
        for listener in self._listeners:
            listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners:
            listener.stop()
        crashes = [crash for listener in self._listeners for crash in listener.crashes]
        if crashes and error is None:
            raise BaseExceptionGroup("the test Hub itself failed", crashes)

    @property
    def url(self) -> str:
        """Where the Hub is, without a slash at the end."""
        return self._site.hub_url

    @property
    def file_host_url(self) -> str:
        """Where the other origin is, without a slash at the end."""
        return self._site.file_host_url

    @property
    def redirect_files(self) -> bool:
        """Whether file requests are sent on: LFS files to the other origin, plain ones to the Hub's cache."""
        return self._site.redirect_files

    @redirect_files.setter
    def redirect_files(self, value: bool) -> None:
        self._site.redirect_files = value

    def create_repo(  # noqa: PLR0913 - one keyword for each thing the Hub says of a repository
        self,
        repo_id: str,
        *,
        author: str | None = None,
        owner_id: str | None = None,
        private: bool = False,
        gated: Gated = False,
        card: Mapping[str, Any] | None = None,
        library: str | None = None,
        pipeline_tag: str | None = None,
    ) -> Repo:
        """Make an empty repository; give a licence as `card={"license": …}`.

        Args:
            repo_id: `org/name`, `name`, `datasets/org/name` or `spaces/org/name`.
            author: the account it belongs to; the namespace if None.
            owner_id: stable id of that account; derived from its name if None.
            private: seen only with a token that may.
            gated: files are served only with a token that was granted access.
            card: the model card's metadata.
            library: `library_name`.
            pipeline_tag: the task.
        """
        return self._site.shelf.create(
            repo_id,
            author=author,
            owner_id=owner_id,
            private=private,
            gated=gated,
            card=dict(card or {}),
            library=library,
            pipeline_tag=pipeline_tag,
        )

    def repo(self, repo_id: str) -> Repo:
        """The repository that has this name now; KeyError if none has."""
        found = self._site.shelf.get(repo_id)
        if found is None:
            raise KeyError(repo_id)
        return found

    def rename(self, old: str, new: str) -> None:
        """Give a repository another name; the old one answers 307 until it is taken again."""
        self._site.shelf.rename(old, new)

    def delete(self, repo_id: str) -> None:
        """Delete a repository; created again it has another `_id`."""
        self._site.shelf.delete(repo_id)

    def add_token(self, token: str, *, user: str = "alice", grants: Iterable[str] = ()) -> None:
        """Make a token valid.

        Args:
            token: sent as `Authorization: Bearer …`.
            user: whose; it may see what it owns.
            grants: ids of private repositories it sees and of gated ones it was given access to.
        """
        self._site.accounts.add(token, user, grants)

    def _respond(self, question: Question) -> Answer:
        answer = self._site.answer(question)
        for lie in tuple(self.lies):
            answer = lie.told(question, answer)
        self.requests.append(Request(question.method, question.target, question.headers, question.host, answer.status))
        return answer.with_headers(X_Request_Id=f"Root=1-{next(self._numbers):08x}")
