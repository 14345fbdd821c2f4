"""Keys and trust: what `weighbridge keys` writes into weighbridge.toml, where Git reviews it, and into trust files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import tomlkit

from weighbridge.config import CONFIG_FILE, ENTIRELY, TRUST_SCHEMA, UNLIMITED, read_settings, read_trust
from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import SigningError, UsageError
from weighbridge.core.policy import NOTHING, KeyLimits, Person
from weighbridge.core.ports import PublicKey
from weighbridge.core.ref import require_name
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import key_folder, open_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from weighbridge.core.policy import Policy
    from weighbridge.signers.keyfolder import KeyInfo
    from weighbridge.wiring.project import Project


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

    def with_key(known: Person) -> Person:
        if all(key.public != raw.hex() for key in known.keys):
            known = replace(known, keys=(*known.keys, PublicKey(key_id(raw), raw.hex())))
        return replace(known, name=name or known.name)

    return _change(open_project(), Person(require_name(person), frozenset(roles), ()), with_key)


def owned(which: str) -> tuple[Person, PublicKey]:
    """The one key that the project trusts whose id begins so, and whose it is.

    Raises:
        UsageError: None or several do (code ``unknown-key``).
    """
    people = open_project().settings.policy.people
    found = [(person, key) for person in people for key in person.keys if which and key.id.startswith(which)]
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} trusted keys begin with {which!r}",
            code="unknown-key",
            hint=f"people in {CONFIG_FILE} lists the keys' ids",
        )
    return found[0]


def expire_key(which: str, day: datetime) -> bool:
    """Let a key count for nothing that it signs from a day on; True if anything changed.

    Raises:
        UsageError: The project trusts no such key.
    """
    person, key = owned(which)
    return _change(open_project(), person, lambda known: _limited(known, key, expires=day))


@dataclass(frozen=True, slots=True)
class EndedKey:
    """A key that counts no more.

    Args:
        id: Its id.
        person: Whose it is.
        last: The attestation up to which it counts; `NOTHING` for nothing at all.
        changed: Whether anything had to be done.
    """

    id: str
    person: str
    last: str
    changed: bool


def revoke_key(which: str, reason: str, *, entirely: bool = False, key: str | None = None) -> EndedKey:
    """End a key: by its present place in every ledger, or entirely.

    Args:
        which: The beginning of the key's id.
        reason: Why, signed.
        entirely: Let nothing count that it ever signed.
        key: The key to sign with.

    Raises:
        UsageError: The project trusts no such key.
        SigningError: No key may sign it.
    """
    person, ended = owned(which)
    limits = person.limits.get(ended.id, KeyLimits())
    if limits.last is not None and not (entirely and limits.last):
        return EndedKey(ended.id, person.id, limits.last, changed=False)
    project = open_project()
    last = None if entirely else project.custody.revoke_key(ended.id, reason, key=key)
    _change(project, person, lambda known: _limited(known, ended, last=last or NOTHING))
    return EndedKey(ended.id, person.id, last or NOTHING, changed=True)


def rotate_key(which: str, label: str) -> tuple[KeyInfo, EndedKey, bool]:
    """A key in place of one that the project trusts; the new one, what became of the old, and whether anything changed.

    A key with that label which is nobody else's is what an earlier call was stopped after making: it is taken.

    Raises:
        UsageError: The project trusts no such key, or the label is that of another key (code ``label-taken``).
        SigningError: No key may sign it.
    """
    person, old = owned(which)
    folder, policy = key_folder(), open_project().settings.policy
    made = next((info for info in folder.list() if info.label == label), None)
    if made is None or made.key == old or policy.owner(made.key.id) not in (None, person):
        made = folder.new(label, now())
    is_new = trust_key(person.id, made.key.public, (), "")
    # Where a trust file rules, it knows the old key alone; that key's own last word is within what counts of it.
    signer = old if any(info.key == old for info in folder.list()) else made.key
    ended = revoke_key(which, f"replaced by {made.key.id}", key=signer.id)
    return made, ended, is_new or ended.changed


def export_trust() -> tuple[str, str]:
    """A trust file with this project's stages, people and rules, and its digest.

    How old evidence may be is written out: a day for production, and without limit where one person does it all.

    Raises:
        ConfigError: weighbridge.toml is wrong.
    """
    project = open_project()
    document = tomlkit.parse((project.root / CONFIG_FILE).read_text(encoding="utf-8"))
    made = tomlkit.document()
    made.add(
        tomlkit.comment("Whose word counts for the models of this project. Keep it where its writers can't write.")
    )
    made["schema"] = TRUST_SCHEMA
    made["project"] = project.settings.policy.project
    for part in ("policy", "stages", "people"):
        if part in document:
            made[part] = document[part]
    stages = made.get("stages", {})
    for stage in project.settings.policy.stages:
        alone = stage.approvals == 1 and stage.adder_may_approve
        if "max_evidence_age" not in stages[stage.name] and (alone or stage.name == "production"):
            stages[stage.name]["max_evidence_age"] = UNLIMITED if alone else "24h"
    text = tomlkit.dumps(made)
    policy: Policy = read_trust(text, of_bytes(text.encode("utf-8")))
    return text, policy.trust


def _limited(person: Person, key: PublicKey, *, expires: datetime | None = None, last: str | None = None) -> Person:
    """A person one of whose keys ends; its other limit stays."""
    limits = person.limits.get(key.id, KeyLimits())
    limits = KeyLimits(expires or limits.expires, limits.last if last is None else last)
    return replace(person, limits={**person.limits, key.id: limits})


def _row(person: Person, key: PublicKey) -> dict[str, str]:
    limits = person.limits.get(key.id, KeyLimits())
    row = {"id": key.id, "public": key.public}
    if limits.expires is not None:
        row["expires"] = f"{limits.expires:%Y-%m-%d}"
    if limits.last is not None:
        row["revoked"] = limits.last or ENTIRELY
    return row


def _change(project: Project, person: Person, change: Callable[[Person], Person]) -> bool:
    """Change what weighbridge.toml says of a person, or of a new one; True if anything changed.

    What stands there is read where nobody else writes it: a key that others end meanwhile stays ended.
    """
    with project.workspace.exclusive("project"):
        people = read_settings((project.root / CONFIG_FILE).read_text(encoding="utf-8")).policy.people
        made = change(next((item for item in people if item.id == person.id), person))
        values: dict[str, object] = {
            "name": made.name,
            "roles": sorted(made.roles),
            "keys": [_row(made, key) for key in made.keys],
        }
        text = project.workspace.person_text(made.id, values)
        read_settings(text)
        return project.workspace.write_config(text)
