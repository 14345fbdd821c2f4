"""What a configuration names, as a reference and as a governed name."""

from __future__ import annotations

import pytest

from weighbridge.core.reaching import Missing, name_for, reference_of, repository_of
from weighbridge.core.ref import Ref, require_name


@pytest.mark.parametrize("text", ["gpt2", "org/base", "Qwen/Qwen2.5-7B_v1", "a/" + "b" * 96])
def test_a_repository_is_a_reference_to_the_hub(text: str) -> None:
    assert reference_of(text) == Ref("hf", text)
    assert Ref.parse(f"hf:{text}") == Ref("hf", text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "/srv/base", "./base", "../base", "~/base", "a/b/c", "https://example.org/base", "org/base@main", "-x/y"),
        *(
            "org/base#part",
            "org/ba se",
            "org/",
            "/base",
            "org/base.",
            "org/base-",
            "org/a..b",
            "a/" + "b" * 97,
            "größe/b",
        ),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert reference_of(text) is None


def test_the_repository_of_a_source() -> None:
    assert repository_of("hf:Org/Base") == "org/base"
    assert repository_of("file:Org/Base") == ""


@pytest.mark.parametrize(
    ("repository", "taken", "name"),
    [
        ("gpt2", [], "gpt2"),
        ("gpt2", ["gpt2"], None),
        ("Org/Base", [], "base"),
        ("Org/Base", ["base"], "org-base"),
        ("Org/Base", ["base", "org-base"], None),
        ("org/dvc", [], "org-dvc"),
        ("org/_x_", [], "x"),
        ("org/" + "b" * 90, [], "b" * 63),
    ],
)
def test_a_name_to_govern_it_under(repository: str, taken: list[str], name: str | None) -> None:
    assert name_for(Ref("hf", repository), taken) == name
    assert name is None or require_name(name) == name


def test_what_is_missing_has_its_json() -> None:
    assert Missing("org/base", "gone").to_json() == {"reference": "org/base", "why": "gone"}
