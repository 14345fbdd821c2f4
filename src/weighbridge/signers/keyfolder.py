"""A person's or a machine's keys in one folder, two files a key.

``<16 hex>.pem`` is the private key, ``<16 hex>.json`` its public half with a label and a date; the hexadecimal digits
begin the key's id. The private file is written last: a key without it was never made. This module does not say which
keys a project trusts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import canonical, shape
from weighbridge.core.digest import is_hex64
from weighbridge.core.errors import IntegrityError, SigningError, UsageError
from weighbridge.core.ports import PublicKey
from weighbridge.core.times import time_from, time_text
from weighbridge.durable import create
from weighbridge.signers.ed25519 import Ed25519Signer
from weighbridge.signers.files import disk_errors, make_folder, read_guarded
from weighbridge.signers.pem import pem_of, private_from
from weighbridge.signers.verify import is_sound, key_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

SCHEMA = "weighbridge.key/1"
MAX_LABEL_LENGTH = 100
_STEM_LENGTH = 16
_MIN_PREFIX_LENGTH = 4
_KEYS = {"schema", "id", "public", "label", "created"}
_PRIVATE_NAME = re.compile(r"([0-9a-f]{16})\.pem")


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key.

    Args:
        key: The public half.
        label: Its owner's words for it.
        created: When it was made, to the second.
    """

    key: PublicKey
    label: str
    created: datetime

    def answers_to(self, which: str) -> bool:
        """Whether a text names this key: its label, or at least four first digits of its id."""
        is_prefix = len(which) >= _MIN_PREFIX_LENGTH and self.key.id.startswith(which)
        return is_prefix or self.label == which


def _no_passphrase() -> None:
    return None


class KeyFolder:
    """Keys in a folder that only its owner may enter.

    Args:
        folder: The folder; made with the first key.
        passphrase: Gives the passphrase for new and encrypted keys; None or empty for none.
    """

    def __init__(self, folder: Path, passphrase: Callable[[], str | None] = _no_passphrase) -> None:
        self.folder = folder
        self._passphrase = passphrase

    def new(self, label: str, created: datetime) -> KeyInfo:
        """Make a key, encrypted if there is a passphrase; durable on return.

        Args:
            label: 1 to 100 printable characters that no other key here has.
            created: An aware time.

        Raises:
            UsageError: The label can't be used (codes ``bad-label``, ``label-taken``).
            SigningError: The folder can't be used (codes ``key-folder``, ``key-permissions``).
        """
        self._check_label(label)
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - 45 ms, rarely needed
            Ed25519PrivateKey,
        )

        private = Ed25519PrivateKey.generate()
        info = KeyInfo(Ed25519Signer(private).key, label, time_from(time_text(created)))
        public = {
            "schema": SCHEMA,
            "id": info.key.id,
            "public": info.key.public,
            "label": label,
            "created": time_text(created),
        }
        stem = info.key.id[:_STEM_LENGTH]
        with disk_errors(self.folder):
            make_folder(self.folder)
            create(self.folder / f"{stem}.json", canonical.dumps(public) + b"\n", mode=0o600)
            create(self.folder / f"{stem}.pem", pem_of(private, self._passphrase()), mode=0o600)
        return info

    def list(self) -> tuple[KeyInfo, ...]:
        """Every key, oldest first; reads no private file.

        Raises:
            SigningError: A public file is missing or damaged (code ``key-damaged``), or the folder can't be read.
        """
        with disk_errors(self.folder):
            try:
                names = [path.name for path in self.folder.iterdir()]
            except FileNotFoundError:
                return ()
        stems = [match[1] for name in names if (match := _PRIVATE_NAME.fullmatch(name))]
        return tuple(sorted(map(self._info, stems), key=lambda info: (info.created, info.key.id)))

    def find(self, which: str | None = None) -> KeyInfo:
        """The key that a text names: an id, at least four first digits of one, or a label; None for the only key.

        Raises:
            SigningError: None (code ``no-key``) or several (code ``ambiguous-key``) answer to it, or a file is
                damaged.
        """
        known = self.list()
        found = [info for info in known if which is None or info.answers_to(which)]
        if len(found) == 1:
            return found[0]
        if found:
            shown = ", ".join(f"{info.key.id[:_STEM_LENGTH]} ({info.label})" for info in found)
            raise SigningError(
                f"several keys answer{f' to {which!r}' if which is not None else ''}: {shown}",
                code="ambiguous-key",
                hint="name one by its id with --key",
                details={"keys": [info.key.id for info in found]},
            )
        raise SigningError(
            f"no key in {self.folder}{f' answers to {which!r}' if which is not None else ''}",
            code="no-key",
            hint="`weighbridge keys list` shows the keys here; `weighbridge keys new` makes one",
        )

    def get(self, which: str | None = None) -> Ed25519Signer:
        """The signer of the key that a text names, see `find`.

        Raises:
            SigningError: As `find`, or the private file is readable by others (code ``key-permissions``), damaged
                (``key-damaged``), not the key it is named after (``key-mismatch``) or needs another passphrase
                (``key-passphrase``).
        """
        info = self.find(which)
        path = self.folder / f"{info.key.id[:_STEM_LENGTH]}.pem"
        with disk_errors(path):
            pem = read_guarded(path, secret=True)
        signer = Ed25519Signer(private_from(pem, self._passphrase, str(path)))
        if signer.key != info.key:
            raise SigningError(
                f"{path} holds another key than its name says",
                code="key-mismatch",
                hint="restore both files of that key from your backup",
            )
        return signer

    def _check_label(self, label: str) -> None:
        if not 0 < len(label) <= MAX_LABEL_LENGTH or not label.isprintable() or label.strip() != label:
            raise UsageError(
                f"{label!r} can't be a key's label", code="bad-label", hint="use 1 to 100 printable characters"
            )
        if any(info.label == label for info in self.list()):
            raise UsageError(
                f"there is a key labelled {label!r} already", code="label-taken", hint="choose another --label"
            )

    def _info(self, stem: str) -> KeyInfo:
        path = self.folder / f"{stem}.json"
        try:
            with disk_errors(path):
                row = shape.record(canonical.loads(read_guarded(path, secret=False)), "key", _KEYS)
            key = PublicKey(shape.text(row["id"], "id"), shape.text(row["public"], "public"))
            info = KeyInfo(key, shape.text(row["label"], "label"), time_from(shape.text(row["created"], "created")))
        except IntegrityError as error:
            raise self._damaged(path) from error
        raw = bytes.fromhex(key.public) if is_hex64(key.public) else b""
        if row["schema"] != SCHEMA or not key.id.startswith(stem) or key_id(raw) != key.id or not is_sound(raw):
            raise self._damaged(path)
        return info

    @staticmethod
    def _damaged(path: Path) -> SigningError:
        return SigningError(
            f"{path} is not the public half of a key",
            code="key-damaged",
            hint="restore the file from your backup, or move both files of that key away",
        )
