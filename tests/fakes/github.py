"""A GitHub: its API, its archives on a second origin, as codeload is, and nothing else. Honest, or as it is told."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from tests.fakes.hub.content import Memory
from tests.fakes.hub.listener import Listener
from tests.fakes.hub.messages import Answer, Delivery, Question, json_answer, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIGNED = {"verified": False, "reason": "unsigned"}


def git_id(kind: str, data: bytes) -> str:
    """Git's name of an object."""
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


def tree_of(files: Mapping[str, bytes], programs: frozenset[str] = frozenset(), below: str = "") -> str:
    """Git's name of the tree that files make."""
    rows: dict[bytes, bytes] = {}
    for path in (path for path in files if path.startswith(below)):
        name, slash, _ = path.removeprefix(below).partition("/")
        if slash:
            made = b"40000", tree_of(files, programs, f"{below}{name}/")
        else:
            made = b"100755" if path in programs else b"100644", git_id("blob", files[path])
        rows[name.encode() + slash.encode()] = made[0] + b" " + name.encode() + b"\0" + bytes.fromhex(made[1])
    return git_id("tree", b"".join(rows[name] for name in sorted(rows)))


@dataclass
class Commit:
    """One commit.

    Args:
        id: Its 40 digits.
        tree: Its tree's.
        archive: What is sent as its archive.
    """

    id: str
    tree: str
    archive: bytes


@dataclass
class Repository:
    """One repository.

    Args:
        name: ``OWNER/REPO``.
        id: The server's own number of it.
        commits: By id.
        names: Branches and tags.
        branch: The default one.
    """

    name: str
    id: int = 7
    commits: dict[str, Commit] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    branch: str = "main"

    def commit(self, files: Mapping[str, bytes], *names: str, programs: frozenset[str] = frozenset()) -> Commit:
        """Make a commit; the default branch and the given names then mean it."""
        tree = tree_of(files, programs)
        id = git_id("commit", f"tree {tree}\nparent {len(self.commits)}\n".encode())  # noqa: A001 - the field's name
        made = Commit(id, tree, archive(self.name, id, files, programs))
        self.commits[id] = made
        for name in (self.branch, *names):
            self.names[name] = id
        return made

    def find(self, at: str) -> Commit | None:
        """What a branch, a tag or a commit means."""
        return self.commits.get(self.names.get("main" if at == "HEAD" else at, at))


def archive(
    name: str, commit: str, files: Mapping[str, bytes], programs: frozenset[str] = frozenset(), *, comment: str = ""
) -> bytes:
    """As ``git archive`` makes it: everything below one folder, the commit in the comment."""
    top = f"{name.replace('/', '-')}-{commit[:7]}/"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for path in ("", *sorted(files)):
            member = zipfile.ZipInfo(top + path, (2026, 11, 30, 12, 0, 0))
            member.create_system = 3 if path in programs else 0
            member.external_attr = (stat.S_IFREG | 0o755) << 16 if path in programs else 0
            member.compress_type = zipfile.ZIP_DEFLATED if path and files[path] else zipfile.ZIP_STORED
            made.writestr(member, files[path] if path else b"")
        made.comment = (comment or commit).encode()
    return data.getvalue()


class FakeGitHub:
    """Servers on the loopback interface: a context manager.

    Args:
        redirects: Whether archives come from a second origin.
    """

    def __init__(self, *, redirects: bool = True) -> None:
        self.repos: dict[str, Repository] = {}
        self.asked: list[Question] = []
        """What came to the first origin."""
        self.sent_on: list[Question] = []
        """What came to the second."""
        self.refuses: Callable[[str], int] = lambda _: 0
        """The HTTP status with which the API refuses a path; 0 for none."""
        self.changes: Callable[[str, Any], Any] = lambda _, document: document
        """What the API says instead of a document."""
        self.deliveries: list[Delivery] = []
        """How the next archives leave."""
        self._redirects = redirects
        self._web = Listener("hub", self._respond)
        self._codeload = Listener("files", self._send)

    @property
    def url(self) -> str:
        """Where archives are asked for."""
        return self._web.url

    @property
    def api(self) -> str:
        """Where the API is, as on a server of one's own."""
        return f"{self._web.url}/api/v3"

    @property
    def allowed(self) -> list[str]:
        """Patterns that let it be asked without TLS."""
        return [f"{self._web.url}/**", f"{self._codeload.url}/**"]

    def repo(self, name: str) -> Repository:
        """A repository, made if there is none."""
        return self.repos.setdefault(name, Repository(name))

    def __enter__(self) -> Self:
        self._web.start()
        self._codeload.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._web.stop()
        self._codeload.stop()
        assert not self._web.crashes
        assert not self._codeload.crashes

    def _respond(self, question: Question) -> Answer:
        self.asked.append(question)
        path = unquote(question.path)
        if path.startswith("/api/v3/"):
            return self._api(path.removeprefix("/api/v3"))
        owner, repo, kind, at = path.removeprefix("/").split("/", 3)
        known = self.repos.get(f"{owner}/{repo}")
        if known is None or known.find(at) is None or kind != "zipball":
            return Answer(404, {"Content-Type": "text/html"}, body=Memory(b"<h1>404</h1>"))
        target = f"{self._codeload.url}/{owner}/{repo}/legacy.zip/{at}?token=secret"
        return redirect(302, target) if self._redirects else self._archive(known, at)

    def _send(self, question: Question) -> Answer:
        self.sent_on.append(question)
        owner, repo, _, at = unquote(question.path).removeprefix("/").split("/", 3)
        return self._archive(self.repos[f"{owner}/{repo}"], at)

    def _archive(self, repo: Repository, at: str) -> Answer:
        commit = repo.find(at)
        assert commit is not None
        answer = Answer(200, {"Content-Type": "application/zip"}, body=Memory(commit.archive))
        return replace(answer, delivery=self.deliveries.pop(0)) if self.deliveries else answer

    def _api(self, path: str) -> Answer:
        status = self.refuses(path)
        _, _, owner, repo, *rest = path.split("/", 5)
        known = self.repos.get(f"{owner}/{repo}")
        if status or known is None:
            return replace(json_answer({"message": "no"}), status=status or 404)
        if not rest:
            login, licence = known.name.partition("/")[0], {"spdx_id": "BSD-3-Clause"}
            said = {"id": known.id, "full_name": known.name, "owner": {"login": login}, "license": licence}
            return json_answer(self.changes(path, {**said, "default_branch": known.branch}))
        commit = known.find(rest[1])
        if commit is None:
            return replace(json_answer({"message": "No commit found"}), status=422)
        inner = {"tree": {"sha": commit.tree}, "verification": SIGNED}
        return json_answer(self.changes(path, {"sha": commit.id, "commit": inner}))
