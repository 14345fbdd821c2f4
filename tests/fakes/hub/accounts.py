"""Who may see and fetch what, and the errors the Hub gives to those who may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.hub.messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.fakes.hub.repo import Repo


@dataclass(frozen=True, slots=True)
class Account:
    """Who a token speaks for.

    Args:
        user: account name.
        grants: ids of private repositories it sees and of gated ones it was given access to.
    """

    user: str
    grants: frozenset[str]

    def may(self, repo: Repo) -> bool:
        """Whether a restriction of this repository does not hold for this account."""
        return self.user == repo.author or not self.grants.isdisjoint(repo.names | {repo.id})


class Accounts:
    """The tokens that the Hub knows."""

    def __init__(self) -> None:
        self._by_token: dict[str, Account] = {}

    def add(self, token: str, user: str, grants: Iterable[str]) -> None:
        """Make a token valid, or change what it may."""
        self._by_token[token] = Account(user, frozenset(grants))

    def who(self, headers: Mapping[str, str]) -> Account | None:
        """The account of a request, None if it is anonymous; refuses a token that is not known."""
        given = headers.get("authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        account = self._by_token.get(token.strip())
        if scheme.lower() != "bearer" or account is None:
            raise Refusal(401, "Invalid credentials in Authorization header")
        return account


def require_seen(repo: Repo | None, account: Account | None) -> Repo:
    """The repository, unless it is missing or hidden: the Hub answers alike for both, so that nothing leaks."""
    if repo is not None and (not repo.private or (account is not None and account.may(repo))):
        if repo.disabled:
            raise Refusal(403, "Access to this resource is disabled.")
        return repo
    if account is None:
        raise Refusal(401, "Invalid username or password.", "RepoNotFound")
    raise Refusal(404, "Repository not found", "RepoNotFound")


def require_granted(repo: Repo, account: Account | None, hub_url: str) -> None:
    """Refuse the files of a gated repository to those without access to it."""
    if not repo.gated or (account is not None and account.may(repo)):
        return
    start = f"Access to model {repo.id} is restricted"
    if account is None:
        text = f"{start}. You must have access to it and be authenticated to access it. Please log in."
        raise Refusal(401, text, "GatedRepo")
    text = f"{start} and you are not in the authorized list. Visit {hub_url}/{repo.id} to ask for access."
    raise Refusal(403, text, "GatedRepo")
