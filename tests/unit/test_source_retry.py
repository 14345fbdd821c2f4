from __future__ import annotations

import pytest

from weighbridge.core.errors import SourceError
from weighbridge.sources._retry import UNREACHABLE, Patience, TransientError, asked_wait_seconds

NOON, SOON = "Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026 12:01:40 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"retry-after": "9" * 5000}, 999_999_999.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": SOON}, None),
        ({"retry-after": SOON, "date": NOON}, 100.0),
        ({"retry-after": NOON, "date": SOON}, 0.0),
        ({"retry-after": SOON, "date": "Mon, 23 Nov 2026 12:00:00 -0000"}, None),
        ({"ratelimit": '"api";r=0;t=55'}, 55.0),
        ({"ratelimit": '"api";r=10;t=55'}, None),
        ({"retry-after": "3", "ratelimit": '"api";r=0;t=55'}, 3.0),
    ],
)
def test_the_wait_is_read_from_the_answer_alone(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait_seconds(headers) == seconds


def test_waits_grow_and_end() -> None:
    naps: list[float] = []
    error = SourceError("broken", code="connection-lost")
    patience = Patience(8, naps.append)
    for tries in range(1, 8):
        patience.wait(tries, TransientError(error))
    with pytest.raises(SourceError) as caught:
        patience.wait(8, TransientError(error))
    assert caught.value is error
    assert naps == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_no_server_can_make_anybody_wait_for_long() -> None:
    naps: list[float] = []
    Patience(2, naps.append).wait(1, TransientError(SourceError("busy"), 1e9))
    assert naps == [300.0]


@pytest.mark.parametrize(("hopeless", "tries"), [(UNREACHABLE, 1), (frozenset(), 3)])
def test_work_is_begun_anew_unless_it_is_hopeless(hopeless: frozenset[str], tries: int) -> None:
    begun: list[int] = []

    def work() -> None:
        begun.append(1)
        raise TransientError(SourceError("nobody is there", code="unreachable"))

    with pytest.raises(SourceError) as caught:
        Patience(3, lambda _: None).keep_trying(work, hopeless=hopeless)
    assert caught.value.code == "unreachable"
    assert len(begun) == tries


def test_work_that_comes_to_an_end_gives_what_it_found() -> None:
    faults = [TransientError(SourceError("it broke", code="connection-lost"))]

    def work() -> str:
        if faults:
            raise faults.pop()
        return "found"

    assert Patience(3, lambda _: None).keep_trying(work) == "found"
