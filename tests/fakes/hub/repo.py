"""A repository on the test Hub: commits, refs and what the Hub says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from tests.fakes.hub.blobs import Blob, DiskFile, blob_of, goes_to_lfs
from tests.fakes.hub.trees import Commit, make_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Gated = Literal[False, "auto", "manual"]
FIRST_DATE = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULT_BRANCH = "main"
_FULL_ID = re.compile(r"[0-9a-f]{40}")


@dataclass
class Repo:
    """One repository; change its attributes at will while the Hub serves.

    Args:
        id: `org/name` or `name`; `datasets/org/name` and `spaces/…` too.
        internal_id: `_id` of the Hub's answers; a repository deleted and created again gets another.
        author: the account or organisation it belongs to.
        owner_id: the stable id of that account.
        private: seen only with a token that may.
        gated: files are served only with a token that was granted access.
        card: the metadata of its model card.
        library: `library_name`.
        pipeline_tag: the task.
        disabled: the Hub has switched it off.
        xet: say `xetHash` in tree listings.
    """

    id: str
    internal_id: str
    author: str
    owner_id: str
    private: bool = False
    gated: Gated = False
    card: dict[str, Any] = field(default_factory=dict)
    library: str | None = None
    pipeline_tag: str | None = None
    disabled: bool = False
    xet: bool = False
    created: datetime = FIRST_DATE
    names: set[str] = field(default_factory=set)
    refs: dict[str, str] = field(default_factory=dict)
    security: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _commits: dict[str, Commit] = field(default_factory=dict)

    def commit(
        self,
        files: Mapping[str, bytes | Path | DiskFile],
        *,
        delete: Iterable[str] = (),
        branch: str = DEFAULT_BRANCH,
        message: str = "Upload files",
        author: str | None = None,
        date: datetime | None = None,
        lfs: Callable[[str, int], bool] | None = None,
    ) -> str:
        """Add, replace and delete files on a branch.

        Args:
            files: path to bytes, to a path on disk, or to a file whose hash is known; paths are kept verbatim.
            delete: paths to take away.
            branch: where; a missing one starts from main.
            message: title, empty line, description.
            author: an account; the repository's author if None.
            date: a minute after the commit before it if None.
            lfs: says from path and size what goes to LFS; the Hub's usual rule if None.

        Returns:
            The commit's id, 40 hexadecimal digits; equal input gives an equal id.
        """
        ref = f"refs/heads/{branch}"
        parent = self.resolve(branch) or self.resolve(DEFAULT_BRANCH)
        gone = frozenset(delete)
        kept = {path: blob for path, blob in (parent.files if parent else {}).items() if path not in gone}
        added = {path: blob_of(path, value, lfs or goes_to_lfs) for path, value in files.items()}
        return self._record(ref, kept | added, parent, message, author=author, date=date)

    def branch(self, name: str, commit: str) -> None:
        """Make a branch at a commit."""
        self.refs[f"refs/heads/{name}"] = self.find(commit).id

    def move_branch(self, name: str, commit: str) -> None:
        """Force a branch to another commit; what only it reached is gone."""
        self.branch(name, commit)

    def tag(self, name: str, commit: str) -> None:
        """Make or move a tag."""
        self.refs[f"refs/tags/{name}"] = self.find(commit).id

    def pull_request(self, number: int, commit: str) -> None:
        """Make `refs/pr/N` point to a commit."""
        self.refs[f"refs/pr/{number}"] = self.find(commit).id

    def delete_ref(self, ref: str) -> None:
        """Drop a ref by its full name, such as `refs/tags/v1`."""
        del self.refs[ref]

    def squash(self, branch: str = DEFAULT_BRANCH) -> str:
        """Replace a branch's history by one commit with the same files; returns its id."""
        head = self.find(self.head(branch))
        return self._record(f"refs/heads/{branch}", head.files, None, f"Super-squash branch '{branch}'", date=head.date)

    def head(self, branch: str = DEFAULT_BRANCH) -> str:
        """The commit a branch points to."""
        return self.refs[f"refs/heads/{branch}"]

    def set_security(self, commit: str, statuses: Mapping[str, str]) -> None:
        """Set what the Hub's scanners say of files at a commit: safe, suspicious, unsafe, caution, queued, error."""
        self.security[commit] = dict(statuses)

    def find(self, commit: str) -> Commit:
        """A commit ever made here, reachable or not; KeyError if there was none."""
        return self._commits[commit]

    def resolve(self, revision: str | None) -> Commit | None:
        """The commit a branch, tag, full ref, reachable commit id or "HEAD" names, as the Hub resolves it."""
        if revision is None or revision == "HEAD":
            revision = DEFAULT_BRANCH
        if _FULL_ID.fullmatch(revision) and any(revision == commit.id for commit in self._reachable()):
            return self._commits[revision]
        names = (f"refs/heads/{revision}", f"refs/tags/{revision}", revision, f"refs/{revision}")
        found = next((self.refs[name] for name in names if name in self.refs), None)
        return self._commits[found] if found else None

    def history(self, commit: Commit) -> list[Commit]:
        """The commit and its ancestors, newest first."""
        found = [commit]
        while (parent := found[-1].parent) is not None:
            found.append(self._commits[parent])
        return found

    def last_change(self, commit: Commit, path: str) -> Commit:
        """The newest commit, at or before this one, which changed a file or folder."""
        oid = commit.oid(path)
        latest = commit
        for older in self.history(commit)[1:]:
            if older.oid(path) != oid:
                break
            latest = older
        return latest

    def _reachable(self) -> Iterable[Commit]:
        for head in set(self.refs.values()):
            yield from self.history(self._commits[head])

    def _record(
        self,
        ref: str,
        files: Mapping[str, Blob],
        parent: Commit | None,
        message: str,
        *,
        author: str | None = None,
        date: datetime | None = None,
    ) -> str:
        when = date or (parent.date + timedelta(minutes=1) if parent else FIRST_DATE)
        made = make_commit(
            files, parent=parent.id if parent else None, author=author or self.author, date=when, message=message
        )
        self._commits[made.id] = made
        self.refs[ref] = made.id
        return made.id
