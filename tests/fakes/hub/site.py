"""From a request to an honest answer: routing, admission, redirects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.hub.accounts import Account, Accounts, require_granted, require_seen
from tests.fakes.hub.api import Call, answer_call, commit_of
from tests.fakes.hub.files import Redirects, raw, served
from tests.fakes.hub.messages import Answer, Question, Refusal, json_answer, redirect
from tests.fakes.hub.routes import CACHE_VERB, Route, route
from tests.fakes.hub.shelf import Shelf, stable_id

if TYPE_CHECKING:
    from collections.abc import Callable

TREE_PAGE_SIZE = 1000
_POST_VERB = "paths-info"


@dataclass
class Site:
    """All that the test Hub knows, and how it answers when it doesn't lie."""

    shelf: Shelf = field(default_factory=Shelf)
    accounts: Accounts = field(default_factory=Accounts)
    redirects: Redirects = field(default_factory=lambda: Redirects("weighbridge"))
    redirect_files: bool = False
    page_size: int = TREE_PAGE_SIZE
    hub_url: str = ""
    file_host_url: str = ""

    def answer(self, question: Question) -> Answer:
        """Answer a request of either listener."""
        if question.host == "files":
            return self._guarded(lambda: self.redirects.behind(question), as_json=False)
        way = route(question.path, self.shelf.knows)
        if way is None:
            return self._guarded(lambda: self._general(question), as_json=True)
        return self._guarded(lambda: self._about_repo(question, way), as_json=way.is_api)

    def _guarded(self, answer: Callable[[], Answer], *, as_json: bool) -> Answer:
        try:
            return answer()
        except Refusal as refusal:
            return refusal.answer(as_json=as_json)

    def _general(self, question: Question) -> Answer:
        account = self.accounts.who(question.headers)
        match question.path.split("/"):
            case ["", "api", "whoami-v2"]:
                if account is None:
                    raise Refusal(401, "Invalid username or password.")
                return json_answer(_whoami(account))
            case ["", "api", "users" | "organizations" as kind, name, "overview"]:
                if (owner_id := self.shelf.owner(name)) is not None:
                    user = {"_id": owner_id, "name": name, "fullname": name, "type": kind.rstrip("s")}
                    return json_answer(user)
            case _:
                pass
        raise Refusal(404, "Sorry, we can't find the page you are looking for.")

    def _about_repo(self, question: Question, way: Route) -> Answer:
        if question.method not in {"GET", "HEAD"} and way.verb != _POST_VERB:
            raise Refusal(405, "Method Not Allowed")
        account = self.accounts.who(question.headers)
        repo = self.shelf.get(way.repo_id)
        if repo is None and (moved := self.shelf.elsewhere(way.repo_id)) is not None:
            require_seen(moved, account)
            query = question.target.partition("?")[2]
            return redirect(307, way.renamed(moved.id) + (f"?{query}" if query else ""))
        repo = require_seen(repo, account)
        if way.verb not in {"resolve", "raw", CACHE_VERB}:
            if way.verb == "auth-check":
                require_granted(repo, account, self.hub_url)
            return answer_call(Call(question, way, repo, self.hub_url, self.page_size))
        require_granted(repo, account, self.hub_url)
        commit = commit_of(repo, way.revision)
        if way.verb == "raw":
            return raw(repo, commit, way.path)
        if way.verb == "resolve" and self.redirect_files:
            return self.redirects.away(way, repo, commit, way.path, self.file_host_url)
        return served(question, repo, commit, way.path)


def _whoami(account: Account) -> dict[str, object]:
    return {
        "type": "user",
        "id": stable_id(f"user {account.user}"),
        "name": account.user,
        "fullname": account.user,
        "email": f"{account.user}@users.noreply.example",
        "emailVerified": True,
        "isPro": False,
        "orgs": [],
        "auth": {"type": "access_token", "accessToken": {"displayName": "tests", "role": "read"}},
    }
