"""`weighbridge keys trust`: a person's key goes into weighbridge.toml, where Git reviews it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.config import read_settings
from weighbridge.core.errors import SigningError
from weighbridge.core.ref import require_name
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from collections.abc import Sequence


def trust_key(person: str, public: str, roles: Sequence[str], name: str) -> bool:
    """Add a public key to a person; True if anything changed.

    Args:
        person: The person's id, such as ``alice``.
        public: 64 hexadecimal digits.
        roles: Roles of a new person; those of a known one stay.
        name: For readers; empty keeps what is there.

    Raises:
        SigningError: It is no Ed25519 public key.
        ConfigError: The key is somebody else's already.
    """
    from weighbridge.signers.verify import is_sound, key_id  # noqa: PLC0415  imports cryptography

    try:
        raw = bytes.fromhex(public)
    except ValueError:
        raw = b""
    if not is_sound(raw):
        raise SigningError(
            f"{public!r} is not an Ed25519 public key", code="bad-key", hint="ask for: weighbridge keys show"
        )
    project = open_project()
    known = next((item for item in project.settings.policy.people if item.id == require_name(person)), None)
    keys = [{"id": key.id, "public": key.public} for key in known.keys] if known else []
    if all(key["public"] != raw.hex() for key in keys):
        keys.append({"id": key_id(raw), "public": raw.hex()})
    values: dict[str, object] = {
        "name": name or (known.name if known else ""),
        "roles": sorted(known.roles) if known else list(roles),
        "keys": keys,
    }
    with project.workspace.exclusive("project"):
        text = project.workspace.person_text(person, values)
        read_settings(text)
        return project.workspace.write_config(text)
