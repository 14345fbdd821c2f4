"""Signals of credentials: tokens by their issuers' own shapes, private keys, passwords in settings.

What looks like an example is none: repeated letters, words such as "example", low entropy. The value itself is never
shown, only its kind and first letters.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from weighbridge.checks.signal_payloads import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_PLACES = 200
_MAX_WORDS = 20_000
_TOKEN_BEFORE, _TOKEN_BEHIND = 150, 450
_LEAST_BITS = 3.0
_SHOWN = 4
_BEFORE, _BEHIND = 60, 120
# A token begins where its run of letters begins, and none is longer.
_LONGEST = 700
_RUN = b"\1" * 20
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_IN_TOKEN: Final = bytes(1 if byte in _LETTERS else 0 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Shape:
    """How an issuer's tokens look.

    Args:
        what: Whose token it is.
        word: What stands in every one.
        pattern: The whole; its last group is the random part.
    """

    what: str
    word: bytes
    pattern: re.Pattern[bytes]


def _shape(what: str, word: str, pattern: str) -> Shape:
    return Shape(what, word.encode(), re.compile(rb"(?<![A-Za-z0-9_-])" + pattern.encode() + rb"(?![A-Za-z0-9_])"))


SHAPES: Final = (
    _shape("an AWS access key", "AKIA", r"AKIA([A-Z2-7]{16})"),
    _shape("an AWS access key", "ASIA", r"ASIA([A-Z2-7]{16})"),
    *(_shape("a GitHub token", f"gh{kind}_", rf"gh{kind}_([A-Za-z0-9]{{36,255}})") for kind in "pousr"),
    _shape("a GitHub token", "github_pat_", r"github_pat_([A-Za-z0-9_]{60,100})"),
    _shape("a Hugging Face token", "hf_", r"hf_([A-Za-z0-9]{34,40})"),
    _shape("a Hugging Face token", "api_org_", r"api_org_([A-Za-z0-9]{34,40})"),
    _shape("an OpenAI key", "T3BlbkFJ", r"sk-(?:[a-z]{3,10}-)?([A-Za-z0-9_-]{10,100}T3BlbkFJ[A-Za-z0-9_-]{10,100})"),
    _shape("an OpenAI key", "sk-proj-", r"sk-proj-([A-Za-z0-9_-]{40,200})"),
    _shape("an Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,8}[0-9]{2}-([A-Za-z0-9_-]{80,120})"),
    _shape("a Slack token", "xox", r"xox[abeoprs]-([0-9A-Za-z-]{20,250})"),
    _shape(
        "a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/(\w{20,30})"
    ),
    _shape("a Discord webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/[0-9]{16,20}/([\w-]{50,90})"),
    _shape("a Telegram bot's token", ":AA", r"[0-9]{8,10}:(AA[A-Za-z0-9_-]{33})"),
    _shape("a Google API key", "AIza", r"AIza([A-Za-z0-9_-]{35})"),
    _shape("a Google access token", "ya29.", r"ya29\.([A-Za-z0-9_-]{60,250})"),
    _shape("a GitLab token", "glpat-", r"glpat-([A-Za-z0-9_-]{20,50})"),
    _shape("an npm token", "npm_", r"npm_([A-Za-z0-9]{36})"),
    _shape("a PyPI token", "pypi-AgEIcHlwaS5vcmc", r"pypi-AgEIcHlwaS5vcmc([A-Za-z0-9_-]{50,300})"),
    _shape("a SendGrid key", "SG.", r"SG\.([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
    _shape("a Stripe key", "_live_", r"[rs]k_live_([A-Za-z0-9]{24,100})"),
    _shape("an Azure storage key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    _shape("a Groq key", "gsk_", r"gsk_([A-Za-z0-9]{52})"),
    _shape("a Replicate token", "r8_", r"r8_([A-Za-z0-9]{37})"),
    _shape("a DigitalOcean token", "dop_v1_", r"dop_v1_([0-9a-f]{64})"),
    _shape("a Databricks token", "dapi", r"dapi([0-9a-f]{32}(?:-[0-9])?)"),
)

_KEY = re.compile(
    rb"-----BEGIN ((?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED) )?PRIVATE KEY|PGP PRIVATE KEY BLOCK)-----"
    rb"(?:\s|\\n|\\r|[A-Za-z-]{1,20}: [^\n]{0,80}){0,12}((?:[A-Za-z0-9+/=]|\s|\\n|\\r){60,300})"
)
_JWT = re.compile(rb"(?<![\w-])(eyJ[A-Za-z0-9_-]{10,1000})\.(eyJ[A-Za-z0-9_-]{10,4000})\.([A-Za-z0-9_-]{20,1000})")
_VALUE = rb"\\?[\"']?\s{0,4}[:=]\s{0,4}(?:bearer )?\\?[\"']?([^\s\"'\\,;<>{}()\[\]]{12,200})"
# Each begins with plain letters, which a search finds fastest.
_SETTINGS = tuple(
    (word, re.compile(b"(" + word + rest + b")" + _VALUE))
    for word, rest in (
        (b"pass", rb"(?:word|wd|phrase)"),
        (b"secret", rb"(?:_?(?:access)?_?key)?"),
        (b"api", rb"_?key"),
        (b"access", rb"_?token"),
        (b"auth", rb"_?token"),
        (b"account", rb"_?key"),
    )
)
_IN_URL = re.compile(rb"://[\w.%+-]{1,80}:([^\s\"'/@:<>{}$]{6,100})@[\w.-]{3,}")
_PLACEHOLDER = re.compile(
    rb"x{4}|\*{3}|\.{3}|0{6}|1{6}|a{6}|12345678|abcdef|example|sample|dummy|placeholder|your|change|redacted|insert"
    rb"|replace|password|fake|test|todo|none|null|token_?here|environ|getenv|secrets?\.|process\.env",
    re.IGNORECASE,
)


def credentials_in(data: bytes, *, prose: bool) -> Iterator[str]:
    """Each credential in a text, said without giving it away.

    Args:
        data: The text.
        prose: Whether people read it: passwords in it are then examples more often than not.
    """
    near = b"\n".join(data[start:end] for start, end in _windows(data))
    for shape in SHAPES:
        if shape.word in near:
            for found in _around(shape, near):
                if is_random(found.group(found.lastindex or 0)):
                    yield f"{shape.what}, {_hint(found.group())}"
    yield from _keys(data)
    yield from _tokens(data)
    if not prose:
        yield from _settings(data)


def _windows(data: bytes) -> Iterator[tuple[int, int]]:
    """Where tokens may stand: around the beginnings of long runs of their letters, joined where they touch."""
    first = last = 0
    for start, end in runs(data.translate(_IN_TOKEN), _RUN):
        begin, stop = max(0, start - _BEFORE), min(end, start + _LONGEST) + _BEHIND
        if begin > last:
            yield first, last
            first = begin
        last = stop
    yield first, last


def _around(shape: Shape, near: bytes) -> Iterator[re.Match[bytes]]:
    """Matches around the places of a shape's word, a bounded number of them."""
    at, done = near.find(shape.word), 0
    for _ in range(_MAX_WORDS):
        if at < 0:
            return
        found = shape.pattern.search(near, max(done, at - _TOKEN_BEFORE), at + _TOKEN_BEHIND)
        if found is not None:
            yield found
            done = found.end()
        at = near.find(shape.word, max(done, at + 1))


def is_random(secret: bytes) -> bool:
    """Whether a value was drawn at random, and is no example."""
    if _PLACEHOLDER.search(secret):
        return False
    return entropy(secret) >= min(_LEAST_BITS, 0.7 * math.log2(len(secret)))


def entropy(data: bytes) -> float:
    """Shannon's entropy of some bytes, in bits a byte; of nothing, 0."""
    counts = Counter(data).values()
    return sum(count * math.log2(len(data) / count) for count in counts) / len(data) if data else 0.0


def _hint(token: bytes) -> str:
    return f"{token[:_SHOWN].decode('ascii', 'replace')}..., {len(token)} characters"


def _keys(data: bytes) -> Iterator[str]:
    if b"PRIVATE KEY" not in data:
        return
    for found in islice(_beginning(b"-----BEGIN ", _KEY, data), _MAX_PLACES):
        body = b"".join(found.group(2).replace(b"\\n", b"").replace(b"\\r", b"").split())
        if entropy(body) >= 4 and not re.search(rb"(.)\1{9}", body[20:]):  # noqa: PLR2004 - of base64's 6 bits
            yield f"a private key ({found.group(1).decode()})"


def _tokens(data: bytes) -> Iterator[str]:
    if b"eyJ" not in data:
        return
    for found in islice(_beginning(b"eyJ", _JWT, data), _MAX_PLACES):
        header = found.group(1)
        try:
            said = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and "alg" in said and is_random(found.group(3)):
            yield f"a signed token (JWT), {len(found.group())} characters"


def _assigned(lower: bytes) -> Iterator[re.Match[bytes]]:
    for word, pattern in _SETTINGS:
        yield from islice(_beginning(word, pattern, lower), _MAX_PLACES)


def _beginning(word: bytes, pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """Matches of a pattern that begins with a word."""
    at = data.find(word)
    while at >= 0:
        found = pattern.match(data, at)
        if found is not None:
            yield found
        at = data.find(word, at + len(word) if found is None else found.end())


def _settings(data: bytes) -> Iterator[str]:
    lower = data.lower() if b":" in data or b"=" in data else b""
    for found in _assigned(lower):
        value = data[found.start(2) : found.end(2)]
        mixed = re.search(rb"[0-9]", value) and re.search(rb"[A-Za-z]", value)
        if mixed and is_random(value) and not value.startswith((b"$", b"%", b"@", b"http")):
            yield f"a value for {found.group(1).decode()}, {len(value)} characters"
    if b"://" in data:
        for found in islice(_beginning(b"://", _IN_URL, lower), _MAX_PLACES):
            if is_random(found.group(1)):
                yield "a password in a URL"
