from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.checks.confusables import LOOKALIKES, mixed_word, skeleton
from weighbridge.checks.identity import confusable_names, confusable_owner, imitated, oddity, unsafe_names
from weighbridge.checks.organisations import KNOWN
from weighbridge.checks.tree import Tree

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json


def tree(*paths: str, source: str = "", metadata: dict[str, Json] | None = None) -> Tree:
    return Tree(dict.fromkeys(paths, 1), {}, source, metadata or {})


def owner(source: str, metadata: dict[str, Json] | None = None) -> list[str]:
    return [item.check for item in confusable_owner(tree(source=source, metadata=metadata))]


@pytest.mark.parametrize(
    "name",
    [
        "meta-1lama",
        "meta_llama",
        "metallama",
        "Meta-Llama",
        "meta-lama",
        "mtea-llama",
        "meta-llamaa",
        "openaii",
        "Open-AI",
        "micr\u043esoft",
        "\uff47oogle",
        "goog1e",
        "QWEN",
        "TheBIoke",
        "deepseek_ai",
        "stabilityAl",
        "xai_org",
    ],
)
def test_imitations_of_known_owners(name: str) -> None:
    assert owner(f"hf:{name}/model") == ["confusable-owner"]


@pytest.mark.parametrize(
    "name", ["alice", "my-company", "Qwens", "appel-labs", "gogle-maps-fan", "oss", "timn", "mistral"]
)
def test_owners_of_their_own(name: str) -> None:
    assert owner(f"hf:{name}/model") == []


def test_known_owners_are_themselves() -> None:
    assert [name for name in KNOWN if owner(f"hf:{name}/model")] == []
    assert len(KNOWN) > 200


def test_the_hub_knows_no_case() -> None:
    assert owner("hf:qwen/Qwen3", {"requested": "qwen/Qwen3"}) == []
    assert owner("hf:qwenn-ai/x", {"requested": "x"}) == []
    assert owner("hf:openal/x", {"requested": "x"}) == ["confusable-owner"]


def test_only_owners_on_a_hub_count() -> None:
    assert owner("hf:gpt2") == []
    assert owner("folder:meta-lama/x") == []
    assert owner("") == []


def test_nearest_names() -> None:
    assert imitated("abcdf", ["abcde", "zzzzz"]) == "abcde"
    assert imitated("abdce", ["abcde"]) == "abcde"
    assert imitated("abc", ["abd"]) is None
    assert imitated("abcdefg", ["abcde"]) is None


def test_names_that_read_alike() -> None:
    assert [item.path for item in confusable_names(tree("a\u200b"))] == ["a\u200b"]
    found = list(confusable_names(tree("a/Model.bin", "a/model.bin", "b/model.bin", "caf\u00e9", "cafe\u0301")))
    assert [(item.check, item.path) for item in found] == [
        ("confusable-name", "a/model.bin"),
        ("confusable-name", "cafe\u0301"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "c\u043enfig.json",
        "m\u03bfdel",
        "a\u200bb",
        "a\u202eb",
        "a\ufeff",
        "a\u00a0b",
        "\uff4dodel",
        "\ufb01le",
        "x\u00b2",
        "\u0441\u043e\u0441",
        " a",
        "a/b. /c",
        "a./b",
        "a\x1b[0m",
    ],
)
def test_odd_names(path: str) -> None:
    assert oddity(path)
    assert oddity(path).isascii()


@pytest.mark.parametrize(
    "path",
    [
        "config.json",
        "\u043c\u043e\u0434\u0435\u043b\u044c.bin",
        "\u043a\u0430\u0440\u0442\u0430.bin",
        "\u6a21\u578b.bin",
        "model_\u03b1.bin",
        "\u03b2-vae.bin",
        "r\u00e9sum\u00e9",
        "re\u0301sume\u0301",
        "na\u00efve \u00df.txt",
        ".gitattributes",
        "1_Pooling/config.json",
        "model-00001-of-00002.safetensors",
    ],
)
def test_plain_names(path: str) -> None:
    assert oddity(path) == ""


def test_lookalikes_are_not_ascii() -> None:
    assert all(code > 127 for code in LOOKALIKES)
    assert skeleton("\u041c\u043edel\u200b") == "model"
    assert mixed_word("\u043c\u043e") is None


@pytest.mark.parametrize("path", ["CON", "aux.json", "a:b", "a\\b", "a/b.", "a /b", "a\nb", "x" * 256, ".dvc/config"])
def test_unsafe_names(path: str) -> None:
    assert [item.check for item in unsafe_names(tree(path))] == ["unsafe-name"]


@pytest.mark.parametrize("path", ["a/b.json", "console.txt", "1_Pooling/config.json", ".gitattributes", "a b(1).txt"])
def test_safe_names(path: str) -> None:
    assert list(unsafe_names(tree(path))) == []
