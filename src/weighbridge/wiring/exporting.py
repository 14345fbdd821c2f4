"""What leaves the project in other programs' formats."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core import oms
from weighbridge.core.digest import short
from weighbridge.core.errors import DeniedError, StoreError, UsageError
from weighbridge.core.outcome import pin_summary
from weighbridge.custody.ground import fitting
from weighbridge.wiring.clock import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import Pin
    from weighbridge.custody.verbs import Custody
    from weighbridge.signers.oms import OmsSigner


@dataclass(frozen=True, slots=True)
class OmsKeys:
    """What signs for OpenSSF Model Signing.

    Args:
        private: The file of a private key.
        passphrase_variable: The environment variable with its passphrase, if it is encrypted.
        certificate: The key's certificate; None to sign with the bare key.
        chain: Files of the certificates above it.
    """

    private: Path
    passphrase_variable: str
    certificate: Path | None = None
    chain: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class OmsExport:
    """A signature that the stock program verifies.

    Args:
        pin: The bytes that it speaks of.
        path: Its file.
        changed: False if the file held it already.
        method: ``key`` or ``certificate``.
        public_key: The signer's public half, PEM.
        command: What verifies it, but for the file of the public key or root certificate.
    """

    pin: Pin
    path: Path
    changed: bool
    method: str
    public_key: str
    command: tuple[str, ...]

    @property
    def command_line(self) -> str:
        """The command as a shell takes it."""
        return shlex.join(self.command)

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "changed": self.changed,
            "model": pin_summary(self.pin),
            "path": str(self.path),
            "method": self.method,
            "public_key": self.public_key,
            "command": list(self.command),
        }


def export_oms(
    custody: Custody, name: str, keys: OmsKeys, *, stage: str | None, digest: str | None, output: Path | None
) -> OmsExport:
    """Verify a pin's bytes and sign its manifest as OpenSSF Model Signing; nothing is hashed for it again.

    Args:
        custody: The project's verbs.
        name: The governed name.
        keys: What signs.
        stage: Only what this stage allows: its head, or ``digest``. None for any live pin that is not revoked.
        digest: All or the beginning of a digest; None for the head of the stage, or the newest live pin.
        output: The file to write; None for ``<name>-<digest12>.sig`` in the working folder.

    Raises:
        DeniedError: The stage does not allow it, or it is revoked for every stage.
        IntegrityError: The bytes are not what was pinned.
        SigningError: The key or a certificate can't be used, see `weighbridge.signers.oms_files.read_signer`.
        UsageError: No such model, pin or stage, or the file can't be the output (code ``bad-output``).
        StoreError: The file can't be written (code ``disk``).
    """
    from weighbridge.signers.oms_files import read_signer  # noqa: PLC0415  imports cryptography

    secret = os.environ.get(keys.passphrase_variable)
    signer = read_signer(keys.private, secret, keys.certificate, keys.chain, now())
    pin = _chosen(custody, name, stage, digest)
    path = output or Path(f"{name}-{short(pin.digest)}.sig")
    before = _before(path, [custody.store.path(known) for known in _live(custody)])
    custody.store.verify(pin, custody.progress, algorithm="sha256")
    folder = custody.store.path(pin)
    has_links = any((folder / file.entry.path).is_symlink() for file in pin.files)
    payload = oms.statement(pin.manifest, name, allow_symlinks=has_links)
    changed = before is None or not _holds(before, payload, signer)
    if changed:
        _write(path, oms.bundle(payload, signer.sign(oms.signed_bytes(payload)), signer.material))
    command = _command(signer.method, path, folder, has_links=has_links)
    return OmsExport(pin, path, changed, signer.method, signer.public_pem.decode("ascii"), command)


def _chosen(custody: Custody, name: str, stage: str | None, digest: str | None) -> Pin:
    custody.names([name])
    if stage is not None:
        exact = None if digest is None else fitting(custody.record(name).pins, digest, name)
        return custody.admit(name, stage, exact)[1]
    pin = custody.candidate(name, digest)
    states = custody.record(name).stages.values()
    if states and all(pin.digest in state.revoked for state in states):
        raise DeniedError(
            f"{name} {short(pin.digest)} is revoked for every stage",
            reasons=("revoked",),
            hint=f"weighbridge audit {name} says by whom and why; --digest names another pin",
        )
    return pin


def _live(custody: Custody) -> list[Pin]:
    return [pin for name in custody.workspace.names() for pin in custody.workspace.pins(name)]


def _before(path: Path, governed: Sequence[Path]) -> bytes | None:
    """The signature that a new one would replace; None if there is no file.

    Raises:
        UsageError: The file is no signature, or would lie among governed files.
        StoreError: The disk failed.
    """
    try:
        place = path.resolve()
        if any(place.is_relative_to(folder.resolve()) for folder in governed):
            raise UsageError(
                f"{path} lies in a model's folder, whose files are fixed",
                code="bad-output",
                hint="name a file outside of it with --output",
            )
        if not path.exists():
            return None
        is_small = path.is_file() and path.stat().st_size <= oms.MAX_BUNDLE_BYTES
        data = path.read_bytes() if is_small else b""
    except OSError as error:
        raise _disk(error) from error
    if oms.signature_in(data) is None:
        raise UsageError(
            f"{path} is there and is no signature of this kind",
            code="bad-output",
            hint="move it away, or name another file with --output",
        )
    return data


def _holds(before: bytes, payload: bytes, signer: OmsSigner) -> bool:
    """Whether a file is already what would be written, but for the chance in a signature."""
    signature = oms.signature_in(before)
    if signature is None or before != oms.bundle(payload, signature, signer.material):
        return False
    return signer.verifies(oms.signed_bytes(payload), signature)


def _write(path: Path, data: bytes) -> None:
    try:
        durable.replace(path, data)
    except OSError as error:
        raise _disk(error) from error


def _disk(error: OSError) -> StoreError:
    return StoreError(f"the signature can't be written: {error.strerror}", code="disk")


def _command(method: str, signature: Path, folder: Path, *, has_links: bool) -> tuple[str, ...]:
    """The stock program's command line for a signature of every file.

    It must be told not to leave out Git's own files, which are signed like all others.
    """
    here = Path.cwd().resolve()
    place = folder.resolve()
    known = ("--certificate_chain", "ROOT.pem") if method == "certificate" else ("--public_key", "PUBLIC.pem")
    follow = ("--allow_symlinks",) if has_links else ()
    shown = place.relative_to(here) if place.is_relative_to(here) else place
    asked = ("--signature", str(signature), *known, "--no-ignore-git-paths", *follow)
    return ("model_signing", "verify", method, *asked, str(shown))
