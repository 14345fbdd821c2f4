"""What can be seen of a project from outside, read without Weighbridge's own code, and what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TEMPORARY = ".weighbridge-tmp"
REMOTE = ".weighbridge/remote/"
DOCUMENTS = f"{REMOTE}weighbridge/"
OBJECTS = (".dvc/cache/files/md5/", f"{REMOTE}files/md5/")
# What nobody reads as a part of the project: Git's and DVC's own, process locks, staged and quarantined bytes.
_HIDDEN = (".git/", ".dvc/tmp/", ".dvc/cache/weighbridge/", ".weighbridge/locks/", f"{DOCUMENTS}incoming/")
_REGISTRY = ".weighbridge/mlflow.db"
CONFIG = "weighbridge.toml"
SIGNED = (".bundle.json", ".weighbridge/checkpoint.json")
_REVOKED = re.compile(r'revoked = "([0-9a-f]{64})"')
_PUBLIC = re.compile(r'id = "([0-9a-f]{64})",?\s+public = "([0-9a-f]{64})"')
_IN_MODEL = re.compile(r"models/[^/]+/[0-9a-f]{12}/.+")


@dataclass(frozen=True, slots=True)
class Sight:
    """A project as others see it.

    Args:
        files: Content of every file, or where a link leads, by relative path.
        evidence: Files of the ledger, by relative path.
        documents: What is published in the remote, by relative path.
        registry: Rows of MLflow's versions and aliases.
    """

    files: Mapping[str, bytes]
    evidence: Mapping[str, bytes]
    documents: Mapping[str, bytes]
    registry: tuple[tuple[str, ...], ...]


def _content(path: Path) -> bytes:
    return b"link to " + os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


def _walk(project: Path) -> Iterator[tuple[str, Path]]:
    for folder, _, names in os.walk(project):
        for name in names:
            path = project / folder / name
            relative = path.relative_to(project).as_posix()
            if not relative.startswith((*_HIDDEN, _REGISTRY)) and not name.endswith(TEMPORARY):
                yield relative, path


def _registry(project: Path) -> tuple[tuple[str, ...], ...]:
    database = project / _REGISTRY
    if not database.exists():
        return ()
    with closing(sqlite3.connect(database)) as connection:
        versions = connection.execute("SELECT name, version, source FROM model_versions ORDER BY 1, 2").fetchall()
        aliases = connection.execute("SELECT name, alias, version FROM registered_model_aliases ORDER BY 1, 2")
        return tuple(tuple(str(value) for value in row) for row in [*versions, *aliases.fetchall()])


def look_at(project: Path) -> Sight:
    """A project as it is now."""
    found = {relative: _content(path) for relative, path in _walk(project)}
    evidence = {path: data for path, data in found.items() if "/evidence/" in path}
    documents = {path: data for path, data in found.items() if path.startswith(DOCUMENTS) or path.endswith(SIGNED)}
    files = {path: data for path, data in found.items() if path not in evidence and path not in documents}
    files[CONFIG] = _without_chance(files[CONFIG], evidence.values())
    return Sight(files, evidence, documents, _registry(project))


def _without_chance(config: bytes, evidence: Iterable[bytes]) -> bytes:
    """The rules with the ids taken out that are others in each run: of keys, and of key revocations that are there."""
    revocations = {
        hashlib.sha256(data).hexdigest() for data in evidence if "/key-revocation/" in statement(data)["predicateType"]
    }

    def known(match: re.Match[str]) -> str:
        return 'revoked = "here"' if match[1] in revocations else match[0]

    text = _REVOKED.sub(known, config.decode())
    return _PUBLIC.sub(lambda match: "a key" if _is_key(match[1], match[2]) else match[0], text).encode()


def _is_key(key: str, public: str) -> bool:
    return hashlib.sha256(bytes.fromhex(public)).hexdigest() == key


def statement(envelope: bytes) -> dict[str, Any]:
    """What an envelope of evidence says."""
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return found


def _half_written(before: Sight, now: Sight, after: Sight, *between: Sight) -> Iterator[str]:
    for path, data in now.files.items():
        if data not in {sight.files.get(path) for sight in (before, after, *between)}:
            yield f"{path} is neither as before nor as it shall be"
        if path.startswith(OBJECTS) and data != before.files.get(path):
            name = "".join(path.split("/")[-2:]).removesuffix(".dir")
            if hashlib.md5(data, usedforsecurity=False).hexdigest() != name:
                yield f"{path} does not have the bytes of its name"
    for path in now.documents:
        try:
            json.loads(now.documents[path])
        except ValueError as error:
            yield f"{path} can't be read: {error}"


def _lost(before: Sight, now: Sight, after: Sight) -> Iterator[str]:
    for path, data in before.files.items():
        # A damaged file may be moved away before a better one takes its name.
        bytes_of_a_model = path.startswith(OBJECTS) or _IN_MODEL.fullmatch(path)
        repaired = bytes_of_a_model and data != after.files.get(path)
        if path in after.files and path not in now.files and not repaired:
            yield f"{path} is gone"
    for path in before.documents:
        if path not in now.documents:
            yield f"{path} is gone"
    for path, data in before.evidence.items():
        if now.evidence.get(path) != data:
            yield f"{path} is gone or has changed"


def _unproven(now: Sight) -> Iterator[str]:
    """Evidence that is not what its name says, and pins in a lock that no evidence names."""
    pinned = set()
    for path, data in now.evidence.items():
        if not path.endswith(f"-{hashlib.sha256(data).hexdigest()[:16]}.json"):
            yield f"{path} is not what its name says"
        said = statement(data)
        if "/pin/" in said["predicateType"]:
            pinned |= {subject["digest"]["sha256"] for subject in said["subject"]}
    for path, data in now.files.items():
        if path.endswith("/lock.json"):
            live = {pin["digest"].removeprefix("sha256:") for pin in json.loads(data)["pins"]}
            yield from (f"{path} holds {digest}, which nobody signed" for digest in live - pinned)


def half_done(before: Sight, now: Sight, after: Sight, *between: Sight) -> list[str]:
    """What is wrong with a project in which a command was stopped.

    Args:
        before: The project before the command.
        now: The project now.
        after: The project after the same command, undisturbed.
        between: The project between two steps of the command, each of which may stand alone.
    """
    wrong = [*_half_written(before, now, after, *between), *_lost(before, now, after)]
    try:
        wrong += _unproven(now)
    except ValueError as error:
        wrong.append(f"evidence or a lock can't be read: {error}")
    return wrong


def _key(envelope: bytes) -> tuple[str, str]:
    """The type and the subjects of an attestation."""
    said = statement(envelope)
    return said["predicateType"], json.dumps(said["subject"], sort_keys=True)


def _kinds(sight: Sight) -> Counter[tuple[str, str]]:
    """Evidence by type and subjects; without what was stopped before it stood with all its models, and said again."""
    ledgers = Counter((_key(data), path.split("/")[1]) for path, data in sight.evidence.items())
    found = Counter[tuple[str, str]]()
    for key in {key for key, _ in ledgers}:
        names = {row["name"] for row in json.loads(key[1])}
        found[key] = min(ledgers[key, name] for name in names)
    return found


def _unpublished(sight: Sight) -> set[tuple[str, str]]:
    """Of which type and about what there is evidence that no published document holds."""
    bundles = [data for path, data in sight.documents.items() if not path.endswith("/checkpoint.json")]
    held = {text for data in bundles for ledger in json.loads(data)["evidence"].values() for text in ledger}
    return {_key(data) for data in sight.evidence.values() if data.decode() not in held}


def differences(now: Sight, after: Sight) -> list[str]:
    """Where a project is not as after the undisturbed command."""
    wrong = [f"{path} differs" for path in {*after.files, *now.files} if now.files.get(path) != after.files.get(path)]
    wrong += [f"{path} is missing or too many" for path in set(now.documents) ^ set(after.documents)]
    if _kinds(now) != _kinds(after):
        wrong.append(f"evidence: {_kinds(now)}, not {_kinds(after)}")
    if now.registry != after.registry:
        wrong.append(f"registry: {now.registry}, not {after.registry}")
    if _unpublished(now) != _unpublished(after):
        wrong.append("what is published is not the evidence")
    return wrong
