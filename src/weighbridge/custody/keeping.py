"""Verbs about bytes: add, pull, verify, register."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.core import paths
from weighbridge.core.attestation import Subject
from weighbridge.core.change import changes, everything
from weighbridge.core.errors import IntegrityError, UsageError
from weighbridge.core.outcome import AddOutcome, PinOutcome
from weighbridge.core.pin import Pin
from weighbridge.core.policy import ROLE_ADDER, ROLE_MACHINE
from weighbridge.core.ref import require_name
from weighbridge.core.rules import OFF
from weighbridge.custody.closing import Closing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.core.listing import Listing, RemoteFile
    from weighbridge.core.outcome import InspectionOutcome
    from weighbridge.core.ports import Intake, Signer, Source
    from weighbridge.core.ref import Ref
    from weighbridge.core.selection import Selection


# A pin stands in one envelope of at most `attestation.MAX_ENVELOPE_BYTES`.
MAX_FILES = 30_000
# What of a repository's identity stays while it is the same one; a name may be taken by somebody else.
_IDENTITY = frozenset({"id", "owner", "author"})
# These say nothing of the bytes here: pushing mends the first, its owner the second.
_OF_THE_REMOTE = frozenset({"remote-missing", "remote-unverified", "unknown-remote", "pointer-remote"})


class Keeping(Closing):
    """The verbs that move or read a model's bytes."""

    __slots__ = ()

    def source(self, ref: Ref) -> Source:
        """The source of a reference.

        Raises:
            UsageError: There is none for its scheme.
        """
        found = self.sources.get(ref.scheme)
        if found is None:
            known = ", ".join(f"{scheme}:" for scheme in sorted(self.sources))
            raise UsageError(f"there is no source for {ref.scheme}:", code="unknown-scheme", hint=f"sources: {known}")
        return found

    def add(
        self,
        ref: Ref,
        name: str,
        selection: Selection,
        *,
        push: bool = True,
        push_denied: bool = False,
        key: str | None = None,
        closure: bool = True,
    ) -> AddOutcome:
        """Resolve a reference, take its bytes in once, sign the pin, keep it, look into it and hand it to the remote.

        What the rules deny stays on this machine, unless ``push_denied``: an approval with waivers pushes it.

        What its configuration reaches for is pinned as well, each under a name of its own, and the pin is linked to it.
        What can't be had is named in the outcome, and the inspection denies it.

        Args:
            ref: What to follow.
            name: The governed name.
            selection: Which files to take.
            push: Whether to hand the bytes to the remote.
            push_denied: Push even what the rules deny.
            key: The key to sign with.
            closure: Whether to take in what it reaches for; else it is linked only to what is governed already.

        Raises:
            SourceError: The source failed, or has no such thing.
            IntegrityError: The bytes are not what the source promised, or the repository is another one now.
            StoreError: The disk or the remote failed.
            SigningError: The key's owner may not add models, or for ``push_denied`` not sign inspections.
        """
        require_name(name)
        signer = self.signer_for(key, frozenset({ROLE_ADDER, ROLE_MACHINE}), "add models")
        if push_denied:
            self.signer_for(key, self.policy.rules.inspected_by, "sign inspections, which tell of --push-denied")

        def add(ref: Ref, name: str, selection: Selection) -> AddOutcome:
            return self._added(ref, name, selection, signer, push=push, push_denied=push_denied)

        return self.closed(ref, name, selection, add) if closure else self.told(add(ref, name, selection))

    def _added(
        self, ref: Ref, name: str, selection: Selection, signer: Signer, *, push: bool, push_denied: bool
    ) -> AddOutcome:
        """One model alone, linked to what is governed now."""
        source = self.source(ref)
        with self.workspace.exclusive(name):
            listing = source.resolve(ref)
            taken, omitted = selection.split(listing.files)
            if len(taken) > MAX_FILES:
                raise UsageError(
                    f"{len(taken)} files are more than one pin holds ({MAX_FILES})",
                    code="too-many-files",
                    hint="choose with --include and --exclude, or pin parts under several names",
                )
            paths.check((file.path for file in taken), ignored=lambda path: self.store.ignored(name, path))
            self._same_repository(name, listing)
            kept = self._kept(name, listing, taken, omitted)
            pin = kept and replace(kept, references=self.links(kept))
            if pin is None:
                pin = self._take_in(source, listing, name, taken, omitted, signer)
            elif pin != kept:
                self._sign(pin, signer)
            changed = pin != kept
            others = [other for other in self.workspace.pins(name) if other.digest != pin.digest]
            changed |= self.workspace.write_pins(name, [*others, pin])
            with self.workspace.exclusive("project"):
                changed |= self.workspace.write_intent(name, _intent(ref, selection))
                changed |= self.pipeline()
            off, again = self.policy.rules.inspection == OFF, kept is not None and kept != pin
            looked = None if off else self._look(pin, signer, push_denied=push_denied, again=again)
        pushed = push and (push_denied or looked is None or looked.assessment.passes)
        if pushed:
            changed |= self.store.push(pin, self.progress)
        return AddOutcome(pin, changed or bool(looked and looked.changed), looked, pushed)

    def _look(self, pin: Pin, signer: Signer, *, push_denied: bool, again: bool) -> InspectionOutcome:
        """The newest inspection of a pin; the first one is made here, if this signer's count.

        Checks that are newer than it look when `inspect` is asked: what they find must reach registry and remote too.
        """
        owner = self.policy.owner(signer.key.id)
        counts = owner is not None and bool(owner.roles & self.policy.rules.inspected_by)
        known = self.record(pin.name).inspections.get(pin.digest)
        due = known is None or again or (push_denied and not self.says_pushed(known.inspection))
        return self.shown(
            pin, changed=due and counts and self.examined(pin, signer, again=again, push_denied=push_denied)
        )

    def update(
        self,
        asked: Sequence[str],
        intents: Mapping[str, tuple[Ref, Selection]],
        *,
        push: bool = True,
        push_denied: bool = False,
        key: str | None = None,
        closure: bool = True,
    ) -> tuple[AddOutcome, ...]:
        """Take in what governed models follow now, beside what is pinned; approvals stay where they are.

        Args:
            asked: Governed names; none for all.
            intents: What each model follows, and which files of it.
            push: As for `add`.
            push_denied: As for `add`.
            key: As for `add`.
            closure: As for `add`.

        Raises:
            UsageError: A model follows nothing (code ``no-intent``).
            WeighbridgeError: As for `add`; models before the failing one are done.
        """
        names = self.names(asked)
        for name in names:
            if name not in intents:
                raise UsageError(
                    f"weighbridge.toml does not say what {name} follows",
                    code="no-intent",
                    hint=f"weighbridge add REF --name {name}",
                )

        def add(name: str) -> AddOutcome:
            ref, selection = intents[name]
            return self.add(ref, name, selection, push=push, push_denied=push_denied, key=key, closure=closure)

        found = {name: add(name) for name in names}
        # What one needs may have moved after its turn.
        found |= {name: add(name) for name in names if self.links(found[name].pin) != found[name].pin.references}
        return tuple(found.values())

    def pipeline(self) -> bool:
        """Let the pipeline stand behind the live pins of all models."""
        return self.store.pipeline([pin for name in self.workspace.names() for pin in self.workspace.pins(name)])

    def _take_in(
        self,
        source: Source,
        listing: Listing,
        name: str,
        taken: Sequence[RemoteFile],
        omitted: tuple[RemoteFile, ...],
        signer: Signer,
    ) -> Pin:
        """Receive, keep and sign; the pin is not live yet."""

        def read(file: RemoteFile, offset: int) -> Iterator[bytes]:
            return source.read(listing, file, offset)

        with self.store.receive(taken, read, self.progress, key=name) as intake:
            pin = self._pin(name, listing, intake, omitted)
            self._same_bytes(pin)
            intake.keep(pin)
        pin = replace(pin, references=self.links(pin))
        self._sign(pin, signer)
        return pin

    def _sign(self, pin: Pin, signer: Signer) -> None:
        """Put a pin on record, unless it stands there exactly so."""
        record = self.record(pin.name)
        known = record.pins.get(pin.digest)
        if known is None or known.pin != pin:
            self.append("pin", [(record, Subject(pin.name, pin.digest))], pin.to_json(), signer)

    def _pin(self, name: str, listing: Listing, intake: Intake, omitted: tuple[RemoteFile, ...]) -> Pin:
        return Pin(
            project=self.policy.project,
            name=name,
            source=listing.ref.source,
            follow=listing.ref.revision or "",
            revision=listing.revision,
            files=intake.files,
            omitted=omitted,
            identity=dict(listing.identity),
            metadata=dict(listing.metadata),
            references={},
        )

    def _kept(
        self, name: str, listing: Listing, taken: Sequence[RemoteFile], omitted: tuple[RemoteFile, ...]
    ) -> Pin | None:
        """The live pin that is already exactly this, signed and in place; None if something is missing."""
        record, live = self.record(name), self.workspace.pins(name)
        wanted = (listing.ref.source, listing.ref.revision or "", listing.revision)
        damaged = {item.digest for item in self.store.problems(live) if item.code not in _OF_THE_REMOTE}
        for pin in live:
            known = record.pins.get(pin.digest)
            if (
                (pin.source, pin.follow, pin.revision) == wanted
                and known is not None
                and known.pin == pin
                and pin.omitted == omitted
                and not changes(everything(pin), (*taken, *omitted))
                and pin.digest not in damaged
            ):
                return pin
        return None

    def _same_repository(self, name: str, listing: Listing) -> None:
        """Refuse another repository under a name that is governed already."""
        for pin in self.workspace.pins(name):
            if pin.source != listing.ref.source:
                raise UsageError(
                    f"{name} follows {pin.source}, not {listing.ref.source}",
                    code="other-source",
                    hint=f"choose another --name, or weighbridge remove {name} first",
                )
            if replaced(pin, listing):
                raise IntegrityError(
                    f"{pin.source} is another repository than the one that was pinned as {name}",
                    code="repository-replaced",
                    hint=f"if the new one is really meant, weighbridge remove {name} and add it again",
                    details={"before": dict(pin.identity), "after": dict(listing.identity)},
                )

    def _same_bytes(self, pin: Pin) -> None:
        """Refuse other bytes under a revision that was pinned already."""
        for known in self.workspace.pins(pin.name):
            before = {file.entry.path: file.entry for file in known.files}
            differ = [file.entry.path for file in pin.files if before.get(file.entry.path, file.entry) != file.entry]
            if known.revision == pin.revision and differ:
                raise IntegrityError(
                    f"{pin.source} has other bytes at {pin.revision} than when it was pinned: {', '.join(differ)}",
                    code="revision-changed",
                    hint="an immutable revision changed: keep the pinned bytes and ask its owner",
                )

    def chosen(self, asked: Sequence[str], stage: str | None) -> tuple[Pin, ...]:
        """The live pins of the models asked for, or the heads of one stage."""
        names = self.names(asked)
        if stage is not None:
            return tuple(self.admit(name, stage)[1] for name in names)
        return tuple(pin for name in names for pin in self.signed(name))

    def pull(self, asked: Sequence[str], *, stage: str | None = None, to: Path | None = None) -> tuple[PinOutcome, ...]:
        """Make the bytes of live pins, or of a stage's heads, good again from cache or remote.

        Raises:
            UsageError: ``to`` is given for other than one pin.
            IntegrityError: Neither cache nor remote has the right bytes.
        """
        pins = self.chosen(asked, stage)
        if to is not None and len(pins) != 1:
            raise UsageError(f"--to takes one pin, not {len(pins)}", hint="name one model and a --stage")
        return tuple(PinOutcome(pin, self.store.restore(pin, self.progress, to=to)) for pin in pins)

    def verify(
        self, asked: Sequence[str], *, stage: str | None = None, algorithm: str = "blake3"
    ) -> tuple[PinOutcome, ...]:
        """Read every byte of live pins, or of a stage's heads, and compare it and the pointers with what was signed.

        Raises:
            IntegrityError: Something differs.
        """
        pins = self.chosen(asked, stage)
        for pin in pins:
            self.store.verify(pin, self.progress, algorithm=algorithm)
        return tuple(PinOutcome(pin, changed=False) for pin in pins)

    def register(self, asked: Sequence[str]) -> tuple[PinOutcome, ...]:
        """Verify live pins and let the registry show them, with the aliases that signed state gives.

        Raises:
            IntegrityError: Something differs from what was signed; then nothing is registered.
            RegistryError: The registry failed, or the name is somebody else's there.
        """
        found = [(item.pin, *self.registry().register(item.pin)) for item in self.verify(asked)]
        pointed = {name: self.show_heads(name) for name in dict.fromkeys(pin.name for pin, _, _ in found)}
        return tuple(PinOutcome(pin, changed or pointed[pin.name], version) for pin, version, changed in found)

    def show_heads(self, name: str) -> bool:
        """Let the registry's aliases follow signed state; True if any moved."""
        changed = False
        record = self.record(name)
        for stage in self.policy.stages:
            verdict = self.verdict(record, stage.name)
            if verdict.allow and verdict.digest:
                self.registry().register(record.pins[verdict.digest].pin)
                changed |= self.registry().point(name, stage.name, verdict.digest)
            else:
                changed |= self.registry().unpoint(name, stage.name)
        return changed


def _intent(ref: Ref, selection: Selection) -> dict[str, object]:
    """What weighbridge.toml says of a model; empty values are left out."""
    values = {
        "source": ref.source,
        "follow": ref.revision,
        "include": list(selection.include),
        "exclude": list(selection.exclude),
        "all_formats": selection.all_formats,
    }
    return {key: value for key, value in values.items() if value}


def replaced(pin: Pin, listing: Listing) -> bool:
    """Whether the repository is known to be another one than when it was pinned: another id, or another owner."""
    both = _IDENTITY & pin.identity.keys() & listing.identity.keys()
    return any(pin.identity[key].lower() != listing.identity[key].lower() for key in both)
