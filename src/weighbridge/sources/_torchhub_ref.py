"""What a ``torchhub:`` reference asks for: ``torchhub:OWNER/REPO[@REVISION][#[ENTRY] [URL …]]``.

A fragment of a URL may say ``sha256=`` and ``path=``, as for ``https:`` references; ``path`` is then the file's name in
``hub/checkpoints``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from weighbridge.core.errors import UsageError
from weighbridge.core.ref import Ref
from weighbridge.formats.hub_entry import base_name

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})")
_REPO = re.compile(r"[A-Za-z0-9._-]{1,100}")
# git-check-ref-format, and no more than a web address bears.
_REVISION = re.compile(r"(?!.*(?:\.\.|@\{|//))[^\s~^:?*\[\\\x00-\x20\x7f/.-][^\s~^:?*\[\\\x00-\x20\x7f]{0,250}")
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Args:
        name: ``OWNER/REPO``.
        revision: Branch, tag or commit; None for the default branch.
        entry: The name in ``hubconf.py``; empty for the code alone.
        urls: Where weights are, in place of what the code says.
    """

    name: str
    revision: str | None
    entry: str
    urls: tuple[str, ...]

    def code_folder(self, commit: str) -> str:
        """Where the code lies in a pin, with a slash at the end, as torch.hub would call it for that commit."""
        return f"hub/{self.name.replace('/', '_')}_{commit}/"


def asked(ref: Ref) -> Asked:
    """Take a reference apart.

    Raises:
        UsageError: It is none of a repository (code ``bad-repo``) or malformed otherwise (code ``bad-ref``).
    """
    owner, _, repo = ref.name.partition("/")
    if not _OWNER.fullmatch(owner) or not _REPO.fullmatch(repo) or repo in {".", ".."} or repo.endswith(".git"):
        raise UsageError(
            f"{ref.name!r} is not the name of a repository", code="bad-repo", hint="write torchhub:OWNER/REPO@REVISION"
        )
    if ref.revision is not None and not _REVISION.fullmatch(ref.revision):
        raise UsageError(f"{ref.revision!r} is not a revision", code="bad-ref", hint="name a branch, a tag or a commit")
    words = (ref.part or "").split()
    entry = words.pop(0) if words and not words[0].startswith(_WEB) else ""
    if (entry and not entry.isidentifier()) or not all(word.startswith(_WEB) for word in words):
        raise UsageError(
            f"{ref.part!r} is not the name of an entry, then addresses of weights",
            code="bad-ref",
            hint="write torchhub:OWNER/REPO@REVISION#ENTRY https://HOST/WEIGHTS.pth",
        )
    return Asked(ref.name, ref.revision, entry, tuple(words))


def weights_ref(urls: Iterable[tuple[str, str]]) -> Ref:
    """The web addresses of weights as one reference, each with the name that torch.hub looks for.

    Args:
        urls: Each with the file's name; an empty one is taken from the URL.

    Raises:
        UsageError: A name is that of no file in one folder (code ``bad-ref``).
    """
    texts = []
    for url, name in urls:
        start, _, fragment = url.partition("#")
        said = dict(parse_qsl(fragment, keep_blank_values=True))
        called = name or said.get("path") or base_name(start)
        if not called or "/" in called or called in {".", ".."}:
            raise UsageError(
                f"{urlsplit(start).netloc} has no file {called!r} that could lie in hub/checkpoints",
                code="bad-ref",
                hint="say what the file is called: …#path=NAME",
            )
        others = [item for item in fragment.split("&") if item and not item.startswith("path=")]
        texts.append(f"{start}#{'&'.join([f'path={quote(called)}', *others])}")
    return Ref.parse(" ".join(texts))
