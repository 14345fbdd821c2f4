"""Model references: ``SCHEME:NAME[@REVISION][#PART]``.

`hf:org/name@main`, `torchhub:pytorch/vision@v0.20.0#resnet50`, `file:path`. A reference is what a person follows; it
never identifies bytes. This module does not know which schemes have a source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from weighbridge.core.errors import UsageError

_SCHEME = re.compile(r"[a-z][a-z0-9]*")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
# DVC's own files lie beside the models' folders; `project` is the scope of what all models share, see
# `Workspace.exclusive`: a model of that name would wait for itself; the others are devices on Windows.
_RESERVED_NAMES = frozenset({"dvc", "dvc.yaml", "dvc.lock", "checkpoint.json", "project", "con", "prn", "aux", "nul"})
# Their names are paths or URLs in which @ and # mean something else.
_WITHOUT_REVISION = frozenset({"file", "https", "http", "s3", "gs", "az", "ssh"})
_WEB = ("https://", "http://")
_TORCH_HUB = "torchhub:"


@dataclass(frozen=True, slots=True)
class Ref:
    """One model reference; `str` gives its text back.

    Args:
        scheme: The kind of source, such as ``hf``.
        name: The source's own name for the model.
        revision: Branch, tag or commit, as asked for; None for the source's default.
        part: One model among several of the same repository.
    """

    scheme: str
    name: str
    revision: str | None = None
    part: str | None = None

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Read a reference.

        Raises:
            UsageError: The text is not ``SCHEME:NAME[@REVISION][#PART]``.
        """
        scheme, colon, rest = text.partition(":")
        if not colon or not _SCHEME.fullmatch(scheme) or not rest or not rest.isprintable():
            raise UsageError(
                f"{text!r} is not a model reference", code="bad-ref", hint="write hf:org/name@revision or file:path"
            )
        if scheme in _WITHOUT_REVISION:
            return cls(scheme, rest)
        rest, hash_sign, part = rest.partition("#")
        name, at, revision = rest.partition("@")
        if not name or (at and not revision) or (hash_sign and not part):
            raise UsageError(
                f"{text!r} has an empty name, revision or part", code="bad-ref", hint="write hf:org/name@revision"
            )
        if scheme == "oci":
            name, revision = _without_tag(name, revision)
        return cls(scheme, name, revision or None, part or None)

    @property
    def source(self) -> str:
        """The reference without its revision: what `source` in weighbridge.toml holds."""
        return str(replace(self, revision=None))

    def at(self, revision: str | None) -> Ref:
        """The same model at another revision."""
        return replace(self, revision=revision)

    def __str__(self) -> str:
        """The text that `parse` reads."""
        revision = f"@{self.revision}" if self.revision is not None else ""
        part = f"#{self.part}" if self.part is not None else ""
        return f"{self.scheme}:{self.name}{revision}{part}"


def places(source: str) -> list[str]:
    """All that a source names: each web address is a place of its own, also behind a repository for torch.hub."""
    if source.startswith(_WEB):
        return source.split(" ")
    if not source.startswith(_TORCH_HUB):
        return [source]
    name, _, part = source.partition("#")
    entry, *weights = part.split(" ")
    if entry.startswith(_WEB):
        return [name, entry, *weights]
    return [f"{name}#{entry}" if entry else name, *weights]


def _without_tag(name: str, revision: str) -> tuple[str, str]:
    """``host/repo:tag`` as people of containers write it: rules then see one name, whatever the spelling.

    Raises:
        UsageError: There is a tag and a revision as well.
    """
    folder, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    if not slash or not colon:
        return name, revision
    if revision or not tag or not last:
        raise UsageError(
            f"'oci:{name}' has an empty tag, or a tag beside a revision",
            code="bad-ref",
            hint="write oci:HOST/REPOSITORY:TAG or oci:HOST/REPOSITORY@sha256:DIGEST",
        )
    return f"{folder}/{last}", tag


def is_name(name: str) -> bool:
    """Whether a model may be governed under a name; see `require_name`."""
    return bool(_NAME.fullmatch(name)) and ".." not in name and name not in _RESERVED_NAMES and name[-4:] != ".dvc"


def require_name(name: str) -> str:
    """The name itself, if a model may be governed under it.

    A name is a folder, a registered model and a part of a DVC stage: lower-case letters, digits, dots,
    dashes and underscores, 63 characters at most.

    Raises:
        UsageError: It may not.
    """
    if not is_name(name):
        raise UsageError(
            f"{name!r} can't be the name of a governed model",
            code="bad-name",
            hint="use lower-case letters, digits, '.', '-' and '_', at most 63, first and last a letter or digit; "
            "no '..', no '.dvc' at the end",
        )
    return name
