from __future__ import annotations

from tests.fakes.pins import make_pin
from tests.fakes.story import Story

from weighbridge.core.divergence import Code, Divergence, without_evidence
from weighbridge.core.outcome import ModelStatus, Overview, PinOutcome, Reconciliation
from weighbridge.reports.standing import MAX_LISTED, divergence_lines, reconciled_lines, registered_lines, status_lines

PIN = make_pin()
MODEL = ModelStatus("minilm", (PIN,), {"production": PIN.digest}, (Story().verdict(),), ())


def moved(number: int = 1) -> Divergence:
    return Divergence(Code.ALIAS_MOVED, "minilm", f"alias {number} moved", "put it back", str(number))


FOREIGN = Divergence(Code.VERSION_FOREIGN, "minilm", "version 3 is foreign", "delete it", "3")


def test_divergences_stand_below_their_model_with_one_next_step() -> None:
    model = ModelStatus("minilm", (PIN,), {}, (), (), (moved(1), moved(2), FOREIGN))
    assert status_lines(Overview((model,), (), "compared"))[2:] == [
        "  ! alias 1 moved [alias-moved]",
        "  ! alias 2 moved [alias-moved]",
        "    next: put it back",
        "  ! version 3 is foreign [version-foreign]",
        "    next: delete it",
    ]


def test_many_of_one_kind_are_counted() -> None:
    lines = divergence_lines([moved(number) for number in range(MAX_LISTED + 3)])
    assert lines[-2:] == ["  and 3 more [alias-moved]: see --json", "  next: put it back"]
    assert len(lines) == MAX_LISTED + 2


def test_a_registry_that_failed_is_told_once() -> None:
    found = Overview((MODEL, MODEL), None, "failed", ("registry-unreachable", "no answer", "look at it"))
    assert status_lines(found)[-2:] == [
        "! the registry was not compared: no answer [registry-unreachable]",
        "  next: look at it",
    ]
    assert status_lines(Overview((MODEL,), None, "skipped")) == status_lines(Overview((MODEL,), (), "compared"))


def test_models_without_evidence_take_a_line_a_kind() -> None:
    many = tuple(without_evidence(f"m{number}", "", "project") for number in range(MAX_LISTED + 2))
    others = (without_evidence("ghost", "project", "project"), without_evidence("theirs", "other", "project"), FOREIGN)
    lines = status_lines(Overview((), (*many, *others), "compared"))
    assert lines == [
        "! version 3 is foreign [version-foreign]",
        "  next: delete it",
        "! registered models tagged as this project's, of which nothing was signed here: ghost [model-unproven]",
        "! registered models that nobody governs: m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 and 2 more [model-ungoverned]",
        "  registered models tagged as other projects': theirs [model-elsewhere]",
    ]


def test_a_reconciliation_says_what_it_did_and_what_it_could_not() -> None:
    assert reconciled_lines(Reconciliation((), (), ())) == ["the registry shows what was signed"]
    assert reconciled_lines(Reconciliation((), (moved(),), (FOREIGN,))) == [
        "put back: alias 1 moved [alias-moved]",
        "! version 3 is foreign [version-foreign]",
        "  next: delete it",
    ]


def test_registered_pins() -> None:
    lines = registered_lines([PinOutcome(PIN, changed=True, version="1"), PinOutcome(PIN, changed=False, version="1")])
    assert lines == [f"minilm {PIN.digest[7:19]} is version 1", f"minilm {PIN.digest[7:19]} is version 1, as before"]


def test_a_registration_changed_if_a_pin_or_a_tag_did() -> None:
    pin = PinOutcome(PIN, changed=True, version="1")
    assert Reconciliation((pin,), (), ()).to_json()["changed"] is True
    assert Reconciliation((), (moved(),), ()).to_json()["changed"] is True
    assert Reconciliation((), (), (FOREIGN,)).to_json()["changed"] is False
