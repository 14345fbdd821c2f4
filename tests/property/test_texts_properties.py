from __future__ import annotations

import ast
import io
import json
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.samples import media, programs, sentencepieces, texts

from weighbridge.checks import yaml_text
from weighbridge.formats import audio, images, json_text, notebook, python_code, sentencepiece, svg, text, toml_text
from weighbridge.formats import tokenizer as tokenizers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.formats.media_report import MediaReport

MUTANTS = 20_000
YAML = b"""base: &b {a: 1, c: ~}
x: {<<: *b, a: 2.5}
list: ['one', "two"]
text: |
  three
? key
: !!str 4
---
[yes]
"""
TOML = b'[a.b]\nc = [1, 2.5, true, 1979-05-27T07:32:00Z]\nd = {e = "f", g = \'h\'}\n[[i]]\nj = """k"""\n'
JSON = b'{"a": [1, -2.5e3, true, null, "b\\u00e9\\ud83d\\ude00\\n"], "c": {"d": NaN, "a": {}}, "e": [[]]}'
PYTHON = b"""import os, sys as s
from a.b import c
x = ['y']
def f(a, *b):
    return s.exit(eval('1')) if a else (lambda: b)
"""


def samples(bag: dict[str, dict[str, bytes]], endings: tuple[str, ...]) -> list[bytes]:
    return [
        data for files in bag.values() for name, data in files.items() if name.endswith(endings) and len(data) < 9000
    ]


def test_mutants_of_json_are_read_as_python_reads_them() -> None:
    good = 0
    for data in mutated([JSON, *samples(texts.SAMPLES, (".json",))], MUTANTS):
        report = json_text.parse(data)
        if not report.faults and not report.bom:
            good += 1
            assert repr(report.value) == repr(json.loads(data.decode()))
    assert good > MUTANTS // 50


def test_mutants_of_yaml_are_read_as_python_reads_them() -> None:
    good = 0
    for data in mutated([YAML, *samples(texts.SAMPLES, (".yaml",))], MUTANTS):
        report = yaml_text.parse(data)
        if report.faults:
            continue
        try:
            read = list(yaml.load_all(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))
        except (yaml.YAMLError, ValueError):
            # PyYAML refuses anchors that are used again and dates that are none; YAML 1.2 allows both.
            continue
        good += 1
        assert len(read) == (len(report.value) if isinstance(report.value, list) and len(read) > 1 else len(read))
        written = repr(read)
        if len(read) == 1 and "date" not in written and "nan" not in written:
            assert report.value == read[0]
    assert good > MUTANTS // 50


def test_mutants_of_toml_are_read_as_python_reads_them() -> None:
    good = 0
    for data in mutated([TOML], MUTANTS):
        report = toml_text.parse(data)
        if not report.faults:
            good += 1
            assert repr(report.value) == repr(tomllib.loads(data.decode()))
    assert good > MUTANTS // 50


def test_mutants_of_texts_give_a_report() -> None:
    good = 0
    for data in mutated(
        [*samples(texts.SAMPLES, (".md", ".txt", ".jinja")), "\ufeffé\u202e".encode("utf-16")], MUTANTS
    ):
        report = text.parse(data)
        assert report.text or report.faults or not data.strip(b"\xef\xbb\xbf\xff\xfe")
        good += not report.faults
    assert MUTANTS // 2 < good < MUTANTS - MUTANTS // 5


def test_mutants_of_tokenizers_give_a_report() -> None:
    read = wrong = 0
    for data in mutated([texts.tokenizer()], MUTANTS):
        value = json_text.parse(data).value
        if tokenizers.is_tokenizer(value):
            assert isinstance(value, dict)
            read += 1
            wrong += bool(tokenizers.tokenizer_faults(value))
    assert MUTANTS // 50 < wrong < read // 2


def test_mutants_of_sentencepiece_models_give_a_report() -> None:
    found = [sentencepieces.model(*sentencepieces.GOOD_PIECES, charsmap=b"")]
    broken = 0
    for data in mutated([*found, *samples(sentencepieces.SAMPLES, (".model",))], MUTANTS):
        broken += bool(sentencepiece.parse(io.BytesIO(data), len(data)).faults)
    assert broken > MUTANTS // 4


def whole(reports: Iterable[MediaReport]) -> int:
    """How many have no fault; each of these has a format."""
    good = 0
    for report in reports:
        assert report.format or report.faults
        good += not report.faults
    return good


@pytest.mark.parametrize("name", media.IMAGES)
def test_mutants_of_images_give_a_report(name: str) -> None:
    good = whole(map(images.parse, mutated([media.IMAGES[name]], MUTANTS)))
    assert MUTANTS // 100 < good < MUTANTS // 2


@pytest.mark.parametrize("name", media.SOUNDS)
def test_mutants_of_sounds_give_a_report(name: str) -> None:
    good = whole(audio.parse(io.BytesIO(data), len(data)) for data in mutated([media.SOUNDS[name]], MUTANTS))
    assert MUTANTS // 100 < good < MUTANTS // 2


def test_mutants_of_drawings_give_a_report() -> None:
    good = whole(map(svg.parse, mutated(samples(media.SAMPLES, (".svg",)), MUTANTS)))
    assert MUTANTS // 100 < good < MUTANTS // 10


def test_mutants_of_programs_give_a_report() -> None:
    parsed = listed = 0
    for data in mutated([PYTHON, *samples(programs.SAMPLES, (".py",))], MUTANTS):
        report = python_code.parse(data)
        parsed += not report.faults
        listed += bool(report.imports or report.calls)
    assert MUTANTS // 50 < listed <= parsed < MUTANTS


def test_mutants_of_notebooks_give_a_report() -> None:
    listed = broken = 0
    for data in mutated(samples(programs.SAMPLES, (".ipynb",)), MUTANTS):
        found = notebook.read(json_text.parse(data).value)
        listed += bool(found.code and found.shell)
        broken += bool(found.faults)
    assert listed > MUTANTS // 50
    assert broken > MUTANTS // 2


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(), st.lists, max_leaves=20))
def test_what_yaml_writes_is_read(value: object) -> None:
    report = yaml_text.parse(yaml.safe_dump({"value": value}, allow_unicode=True).encode("utf-8"))
    assert report.faults == ()
    assert report.value == {"value": value}


@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_python_reads_them_or_have_faults(data: bytes) -> None:
    json_found, toml_found = json_text.parse(data), toml_text.parse(data)
    assert json_found.faults or repr(json_found.value) == repr(json.loads(data))
    assert toml_found.faults or repr(toml_found.value) == repr(tomllib.loads(data.decode()))
    assert yaml_text.parse(data).faults or list(yaml.compose_all(data)) is not None
    assert python_code.parse(data).faults or ast.parse(data) is not None
    assert text.parse(data).faults or text.parse(data).text or not data.strip(b"\xef\xbb\xbf\xff\xfe")
    assert images.parse(data).faults
    assert audio.parse(io.BytesIO(data), len(data)).faults
    assert svg.parse(data).faults
    assert sentencepiece.parse(io.BytesIO(data), len(data)).faults
