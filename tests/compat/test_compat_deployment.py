"""Records of runs that were signed by an earlier release are read as they were meant. The fixtures are never edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weighbridge.core.attestation import open_envelope
from weighbridge.core.deployed import Refusal, run_from
from weighbridge.core.ports import PublicKey
from weighbridge.core.times import time_from
from weighbridge.signers.verify import verify_signature

FOLDER = Path(__file__).parent / "deployment-1"
KEY = PublicKey(**json.loads((FOLDER / "key.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("state", ["started", "ended"])
def test_a_record_of_version_1_is_read(state: str) -> None:
    found = open_envelope((FOLDER / f"{state}.json").read_bytes(), {KEY.id: KEY}, verify_signature)
    assert found.signed_by == {KEY.id}
    run = run_from(found.statement)
    assert run.to_statement() == found.statement
    assert (run.project, run.stage, run.host, run.user) == ("acme", "production", "node-7", "svc-search")
    assert run.program == ("/usr/bin/python3", "serve.py", "--api-key", "***")
    assert [(item.name, item.source) for item in run.models] == [
        ("minilm", "hf:sentence-transformers/all-MiniLM-L6-v2")
    ]
    assert run.started_at == time_from("2026-12-04T08:00:00Z")
    ended = state == "ended"
    assert run.exit == (143 if ended else None)
    assert run.refusals == ((Refusal("hf:org/other", "not-approved"),) if ended else ())
