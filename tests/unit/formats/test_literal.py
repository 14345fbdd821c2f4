"""Literals: NumPy's few, and nothing that would have to be evaluated."""

from __future__ import annotations

import ast

import pytest

from weighbridge.formats.literal import NotLiteralError, read_literal

GOOD = [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
    "{}",
    "()",
    "(1,)",
    "(1)",
    "[('a', '<f4', (2,)), ('b', [('c', \"|S1\")])]",
    " [ None , True,-5 ] \n",
    "{'a': {'b': ()}}",
    "''",
]
BAD = [
    "",
    "f()",
    "1 + 1",
    "{'a': 1",
    "(1 2)",
    "[1,,2]",
    "{1: 2}",
    "{'a' 1}",
    "{'a': 1, 'a': 2}",
    "{'a': 1 'b': 2}",
    "[1]]",
    "'a\\x41'",
    "b'a'",
    "(",
    ":",
    "(" * 18 + ")" * 18,
    "1" * 30,
    "Trueish",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_literal_is_read_as_python_reads_it(text: str) -> None:
    assert read_literal(text) == ast.literal_eval(text.strip())


def test_long_numbers_of_python_2_are_numbers() -> None:
    assert read_literal("(3L, 4L)") == (3, 4)


@pytest.mark.parametrize("text", BAD)
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(NotLiteralError):
        read_literal(text)
