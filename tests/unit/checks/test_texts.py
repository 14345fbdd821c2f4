from __future__ import annotations

import io
import json

import pytest
from tests.samples import media, programs, sentencepieces, texts
from tests.samples.look import notes_of

from weighbridge.checks import code, examine, yaml_text
from weighbridge.checks import texts as text_checks
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject
from weighbridge.core.finding import Severity
from weighbridge.formats import images, json_text, python_code
from weighbridge.formats.kinds import Kind

MINE = {"text-structure", "sentencepiece-structure", "image-structure", "python-code", "not-inspected"}


def looked(kind: Kind, name: str, data: bytes) -> Notes:
    """What the examiner of a kind writes down, however the file would be recognised."""
    notes = Notes(name)
    examine.EXAMINERS[kind](Subject(name, io.BytesIO(data), len(data), Budget(), examine.examine), notes)
    return notes


def mine(notes: Notes) -> list[tuple[str, Severity]]:
    return [(each.check, each.severity) for each in notes.findings if each.check in MINE]


@pytest.mark.parametrize(
    ("kind", "name", "data", "severity"),
    [
        (Kind.JSON, "config.json", b"\xef\xbb\xbf{}", Severity.NOTE),
        (Kind.JSON, "trainer_state.json", b'{"loss": NaN}', Severity.NOTE),
        (Kind.JSON, "config.json", '{"a": "\u2067b\u2069"}'.encode(), Severity.WARN),
        (Kind.JSON, "config.json", '{"a": "\u2067b"}'.encode(), Severity.DENY),
        (Kind.JSON, "tokenizer.json", texts.tokenizer(decoder={"type": "Newer"}), Severity.WARN),
        (Kind.TEXT, "readme.txt", "é".encode("latin-1"), Severity.WARN),
        (Kind.TEXT, "readme.txt", "\u2067b".encode(), Severity.WARN),
        (Kind.TEXT, "log.txt", b"a" * 100 + b"\x1b", Severity.WARN),
        (Kind.TEXT, "log.txt", b"abc\x1b\x1b", Severity.DENY),
        (Kind.TEXT, "readme.txt", b"a\0", Severity.DENY),
        (Kind.YAML, "a.yaml", b"a\0", Severity.DENY),
        (Kind.TOML, "a.toml", b"a\0", Severity.DENY),
        (Kind.MARKDOWN, "a.md", b"a\0", Severity.DENY),
        (Kind.TEMPLATE, "a.jinja", b"a\0", Severity.DENY),
        (Kind.TOML, "a.toml", b"a", Severity.DENY),
        (Kind.TEMPLATE, "a.jinja", "\u202e".encode(), Severity.DENY),
        (Kind.MARKDOWN, "a.md", "\U000e0041".encode(), Severity.DENY),
        (Kind.JSON, "a.jsonl", b"1\n{", Severity.DENY),
        (Kind.JSON, "vocab.json", b'{"a": 0, "b": 0}', Severity.DENY),
        (Kind.MARKDOWN, "README.md", b"---\na: 1\na: 2\n---\n", Severity.WARN),
        (Kind.YAML, "a.yaml", "a: é".encode("latin-1"), Severity.WARN),
    ],
)
def test_how_much_a_text_weighs(kind: Kind, name: str, data: bytes, severity: Severity) -> None:
    assert mine(looked(kind, name, data)) == [("text-structure", severity)]


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        (Kind.TEXT, "vocab.txt", "\u202e\x01".encode()),
        (Kind.TEXT, "data.jsonl", b'{"a": 1}\n'),
        (Kind.MARKDOWN, "README.md", b"---\nopen"),
        (Kind.MARKDOWN, "README.md", b"plain"),
        (Kind.JSON, "special_tokens_map.json", json.dumps({"pad_token": "[PAD]"}).encode()),
        (Kind.JSON, "vocab.json", json.dumps({"eng": {"a": 0}, "fra": {"a": 0}}).encode()),
        (Kind.JSON, "list.json", b"[1]"),
        (Kind.NOTEBOOK, "a.ipynb", programs.notebook(("markdown", "hello"))),
    ],
)
def test_ordinary_texts_pass(kind: Kind, name: str, data: bytes) -> None:
    assert mine(looked(kind, name, data)) == []


def test_what_is_too_large_was_not_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_BYTES", 4)
    monkeypatch.setattr(text_checks, "MAX_TEXT_BYTES", 4)
    monkeypatch.setattr(python_code, "MAX_BYTES", 4)
    monkeypatch.setattr(code, "MAX_SCRIPT_BYTES", 4)
    monkeypatch.setattr(images, "MAX_BYTES", 4)
    for kind in (Kind.JSON, Kind.YAML, Kind.TOML, Kind.MARKDOWN, Kind.TEXT, Kind.TEMPLATE, Kind.PYTHON, Kind.SCRIPT):
        assert ("not-inspected", Severity.UNEXAMINED) in mine(looked(kind, "name", b"12345"))
    for kind in (Kind.NOTEBOOK, Kind.IMAGE):
        assert ("not-inspected", Severity.UNEXAMINED) in mine(looked(kind, "name", b"12345"))


def test_limits_of_the_parsers_are_not_faults_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MAX_NODES", 4)
    monkeypatch.setattr(text_checks, "MAX_LINES", 4)
    assert mine(looked(Kind.YAML, "a.yaml", b"[1, 2, 3, 4, 5]")) == [("not-inspected", Severity.UNEXAMINED)]
    assert mine(looked(Kind.JSON, "a.jsonl", b"1\n" * 9)) == [("not-inspected", Severity.UNEXAMINED)]


def test_program_code_is_listed_for_its_reviewer() -> None:
    hub = programs.SAMPLES["python-code/bad/hubconf"]["hubconf.py"]
    notes = looked(Kind.PYTHON, "hubconf.py", hub)
    (found,) = [each for each in notes.findings if each.check == "python-code"]
    for said in ("entry points: model", "dependencies: torch", "os.system (line 5)", "imports: os"):
        assert said in found.message
    assert notes.facts["code"] == [{"imports": ["os"], "calls": ["os.system (line 5)"]}]


def test_long_lists_are_shortened_in_the_message() -> None:
    notes = looked(Kind.PYTHON, "a.py", b"".join(b"import m%d\n" % number for number in range(300)))
    (found,) = notes.findings
    assert "and 288 more" in found.message


def test_code_that_reads_in_another_order_is_denied() -> None:
    notes = looked(Kind.PYTHON, "a.py", "a = 1  # \u2066 b \u2069\n".encode())
    assert mine(notes) == [("python-code", Severity.DENY), ("text-structure", Severity.DENY)]


def test_a_script_is_a_script_whatever_it_is_recognised_as() -> None:
    assert ("python-code", Severity.DENY) in mine(looked(Kind.TEXT, "run.sh", b"true\n"))
    data = programs.notebook(("code", "!true\nx = 1"))
    for kind in (Kind.JSON, Kind.NOTEBOOK):
        assert ("python-code", Severity.DENY) in mine(looked(kind, "a.ipynb", data))


def test_media_and_pieces() -> None:
    for name, data in {**media.IMAGES, "b.svg": media.svg("")}.items():
        kind = Kind.SVG if name == "b.svg" else Kind.IMAGE
        assert mine(looked(kind, name, data)) == []
    assert mine(looked(Kind.AUDIO, "a.wav", media.WAV + media.ZIP)) == [("image-structure", Severity.DENY)]
    newer = sentencepieces.model(*sentencepieces.GOOD_PIECES, trainer=sentencepieces.field(99, b"x"))
    found = mine(looked(Kind.SENTENCEPIECE, "tokenizer.model", newer))
    assert found == [("sentencepiece-structure", Severity.WARN)]


def test_recognition_hands_texts_to_their_examiners() -> None:
    assert notes_of("config.json", b"{}").facts["format"] == ["json"]
    assert mine(notes_of("config.json", b"{} {}"))
