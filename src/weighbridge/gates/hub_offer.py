"""What a gate offers: approved revisions by repository, and what is governed but denied.

Built once from pins and verdicts, then only read. Nothing here decides what is approved: the caller has judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.listing import RemoteFile
    from weighbridge.core.pin import Pin, PinnedFile

SCHEME = "hf"
DEFAULT_REF = "main"


@dataclass(frozen=True, slots=True)
class Approved:
    """One revision that may be served.

    Args:
        name: The governed name.
        repo_id: Of the Hub, ``org/name``.
        revision: The commit, 40 hexadecimal digits.
        digest: The pin's.
        refs: Branches and tags that lead to this revision here.
        files: Every governed file.
        omitted: What the repository has besides, and the pin leaves out.
        metadata: What the source said about the model.
    """

    name: str
    repo_id: str
    revision: str
    digest: str
    refs: tuple[str, ...]
    files: tuple[PinnedFile, ...]
    omitted: tuple[RemoteFile, ...]
    metadata: Mapping[str, Json]

    @classmethod
    def of(cls, pin: Pin, *, refs: Iterable[str] | None = None) -> Approved:
        """A pin of the Hub, found by its commit and by the ref it follows.

        Args:
            pin: What was approved.
            refs: Other names than the ref it follows.

        Raises:
            ValueError: The pin is of another source; a mistake in a program.
        """
        named = _refs_of(pin) if refs is None else tuple(refs)
        return cls(
            pin.name, _repo_id(pin), pin.revision, pin.digest, named, pin.files, pin.omitted, metadata=pin.metadata
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that is governed and may not be served.

    Args:
        name: The governed name.
        repo_id: Of the Hub.
        revision: The commit; empty if there is none yet.
        refs: Branches and tags that would lead to it.
        reason: The verdict in words.
        hint: The command that would change it; empty for `weighbridge approve`.
    """

    name: str
    repo_id: str
    revision: str
    refs: tuple[str, ...]
    reason: str
    hint: str = ""

    @classmethod
    def of(cls, pin: Pin, reason: str, *, hint: str = "", refs: Iterable[str] | None = None) -> Refused:
        """A pin of the Hub that a verdict denies.

        Raises:
            ValueError: The pin is of another source; a mistake in a program.
        """
        return cls(pin.name, _repo_id(pin), pin.revision, _refs_of(pin) if refs is None else tuple(refs), reason, hint)


def _repo_id(pin: Pin) -> str:
    ref = Ref.parse(pin.source)
    if ref.scheme != SCHEME:
        raise ValueError(f"{pin.source} is not a model of the Hub")
    return ref.name


def _refs_of(pin: Pin) -> tuple[str, ...]:
    return (pin.follow or DEFAULT_REF,)


@dataclass(frozen=True, slots=True)
class Held:
    """A file, and the pin that holds it."""

    digest: str
    file: PinnedFile


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One approved commit of a repository: the files of every name that pins it.

    Args:
        repo_id: Of the Hub.
        revision: The commit.
        names: Governed names, in order.
        held: Files by path.
        omitted: What none of them holds, with the name that leaves it out.
        folders: Every folder above a file.
        metadata: What the source said about the model.
    """

    repo_id: str
    revision: str
    names: tuple[str, ...]
    held: Mapping[str, Held]
    omitted: Mapping[str, str]
    folders: frozenset[str]
    metadata: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of which something is governed.

    Args:
        repo_id: As it is spelled where it was pinned.
        snapshots: By commit.
        refs: Branches and tags, and the commit of each.
        refused: What is governed and denied.
    """

    repo_id: str
    snapshots: Mapping[str, Snapshot]
    refs: Mapping[str, str]
    refused: tuple[Refused, ...]

    def find(self, revision: str | None) -> Snapshot | None:
        """The approved commit that a client's revision names; None for the default branch."""
        wanted = plain(revision)
        return self.snapshots.get(wanted) or self.snapshots.get(self.refs.get(wanted, ""))

    def denied(self, revision: str | None) -> Refused | None:
        """Why a revision is denied, if it is one that is governed."""
        wanted = plain(revision)
        return next((each for each in self.refused if wanted == each.revision or wanted in map(plain, each.refs)), None)

    @property
    def default(self) -> Snapshot | None:
        """The commit to show of a repository where none was asked for."""
        return self.find(None) or next(iter(self.snapshots.values()), None)


def plain(revision: str | None) -> str:
    """A ref without ``refs/heads/`` or ``refs/tags/``; ``HEAD`` and no revision are the default branch."""
    if revision is None or revision == "HEAD":
        return DEFAULT_REF
    return revision.removeprefix("refs/heads/").removeprefix("refs/tags/")


@dataclass(frozen=True, slots=True)
class Offer:
    """Every repository of which something is governed.

    Where two names follow the same ref of a repository, the name that comes first in order leads; each is found by
    its commit.
    """

    repositories: Mapping[str, Repository]
    _folded: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, approved: Iterable[Approved], refused: Iterable[Refused]) -> Offer:
        """Sort what was approved and what was not by repository."""
        groups: dict[str, tuple[list[Approved], list[Refused]]] = {}
        for yes in sorted(approved, key=lambda each: (each.repo_id, each.name, each.digest)):
            groups.setdefault(yes.repo_id, ([], []))[0].append(yes)
        for no in sorted(refused, key=lambda each: (each.repo_id, each.name, each.revision)):
            groups.setdefault(no.repo_id, ([], []))[1].append(no)
        found = {repo_id: _repository(repo_id, *groups[repo_id]) for repo_id in sorted(groups)}
        return cls(found, {repo_id.casefold(): repo_id for repo_id in reversed(found)})

    def get(self, repo_id: str) -> Repository | None:
        """A repository by its id, in any letter case as on the Hub."""
        exact = self.repositories.get(repo_id)
        return exact or self.repositories.get(self._folded.get(repo_id.casefold(), ""))

    def knows(self, repo_id: str) -> bool:
        """Whether anything of a repository is governed."""
        return self.get(repo_id) is not None


def _repository(repo_id: str, approved: list[Approved], refused: list[Refused]) -> Repository:
    by_commit: dict[str, list[Approved]] = {}
    refs: dict[str, str] = {}
    for each in approved:
        by_commit.setdefault(each.revision, []).append(each)
        for ref in each.refs:
            refs.setdefault(plain(ref), each.revision)
    snapshots = {commit: _snapshot(repo_id, commit, same) for commit, same in by_commit.items()}
    return Repository(repo_id, snapshots, refs, tuple(refused))


def _snapshot(repo_id: str, commit: str, approved: list[Approved]) -> Snapshot:
    held: dict[str, Held] = {}
    omitted: dict[str, str] = {}
    for each in approved:
        for file in each.files:
            held.setdefault(file.entry.path, Held(each.digest, file))
        for remote in each.omitted:
            omitted.setdefault(remote.path, each.name)
    parents = {path[:end] for path in held for end, character in enumerate(path) if character == "/"}
    return Snapshot(
        repo_id,
        commit,
        tuple(each.name for each in approved),
        dict(sorted(held.items())),
        {path: name for path, name in omitted.items() if path not in held},
        frozenset(parents),
        approved[0].metadata,
    )
