from __future__ import annotations

import json
from typing import TYPE_CHECKING

from weighbridge.cli.output import emit, plain, print_error
from weighbridge.core.errors import UsageError

if TYPE_CHECKING:
    import pytest

HOSTILE = "fine\n  production: allowed\x1b[2K \u202eevil"
SHOWN = "fine\\n  production: allowed\\x1b[2K \\u202eevil"


def test_no_text_moves_the_cursor_or_makes_a_line() -> None:
    assert plain("äß: 模型 ✅") == "äß: 模型 ✅"
    assert plain(HOSTILE) == SHOWN
    assert plain("\udc80") == "\\udc80"


def test_lines_and_errors_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    emit("audit", [HOSTILE], {}, as_json=False)
    print_error(UsageError(HOSTILE, hint=HOSTILE, details={"problems": [HOSTILE]}), as_json=False)
    said = capsys.readouterr()
    assert said.out == f"{SHOWN}\n"
    assert said.err == f"error: {SHOWN} [usage]\n  - {SHOWN}\n  next: {SHOWN}\n"


def test_json_keeps_every_character(capsys: pytest.CaptureFixture[str]) -> None:
    emit("audit", [], {"text": HOSTILE}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"schema": "weighbridge.audit/1", "text": HOSTILE}
