"""What the files of a cache are worth: approved, unapproved, revoked or damaged.

Nobody can revoke bytes that already lie on a disk, so they must be found there. A file is known by its SHA-256 alone,
never by its name. Names serve for two things: what they promise must be true, and a file that thousands of models share
(a configuration, a licence, a vocabulary) is a revoked model's only where that model lies.

This module judges values. It walks no folder, reads no byte and removes nothing: `weighbridge.caches` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin, PinnedFile
    from weighbridge.core.record import Record

TINY_BYTES = 1 << 10
"""Smaller files say nothing of where they come from: ``{}`` is in every second model."""
NAMELESS_BYTES = 1 << 20
"""From here on, a file whose name has no suffix is no licence and no readme."""
TEXT_BYTES = 64 << 20
"""From here on, a text is a model's own: no vocabulary is so large."""
_TEXTS = (
    "cfg",
    "conf",
    "csv",
    "html",
    "ini",
    "json",
    "jsonl",
    "lock",
    "md",
    "rst",
    "toml",
    "tsv",
    "txt",
    "xml",
    "yaml",
)
_VOCABULARIES = ("bpe", "merges", "model", "proto", "tiktoken", "vocab")
_PICTURES = ("gif", "jpeg", "jpg", "pdf", "png", "svg", "webp")
_SHARED = frozenset({*_TEXTS, *_VOCABULARIES, *_PICTURES, "gitattributes", "gitignore", "jinja", "jinja2", "yml"})


class State(StrEnum):
    """What a file of a cache is worth."""

    APPROVED = "approved"
    UNAPPROVED = "unapproved"
    REVOKED = "revoked"
    DAMAGED = "damaged"
    UNFINISHED = "unfinished"
    OUTSIDE = "outside"
    UNREADABLE = "unreadable"


class Form(StrEnum):
    """What stands at a path, before anybody looks at bytes."""

    FILE = "file"
    UNFINISHED = "unfinished"
    OUTSIDE = "outside"
    BROKEN = "broken"
    SPECIAL = "special"


_UNREAD = {Form.UNFINISHED: State.UNFINISHED, Form.OUTSIDE: State.OUTSIDE, Form.SPECIAL: State.UNREADABLE}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a file's own name says of its bytes.

    Args:
        algorithm: ``sha256``, ``md5`` or ``git`` (the id of a Git blob).
        digits: The hash in hexadecimal digits, or its beginning.
    """

    algorithm: str
    digits: str


@dataclass(frozen=True, slots=True)
class Use:
    """A name by which programs open a file.

    Args:
        name: The path below the cache.
        source: The repository that the cache says it is from, such as ``hf:org/name``; empty if it does not say.
        revision: The commit, where there is a source.
        path: The path in the repository, where there is a source.
    """

    name: str
    source: str = ""
    revision: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class CachedFile:
    """Something found in a cache.

    Args:
        path: Below the cache's folder.
        size: Bytes.
        form: What it is.
        names: Every name that it has in the cache, ``path`` among them: hard links, and symbolic links that lead to it.
        uses: Those of them by which programs open it; none in a store that is addressed by hash.
        promises: What its names promise.
        record: Whether it is the cache's own bookkeeping, which no program loads a model from.
        hashes: By algorithm, as far as they were needed.
        trouble: Why it could not be looked at, or where a link leads.
        elsewhere: How many more names it has outside the folder that was looked at.
    """

    path: str
    size: int
    form: Form = Form.FILE
    names: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    promises: tuple[Promise, ...] = ()
    record: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    elsewhere: int = 0

    @property
    def sha256(self) -> str:
        """The identity of its bytes; empty if nothing needed it."""
        return self.hashes.get("sha256", "")


@dataclass(frozen=True, slots=True)
class KnownPin:
    """A signed pin and what stages say of it now.

    Args:
        pin: The pin.
        stages: For each stage that was asked about, the first reason why it denies the pin; empty where it allows it.
        revoked: Whether each of these stages took it back; see `is_revoked`.
    """

    pin: Pin
    stages: Mapping[str, str]
    revoked: bool

    @property
    def allowed(self) -> bool:
        """Whether some stage lets it run now."""
        return "" in self.stages.values()

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other pins: the same bytes may be pinned under two names."""
        return self.pin.name, self.pin.digest


def is_revoked(record: Record, digest: str, stages: Collection[str]) -> bool:
    """Whether each of these stages took a digest back, at least one by a revocation.

    A pin that approvers only ever rejected was never approved, so nothing of it was revoked.
    """
    states = [record.stages[stage] for stage in stages if stage in record.stages]
    return (
        bool(states)
        and all(digest in state.revoked for state in states)
        and any(digest not in state.rejected for state in states)
    )


def is_telling(entry: FileEntry) -> bool:
    """Whether these bytes alone, wherever they lie, give their model away: weights and code do, a licence does not."""
    name = entry.path.rpartition("/")[2].lower()
    stem, _, suffix = name.rpartition(".")
    if entry.size < TINY_BYTES:
        return False
    if not stem:
        return entry.size >= (TEXT_BYTES if suffix in _SHARED else NAMELESS_BYTES)
    return suffix not in _SHARED or entry.size >= TEXT_BYTES


@dataclass(frozen=True, slots=True)
class Match:
    """A file of a pin whose bytes lie in a cache."""

    known: KnownPin
    file: PinnedFile


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Every signed pin, ready to be asked; make one with `of`.

    Args:
        pins: The pins.
        sizes: The sizes of all their files: what has another size is none of them and need not be hashed.
        matches: Their files by SHA-256.
        origins: The pins by source and revision.
    """

    pins: tuple[KnownPin, ...]
    sizes: frozenset[int]
    matches: Mapping[str, Sequence[Match]]
    origins: Mapping[tuple[str, str], Sequence[KnownPin]]

    @classmethod
    def of(cls, pins: Iterable[KnownPin]) -> Knowledge:
        """What is known from these pins."""
        given = tuple(pins)
        matches: dict[str, list[Match]] = {}
        origins: dict[tuple[str, str], list[KnownPin]] = {}
        for known in given:
            origins.setdefault((known.pin.source, known.pin.revision), []).append(known)
            for file in known.pin.files:
                matches.setdefault(file.entry.sha256, []).append(Match(known, file))
        sizes = frozenset(file.entry.size for known in given for file in known.pin.files)
        return cls(given, sizes, matches, origins)

    def needed(self, file: CachedFile) -> frozenset[str]:
        """The hashes without which a file can't be judged."""
        if file.form is not Form.FILE:
            return frozenset()
        identity = {"sha256"} if file.size in self.sizes else set()
        return frozenset(identity | {promise.algorithm for promise in file.promises})

    def of_bytes(self, file: CachedFile) -> Sequence[Match]:
        """The files of pins that have these bytes."""
        return self.matches.get(file.sha256, ())

    def expected(self, use: Use) -> frozenset[str]:
        """What a pinned commit has at a path, as SHA-256; empty where nothing is pinned."""
        known = self.origins.get((use.source, use.revision), ())
        return frozenset(
            file.entry.sha256 for item in known for file in item.pin.files if file.entry.path == use.path != ""
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a cache, judged.

    Args:
        file: The file.
        state: What it is worth.
        faults: How its bytes differ from what its names promise; a revoked file may have some, too.
        pins: The pins that have these bytes.
        kept: Why a purge leaves it, though it is revoked; empty if it does not.
        purged: Whether it was removed.
    """

    file: CachedFile
    state: State
    faults: tuple[str, ...] = ()
    pins: tuple[KnownPin, ...] = ()
    kept: str = ""
    purged: bool = False


def judge(files: Sequence[CachedFile], known: Knowledge) -> tuple[Entry, ...]:
    """Each file of one cache, judged; bookkeeping is left out where it is no revoked file and keeps its promises."""
    places = _places(files, known)
    entries = [_entry(file, known, places) for file in files]
    return tuple(item for item in entries if not item.file.record or item.state in {State.REVOKED, State.DAMAGED})


def keep_live(entries: Iterable[Entry], live: Mapping[str, tuple[str, str]]) -> tuple[Entry, ...]:
    """Revoked objects that a live pin's pointer needs are left: without them, its folder could not be mended.

    Args:
        entries: Of a cache that the project's pointers lead to.
        live: Name and digest of a live pin by the SHA-256 of each of its files.
    """
    return tuple(
        replace(item, kept=_kept(*live[item.file.sha256]))
        if item.state is State.REVOKED and item.file.sha256 in live
        else item
        for item in entries
    )


def _kept(name: str, digest: str) -> str:
    return f"the project's pin needs it; first: weighbridge remove {name} --digest {digest}"


def _base(name: str, path: str) -> str | None:
    """The folder in which a name is that path, with its slash; None if the name ends otherwise."""
    if name == path or name.endswith(f"/{path}"):
        return name[: len(name) - len(path)]
    return None


def _laid(files: Sequence[CachedFile], known: Knowledge) -> Iterator[tuple[KnownPin, str, PinnedFile]]:
    """Every file of a revoked pin that lies at its own path below some folder."""
    for file in files:
        for match in known.of_bytes(file):
            for use in file.uses if match.known.revoked else ():
                base = _base(use.name, match.file.entry.path)
                if base is not None:
                    yield match.known, base, match.file


def _places(files: Sequence[CachedFile], known: Knowledge) -> frozenset[tuple[tuple[str, str], str]]:
    """Where revoked pins lie: folders that hold a telling file of one at its path, or all its files."""
    laid: dict[tuple[tuple[str, str], str], set[PinnedFile]] = {}
    for pin, base, file in _laid(files, known):
        laid.setdefault((pin.key, base), set()).add(file)
    whole = {item.key: len(item.pin.files) for item in known.pins}
    return frozenset(
        place
        for place, there in laid.items()
        if len(there) == whole[place[0]] or any(is_telling(file.entry) for file in there)
    )


def _entry(file: CachedFile, known: Knowledge, places: Collection[tuple[tuple[str, str], str]]) -> Entry:
    if file.form is Form.BROKEN:
        return Entry(file, State.DAMAGED, (file.trouble,))
    if file.trouble or file.form is not Form.FILE:
        return Entry(file, _UNREAD.get(file.form, State.UNREADABLE))
    matches = known.of_bytes(file)
    pins = tuple({match.known.key: match.known for match in matches}.values())
    faults = (*_broken_promises(file), *_misplaced(file, known))
    if any(item.allowed for item in pins):
        state = State.APPROVED
    elif _is_of_revoked(file, matches, places):
        return Entry(file, State.REVOKED, faults, pins)
    else:
        state = State.UNAPPROVED
    return Entry(file, State.DAMAGED if faults else state, faults, pins)


def _is_of_revoked(file: CachedFile, matches: Sequence[Match], places: Collection[tuple[tuple[str, str], str]]) -> bool:
    """Whether a file is a revoked model's: by itself, or since every use of it is where such a model lies."""
    revoked = [match for match in matches if match.known.revoked]
    if any(is_telling(match.file.entry) for match in revoked):
        return True
    return bool(file.uses) and all(any(_lies_in(use, match, places) for match in revoked) for use in file.uses)


def _lies_in(use: Use, match: Match, places: Collection[tuple[tuple[str, str], str]]) -> bool:
    pin, path = match.known.pin, match.file.entry.path
    if (use.source, use.revision, use.path) == (pin.source, pin.revision, path):
        return True
    base = _base(use.name, path)
    return base is not None and (match.known.key, base) in places


def _broken_promises(file: CachedFile) -> list[str]:
    return [
        f"its name promises {promise.algorithm} {promise.digits}, its bytes have {file.hashes[promise.algorithm]}"
        for promise in file.promises
        if not file.hashes[promise.algorithm].startswith(promise.digits)
    ]


def _misplaced(file: CachedFile, known: Knowledge) -> list[str]:
    """Uses in the snapshot of a pinned commit that has other bytes at that path."""
    return [
        f"{use.source} has other bytes at {use.path} of the pinned commit {use.revision}"
        for use in file.uses
        if (expected := known.expected(use)) and file.sha256 not in expected
    ]
