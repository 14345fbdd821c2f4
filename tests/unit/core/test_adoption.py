from __future__ import annotations

import pytest
from tests.fakes.pins import COMMIT, make_pin

from weighbridge.core.adoption import Held, Survey, chosen, is_meant, names_for, survey
from weighbridge.core.errors import UsageError
from weighbridge.core.mention import Mention, Spot
from weighbridge.core.ref import Ref

SOURCES = ("hf", "torchhub", "oci", "https", "s3", "api")
OTHER = "2" * 40
NOTHING = Held((), (), (), {})


def mention(
    model: str | None = "org/tiny",
    revision: str | None = None,
    *,
    scheme: str = "hf",
    line: int = 1,
    is_open: bool = False,
    path: str = "app.py",
) -> Mention:
    return Mention(Spot(path, line), "hf-from-pretrained", "load", scheme, model, revision, is_open)


def found(*mentions: Mention, held: Held = NOTHING) -> Survey:
    return survey(mentions, held, SOURCES)


def refs(told: Survey) -> list[str]:
    return [str(use.ref) for use in told.uses]


def test_mentions_of_one_model_are_one_use_whatever_the_case() -> None:
    told = found(mention(), mention("Org/Tiny", line=2), mention("org/tiny", "main", line=3))
    assert refs(told) == ["hf:org/tiny@main", "hf:org/tiny"]
    assert [spot.line for spot in told.uses[1].spots] == [1, 2]


def test_commits_come_first_and_what_is_used_most_last() -> None:
    told = found(
        mention(revision="dev"), mention(revision="main"), mention(revision="main", line=2), mention(revision=COMMIT)
    )
    assert refs(told) == [f"hf:org/tiny@{COMMIT}", "hf:org/tiny@dev", "hf:org/tiny@main"]
    assert [use.is_fixed for use in told.uses] == [True, False, False]


def test_every_source_has_its_references() -> None:
    told = found(
        mention("pytorch/vision", "v0.20.0", scheme="torchhub"),
        mention("ghcr.io/org/model", "sha256:" + "a" * 64, scheme="oci"),
        mention("https://example.org/w.bin", scheme="https"),
        mention("//bucket/model", scheme="s3"),
        mention("openai/gpt-4o-2024-08-06", "ignored", scheme="api"),
    )
    assert refs(told) == [
        "api:openai/gpt-4o-2024-08-06",
        "https://example.org/w.bin",
        f"oci:ghcr.io/org/model@sha256:{'a' * 64}",
        "s3://bucket/model",
        "torchhub:pytorch/vision@v0.20.0",
    ]


def test_what_has_no_source_is_told_with_every_place() -> None:
    told = found(
        mention("llama3", scheme="ollama"),
        mention("llama3", scheme="ollama", line=2),
        mention("model", "Production", scheme="mlflow"),
        mention("org/ti\x1bny"),
    )
    assert not told.uses
    assert [(item.model, len(item.spots)) for item in told.refused] == [
        ("hf:org/ti\x1bny", 1),
        ("mlflow:model", 1),
        ("ollama:llama3", 2),
    ]
    assert all(item.why and item.hint for item in told.refused)


def test_what_only_running_would_tell_is_unclear() -> None:
    told = found(mention(None), mention(None, scheme="mlflow"), mention(is_open=True))
    assert (len(told.unclear), told.uses, told.refused) == (3, (), ())


def test_governed_names_are_nothing_to_adopt() -> None:
    held = Held([make_pin("minilm")], (), (), {"minilm": Ref.parse("hf:org/minilm@main")})
    told = found(mention("minilm", scheme="weighbridge"), mention("minilm", scheme="mlflow"), held=held)
    assert told == Survey((), (), (), ())


def test_what_is_governed_is_not_adopted_again() -> None:
    follows = {"minilm": Ref.parse("hf:org/minilm@main")}
    held = Held([make_pin("minilm")], (), (), follows)
    mentions = [mention("Org/MiniLM", revision) for revision in (None, "dev", COMMIT)]
    told = found(*mentions, mention("org/minilm", OTHER), held=held)
    assert refs(told) == [f"hf:org/minilm@{OTHER}"]
    assert len(told.governed) == 3
    assert names_for(told, held, {}) == {("hf:org/minilm", OTHER): "minilm-2222222"}


def test_a_lock_without_an_intent_is_half_an_adoption() -> None:
    held = Held([make_pin("minilm")], (), (), {})
    told = found(mention("org/minilm", "main"), held=held)
    assert refs(told) == ["hf:org/minilm@main"]
    assert names_for(told, held, {}) == {("hf:org/minilm", "main"): "minilm"}


def test_a_model_in_several_places_is_known_by_each() -> None:
    source = "torchhub:pytorch/vision#resnet50 https://example.org/w.pth"
    follows = {"resnet": Ref.parse(source).at("main")}
    held = Held([make_pin("resnet", source=source)], (), (), follows)
    told = found(
        mention("pytorch/vision", scheme="torchhub"), mention("https://example.org/w.pth", scheme="https"), held=held
    )
    assert refs(told) == []


def test_what_was_taken_back_is_refused() -> None:
    held = Held((), (), [make_pin("minilm")], {})
    (item,) = found(mention("org/minilm"), held=held).refused
    assert ("minilm" in item.why, "audit minilm" in item.hint) == (True, True)


def test_a_commit_that_was_taken_back_is_refused_beside_a_live_one() -> None:
    live = make_pin("minilm", revision=OTHER)
    held = Held([live], (), [make_pin("minilm-1111111", follow=COMMIT)], {"minilm": live.ref})
    told = found(*[mention("org/minilm", revision) for revision in (None, OTHER, COMMIT, "3" * 40)], held=held)
    assert refs(told) == [f"hf:org/minilm@{'3' * 40}"]
    assert [item.model for item in told.refused] == ["hf:org/minilm"]


def test_what_was_begun_goes_on_under_its_name() -> None:
    held = Held((), [make_pin("odd", follow="main")], (), {"planned": Ref.parse("hf:org/other@main")})
    told = found(mention("org/minilm", "main"), mention("org/other", "main"), held=held)
    assert set(names_for(told, held, {}).values()) == {"odd", "planned"}


def test_names_are_distinct_and_the_same_whatever_the_order() -> None:
    mentions = [
        mention("a/tiny"), mention("b/tiny"), mention("tiny"), mention("b/tiny", COMMIT), mention("b/tiny", "v1/x"),
        mention("b/tiny", "v1/x", line=9),
    ]  # fmt: skip
    one, other = found(*mentions), found(*reversed(mentions))
    assert names_for(one, NOTHING, {}) == names_for(other, NOTHING, {}) == {
        ("hf:a/tiny", ""): "tiny",
        ("hf:b/tiny", "v1/x"): "b-tiny",
        ("hf:b/tiny", ""): "b-tiny-2",
        ("hf:b/tiny", COMMIT): "b-tiny-1111111",
        ("hf:tiny", ""): "tiny-2",
    }  # fmt: skip


def test_a_name_that_is_taken_is_never_proposed() -> None:
    held = Held([make_pin("tiny")], (), [make_pin("org-tiny", source="hf:x/gone")], {"org-tiny-2": Ref.parse("file:x")})
    assert names_for(found(mention(), held=held), held, {}) == {("hf:org/tiny", ""): "org-tiny-3"}


def test_a_user_may_choose_names() -> None:
    told = found(mention("a/tiny"), mention("b/tiny"), mention("b/tiny", COMMIT))
    names = names_for(told, NOTHING, {"hf:B/Tiny": "mine", "a/tiny": "tiny"})
    assert set(names.values()) == {"tiny", "mine", "mine-1111111"}
    names = names_for(told, NOTHING, {f"b/tiny@{COMMIT}": "old"})
    assert names["hf:b/tiny", COMMIT] == "old"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"a/tiny": "Not A Name"}, "bad-name"),
        ({"a/other": "fine"}, "no-such-mention"),
        ({"a/*": "fine"}, "no-such-mention"),
        ({"a/tiny": "minilm"}, "name-taken"),
        ({"a/tiny": "same", "b/tiny": "same"}, "name-taken"),
        ({"org/minilm": "fine"}, "name-taken"),
    ],
)
def test_names_that_can_not_be_are_refused(asked: dict[str, str], code: str) -> None:
    held = Held([make_pin("minilm")], (), (), {"minilm": Ref.parse("hf:org/minilm@main")})
    told = found(mention("a/tiny"), mention("b/tiny"), mention("org/minilm"), held=held)
    assert names_for(told, held, {"org/minilm": "minilm"})
    with pytest.raises(UsageError) as caught:
        names_for(told, held, asked)
    assert caught.value.code == code


def test_a_user_may_choose_models() -> None:
    told = found(mention("a/tiny"), mention("b/tiny"), mention("b/tiny", COMMIT), mention("llama3", scheme="ollama"))
    assert len(chosen(told, (), ()).uses) == 3
    assert refs(chosen(told, ("A/*",), ())) == ["hf:a/tiny"]
    assert refs(chosen(told, ("hf:b/tiny",), (f"*@{COMMIT}",))) == ["hf:b/tiny"]
    assert chosen(told, (), ("ollama:*",)).refused == ()
    assert chosen(told, ("hf:*",), ()).refused == ()
    for only, exclude in (("c/tiny", "a/tiny"), ("a/tiny", "c/*")):
        with pytest.raises(UsageError, match="no model that files name fits 'c/"):
            chosen(told, (only,), (exclude,))
    with pytest.raises(UsageError) as caught:
        chosen(found(), ("x",), ())
    assert caught.value.hint == "they name: none"


@pytest.mark.parametrize("text", ["hf:org/tiny", "ORG/tiny", "org/tiny@main", "hf:*", "*/t?ny", "hf:org/tiny@main"])
def test_what_means_a_model(text: str) -> None:
    assert is_meant(Ref.parse("hf:org/tiny@main"), text)
    assert not is_meant(Ref.parse("hf:org/other"), text.replace("*", "org/tiny") + "!")
