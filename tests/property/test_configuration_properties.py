"""Configuration and templates of any shape: an examination ends, and says something in at most so many words."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.mutations import mutated
from tests.samples.chat import HONEST, REACHING, TRIGGERS
from tests.samples.configuration import SAMPLES

from weighbridge.checks import config, templates
from weighbridge.checks.config_code import CODE
from weighbridge.checks.config_dangers import PRESENT, SWITCHED_OFF, SWITCHED_ON
from weighbridge.checks.config_references import REFERENCES
from weighbridge.checks.notes import MAX_FINDINGS, Notes
from weighbridge.checks.subject import Budget, Subject
from weighbridge.core.catalogue import CATALOGUE

if TYPE_CHECKING:
    from weighbridge.core.finding import Finding

MUTANTS = 20_000
KEYS = sorted(
    {*CODE, *REFERENCES, *PRESENT, *SWITCHED_OFF, *SWITCHED_ON, "weight_map", "flavors", "chat_template", "_class_name"}
)
NAMES = ("config.json", "modules.json", "model_index.json", "mlmodel", "pyproject.toml", "conda.yaml", "x.yaml")

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["a.B", "a/b", "../x", "{{ a }}"]),
)
keys = st.one_of(
    st.sampled_from(KEYS), st.text(max_size=8), st.sampled_from(["type", "path", "dependencies", "module"])
)
documents = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(st.integers(), inner, max_size=2),
    ),
    max_leaves=25,
)


def _subject() -> Subject:
    return Subject("folder/x", io.BytesIO(), 0, Budget(), lambda _subject, _notes: None)


def _bounded(notes: Notes) -> list[Finding]:
    assert len(notes.findings) <= MAX_FINDINGS + 1
    assert {found.check for found in notes.findings} <= CATALOGUE.keys()
    assert all(found.message.isascii() for found in notes.findings)
    return notes.findings


def _documented(name: str, document: object) -> list[Finding]:
    notes = Notes("folder/x")
    config.look(name, document, _subject(), notes)
    return _bounded(notes)


def _template(text: str) -> list[Finding]:
    notes = Notes("x")
    templates.look(text, "chat_template", _subject(), notes)
    return _bounded(notes)


@settings(max_examples=1_200)
@given(st.sampled_from(NAMES), documents)
def test_any_document_is_examined(name: str, document: object) -> None:
    assert _documented(name, document) == _documented(name, document)


@settings(max_examples=1_200)
@given(st.sampled_from(KEYS), documents)
def test_any_value_of_any_rule_is_examined(key: str, value: object) -> None:
    alone = _documented("config.json", {key: value})
    assert [found for found in alone if found not in _documented("config.json", {"a": 0, key: value, "z": 0})] == []


def test_mutated_documents() -> None:
    written = [data for files in SAMPLES.values() for name, data in files.items() if name.endswith(".json")]
    examined = found = 0
    for data in mutated(written, 2 * MUTANTS):
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            continue
        examined += 1
        found += bool(_documented("config.json", document))
    assert examined > MUTANTS // 10
    assert examined // 4 < found < examined


def test_mutated_texts() -> None:
    texts = [data for files in SAMPLES.values() for name, data in files.items() if not name.endswith(".json")]
    names = ("requirements.txt", "config.cfg", "modelfile", "setup.cfg", "pip.conf", "x.properties")
    found = 0
    for number, data in enumerate(mutated(texts, MUTANTS)):
        notes = Notes("x")
        config.look_text(names[number % len(names)], data.decode("utf-8", "replace"), _subject(), notes)
        found += bool(_bounded(notes))
    assert MUTANTS // 20 < found < MUTANTS // 2


@pytest.mark.parametrize("part", range(2))
def test_mutated_templates(part: int) -> None:
    written = [*HONEST.values(), *TRIGGERS.values(), *(text for text in REACHING.values() if len(text) < 500)]
    mutants = mutated([text.encode() for text in written], MUTANTS // 2, part)
    found = sum(bool(_template(data.decode("utf-8", "replace"))) for data in mutants)
    assert MUTANTS // 4 < found < MUTANTS // 2


LONG = [
    "{{ " + "'a' ~ " * 30_000 + "'a' }}",
    "{{ a" + ".b" * 80_000 + " }}",
    "{{ a" + "['b']" * 40_000 + " }}",
    "{{ a" + "|trim" * 50_000 + " }}",
    "{{ '" + "\\x5f" * 50_000 + "' }}",
]
ENDLESS = [
    "{{ " + "a + " * 50_000 + "a }}",
    "{{ a[" * 2_000 + "b" + "]" * 2_000 + " }}",
    "{{ messages[" + "a or " * 50_000 + "b] }}",
    "{% if " + "not " * 50_000 + "a %}{% endif %}",
    "".join(f"{{% set a{n} = a{n + 1} %}}" for n in range(8_000)) + "{% set a8000 = 'x' ~ y %}{{ m[a0] }}",
    "{{ 'x' * 999999999 * 999999999 * 999999999 }}",
    "{{ 9" + " * 9" * 40_000 + " }}",
    "{" * 300_000,
    "{#" + "-" * 300_000,
    "{% if x %}" * 20_000,
    "{{ 1_1" + "_1" * 100_000 + " }}",
]


@pytest.mark.parametrize("template", LONG, ids=lambda template: str(template)[:12])
def test_long_templates_are_read_to_their_end(template: str) -> None:
    assert _template(template) == []
    assert _template(template + "{{ x.__class__ }}")


@pytest.mark.parametrize("template", ENDLESS, ids=lambda template: str(template)[:12])
def test_hostile_templates_end(template: str) -> None:
    assert _template(template)


def test_references_within_a_document_are_walked_once() -> None:
    node: object = {"auto_map": {"AutoModel": "a.B"}}
    for _ in range(200):
        node = [node, node, {"x": node}]
    looped: list[object] = []
    looped.append(looped)
    assert {finding.check for finding in _documented("x.yaml", [node, looped])} == {"remote-code"}
