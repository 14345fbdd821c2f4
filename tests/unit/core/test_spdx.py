from __future__ import annotations

import pytest

from weighbridge.core import spdx

ALLOW = frozenset({"apache-2.0", "mit", "gpl-2.0-only with classpath-exception-2.0"})


@pytest.mark.parametrize(
    "expression",
    [
        "Apache-2.0",
        " apache-2.0 ",
        "GPL-3.0-only OR MIT",
        "MIT AND Apache-2.0",
        "MIT WITH LLVM-exception",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "(MIT)",
        "GPL-3.0-only OR (MIT AND Apache-2.0)",
        "MIT AND (GPL-3.0-only OR Apache-2.0)",
        "mit or gpl-3.0-only and gpl-2.0-only",
    ],
)
def test_an_allowed_choice(expression: str) -> None:
    assert spdx.permits(expression, ALLOW, frozenset())


@pytest.mark.parametrize(
    "expression",
    [
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "GPL-2.0-only",
        "",
        "()",
        "(MIT",
        "MIT)",
        "MIT MIT",
        "MIT OR",
        "OR MIT",
        "MIT WITH",
        "MIT WITH (x)",
        "(" * 21 + "MIT" + ")" * 21,
        "MIT" + " OR MIT" * 1000,
        "mit-0",
    ],
)
def test_no_allowed_choice(expression: str) -> None:
    assert not spdx.permits(expression, ALLOW, frozenset())


def test_a_denied_id_denies_its_exceptions_too() -> None:
    deny = frozenset({"gpl-3.0-only"})
    assert spdx.permits("MIT", frozenset(), deny)
    assert spdx.permits("GPL-3.0-only OR MIT", frozenset(), deny)
    assert not spdx.permits("GPL-3.0-only", frozenset(), deny)
    assert not spdx.permits("GPL-3.0-only WITH GCC-exception-3.1", frozenset(), deny)
    assert not spdx.permits("MIT AND GPL-3.0-only", frozenset(), deny)


@pytest.mark.parametrize(("licence", "known"), [("MIT", True), ("Other", False), ("", False), ("NOASSERTION", False)])
def test_what_says_nothing(licence: str, known: bool) -> None:  # noqa: FBT001 - a row of the table
    assert spdx.is_known(licence) is known
