"""Launches as text: every word arrives as it was meant, whatever its letters."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.pins import COMMIT, make_pin

from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import Inspection
from weighbridge.reports import launch_containers as containers
from weighbridge.reports.launch import HERE, TRANSFORMERS, VLLM, Launch, line, own_code, shell
from weighbridge.reports.yaml_text import document

FOLDER = "/srv/models/minilm"
IMAGES = containers.Images("example.org/vllm@sha256:" + "a" * 64, "example.org/weighbridge@sha256:" + "b" * 64)
BUCKET = containers.Address("s3://bucket/store", is_folder=False)
SHELF = containers.Address("/srv/store", is_folder=True)
HOSTILE = (
    "a'b",
    'a"b',
    "$(id)",
    "${HOME}",
    "`id`",
    "a\\b",
    "a\nb: c",
    "\x1b[2J",
    "#",
    "- x",
    "é☃😀",
    "{}",
    "null",
    "*x",
)

launch = Launch(VLLM, make_pin(), "production", "minilm")


def through_a_shell(text: str) -> list[str]:
    """The words that a shell hands to the program, without `env` and its values."""
    told = "env() { while case $1 in *=*) true;; *) false;; esac; do shift; done; printf '%s\\0' \"$@\"; }\n"
    done = subprocess.run(["bash", "-c", told + text], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def without_expansion(words: list[str]) -> list[str]:
    """What Compose and Kubernetes make of words: no variable in them, and ``$$`` is one ``$``."""
    assert all("$" not in word.replace("$$", "") for word in words)
    return [word.replace("$$", "$") for word in words]


def test_a_shell_is_given_every_word_and_says_what_it_is() -> None:
    text = shell(launch, FOLDER)
    assert through_a_shell(text) == launch.command(FOLDER, HERE)
    assert launch.command(FOLDER, HERE)[:5] == ["vllm", "serve", FOLDER, "--served-model-name", "minilm"]
    assert f"  --tokenizer-revision {COMMIT} \\\n  --code-revision {COMMIT} \\\n" in text
    assert "HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 DO_NOT_TRACK=1 VLLM_NO_USAGE_STATS=1" in text
    assert f"weighbridge pull minilm --stage production --digest {launch.pin.digest}\n" in text
    assert "trust-remote-code" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_one_word(name: str) -> None:
    hostile = replace(launch, served_name=name)
    words = hostile.command(FOLDER, HERE)
    assert words[4] == name
    assert through_a_shell(shell(hostile, FOLDER)) == words
    assert through_a_shell(shell(launch, f"/srv/{name}"))[2] == f"/srv/{name}"
    assert shell(hostile, FOLDER).replace("\n", "").isprintable()
    for text in (containers.compose(hostile, IMAGES, SHELF), containers.kubernetes(hostile, IMAGES, BUCKET)):
        assert text.isascii() or name.isprintable()
        found = yaml.safe_load(text)
        assert name in without_expansion(server(found))


def server(found: Any) -> list[str]:
    """The server's words in a project of Compose, or in a Deployment."""
    if "services" in found:
        words: list[str] = found["services"]["minilm"]["entrypoint"]
    else:
        words = found["spec"]["template"]["spec"]["containers"][0]["command"]
    return words


@given(st.text())
def test_a_word_of_any_letters_is_quoted_on_one_line(text: str) -> None:
    assert "\n" not in line([text])


def test_revisions_are_of_the_hub_alone() -> None:
    folder = replace(launch, pin=make_pin(source="file:src/minilm", follow="", revision="sha256:" + "3" * 64))
    assert not [word for word in folder.command(FOLDER, HERE) if "revision" in word]
    served = replace(launch, server=TRANSFORMERS)
    assert served.command(FOLDER, HERE) == ["transformers", "serve", FOLDER, "--host", HERE, "--port", "8000"]
    assert "requests name the folder" in shell(served, FOLDER)


def seen(*checks: tuple[str, str], code: tuple[str, ...] = ("modeling.py",)) -> Inspection:
    findings = tuple(Finding(check, path, Severity.DENY, "seen") for check, path in checks)
    return Inspection(findings, {}, {"code": code}, (), "sha256:" + "0" * 64)


def test_own_code_is_trusted_only_where_it_is_pinned_and_named() -> None:
    pin = make_pin(files={"config.json": b"{}", "modeling.py": b"1", "other.py": b"2"})
    asked = ("remote-code", "config.json")
    assert own_code(pin, seen(asked)) == ("modeling.py",)
    assert own_code(pin, None) == ()
    assert own_code(pin, seen()) == ()
    assert own_code(pin, seen(("python-code", "modeling.py"))) == ()
    assert own_code(pin, seen(("remote-code", "model.pt"))) == ()
    assert own_code(pin, seen(asked, ("foreign-reference", "config.json"))) == ()
    assert own_code(pin, seen(asked, code=("elsewhere.py",))) == ()
    trusting = replace(launch, pin=pin, code=("modeling.py",))
    assert "--trust-remote-code" in trusting.command(FOLDER, HERE)
    assert "pinned and approved with it: modeling.py\n" in shell(trusting, FOLDER)


def test_compose_starts_the_server_only_after_the_bytes_were_verified() -> None:
    found = yaml.safe_load(containers.compose(launch, IMAGES, SHELF))
    first, then = found["services"]["minilm-model"], found["services"]["minilm"]
    assert then["depends_on"] == {"minilm-model": {"condition": "service_completed_successfully"}}
    assert (first["image"], then["image"]) == (IMAGES.fetcher, IMAGES.server)
    assert first["entrypoint"] == [*launch.pull, "--to", containers.model_folder(launch)]
    assert then["entrypoint"] == containers.server_command(launch)
    assert first["environment"]["WEIGHBRIDGE_TRUST"] == first["configs"][0]["target"]
    assert then["environment"] == launch.environment
    (models,) = then["volumes"]
    assert models["read_only"] is True
    binding = first["volumes"][-1]
    assert (binding["source"], binding["target"]) == ("/srv/store", first["environment"]["WEIGHBRIDGE_STORE"])
    assert binding["read_only"] is True
    assert first["restart"] == "no"
    assert then["ports"] == ["127.0.0.1:8000:8000"]
    far = yaml.safe_load(containers.compose(launch, IMAGES, BUCKET))["services"]["minilm-model"]
    assert far["environment"]["WEIGHBRIDGE_STORE"] == "s3://bucket/store"
    assert [volume["type"] for volume in far["volumes"]] == ["volume", "volume"]


def test_kubernetes_gives_the_store_to_the_first_container_alone() -> None:
    pod = yaml.safe_load(containers.kubernetes(launch, IMAGES, BUCKET))["spec"]["template"]["spec"]
    (first,), (then,) = pod["initContainers"], pod["containers"]
    assert first["command"] == [*launch.pull, "--to", containers.model_folder(launch)]
    assert {"name": "WEIGHBRIDGE_STORE", "value": "s3://bucket/store"} in first["env"]
    assert first["envFrom"] == [{"secretRef": {"name": "weighbridge-store", "optional": True}}]
    assert then["volumeMounts"] == [{"name": "models", "mountPath": "/models", "readOnly": True}]
    assert {item["name"]: item["value"] for item in then["env"]} == launch.environment
    assert "envFrom" not in then
    near = yaml.safe_load(containers.kubernetes(launch, IMAGES, SHELF))["spec"]["template"]["spec"]
    assert near["volumes"][-1]["persistentVolumeClaim"]["readOnly"] is True
    assert near["initContainers"][0]["volumeMounts"][-1]["readOnly"] is True


@pytest.mark.parametrize("name", ["a", "a.b_c", "a" * 63, "a" * 49 + "._b", "1"])
def test_a_governed_name_becomes_a_label(name: str) -> None:
    label = containers.label(name)
    assert 0 < len(label) <= 50
    assert all(item.isalnum() or item == "-" for item in label)
    assert label[0].isalnum()
    assert label[-1].isalnum()


# A key on one line has 1024 characters at most (YAML 1.2, 7.4.2), in which one may take ten.
keys = st.text(max_size=100)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_a_document_is_read_back_as_it_was(value: dict[str, Any]) -> None:
    text = document(value)
    assert yaml.safe_load(text or "{}") == value
    assert text.isascii()


@pytest.mark.parametrize("word", ["yes", "No", "on", "null", "true", "y", "1e3", "0x1", "1:30", "~", "=", "2001-01-01"])
def test_words_that_yaml_reads_otherwise_stay_texts(word: str) -> None:
    assert yaml.safe_load(document({"key": word, word: "key"})) == {"key": word, word: "key"}
