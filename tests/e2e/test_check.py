"""`weighbridge check` on a real project: what a merge may bring, and what it may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.chain import Chain


def based(chain: Chain) -> Chain:
    """The same, everything committed, on a branch that is to be merged."""
    chain.run("git", "add", "-A")
    chain.run("git", "commit", "-qm", "base")
    chain.run("git", "branch", "-M", "main")
    chain.run("git", "checkout", "-qb", "topic")
    return chain


def committed(chain: Chain) -> None:
    chain.run("git", "add", "-A")
    chain.run("git", "commit", "-qm", "topic")


def checked(chain: Chain, *more: str, expect: int = 0) -> Any:
    return chain.json("check", "--base", "main", *more, expect=expect)


def codes(report: Any, *, notes: bool = False) -> set[str]:
    return {item["code"] for item in report["findings"] if notes or item["weight"] != "note"}


def test_nothing_changed_is_allowed(approved: Chain) -> None:
    chain = based(approved)
    for more in ((), ("--head", "topic")):
        report = checked(chain, *more)
        assert (report["verdict"], report["findings"], report["models"], report["left_out"]) == ("allow", [], [], [])


def test_a_model_that_is_added_and_approved_is_allowed_and_told(chain: Chain) -> None:
    based(chain)
    chain.add()
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert codes(checked(chain)) == set()
    committed(chain)
    report = checked(chain, "--head", "topic")
    assert codes(report) == set()
    assert [item["kind"] for item in report["models"]] == ["added", "approved"]
