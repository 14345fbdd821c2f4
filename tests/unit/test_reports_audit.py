"""Audits as text, Markdown and HTML: all of it is there, and what strangers wrote stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, CAT, EVE, FIRST, SECOND, Story
from tests.test_docs_schemas import validate

from weighbridge.core.approval import Approval, KeyRevocation, Rejection, Request, Waiver
from weighbridge.core.audit import Audit, Checked
from weighbridge.core.deployed import Given, Refusal, Run
from weighbridge.core.deployments import Deployed
from weighbridge.core.divergence import Code, Comparison, Divergence
from weighbridge.core.errors import StoreError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.trail import trail
from weighbridge.reports.audit_html import audit_html, write_html
from weighbridge.reports.audit_markdown import audit_markdown
from weighbridge.reports.audit_style import STYLE
from weighbridge.reports.audit_text import MAX_RUNS, audit_lines, outcome_lines, run_lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.signer import FakeSigner

    from weighbridge.core.canonical import Json

HOSTILE = "<script>alert(1)</script> <img src=http://x/ onerror=y> | `a` \" ' &amp; \u202e\n# title\n| a | b |"
MOVED = Divergence(Code.ALIAS_MOVED, "minilm", f"the alias {HOSTILE} moved", "weighbridge register --reconcile minilm")
STRAY = Divergence(Code.MODEL_UNGOVERNED, "stray", "the registered model stray is nobody's", "see in MLflow")
GOOD = Checked("minilm", FIRST.digest, 9, ())
BAD = Checked("minilm", SECOND.digest, 7, (f"{HOSTILE}: sha256 differs",))
LOST = Checked("minilm", None, 0, ("the lock of minilm holds something else",))
DOWN = Comparison(trouble=("registry-unreachable", "MLflow does not answer", "start it"))
_VOID = {"meta"}
_HARMLESS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "nav",
        "ul",
        "li",
        "a",
        "main",
        "h2",
        "p",
        "section",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "h3",
        "h4",
        "ol",
        "time",
        "span",
        "footer",
        "strong",
    ]
)


def told() -> Story:
    """A pin, findings, three approvals of which a stranger's counts for nothing, and a revocation."""
    story = Story()
    pinned = story.pin()
    finding = Finding("pickle-globals", HOSTILE, Severity.DENY, f"it calls {HOSTILE}")
    story.inspect(finding, Finding("credential", "config.json", Severity.WARN, "a key"))
    waiver = Waiver("pickle-globals", HOSTILE, f"read by hand, {HOSTILE}", NOON + timedelta(days=3))
    until = NOON + timedelta(days=9)
    body = Approval("production", {"minilm": pinned}, story.rules.digest, until, (waiver,), HOSTILE).to_body()
    story.say(BOB, "approval", body, [FIRST.digest])
    story.approve(EVE, pinned)
    story.approve(CAT, pinned)
    story.revoke(ANN)
    return story


def audit(registry: Comparison | None = None, checked: tuple[Checked, ...] | None = None, models: int = 1) -> Audit:
    story = told()
    found = trail(story.record(), story.rules, story.now)
    return Audit((found,) * models, checked, registry)


def deployed(**changes: Any) -> Deployed:
    """A run of a program whose name a stranger chose."""
    given = Given("minilm", FIRST.digest, "hf:org/minilm", "c" * 40, ("d" * 64,), ("e" * 64,))
    run = Run(
        id="a" * 32,
        project="project",
        stage="production",
        program=("serve", HOSTILE),
        host=HOSTILE,
        user="ann",
        trust="local",
        enforced=True,
        sandbox=True,
        models=(given,),
        started_at=NOON,
    )
    return Deployed(replace(run, **changes), ("ann",), ("f" * 64,), ())


ENDED = deployed(refusals=(Refusal(HOSTILE, "not-approved"),), ended_at=NOON, exit=3)
DOUBTED = replace(deployed(enforced=False, sandbox=False), people=(), problems=(f"nobody trusted {HOSTILE}",))
RAN = (ENDED, DOUBTED)
FULL = replace(audit(Comparison({"minilm": (MOVED,)}, (STRAY,)), (GOOD, BAD), models=2), deployments=RAN)


class _Page(HTMLParser):
    """Reads a page strictly: every element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text_of(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def test_a_page_is_made_of_harmless_elements_whatever_strangers_wrote() -> None:
    page = _Page(audit_html(FULL))
    tags = {tag for tag, _ in page.elements}
    assert tags == _HARMLESS
    attributes = {name for _, found in page.elements for name in found}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {"src", "style", "action"}
    assert HOSTILE.replace("\u202e", "\\u202e").replace("\n", "\\n") in page.text_of("dd")


def test_a_page_needs_nothing_from_outside() -> None:
    text = audit_html(FULL)
    assert all(str(link["href"]).startswith("#") for link in _Page(text).all("a"))
    assert not re.search(r"url\(|@import|<link|<script|<iframe", text)
    sealed = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    (policy,) = [item["content"] for item in _Page(text).all("meta") if "http-equiv" in item]
    assert policy == f"default-src 'none'; style-src 'sha256-{sealed}'; base-uri 'none'; form-action 'none'"
    assert text.count(f"<style>{STYLE}</style>") == 1


def test_a_page_can_be_read_by_everybody() -> None:
    page = _Page(audit_html(FULL))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.text_of("title")) == len(page.text_of("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))
    assert len(page.all("caption")) == len(page.all("table"))
    assert {item.get("scope") for item in page.all("th")} == {"col", "row"}
    ids = [str(found["id"]) for _, found in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    named = [str(item["aria-labelledby"]) for item in page.all("section")]
    linked = [str(item["href"])[1:] for item in page.all("a")]
    assert named == linked == ["model-1", "model-2"]
    assert page.all("nav") == [{"aria-label": "Models"}]
    assert _Page(audit_html(audit())).all("nav") == []


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_text_stands_out_from_its_ground() -> None:
    """WCAG 2.2, 1.4.6 (AAA): 7 to 1."""
    themes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    ]
    assert len(themes) == 3
    for theme in themes:
        ground = _luminance(theme["ground"])
        for name in ("ink", "quiet", "good", "bad", "link"):
            lighter, darker = sorted((ground, _luminance(theme[name])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 7, (name, theme)


def test_a_page_tells_everything() -> None:
    text = audit_html(FULL)
    page = _Page(text)
    words = " ".join(text for _, text in page.texts)
    assert page.text_of("span")[:5] == ["witnessed", "witnessed", "witnessed", "claimed", "witnessed"]
    for said in (
        "counts for nothing: untrusted",
        "nobody trusted",
        "cat, no later than 2026-11-23T12:05:00Z: approval-",
        "under the present rules",
        "under other rules, sha256:9999",
        "the newest that counted then",
        "Waived findings",
        "What the registry shows otherwise",
        "Other registered models",
        "live pins: 1 of 2 differ; the registry shows something else than signed state.",
        FIRST.files[0].entry.sha256,
        "denied: minilm was revoked in production [revoked]",
    ):
        assert said in words, said


def test_a_page_about_a_time_without_evidence_says_so() -> None:
    story = told()
    then = NOON - timedelta(days=1)
    text = audit_html(Audit((trail(story.record(then), story.rules, then, until=then),)))
    assert "There is no evidence at that time." in text
    assert "Chain of custody of no model" in audit_html(Audit(()))


@pytest.mark.parametrize(
    ("registry", "checked", "line", "kind"),
    [
        (
            Comparison({"minilm": ()}),
            (GOOD,),
            "live pins: 1 of 1 good; the registry shows what signed state says",
            "good",
        ),
        (None, (GOOD,), "live pins: 1 of 1 good; the registry was not asked", "good"),
        (DOWN, (GOOD,), "live pins: 1 of 1 good; the registry could not be looked at", "bad"),
        (None, (LOST,), "live pins: 1 of 1 differ; the registry was not asked", "bad"),
        (Comparison({"minilm": ()}), None, "the registry shows what signed state says", "good"),
        (Comparison({"minilm": (MOVED,)}), None, "the registry shows something else than signed state", "bad"),
    ],
)
def test_what_was_verified_is_said(
    registry: Comparison | None, checked: tuple[Checked, ...] | None, line: str, kind: str
) -> None:
    found = audit(registry, checked)
    assert f'<p class="{kind}">{line}.</p>' in audit_html(found)
    assert line in audit_markdown(found)
    assert (f"verified: {line}" in audit_lines(found)) is (checked is not None)


def test_a_registry_that_is_down_is_one_line() -> None:
    for found in (audit(DOWN), audit(DOWN, (GOOD,))):
        line = "the registry could not be looked at: MLflow does not answer [registry-unreachable]; next: start it"
        assert audit_lines(found).count(line) == 1
        assert audit_html(found).count(line) == 1
        assert "MLflow does not answer" in audit_markdown(found)
    assert outcome_lines(audit()) == []


@pytest.mark.parametrize("found", [FULL, audit(), audit(DOWN, (GOOD, LOST))])
def test_the_json_follows_its_schema(found: Audit) -> None:
    validate("audit.json", {"schema": "weighbridge.audit/1", **found.to_json()})


def test_the_schema_knows_what_each_type_tells() -> None:
    story = told()
    pins = {"minilm": story.pinned[FIRST.digest]}
    said: list[tuple[FakeSigner, str, dict[str, Json]]] = [
        (ANN, "request", Request("production", pins, "for the search team").to_body()),
        (BOB, "rejection", Rejection("production", "no card").to_body()),
        (ANN, "key-revocation", KeyRevocation(EVE.key.id, "lost").to_body()),
        (EVE, "pin", {"words": "x"}),
    ]
    for signer, kind, body in said:
        story.say(signer, kind, body, [FIRST.digest])
    shown: Any = Audit((trail(story.record(), story.rules, story.now),)).to_json()
    validate("audit.json", {"schema": "weighbridge.audit/1", **shown})
    for entry in shown["models"][0]["entries"]:
        entry["details"] = {"words": "x"}
        with pytest.raises(AssertionError):
            validate("audit.json", {"schema": "weighbridge.audit/1", **shown})
        entry["details"] = {}
    validate("audit.json", {"schema": "weighbridge.audit/1", **shown})


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    write_html(tmp_path / "audit.html", FULL)
    assert (tmp_path / "audit.html").read_text(encoding="utf-8") == audit_html(FULL)
    with pytest.raises(StoreError) as caught:
        write_html(tmp_path, FULL)
    assert caught.value.code == "disk"


def test_hostile_text_stays_text_in_markdown() -> None:
    page = audit_markdown(FULL)
    assert "\u202e" not in page
    assert not re.search(r"(?<!\\)[<`]", page)
    width = 0
    for line in page.splitlines():
        bars = len(re.findall(r"(?<!\\)\|", line))
        assert line.startswith("|") is bool(bars)
        # A table's rows are as wide as its head.
        assert not bars or not width or bars == width
        width = bars
    assert len([line for line in page.splitlines() if line.startswith("# ")]) == 1


def test_markdown_tells_everything() -> None:
    page = audit_markdown(FULL)
    for said in (
        "| when | 2026\\-11\\-23T12:01:00Z, witnessed |",
        "**counts for nothing: untrusted**",
        "| severity | check | path | finding |",
        "| waived check | path | reason | until |",
        "| code | what | next |",
        "## Other registered models",
        "  - ",
        FIRST.files[0].entry.sha256,
    ):
        assert said in page, said
    story = told()
    then = NOON - timedelta(days=1)
    assert "There is no evidence at that time." in audit_markdown(
        Audit((trail(story.record(then), story.rules, then, FIRST.digest, until=then),))
    )


def test_text_tells_who_saw_it_and_what_the_sentence_leaves_out() -> None:
    lines = audit_lines(FULL)
    assert lines[0] == "chain of custody of minilm at 2026-11-23T12:06:00Z"
    said = "inspected: 1 deny, 1 warn, by weighbridge 1; picklescan 1.0 is incomplete"
    assert f"  2026-11-23T12:02:00Z (witnessed)  bot: {said}" in lines
    assert f"      key {EVE.key.id[:16]}" in lines
    assert "      signed under the present rules" in lines
    assert "      licence apache-2.0" in lines
    assert any(line.startswith("      witness bot, no later than 2026-11-23T12:02:00Z: inspection-") for line in lines)
    assert "  ! the registered model stray is nobody's [model-ungoverned]" in [f"  {line.strip()}" for line in lines]
    assert f"verified minilm {FIRST.digest}: good, 9 B read" in lines
    assert lines[-1].startswith("verified: live pins: 1 of 2 differ")
    only = replace(FULL.trails[0], digest=FIRST.digest)
    assert audit_lines(Audit((only,)))[0].startswith("chain of custody of minilm 3c768f59197d at ")


def test_runs_are_told_in_every_shape() -> None:
    ended = "in a sandbox, 1 refused, ended 2026-11-23T12:00:00Z with 3"
    open_end = "reported only, its end is not on record"
    lines = audit_lines(FULL)
    page = " ".join(text for _, text in _Page(audit_html(FULL)).texts)
    for text in ("\n".join(lines), page, audit_markdown(FULL).replace("\\-", "-")):
        for said in (ended, open_end, "nobody trusted", "a" * 32, "d" * 64, FIRST.digest, "not-approved"):
            assert said in text, said
    assert f"  refused {HOSTILE} [not-approved]" in lines
    assert "  signed by ann" in lines
    assert "Runs on record" not in audit_html(audit()) + audit_markdown(audit())


def test_of_many_runs_the_newest_are_told() -> None:
    assert run_lines([DOUBTED] * (MAX_RUNS + 2))[-1] == "and 2 earlier runs: --json tells of all"
    assert sum("ran for" in line for line in run_lines([DOUBTED] * (MAX_RUNS + 2))) == MAX_RUNS
    assert "earlier runs" not in run_lines([DOUBTED] * MAX_RUNS)[-1]
