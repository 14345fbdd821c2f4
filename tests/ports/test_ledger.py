"""What every ledger promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.fakes.ledger import MemoryLedger
from tests.fakes.statements import envelope

from weighbridge.core.attestation import TYPES
from weighbridge.core.errors import IntegrityError, UsageError
from weighbridge.ledgers.folder import FolderLedger

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.ports import Ledger

ENVELOPE = envelope("minilm")


@pytest.fixture(params=["memory", "folder"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    return MemoryLedger() if request.param == "memory" else FolderLedger(tmp_path / "models")


def test_a_model_that_nobody_spoke_of_has_no_evidence(ledger: Ledger) -> None:
    assert ledger.read("minilm") == ()


def test_what_is_appended_is_read(ledger: Ledger) -> None:
    assert ledger.append(["minilm"], ENVELOPE) == sha256(ENVELOPE).hexdigest()
    assert ledger.read("minilm") == (ENVELOPE,)
    assert ledger.read("other") == ()


def test_every_model_with_evidence_is_known_by_name(ledger: Ledger) -> None:
    assert ledger.names() == ()
    ledger.append(["minilm", "bert"], envelope("minilm", "bert"))
    ledger.read("other")
    assert ledger.names() == ("bert", "minilm")


def test_a_rerun_adds_nothing(ledger: Ledger) -> None:
    first = ledger.append(["minilm"], ENVELOPE)
    assert ledger.append(["minilm"], ENVELOPE) == first
    assert ledger.append(["minilm", "minilm"], ENVELOPE) == first
    assert ledger.read("minilm") == (ENVELOPE,)


def test_one_envelope_under_several_names(ledger: Ledger) -> None:
    both = envelope("minilm", "bert")
    ledger.append(["minilm", "bert"], both)
    assert ledger.read("minilm") == ledger.read("bert") == (both,)


def test_a_call_that_was_cut_short_is_completed_by_a_rerun(ledger: Ledger) -> None:
    both = envelope("minilm", "bert")
    ledger.append(["minilm"], both)
    ledger.append(["minilm", "bert"], both)
    assert ledger.read("minilm") == ledger.read("bert") == (both,)


def test_every_envelope_is_kept(ledger: Ledger) -> None:
    written = {envelope("minilm", words=str(number), type_=type_) for number in range(5) for type_ in TYPES}
    for data in written:
        ledger.append(["minilm"], data)
    read = ledger.read("minilm")
    assert set(read) == written
    assert len(read) == len(written)


def test_many_writers_at_once_lose_nothing(ledger: Ledger) -> None:
    written = [envelope("minilm", "bert", words=str(number % 20)) for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda data: ledger.append(["minilm", "bert"], data), written))
    assert len(set(ids)) == 20
    assert set(ledger.read("minilm")) == set(ledger.read("bert")) == set(written)


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "UPPER", "/root", "a\0b", "a\n"])
def test_a_name_that_can_not_be_governed_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        ledger.append(["minilm", name], ENVELOPE)
    assert caught.value.code == "bad-name"
    assert ledger.read("minilm") == ()
    with pytest.raises(UsageError):
        ledger.read(name)


def test_evidence_of_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UsageError) as caught:
        ledger.append([], ENVELOPE)
    assert caught.value.code == "no-name"


@pytest.mark.parametrize("data", [b"", b"{}", b"not JSON", ENVELOPE + b"\n", ENVELOPE.replace(b"in-toto", b"in-t0to")])
def test_what_is_no_envelope_is_refused(ledger: Ledger, data: bytes) -> None:
    with pytest.raises(IntegrityError):
        ledger.append(["minilm"], data)
    assert ledger.read("minilm") == ()
