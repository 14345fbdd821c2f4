"""What vendors answer, and what people write of models, is hostile too: it is understood, or refused by our errors."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.core import canonical
from weighbridge.core.errors import UsageError, WeighbridgeError
from weighbridge.core.ref import Ref
from weighbridge.core.vendors import VENDORS, Naming, classify
from weighbridge.sources._api_answers import read, snapshot_of
from weighbridge.sources._api_reference import COMPATIBLE, asked, document
from weighbridge.sources._api_vendors import TABLE, Question

_SENT = Question("https://host.example.org/v1", {}, ("a-secret-of-the-user",), "https://host.example.org/v1", ())
_NAMES = sorted(
    {step for vendor in TABLE.values() for path in (*vendor.identity, vendor.retires) for step in path.split(".")}
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["m", "2027-01-31"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*_NAMES, "id", "name", "data", "aliases", "modelId", "modelDetails"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(TABLE)), _VALUES, st.booleans())
def test_any_json_is_an_answer_or_refused(name: str, value: object, alias: bool) -> None:  # noqa: FBT001
    vendor, body = TABLE[name], json.dumps(value).encode()
    with suppress(WeighbridgeError):
        said = read(vendor, _SENT, body, "", None if alias else frozenset({"m"}))
        told = {"record": dict(said.record), "identity": said.fields(vendor.identity), "day": said.day(vendor.retires)}
        canonical.dumps(told)
        if alias:
            assert classify(name, snapshot_of(name, vendor, "m-latest", said)).naming is Naming.SNAPSHOT


@given(st.sampled_from(sorted(TABLE)), st.binary(max_size=64))
def test_any_bytes_are_an_answer_or_refused(name: str, body: bytes) -> None:
    with suppress(WeighbridgeError):
        read(TABLE[name], _SENT, body, "", frozenset({"m"}))


@given(st.sampled_from(VENDORS), st.text(max_size=40))
def test_any_id_is_classified(vendor: str, model: str) -> None:
    assert classify(vendor, model).reason


_NUMBERS = st.decimals(-(10**8), 10**8, places=6) | st.integers(-(10**14), 10**14).map(Decimal)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}_p", fullmatch=True), _NUMBERS, max_size=4))
def test_numbers_keep_their_value_in_the_file(numbers: dict[str, Decimal]) -> None:
    part = "&".join(f"{key}={value:f}" for key, value in numbers.items()) or None
    what = asked(Ref("api", "openai/gpt-4o-2024-08-06", None, part))
    found = json.loads(document(what, model=what.model, endpoint="https://h/v1", host="h", identity={}))
    assert found["parameters"] == {key: float(value) for key, value in numbers.items()}
    # RFC 8785 §3.2.2.3: the shortest text that reads back, without an exponent for numbers of these sizes.
    for key, text in what.parameters.items():
        assert Decimal(text) == Decimal(repr(float(numbers[key])))
        assert text.strip("-") in f"{abs(numbers[key]):f}"
        assert not text.endswith(".0")
        assert text != "-0"


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=60))
def test_any_reference_is_understood_or_refused(text: str) -> None:
    for start in ("api:", "api:openai/", f"api:{COMPATIBLE}/https://host/v1/", f"api:{COMPATIBLE}/", "api:openai/x#"):
        with suppress(UsageError):
            what = asked(Ref.parse(start + text))
            assert what.vendor in VENDORS
            assert what.model.isascii()
