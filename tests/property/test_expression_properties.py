"""Expressions of any shape: an answer or our error, never a crash of the engine, never a yes by mistake."""

from __future__ import annotations

from random import Random

from tests.fakes.statements import NOON
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.errors import ConfigError
from weighbridge.core.facts import facts
from weighbridge.expressions import compiled, evaluate, fault

FACTS = facts(FIRST, inspection_of(FIRST), NOON)
SEEDS = (
    "files.all(f, f.size_bytes < 2000 && f.format in ['json', \"text\"])",
    "has(metadata.tags) ? metadata.tags[0] == 'a' : owner.matches('^(a+)+$')",
    "findings.filter(f, f.severity == 'deny').map(f, f.path).size() == 0",
    "timestamp(inspected_at) + duration('24h') > timestamp('2026-01-01T00:00:00Z')",
    "!(size_bytes * 2 - 1 >= 9223372036854775807u) || -1 % 0 == 1.5e308",
    "{'a': [1, 2u, 3.0, b'x', null, true]}['a'][size_bytes / 3] == name",
)
PIECES = (*"()[]{}!-.,'", '"', ".all(f, ", " ? ", " : ", "\\x", "r'", "'''", "//", "9" * 20)
MUTANTS = 20_000


def mutant(random: Random) -> str:
    """A seed with a few pieces cut out, doubled or put in."""
    text = random.choice(SEEDS)
    for _ in range(random.randint(1, 4)):
        at, length = random.randrange(len(text) + 1), random.randrange(12)
        new = random.choice((*PIECES, "", text[at : at + length] * random.randint(2, 9), chr(random.randrange(0x300))))
        text = text[:at] + new + text[at + length * random.randrange(2) :]
    return text


def test_mutated_expressions_are_answered_or_refused() -> None:
    random, answers, refused = Random(3), 0, 0  # noqa: S311 - the same mutants in every run
    for _ in range(MUTANTS):
        text = mutant(random)
        try:
            answers += evaluate(text, FACTS) in {True, False}
        except ConfigError as error:
            refused += error.code == "bad-expression"
        if not random.randrange(20):
            assert isinstance(fault(text, FACTS), str)
    compiled.cache_clear()
    assert answers + refused == MUTANTS
    assert answers > MUTANTS // 100
    assert refused > MUTANTS // 2
