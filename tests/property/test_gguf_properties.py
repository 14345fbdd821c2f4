from __future__ import annotations

import io
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.unit.formats.gguf_samples import BAD, GOOD, STRING, P

from weighbridge.formats import gguf

MUTANTS = 20_000
EACH = 1000
SMALL_BYTES = 7000


def read(data: bytes) -> gguf.GgufReport:
    return gguf.parse(io.BytesIO(data), len(data))


def check(data: bytes) -> bool:
    """See that what is accepted lies within the file; whether it is accepted."""
    report = read(data)
    assert report.complete or report.faults
    if not report.faults:
        spans = sorted((report.data_offset + each.offset, each.size_bytes or 0) for each in report.tensors)
        ends = [*(begin for begin, _ in spans[1:]), len(data)]
        assert all(begin + size <= end for (begin, size), end in zip(spans, ends, strict=False)), data
        assert len({each.name for each in report.tensors}) == len(report.tensors)
    return not report.faults


def test_mutants_give_a_report_and_accepted_ones_are_sound() -> None:
    files = [data for data in [*GOOD.values(), *(data for _, data in BAD.values())] if len(data) < SMALL_BYTES]
    seen = Counter(map(check, mutated(files, MUTANTS)))
    for seed, data in enumerate(GOOD.values()):
        seen.update(map(check, mutated([data], EACH, seed)))
    assert seen[True] > EACH // 4
    assert seen[False] > MUTANTS // 2


@given(st.binary(max_size=300), st.integers(0, 3), st.integers(0, 3))
def test_any_bytes_give_a_report(data: bytes, tensors: int, entries: int) -> None:
    accepted = check(P.head(tensors, entries) + data)
    assert not accepted or (tensors == 0 and (entries or not any(data)))
    assert read(data).faults


KEYS = st.from_regex(r"[a-z_]{1,8}(\.[a-z0-9_-]{1,8}){0,2}", fullmatch=True)
TEXTS = st.dictionaries(KEYS, st.text(max_size=30), max_size=5)


@given(TEXTS.filter(lambda texts: "general.alignment" not in texts))
def test_texts_come_back_as_they_were_written(texts: dict[str, str]) -> None:
    report = read(P.file([P.entry(key, STRING, P.text(text)) for key, text in texts.items()], []))
    assert report.faults == ()
    assert dict(report.texts) == texts
