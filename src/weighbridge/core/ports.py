"""Ports: all of the world that the core and `weighbridge.custody` ask for.

Each port has adapters in the folder named after it and a working fake in ``tests/fakes``; the same
tests run on both. An adapter turns every foreign error into one of `weighbridge.core.errors`. Nothing here has
behaviour of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from weighbridge.core.inspection import BUNDLED

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.listing import Listing, RemoteFile
    from weighbridge.core.pin import Pin, PinnedFile
    from weighbridge.core.ref import Ref
    from weighbridge.core.registered import RegistryTags, RegistryView

Opener: TypeAlias = "Callable[[RemoteFile, int], Iterator[bytes]]"
"""Yields the bytes of a file from an offset on; see `Source.read`."""


class Progress(Protocol):
    """Told how far long work is; may be called from several threads."""

    def begin(self, what: str, total_bytes: int) -> None:
        """Work of a known size starts."""

    def advance(self, size_bytes: int) -> None:
        """So many more bytes are done; negative when a transfer starts again."""

    def end(self) -> None:
        """The work is over, done or not."""


class Source(Protocol):
    """A kind of place models come from."""

    @property
    def scheme(self) -> str:
        """The reference scheme it serves."""

    def resolve(self, ref: Ref) -> Listing:
        """What a reference names now, as an immutable revision with a promise for every file.

        Raises:
            NotFoundError: No such repository or revision (codes ``repository-missing``, ``revision-missing``).
            AccessError: Gated or private (codes ``gated``, ``private``).
            SourceError: The source failed.
        """

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of a file from ``offset`` to its promised size, never one byte more.

        Broken connections are resumed inside, up to a bounded number of tries.

        Raises:
            IntegrityError: The source sent another size, or changed the file during the transfer.
            SourceError: The source failed for good; what was yielded so far is a correct prefix as far as is known.
        """


class Intake(Protocol):
    """Received bytes that nobody can see yet; leaving its context without `keep` discards nothing that resumes."""

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        """Every received file with its identity, sorted by the UTF-8 bytes of the path."""

    def path(self, path: str) -> Path:
        """Where the bytes of one received file can be read."""

    def keep(self, pin: Pin) -> None:
        """Give the bytes their final names, link them at `Store.path` and write the pointer; idempotent.

        Raises:
            StoreError: The disk failed or is full; nothing half-done has a final name.
        """


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """Something about a kept pin that its owner should know.

    Args:
        code: Stable code, such as ``gc-would-drop`` or ``remote-missing``.
        name: The governed name.
        digest: The pin's digest.
        message: One sentence.
        hint: The next step.
    """

    code: str
    name: str
    digest: str
    message: str
    hint: str


class Store(Protocol):
    """Where bytes live."""

    def receive(
        self, files: Sequence[RemoteFile], read: Opener, progress: Progress, *, key: str
    ) -> AbstractContextManager[Intake]:
        """Take in files in one pass: every hash is computed while the bytes stream in.

        Bytes that an earlier, killed call with the same ``key`` received are used again, never trusted unhashed.

        Raises:
            IntegrityError: A file is not what the source promised; then nothing of this call is left.
            StoreError: No space, or the disk failed.
        """

    def path(self, pin: Pin) -> Path:
        """The folder of a pin's bytes, whether it exists or not."""

    def verify(self, pin: Pin, progress: Progress, *, algorithm: str = "blake3", pointer: bool = True) -> None:
        """Read every byte of a pin's folder and compare it; also extra and missing files, links and the pointer.

        Raises:
            IntegrityError: With every difference in ``details["problems"]`` (lines ``<path>: <what>``).
        """

    def provide(self, pin: Pin, progress: Progress, *, paranoid: bool = False) -> Path:
        """The folder of a pin's bytes, verified in this call, which no other user of this machine can change.

        It is `path`, or a private copy where somebody else could write to that one.

        Args:
            pin: The signed pin.
            progress: Told of every byte.
            paranoid: Read every byte, though the file was found right before and has not changed since.

        Raises:
            IntegrityError: The bytes are not the pin's.
            StoreError: The disk failed, or there is nowhere to keep a private copy.
        """

    def restore(self, pin: Pin, progress: Progress, *, to: Path | None = None) -> bool:
        """Make a pin's folder and pointer good again from cache or remote; True if anything changed.

        With ``to``, a plain copy is written there instead, verified.

        Raises:
            IntegrityError: Neither cache nor remote has the right bytes; damaged ones are quarantined.
            StoreError: The remote can't be reached or does not have it.
        """

    def push(self, pin: Pin, progress: Progress) -> bool:
        """Copy a pin's bytes to the remote; True if anything was missing there."""

    def remove(self, pin: Pin) -> bool:
        """Take a pin's folder and pointer away; the cache keeps the bytes until `dvc gc`."""

    def pipeline(self, pins: Sequence[Pin]) -> bool:
        """Let the pipeline's stages stand behind exactly these live pins of all models; True if anything changed."""

    def ignored(self, name: str, path: str) -> bool:
        """Whether the repository's ignore rules would drop a file of a model."""

    def problems(self, pins: Sequence[Pin]) -> tuple[StoreProblem, ...]:
        """What is wrong with kept pins, from names and pointers alone: nothing is hashed and no network asked."""

    def publish(self, key: str, data: bytes) -> None:
        """Put a small document beside the bytes in the remote, replacing what was there."""

    def published(self, key: str) -> bytes | None:
        """A small document from beside the bytes; None if there is none."""


class Inspector(Protocol):
    """Who looks at every file of a model without running any of it."""

    @property
    def ruleset(self) -> str:
        """The digest of all that decides what is found: checks, parsers, tables and the libraries that judge."""

    def inspect(
        self,
        folder: Path,
        files: Mapping[str, int] | None,
        *,
        source: str = "",
        metadata: Mapping[str, Json] | None = None,
        progress: Progress,
        scanners: Sequence[str] = (BUNDLED,),
        governed: Collection[str] = (),
    ) -> Inspection:
        """Examine files; what could not be examined is a finding, never an error and never silence.

        Args:
            folder: Where they are; or one file, if ``files`` is None.
            files: Size in bytes by path below the folder, each a file or a store's link to one; None for whatever is
                there, a top ``.git`` folder left out and links refused.
            source: Such as ``hf:owner/name``; empty if unknown.
            metadata: What the source said of the model.
            progress: Told of bytes examined.
            scanners: Names of other scanners that must look too.
            governed: Repositories of the Hub, in small letters, that are pinned as models of their own: reaching for
                them only warns.

        Raises:
            UsageError: There is no such folder (code ``no-files``), or no such scanner (code ``unknown-scanner``).
        """


class Workspace(Protocol):
    """The project's reviewed files: locks of models and the intents of weighbridge.toml."""

    def names(self) -> tuple[str, ...]:
        """Every name with a lock, sorted."""

    def pins(self, name: str) -> tuple[Pin, ...]:
        """The live pins of a model; none if it has no lock.

        Raises:
            IntegrityError: The lock is damaged.
        """

    def write_pins(self, name: str, pins: Sequence[Pin]) -> bool:
        """Make these the live pins; an empty sequence removes the lock. True if anything changed."""

    def write_intent(self, name: str, values: Mapping[str, object] | None) -> bool:
        """Write ``[models.<name>]`` of weighbridge.toml, or take it away with None; True if anything changed.

        A ``remote`` that stands there stays, if the values name none.
        """

    def write_intents(self, intents: Mapping[str, Mapping[str, object] | None]) -> bool:
        """Write several as `write_intent` does, all of them in one go; True if anything changed."""

    def recall(self, name: str) -> bytes | None:
        """What this clone alone remembers under a file's name; None if it never did."""

    def remember(self, name: str, data: bytes) -> None:
        """Keep it durably in place of what was there."""

    def deny_source(self, pattern: str) -> bool:
        """Add a pattern to ``policy.denied_sources`` of weighbridge.toml; True if it was not there."""

    def exclusive(self, scope: str) -> AbstractContextManager[None]:
        """Let no other process of this project do the same at once; it waits."""


class Registry(Protocol):
    """Where versions are registered for others to see."""

    @property
    def legacy_stages(self) -> bool:
        """Whether `point` also moves MLflow's deprecated stages."""

    def tags(self, pin: Pin) -> RegistryTags:
        """The tags that `register` and `retire` write for a pin; asks nobody."""

    def names(self) -> Mapping[str, str]:
        """Every registered model with the project that it is tagged with, empty for none; soon, or an error.

        Raises:
            RegistryError: The registry failed, or does not answer at once (code ``registry-unreachable``).
        """

    def register(self, pin: Pin) -> tuple[str, bool]:
        """The version for a pin, made if there is none, and whether anything changed.

        Raises:
            RegistryError: The registry failed, or the name belongs to somebody else (code ``foreign-model``).
        """

    def point(self, name: str, stage: str, digest: str) -> bool:
        """Let the stage's alias (and legacy stage) name the version of a digest; True if anything changed."""

    def unpoint(self, name: str, stage: str) -> bool:
        """Take the stage's alias away; True if there was one."""

    def retire(self, name: str, digest: str) -> bool:
        """Mark the version of a digest as removed; True if anything changed. Nothing is deleted."""

    def retag(self, name: str, version: str | None, tags: Mapping[str, str | None]) -> None:
        """Write tags of a version, or of the registered model for None; a tag without a value is taken away.

        Raises:
            RegistryError: The registry failed, or the model is not ours (code ``foreign-model``).
        """

    def unstage(self, name: str, version: str) -> None:
        """Take a version out of whatever deprecated stage it is in.

        Raises:
            RegistryError: The registry failed, or the model is not ours (code ``foreign-model``).
        """

    def view(self, name: str) -> RegistryView | None:
        """What the registry shows; None if it has no such model."""


class Ledger(Protocol):
    """Where evidence lives: append-only."""

    def append(self, names: Sequence[str], envelope: bytes) -> str:
        """Add one envelope under each model's name; durable on return, idempotent; gives the envelope's id."""

    def read(self, name: str) -> tuple[bytes, ...]:
        """Every envelope of a model, in no promised order.

        Raises:
            IntegrityError: An envelope is not what its name says.
        """

    def names(self) -> tuple[str, ...]:
        """Every model that has evidence, governed now or removed, sorted."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that may be trusted.

    Args:
        id: The key id that envelopes name: the SHA-256 of the raw public key, 64 hexadecimal digits.
        public: The raw Ed25519 public key, 64 hexadecimal digits.
    """

    id: str
    public: str


@runtime_checkable
class Signer(Protocol):
    """Who vouches: one key that can sign."""

    @property
    def key(self) -> PublicKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """The signature over a message.

        Raises:
            SigningError: The key can't be used.
        """


Evaluate: TypeAlias = "Callable[[str, Mapping[str, Json]], bool]"
"""Whether an expression holds of a facts document; a WeighbridgeError if that can't be told, or it is no yes or no."""

VerifySignature: TypeAlias = Callable[[PublicKey, bytes, bytes], bool]
"""Whether (key, message, signature) is genuine; never raises for a forged one."""
