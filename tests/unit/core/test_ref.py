from __future__ import annotations

import pytest

from weighbridge.core.errors import UsageError
from weighbridge.core.ref import Ref, places, require_name

TABLE = [
    ("hf:gpt2", Ref("hf", "gpt2")),
    ("hf:org/name", Ref("hf", "org/name")),
    ("hf:org/name@main", Ref("hf", "org/name", "main")),
    ("hf:org/name@refs/pr/3", Ref("hf", "org/name", "refs/pr/3")),
    ("hf:org/name@v1@b", Ref("hf", "org/name", "v1@b")),
    ("hf:org/name#part", Ref("hf", "org/name", None, "part")),
    ("torchhub:pytorch/vision@v0.20.0#resnet50", Ref("torchhub", "pytorch/vision", "v0.20.0", "resnet50")),
    ("torchhub:a/b#c@d", Ref("torchhub", "a/b", None, "c@d")),
    (
        "torchhub:a/b@v1#net https://h/x@2.pth#sha256=00&path=a https://h/y.pth",
        Ref("torchhub", "a/b", "v1", "net https://h/x@2.pth#sha256=00&path=a https://h/y.pth"),
    ),
    ("oci:host/repo@sha256:00", Ref("oci", "host/repo", "sha256:00")),
    ("oci:host:5000/repo@tag", Ref("oci", "host:5000/repo", "tag")),
    ("oci:host:5000", Ref("oci", "host:5000")),
    ("s3://bucket/prefix", Ref("s3", "//bucket/prefix")),
    ("https://host/file.onnx", Ref("https", "//host/file.onnx")),
    ("https://user@host/a#b", Ref("https", "//user@host/a#b")),
    ("file:path/to@home#1", Ref("file", "path/to@home#1")),
    ("file:/abs/with space", Ref("file", "/abs/with space")),
    ("api:openai/gpt-4o-2024-08-06", Ref("api", "openai/gpt-4o-2024-08-06")),
]
BAD = ["", "gpt2", "org/name", ":name", "hf:", "HF:name", "1f:name", "h-f:name", "hf:@main", "hf:#part", "hf:name@",
       "hf:name#", "hf:name@#part", "hf:a\nb", "hf:a\0", "file:", "file:a\x1b[2J", "hf:a\u202eb",
       "hf:a\ud800", "oci:host/repo:", "oci:host/:tag", "oci:host/repo:tag@sha256:00"]  # fmt: skip


@pytest.mark.parametrize(("text", "ref"), TABLE)
def test_what_is_read_is_written(text: str, ref: Ref) -> None:
    assert Ref.parse(text) == ref
    assert str(ref) == text


def test_a_tag_of_a_registry_is_a_revision() -> None:
    assert Ref.parse("oci:host:5000/a/repo:tag") == Ref("oci", "host:5000/a/repo", "tag")
    assert str(Ref.parse("oci:host:5000/a/repo:tag")) == "oci:host:5000/a/repo@tag"


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Ref.parse(text)
    assert caught.value.code == "bad-ref"
    assert caught.value.message.isprintable()


def test_the_source_has_no_revision() -> None:
    ref = Ref.parse("torchhub:pytorch/vision@main#resnet50")
    assert ref.source == "torchhub:pytorch/vision#resnet50"
    assert ref.at("v2") == Ref.parse("torchhub:pytorch/vision@v2#resnet50")
    assert ref.at(None) == Ref.parse(ref.source)


@pytest.mark.parametrize("name", ["a", "1", "minilm", "all-minilm-l6-v2", "llama3.1_8b", "a" * 63, "con1", "x.dvcx"])
def test_a_name_that_may_be_governed(name: str) -> None:
    assert require_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "A", "-a", "a-", ".a", "a.", "a..b", "a b", "a\n", "é", "٣", "a" * 64, "dvc", "dvc.yaml",
     "dvc.lock", "minilm.dvc", "project", "con", "nul", "a:b", "a@b", "a\0"],
)  # fmt: skip
def test_a_name_that_may_not(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_name(name)
    assert caught.value.code == "bad-name"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("source", "several"),
    [
        ("hf:org/name", ["hf:org/name"]),
        ("file:a https://h/b", ["file:a https://h/b"]),
        ("https://h/a http://h/b", ["https://h/a", "http://h/b"]),
        ("torchhub:a/b", ["torchhub:a/b"]),
        ("torchhub:a/b#net", ["torchhub:a/b#net"]),
        ("torchhub:a/b#net https://h/x.pth#path=y", ["torchhub:a/b#net", "https://h/x.pth#path=y"]),
        ("torchhub:a/b#https://h/x.pth http://h/y.pth", ["torchhub:a/b", "https://h/x.pth", "http://h/y.pth"]),
    ],
)
def test_every_web_address_is_a_place_of_its_own(source: str, several: list[str]) -> None:
    assert places(source) == several
