"""What came of mending, as it is published."""

from __future__ import annotations

from weighbridge.core.mending import Mended, NotMended
from weighbridge.core.mention import Mention, Spot

MENTION = Mention(Spot("a/b.ipynb", 3, 5, 2), "hf-pipeline", "pipeline", "hf", "org/m", "main")
WHERE = {"path": "/a/b.ipynb", "line": 3, "cell": 2, "model": "hf:org/m"}


def _shown(path: str) -> str:
    return f"/{path}"


def test_what_was_done_is_published() -> None:
    assert Mended(MENTION, "v1", "instead of main").to_json(_shown) == {
        **WHERE,
        "revision": "v1",
        "how": "instead of main",
    }
    assert Mended(MENTION, "", "by name").to_json(_shown)["revision"] is None


def test_what_was_not_done_is_published() -> None:
    assert NotMended(MENTION, "no place").to_json(_shown) == {**WHERE, "why": "no place"}
    unknown = Mention(Spot("a", 1), "x", "x", "hf", None)
    assert NotMended(unknown, "?").to_json(_shown)["model"] is None
