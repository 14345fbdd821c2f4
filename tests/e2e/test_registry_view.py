"""The embedded registry as a view, by the real commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.mlflow_hands import MlflowHands, uri_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain


def test_a_hand_in_the_embedded_registry_is_told_and_put_back(approved: Chain) -> None:
    assert "!" not in approved.weighbridge("status")
    hands = MlflowHands(uri_of(approved.root / ".weighbridge" / "mlflow.db"))
    hands.set_tag("tiny", "1", "weighbridge.approved", "by the board")
    hands.create_version("tiny", "s3://bucket/model", {})
    said = approved.weighbridge("status")
    assert "  ! version 1 of tiny bears the tag 'weighbridge.approved', which Weighbridge did not write" in said
    assert "    next: weighbridge register --reconcile tiny" in said
    done = approved.weighbridge("register", "--reconcile", expect=10)
    assert done.startswith("put back: version 1 of tiny bears the tag 'weighbridge.approved'")
    assert "! version 2 of tiny has another source than Weighbridge's [version-foreign]" in done
    hands.delete_version("tiny", "2")
    assert approved.weighbridge("register", "--reconcile") == "the registry shows what was signed\n"
    assert approved.json("status")["models"][0]["divergences"] == []


def test_a_clone_has_no_registry_until_it_registers(approved: Chain, tmp_path: Path) -> None:
    clone = approved.clone(tmp_path / "clone", tmp_path / "erin")
    unmade = clone.root / ".weighbridge" / "mlflow.db"
    status = clone.json("status")
    assert [item["code"] for item in status["models"][0]["divergences"]] == ["model-missing"]
    assert status["models"][0]["verdicts"][0]["allow"]
    skipped = clone.json("status", "--no-registry")
    assert (skipped["registry"]["state"], skipped["models"][0]["divergences"]) == ("skipped", None)
    assert not unmade.exists()
    done = clone.json("register", "--reconcile")
    assert ([item["code"] for item in done["restored"]], done["left"]) == (["model-missing"], [])
    assert not clone.json("register", "--reconcile")["changed"]


def test_a_damaged_registry_is_told_of_and_nothing_else_fails(approved: Chain) -> None:
    (approved.root / ".weighbridge" / "mlflow.db").write_bytes(b"no database at all, though long enough to be one" * 99)
    status = approved.json("status")
    assert status["registry"]["problem"]["code"] == "registry-corrupt"
    assert status["models"][0]["verdicts"][0]["allow"]
    assert "! the registry was not compared:" in approved.weighbridge("status")
