"""The source of vendors' models, set up to ask the fake vendors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.vendors import GPT, KEY, Vendors
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.ref import Ref
from weighbridge.sources.api import ApiSource

if TYPE_CHECKING:
    from weighbridge.core.listing import Listing

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def source_of(vendors: Vendors, **more: Any) -> ApiSource:
    """A source that knows their addresses and keys."""
    settings = {"environment": vendors.environment, "bases": vendors.bases, "clock": lambda: NOW}
    return ApiSource(**{**settings, "sleep": lambda _: None, **more})


def resolve(vendors: Vendors, text: str, **more: Any) -> Listing:
    """What a reference names now."""
    return source_of(vendors, **more).resolve(Ref.parse(text))


def refused(vendors: Vendors, text: str = f"api:openai/{GPT}", **more: Any) -> WeighbridgeError:
    """Why a reference is refused, in an error that has a next step, no key and no page of text."""
    with pytest.raises(WeighbridgeError) as caught:
        resolve(vendors, text, **more)
    assert caught.value.hint
    assert KEY not in str(caught.value.to_json())
    assert len(str(caught.value.to_json())) < 4_000
    return caught.value
