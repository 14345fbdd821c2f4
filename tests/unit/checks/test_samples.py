"""Every sample through the checks: a bad one makes its check speak, a good one leaves it silent."""

from __future__ import annotations

import json

import pytest
from tests.samples.all import SAMPLES
from tests.samples.look import ids, look

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Severity

SOURCE = ".source.json"
"""A sample's file that says what source and metadata the model came with; not part of the model."""


@pytest.mark.parametrize("case", sorted(SAMPLES))
def test_sample(case: str) -> None:
    check, kind, _ = case.split("/")
    files = dict(SAMPLES[case])
    origin = json.loads(files.pop(SOURCE, b"{}"))
    found = look(files, origin.get("source", ""), origin.get("metadata"))
    if kind == "good":
        assert check not in ids(found)
        return
    assert check in ids(found)
    if CATALOGUE[check].severity is Severity.DENY:
        assert any(finding.check == check and not finding.passes for finding in found)
