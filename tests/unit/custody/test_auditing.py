from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.registry import PROJECT
from tests.fakes.signer import FakeSigner
from tests.fakes.store import FolderStore

from weighbridge.core.attestation import sign
from weighbridge.core.deployed import Given, Run
from weighbridge.core.errors import IntegrityError, RegistryError, UsageError
from weighbridge.core.lock import lock_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.world import World

    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress


def test_audit_tells_the_chain_now_and_earlier(world: World) -> None:
    pin = world.add().pin
    added = world.now
    world.pass_time(hours=1)
    world.custody.approve(["tiny"], "production", comment="tried it")
    trail = world.custody.audit("tiny")
    assert [entry.type for entry in trail.entries] == ["pin", "inspection", "approval"]
    assert {entry.people for entry in trail.entries} == {("ann",)}
    assert trail.verdicts[0].allow
    earlier = world.custody.audit("tiny", at=added + timedelta(minutes=1))
    assert [entry.type for entry in earlier.entries] == ["pin", "inspection"]
    assert not earlier.verdicts[0].allow
    before = world.custody.audit("tiny", at=added - timedelta(minutes=1))
    assert (before.entries, before.pins) == ((), ())
    assert world.custody.audit("tiny", digest=pin.digest[:20]).pins == (pin,)
    with pytest.raises(UsageError) as caught:
        world.custody.audit("tiny", digest="sha256:" + "0" * 64)
    assert caught.value.code == "unknown-digest"


def test_audit_of_a_removed_model_still_tells_its_chain(world: World) -> None:
    pin = world.add().pin
    world.approve()
    world.custody.remove("tiny", reason="replaced")
    assert world.custody.audit("tiny").entries[-1].text == "revoked for every stage: replaced"
    assert [trail.name for trail in world.custody.audited(["tiny"], verify=True).trails] == ["tiny"]
    assert world.custody.audited([]).trails == ()
    assert world.custody.traced(pin.digest) == ("tiny",)


def test_audit_of_an_unknown_model_is_a_usage_error(world: World) -> None:
    with pytest.raises(UsageError) as caught:
        world.custody.audit("none")
    assert caught.value.code == "unknown-model"


def test_a_digest_alone_finds_every_model_that_has_it(world: World) -> None:
    pin = world.add().pin
    world.add("twin")
    world.publish(config_json=b'{"layers": 12}')
    world.add("other")
    for text in (pin.digest, pin.digest[:15], pin.digest.removeprefix("sha256:")[:8]):
        found = world.custody.audited([], digest=text)
        assert [(trail.name, trail.digest) for trail in found.trails] == [("tiny", pin.digest), ("twin", pin.digest)]


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "sha256:", ""])
def test_a_digest_that_no_model_has_is_a_usage_error(world: World, digest: str) -> None:
    world.add()
    with pytest.raises(UsageError) as caught:
        world.custody.audited([], digest=digest)
    assert caught.value.code == "unknown-digest"


def test_names_are_told_once_and_all_that_are_governed_by_default(world: World) -> None:
    world.add()
    world.add("twin")
    assert [trail.name for trail in world.custody.audited(["twin", "twin"]).trails] == ["twin"]
    assert [trail.name for trail in world.custody.audited([]).trails] == ["tiny", "twin"]


def test_nothing_is_verified_unless_asked(world: World) -> None:
    world.add()
    (world.store.path(world.workspace.pins("tiny")[0]) / "config.json").unlink()
    found = world.custody.audited([])
    assert found.checked is None
    assert found.to_json()["verified"] is None


def test_the_bytes_of_live_pins_are_verified_when_asked(world: World) -> None:
    pin = world.add().pin
    world.approve()
    found = world.custody.audited([], verify=True)
    assert found.good
    assert found.to_json()["verified"] == {
        "good": True,
        "registry": "same",
        "pins": [{"name": "tiny", "digest": pin.digest, "size_bytes": pin.size, "good": True, "problems": []}],
    }
    file = world.store.path(pin) / "config.json"
    file.chmod(0o600)
    file.write_bytes(b"other")
    found = world.custody.audited(["tiny"], verify=True, registry=False)
    assert not found.good
    assert found.view == "skipped"
    assert found.checked is not None
    assert [item.problems[0].startswith("config.json: ") for item in found.checked] == [True]


def test_only_the_digest_that_is_asked_about_is_verified(world: World) -> None:
    first = world.add().pin
    world.publish(config_json=b'{"layers": 12}')
    second = world.add().pin
    (world.store.path(first) / "config.json").unlink()
    found = world.custody.audited(["tiny"], digest=second.digest, verify=True)
    assert found.checked is not None
    assert [(item.digest, item.problems) for item in found.checked] == [(second.digest, ())]


def test_a_lock_that_differs_from_the_evidence_is_told_not_raised(world: World) -> None:
    pin = world.add().pin
    world.publish(config_json=b'{"layers": 12}')
    other = world.add("twin").pin
    world.workspace.locks["tiny"] = lock_text([pin]).replace(pin.revision, other.revision)
    found = world.custody.audited([], verify=True)
    assert not found.good
    assert found.checked is not None
    first, second = found.checked
    assert (first.name, first.digest, second.problems) == ("tiny", None, ())
    assert "no trusted key has signed" in first.problems[0]


def test_broken_evidence_is_an_integrity_error(world: World) -> None:
    world.add()
    world.approve()
    ledger = world.ledger.envelopes["tiny"]
    del ledger[next(iter(ledger))]
    with pytest.raises(IntegrityError):
        world.custody.audited([], verify=True)


@dataclass
class _Curt(FolderStore):
    """A store that says that something differs, and not what."""

    def __init__(self, root: Path) -> None:
        super().__init__(root / "project", root / "remote")

    def verify(self, pin: Pin, progress: Progress, *, algorithm: str = "blake3", pointer: bool = True) -> None:
        del progress, algorithm, pointer
        raise IntegrityError(f"{pin.name} is damaged")


def test_a_store_that_names_no_difference_is_quoted(world: World, tmp_path: Path) -> None:
    world.add()
    world.store = _Curt(tmp_path)
    found = world.custody.audited([], verify=True)
    assert found.checked is not None
    assert [item.problems for item in found.checked] == [("tiny is damaged",)]


def test_what_is_verified_is_verified_as_it_is_now(world: World) -> None:
    world.add()
    with pytest.raises(UsageError):
        world.custody.audited([], at=world.now, verify=True)


def test_the_registry_is_asked_about_now_alone(world: World) -> None:
    world.add()
    world.registry.failure = RegistryError("down", code="registry-unreachable", hint="start it")
    assert world.custody.audited([], at=world.now).registry is None
    assert world.custody.audited([], registry=False).registry is None
    found = world.custody.audited([])
    assert found.view == "failed"
    assert found.to_json()["registry"] == {
        "state": "failed",
        "problem": {"code": "registry-unreachable", "message": "down", "hint": "start it"},
    }
    assert found.to_json()["ungoverned"] is None


def test_what_the_registry_shows_otherwise_is_told(world: World) -> None:
    world.add()
    world.approve()
    world.registry.create_model("stray", {})
    world.registry.delete_alias("tiny", "production")
    found = world.custody.audited([])
    assert found.view == "diverges"
    assert found.to_json()["registry"] == {"state": "compared", "problem": None}
    assert [str(item.code) for item in found.divergences("tiny")] == ["alias-missing"]
    assert [item.name for item in found.ungoverned] == ["stray"]
    one = world.custody.audited(["tiny"])
    assert (one.ungoverned, one.to_json()["ungoverned"]) == ((), None)


def test_models_of_others_do_not_diverge_and_those_that_claim_to_be_ours_do(world: World) -> None:
    world.add()
    world.approve()
    world.registry.create_model("stray", {})
    world.registry.create_model("theirs", {PROJECT: "another"})
    found = world.custody.audited([])
    assert (found.view, len(found.ungoverned)) == ("same", 2)
    world.registry.create_model("claimed", {PROJECT: world.policy.project})
    assert world.custody.audited([]).view == "diverges"
    assert world.custody.audited(["tiny"]).view == "same"


def _run(world: World, number: int = 1) -> Run:
    given = world.custody.offer("tiny", "production").given
    return Run(
        id=f"{number:032x}",
        project="project",
        stage="production",
        program=("serve",),
        host="node",
        user="ann",
        trust="local",
        enforced=True,
        sandbox=False,
        models=(given,),
        started_at=world.now,
    )


def _words(*runs: Run) -> list[bytes]:
    return [sign(run.to_statement(), FakeSigner("ann")) for run in runs]


def test_an_audit_tells_the_runs_that_were_given_the_model(world: World) -> None:
    first = world.add().pin
    world.approve()
    early = _run(world)
    between = world.now
    world.publish(config_json=b"{}")
    second = world.add().pin
    world.approve()
    late = _run(world, 2)
    runs = _words(early, late)

    def told(**asked: Any) -> list[Run]:
        return [item.run for item in world.custody.audited(["tiny"], registry=False, runs=runs, **asked).deployments]

    assert told() == [late, early]
    assert told(digest=first.digest) == [early]
    assert told(digest=second.digest) == [late]
    assert told(at=between) == [early]
    assert world.custody.audited([], runs=runs).deployments
    assert not world.custody.audited(["tiny"]).deployments


def test_a_run_is_audited_with_its_models_as_they_stood_when_it_started(world: World) -> None:
    pin = world.add().pin
    world.approve()
    run = _run(world, 0xAB << 120)
    world.pass_time(hours=1)
    world.custody.revoke(["tiny"], reason="withdrawn")
    audit = world.custody.audited_run("ab", _words(run))
    assert [item.run for item in audit.deployments] == [run]
    assert audit.runs_believed
    (trail,) = audit.trails
    assert (trail.at, trail.digest) == (run.started_at, pin.digest)
    assert [entry.type for entry in trail.entries] == ["pin", "inspection", "approval"]
    assert trail.verdicts[0].allow


def test_a_run_of_bytes_that_nobody_signed_is_audited_without_their_chain(world: World) -> None:
    world.add()
    world.approve()
    stranger = Given("stranger", "sha256:" + "0" * 64, "hf:org/stranger", "c" * 40, (), ())
    audit = world.custody.audited_run("0", _words(replace(_run(world), models=(stranger,))))
    assert (audit.trails, audit.runs_believed) == ((), False)


@pytest.mark.parametrize("start", ["", "f", "0"])
def test_a_run_is_named_by_the_beginning_of_its_id_alone(world: World, start: str) -> None:
    world.add()
    world.approve()
    with pytest.raises(UsageError) as caught:
        world.custody.audited_run(start, _words(_run(world), _run(world, 2)))
    assert caught.value.code == "unknown-deployment"
