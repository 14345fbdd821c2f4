"""Writes a folder like `tests/compat/v1`: ``python -m tests.compat.make_v1 FOLDER``.

What stands there was written once, by the release that made the formats, and is never written again: this program
refuses a folder that exists. It shows how the files were made, and the tests run it to see that today's code still
writes what today's readers read. Its keys are thrown away, so that nobody can add to the evidence.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.compat.v1_reading import (
    CONFIG,
    EXPECTED,
    EXPORTED,
    MODELS,
    STORE,
    SUMS,
    TRUST,
    record_of,
    sums,
    told,
    trust_policy,
)
from tests.compat.v1_rules import rules_text
from tests.compat.v1_story import BYTES, LAST, PROJECT, Story, story

from weighbridge.config import CONFIG_SCHEMA, TRUST_SCHEMA
from weighbridge.core.attestation import Subject, sign
from weighbridge.core.bundle import Bundle, bundle_key, checkpoint_key
from weighbridge.core.checkpoint import Checkpoint
from weighbridge.core.deployment import Deployment
from weighbridge.core.digest import short
from weighbridge.core.judge import judge
from weighbridge.core.lock import lock_text
from weighbridge.ledgers.folder import FolderLedger
from weighbridge.stores import pointer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.record import Record


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)


def _object(folder: Path, md5: str, data: bytes) -> None:
    path = folder / STORE / "files" / "md5" / md5[:2] / md5[2:]
    if not path.exists():
        _write(path, data)


def _project(folder: Path, said: Story) -> None:
    """Rules, locks, pointers and the ledger in Git."""
    for name, schema in ((CONFIG, CONFIG_SCHEMA), (TRUST, TRUST_SCHEMA)):
        _write(folder / name, rules_text(schema, said.public, said.revoked).encode("utf-8"))
    ledger = FolderLedger(folder / MODELS)
    for name, envelopes in said.envelopes.items():
        pins = [pin for pin in said.pins.values() if pin.name == name]
        for envelope in envelopes:
            ledger.append([name], envelope)
        _write(folder / MODELS / name / "lock.json", lock_text(pins).encode("utf-8"))
        for pin in pins:
            _write(folder / MODELS / name / f"{short(pin.digest)}.dvc", pointer.text(pin).encode("utf-8"))


def _objects(folder: Path, pins: Mapping[str, Pin]) -> None:
    """The bytes, as DVC keeps them in a remote."""
    for label, pin in pins.items():
        _object(folder, pointer.directory_id(pin), pointer.directory(pin))
        for file in pin.files:
            _object(folder, file.md5, BYTES[label][file.entry.path])


def _heads(record: Record, policy: Policy) -> dict[str, str]:
    wishes = [Deployment(PROJECT, record.name, stage.name) for stage in policy.stages]
    verdicts = [judge(record, wish, policy, LAST) for wish in wishes]
    return {item.stage: item.digest for item in verdicts if item.allow and item.digest}


def _checkpoint(number: int, records: Sequence[Record], policy: Policy) -> Checkpoint:
    at = LAST - timedelta(hours=3) + timedelta(minutes=number)
    return Checkpoint(
        project=PROJECT,
        number=number,
        issued_at=at,
        expires=at + timedelta(days=365),
        pins=frozenset(Subject(record.name, digest) for record in records for digest in record.pins),
        heads={record.name: _heads(record, policy) for record in records},
        leaves={record.name: record.leaves for record in records},
    )


def _published(folder: Path, said: Story) -> None:
    """Bundles and checkpoint beside the bytes, and a bundle that travels alone."""
    policy, ledger = trust_policy(folder), FolderLedger(folder / MODELS)
    records = [record_of(folder, name, policy) for name in ledger.names()]
    beside, alone = (sign(_checkpoint(number, records, policy).to_statement(), said.keys["bot"]) for number in (41, 42))
    own = folder / STORE / "weighbridge"
    _write(own / checkpoint_key(PROJECT), beside)
    for record in records:
        evidence = {name: ledger.read(name) for name in (record.name, *record.tied)}
        for digest in record.pins:
            _write(own / bundle_key(PROJECT, record.name, digest), Bundle(PROJECT, record.name, evidence).to_bytes())
        if record.name == "minilm":
            _write(folder / EXPORTED, Bundle(PROJECT, record.name, evidence, alone).to_bytes())


def make(folder: Path) -> None:
    """Write everything.

    Raises:
        FileExistsError: There is something.
    """
    folder.mkdir()
    said = story()
    _project(folder, said)
    _objects(folder, said.pins)
    _published(folder, said)
    _write(folder / EXPECTED, (json.dumps(told(folder), indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
    _write(folder / SUMS, sums(folder).encode("utf-8"))


if __name__ == "__main__":
    if len(sys.argv) != len(("program", "folder")):
        sys.exit(__doc__)
    try:
        make(Path(sys.argv[1]))
    except FileExistsError:
        sys.exit(f"{sys.argv[1]} exists: what was written once is never written again")
