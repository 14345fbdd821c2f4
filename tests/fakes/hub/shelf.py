"""The repositories of the test Hub by name, and the names they had before."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from tests.fakes.hub.repo import FIRST_DATE, Repo
from tests.fakes.hub.routes import bare


class Shelf:
    """Repositories, found by the name they have now."""

    def __init__(self) -> None:
        self._repos: dict[str, Repo] = {}
        self._moved: dict[str, str] = {}
        self._made = 0

    def create(self, repo_id: str, *, author: str | None, owner_id: str | None, **details: Any) -> Repo:
        """Put a new, empty repository; a name that redirected until now becomes its own."""
        if repo_id in self._repos:
            raise ValueError(f"{repo_id} exists already")
        self._made += 1
        owner = author or bare(repo_id).rpartition("/")[0] or "huggingface"
        repo = Repo(
            repo_id,
            stable_id(f"repository {self._made}"),
            owner,
            owner_id or stable_id(f"owner {owner}"),
            created=FIRST_DATE + timedelta(days=self._made),
            names={repo_id},
            **details,
        )
        self._moved.pop(repo_id, None)
        self._repos[repo_id] = repo
        return repo

    def rename(self, old: str, new: str) -> None:
        """Give a repository another name; the old one leads to it until someone takes it."""
        if new in self._repos:
            raise ValueError(f"{new} exists already")
        repo = self._repos.pop(old)
        repo.id = new
        repo.names.add(new)
        self._repos[new] = repo
        self._moved.pop(new, None)
        self._moved[old] = new

    def delete(self, repo_id: str) -> None:
        """Take a repository away, with the names that lead to it."""
        del self._repos[repo_id]
        self._moved = {old: new for old, new in self._moved.items() if self._follow(new) is not None}

    def get(self, repo_id: str) -> Repo | None:
        """The repository that has this very name now."""
        return self._repos.get(repo_id)

    def elsewhere(self, repo_id: str) -> Repo | None:
        """The repository that had this name, or has it in other letter case: the Hub redirects to it."""
        moved = self._follow(repo_id)
        if moved is not None:
            return moved
        return next((repo for name, repo in tuple(self._repos.items()) if name.lower() == repo_id.lower()), None)

    def knows(self, repo_id: str) -> bool:
        """Whether a name leads to a repository, at once or by a redirect."""
        return self.get(repo_id) is not None or self.elsewhere(repo_id) is not None

    def owner(self, name: str) -> str | None:
        """The stable id of an account that owns something."""
        return next((repo.owner_id for repo in tuple(self._repos.values()) if repo.author == name), None)

    def _follow(self, repo_id: str) -> Repo | None:
        while repo_id not in self._repos and repo_id in self._moved:
            repo_id = self._moved[repo_id]
        return self._repos.get(repo_id)


def stable_id(text: str) -> str:
    """24 hexadecimal digits, as the Hub's own ids have."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
