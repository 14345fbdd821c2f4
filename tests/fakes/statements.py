"""Small statements and envelopes for tests that do not care what is said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.fakes.signer import FakeSigner
from weighbridge.core.attestation import Statement, Subject, sign

if TYPE_CHECKING:
    from weighbridge.core.ports import Signer

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def statement(*names: str, words: str = "", type_: str = "pin", issued_at: datetime = NOON) -> Statement:
    """A statement about the same bytes under each name."""
    digest = "sha256:" + "0" * 64
    subjects = tuple(Subject(name, digest) for name in sorted(names or ("minilm",)))
    parents: dict[str, tuple[str, ...]] = {subject.name: () for subject in subjects}
    return Statement(type_, "project", subjects, issued_at, parents, {"words": words})


def envelope(*names: str, words: str = "", type_: str = "pin", signer: Signer | None = None) -> bytes:
    """Such a statement, signed."""
    return sign(statement(*names, words=words, type_=type_), signer or FakeSigner())
