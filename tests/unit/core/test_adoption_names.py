from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.core.adoption_names import another, escaped, proposed
from weighbridge.core.ref import Ref, is_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hf:sentence-transformers/all-MiniLM-L6-v2", "all-minilm-l6-v2"),
        ("hf:BAAI/bge-small-en-v1.5", "bge-small-en-v1.5"),
        ("hf:gpt2", "gpt2"),
        ("hf:org/con", "org-con"),
        ("hf:org/a..b", "a.b"),
        ("hf:___", "hf"),
        ("hf:org/" + "x" * 96, "x" * 63),
        ("https://example.org/models/w.safetensors?sha256=ab#path=x/y", "w.safetensors"),
        ("https://example.org/dvc/", "example.org-dvc"),
        ("s3://bucket/models/Tiny/", "tiny"),
        ("oci:ghcr.io/org/model", "model"),
        ("api:openai/gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("torchhub:pytorch/vision", "vision"),
        ("hf:org/x.dvc", "hf"),
        ("hf:模型/模型", "hf"),
    ],
)
def test_a_name_is_the_last_part(text: str, name: str) -> None:
    assert proposed(Ref.parse(text), ()) == name


def test_a_taken_name_gets_what_is_before_it_and_then_a_number() -> None:
    ref, taken = Ref.parse("hf:org/tiny"), list[str]()
    for name in ("tiny", "org-tiny", "org-tiny-2", "org-tiny-3"):
        assert proposed(ref, taken) == name
        taken.append(name)


@pytest.mark.parametrize(
    ("base", "revision", "name"),
    [
        ("tiny", "0123456789" * 4, "tiny-0123456"),
        ("tiny", "sha256:" + "ab" * 32, "tiny-abababa"),
        ("tiny", "refs/pr/7", "tiny-refs-pr-7"),
        ("tiny", "", "tiny-2"),
        ("tiny", "///", "tiny-2"),
        ("x" * 63, "v1", "x" * 60 + "-v1"),
    ],
)
def test_another_revision_is_in_the_name(base: str, revision: str, name: str) -> None:
    assert another(base, revision, {base}) == name


names = st.text(max_size=120)


@given(names, names, st.integers(0, 3))
def test_whatever_is_proposed_is_a_free_name(text: str, revision: str, rounds: int) -> None:
    taken: set[str] = set()
    ref = Ref("hf", text)
    for _ in range(rounds + 1):
        name = proposed(ref, taken)
        assert is_name(name)
        assert name not in taken
        taken.add(name)
        other = another(name, revision, taken)
        assert is_name(other)
        assert other not in taken


def test_a_pattern_can_be_a_text() -> None:
    assert escaped("a*b?[c]") == "a[*]b[?][[]c]"
