from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.story import FIRST, SECOND, UNINSPECTED, Story, policy

from weighbridge.core.divergence import Code, Divergence, Expected, ExpectedVersion, compare, without_evidence
from weighbridge.core.registered import RegisteredVersion, RegistryView

if TYPE_CHECKING:
    from weighbridge.core.judge import Verdict

TAGS = {"content_hash": FIRST.digest, "weighbridge.name": "minilm"}
DENIED = replace(Story(policy(rules=UNINSPECTED)).verdict(), name="minilm")


def allowed(stage: str, digest: str) -> Verdict:
    return replace(DENIED, allow=True, stage=stage, digest=digest, reasons=())


def expected(*verdicts: Verdict, legacy_stages: bool = False) -> Expected:
    versions = {FIRST.digest: ExpectedVersion(TAGS, due=True), SECOND.digest: ExpectedVersion({}, due=False)}
    return Expected("project", "minilm", {}, versions, verdicts, legacy_stages)


def view(*versions: RegisteredVersion, **aliases: str) -> RegistryView:
    return RegistryView("minilm", versions, aliases, owner="project", tags={"weighbridge.old": "kept"})


def ours(version: str = "1", stage: str = "", **tags: str) -> RegisteredVersion:
    return RegisteredVersion(version, FIRST.digest, {**TAGS, **tags}, stage)


def codes(found: tuple[Divergence, ...]) -> list[Code]:
    return [item.code for item in found]


def test_a_view_of_what_was_signed_diverges_in_nothing() -> None:
    head = allowed("production", FIRST.digest)
    assert compare(expected(head), view(ours(), production="1")) == ()
    assert compare(expected(head, legacy_stages=True), view(ours(stage="Production"), production="1")) == ()


def test_a_divergence_as_json() -> None:
    (found,) = compare(expected(), view(ours(content_hash="x")))
    assert found.to_json() == {
        "code": "tag-differs",
        "name": "minilm",
        "version": "1",
        "stage": None,
        "tag": "content_hash",
        "message": f"the tag content_hash of version 1 of minilm is 'x', not '{FIRST.digest[:59]}…'",
        "hint": "weighbridge register --reconcile minilm",
    }


def test_a_head_without_a_version_and_an_alias_that_names_another() -> None:
    head = allowed("production", SECOND.digest)
    found = compare(expected(head, legacy_stages=True), view(ours(stage="Production"), production="1"))
    assert codes(found) == [Code.VERSION_MISSING, Code.STAGE_MOVED, Code.ALIAS_MOVED]
    assert "which has none" in found[-1].message


def test_a_stage_that_mlflow_has_no_stage_for_has_an_alias_alone() -> None:
    head = allowed("canary", FIRST.digest)
    assert compare(expected(head, legacy_stages=True), view(ours(), canary="1")) == ()


def test_a_version_whose_tags_name_another_model() -> None:
    stranger = RegisteredVersion("2", "sha256:" + "5" * 64, {"weighbridge.name": "bert"})
    found = compare(expected(), view(ours(), stranger))
    assert [(item.code, item.tag) for item in found] == [
        (Code.VERSION_MISPLACED, None),
        (Code.TAG_COPIED, "weighbridge.name"),
    ]
    assert "'bert' of project 'project'" in found[0].message
    claimed = replace(stranger, tags={"weighbridge.project": "elsewhere"})
    assert "'a model' of project 'elsewhere'" in compare(expected(), view(ours(), claimed))[0].message


def test_a_tag_of_peoples_own_on_a_version_of_theirs_is_theirs() -> None:
    stranger = RegisteredVersion("2", None, {"content_hash": SECOND.digest, "team": "search"})
    assert codes(compare(expected(), view(ours(), stranger))) == [Code.VERSION_FOREIGN]


@pytest.mark.parametrize("alias", ["Production", "PRODUCTION", "\uff50roduction", "pre_prod", "PRE-PROD"])
def test_an_alias_that_a_hurried_reader_takes_for_a_stages(alias: str) -> None:
    heads = (allowed("production", FIRST.digest), allowed("pre-prod", FIRST.digest))
    found = compare(expected(*heads), view(ours(), **{"production": "1", "pre-prod": "1", alias: "1"}))
    assert [(item.code, item.stage) for item in found] == [(Code.ALIAS_LOOKALIKE, alias)]


def test_hostile_text_is_quoted_and_cut() -> None:
    found = compare(expected(), view(ours(content_hash="\x1b[2J" * 5000)))
    assert len(found[0].message) < 400
    assert found[0].message.isprintable()


def test_two_registered_models_of_whom() -> None:
    assert without_evidence("x", "", "project").code is Code.MODEL_UNGOVERNED
    assert without_evidence("x", "project", "project").code is Code.MODEL_UNPROVEN
    assert without_evidence("x", "other", "project").code is Code.MODEL_ELSEWHERE


def test_what_other_people_registered_is_never_put_back() -> None:
    ours_to_mend = {code for code in Code if code.restorable}
    assert {code.partition("-")[0] for code in ours_to_mend} == {"alias", "tag", "stage", "version", "model"}
    assert {code for code in ours_to_mend if code.startswith(("version", "model"))} == {
        Code.VERSION_MISSING,
        Code.MODEL_MISSING,
    }
