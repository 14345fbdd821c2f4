from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

import safetensors as reference
from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.unit.formats.safetensors_samples import BAD, GOOD, pack, reference_read

from weighbridge.formats import safetensors

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where we are stricter than the reference, on purpose: what may be read in two ways, or is ignored there.
STRICTER = {"duplicate-key", "tensor-field", "tensor-dtype", "metadata", "header-start", "limit"}
MUTANTS = 20_000
EACH = 3000
SMALL_BYTES = 3000


def read(data: bytes) -> safetensors.SafetensorsReport:
    return safetensors.parse(io.BytesIO(data), len(data))


def reference_opens(data: bytes) -> bool:
    try:
        reference_read(data)
    except reference.SafetensorError:
        return False
    return True


def mutants(samples: list[bytes]) -> Iterator[bytes]:
    """Files with anything changed, and files whose header was changed and framed anew."""
    yield from mutated(samples, MUTANTS)
    framed = [data for data in samples if int.from_bytes(data[:8], "little") + 8 <= len(data)]
    for seed, data in enumerate(framed):
        end = 8 + int.from_bytes(data[:8], "little")
        for header in mutated([data[8:end]], EACH, seed):
            yield pack(header, data[end:])


def test_mutants_are_judged_like_the_reference_judges_them() -> None:
    files = [*GOOD.values(), *(data for name, (_, data) in BAD.items() if name != "too many dimensions")]
    seen: Counter[tuple[bool, bool]] = Counter()
    for data in mutants([data for data in files if len(data) < SMALL_BYTES]):
        report = read(data)
        opened = reference_opens(data)
        seen[opened, not report.faults] += 1
        if not report.faults:
            assert opened, data
            assert report.complete
        elif opened:
            found = {fault.id for fault in report.faults}
            # Of a name that stands twice the reference looks at one entry, we at both.
            assert found <= STRICTER or found & {"duplicate-key", "tensor-field"}, data
    assert seen[True, True] > MUTANTS // 20
    assert seen[False, False] > MUTANTS // 2


def nbytes(dtype: str, shape: list[int]) -> int:
    bits = safetensors.BITS[dtype]
    for size in shape:
        bits *= size
    return bits // 8


WHOLE = [dtype for dtype, bits in safetensors.BITS.items() if bits % 8 == 0]
TENSORS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(lambda name: name != "__metadata__"),
    st.tuples(st.sampled_from(WHOLE), st.lists(st.integers(0, 4), max_size=4)),
    max_size=6,
)
METADATA = st.none() | st.dictionaries(
    *[st.text(st.characters(exclude_categories=["Cs"]), max_size=20)] * 2, max_size=4
)


@given(TENSORS, METADATA)
def test_what_the_reference_could_write_is_accepted(
    tensors: dict[str, tuple[str, list[int]]], metadata: dict[str, str] | None
) -> None:
    header: dict[str, object] = {} if metadata is None else {"__metadata__": metadata}
    at = 0
    for name, (dtype, shape) in tensors.items():
        end = at + nbytes(dtype, shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    data = pack(header, bytes(at))
    report = read(data)
    assert reference_opens(data)
    assert report.faults == ()
    assert dict(report.metadata) == (metadata or {})
    assert {each.name: (each.dtype, list(each.shape)) for each in report.tensors} == tensors


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_report(data: bytes, framed: bool) -> None:  # noqa: FBT001 - drawn
    whole = pack(b"{" + data) if framed else data
    report = read(whole)
    assert bool(report.faults) or reference_opens(whole)
