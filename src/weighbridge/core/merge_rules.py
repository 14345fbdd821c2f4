"""Which change of a rule lets more in: one judgement for each field of `Rules` and of `Stage`.

A field without a judgement fails the tests, so that nobody adds a rule that a merge can loosen unseen. What can't be
ordered (the text of an expression) counts as looser wherever it changes. Nothing here knows people: see
`weighbridge.core.merge_policy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Severity
from weighbridge.core.origin import matches
from weighbridge.core.rules import DENY, OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import timedelta

    from weighbridge.core.policy import Stage
    from weighbridge.core.rules import Rules


def _allowed(before: Collection[str], after: Collection[str]) -> str:
    """Of a list of what may pass, where an empty one lets everything."""
    if not before:
        return ""
    if not after:
        return "lets everything pass now"
    more = sorted(set(after) - set(before))
    return f"lets {_listed(more)} pass now" if more else ""


def _kept_out(before: Collection[str], after: Collection[str]) -> str:
    less = sorted(set(before) - set(after))
    return f"keeps {_listed(less)} out no more" if less else ""


def _within(pattern: str, others: Collection[str]) -> bool:
    """Whether one of other patterns of sources is as wide; only stars are compared, else the two must be the same."""
    return any(pattern == other or _is_wider(other, pattern) for other in others)


def _is_wider(wide: str, narrow: str) -> bool:
    if set("?[") & set(wide + narrow) or (narrow.endswith("**") and not wide.endswith("**")):
        return False
    return matches(narrow, wide)


def _sources(before: Collection[str], after: Collection[str]) -> str:
    if before and not after:
        return _allowed(before, after)
    more = [item for item in after if before and not _within(item, before)]
    return f"lets {_listed(more)} pass now" if more else ""


def _denied(before: Collection[str], after: Collection[str]) -> str:
    return _kept_out([item for item in before if not _within(item, after)], ())


def _listed(items: Collection[str]) -> str:
    return ", ".join(item if len(item) <= 60 else f"{item[:59]}…" for item in [*items][:5])  # noqa: PLR2004 - a line


def _limit(before: int | None, after: int | None) -> str:
    if before is None or (after is not None and after <= before):
        return ""
    return f"was {before} and is {'without limit' if after is None else after}"


def _span(before: timedelta | None, after: timedelta | None) -> str:
    if before is None or (after is not None and after <= before):
        return ""
    return f"was {before} and is {'without limit' if after is None else after}"


def _switched(*, loose_before: bool, loose_after: bool, words: str) -> str:
    return words if loose_after and not loose_before else ""


def _severities(before: Rules, after: Rules) -> str:
    """Lower weights; a check that is not named weighs what it finds, which may be as little as its lowest."""
    for check in sorted(before.severities.keys() | after.severities.keys()):
        old, new, lowest = before.severities.get(check), after.severities.get(check), CATALOGUE[check].lowest
        if old is None and new is not None and _is_low(check, new):
            return f"{check} weighs {new} now"
        if old is not None and new is None and old.weight > lowest.weight:
            return f"{check} weighs {old} no more"
        if old is not None and new is not None and new.weight < old.weight:
            return f"{check} weighed {old} and weighs {new}"
    return ""


def _is_low(check: str, severity: Severity) -> bool:
    """Whether a weight may be less than what the check finds by itself, which may say more than the catalogue."""
    return severity.weight < Severity.DENY.weight and severity.weight <= CATALOGUE[check].severity.weight


def _expressions(before: Rules, after: Rules) -> str:
    kept = {(item.id, item.expression) for item in after.expressions}
    gone = sorted(item.id for item in before.expressions if (item.id, item.expression) not in kept)
    return f"{_listed(gone)} is gone or says something else" if gone else ""


RULES: Final[Mapping[str, Callable[[Rules, Rules], str]]] = {
    "inspection": lambda old, new: _switched(
        loose_before=old.inspection == OFF, loose_after=new.inspection == OFF, words="no inspection is asked for now"
    ),
    "sources": lambda old, new: _sources(old.sources, new.sources),
    "denied_sources": lambda old, new: _denied(old.denied_sources, new.denied_sources),
    "formats": lambda old, new: _allowed(old.formats, new.formats),
    "licences_allow": lambda old, new: _allowed(old.allowed_licences, new.allowed_licences),
    "licences_deny": lambda old, new: _kept_out(old.denied_licences, new.denied_licences),
    "licences_unknown": lambda old, new: _switched(
        loose_before=old.allows_unknown_licences,
        loose_after=new.allows_unknown_licences,
        words="models without a known licence pass now",
    ),
    "max_model_bytes": lambda old, new: _limit(old.max_model_bytes, new.max_model_bytes),
    "max_file_bytes": lambda old, new: _limit(old.max_file_bytes, new.max_file_bytes),
    "remote_code": lambda old, new: _switched(
        loose_before=old.remote_code != DENY, loose_after=new.remote_code != DENY, words="program code may pass now"
    ),
    "severities": _severities,
    "scanners": lambda old, new: _kept_out(old.scanners, new.scanners),
    "max_inspection_age": lambda old, new: _span(old.max_inspection_age, new.max_inspection_age),
    "inspected_by": lambda old, new: _allowed(old.inspected_by, new.inspected_by),
    "publishers": lambda old, new: _allowed(old.publisher_ids, new.publisher_ids),
    "expressions": _expressions,
}
"""By the field of `Rules`: what a change lets in, in words; empty if nothing."""

STAGE: Final[Mapping[str, Callable[[Stage, Stage], str]]] = {
    "name": lambda _old, _new: "",
    "approvals": lambda old, new: (
        f"was {old.approvals} and is {new.approvals}" if new.approvals < old.approvals else ""
    ),
    "adder_may_approve": lambda old, new: _switched(
        loose_before=old.adder_may_approve,
        loose_after=new.adder_may_approve,
        words="who added a model may approve it now",
    ),
    "roles": lambda old, new: (
        f"{_listed(sorted(new.roles - old.roles))} may approve now" * (not new.roles <= old.roles)
    ),
    "lasts": lambda old, new: _span(old.lasts, new.lasts),
    "max_evidence_age": lambda old, new: _span(old.max_evidence_age, new.max_evidence_age),
    "allow_superseded": lambda old, new: _switched(
        loose_before=old.allow_superseded, loose_after=new.allow_superseded, words="earlier heads may be loaded now"
    ),
    # Compared as what holds in the stage, its own or the policy's: see `weighbridge.core.merge_policy`.
    "rules": lambda _old, _new: "",
    "after": lambda old, new: (
        f"was {old.after} and is {new.after or 'none'}" if old.after is not None and old.after != new.after else ""
    ),
}
"""By the field of `Stage`: what a change lets in, in words; empty if nothing."""


def looser_rules(before: Rules, after: Rules) -> Iterator[tuple[str, str]]:
    """The fields that let more in, each with what it is, in words."""
    for name, judgement in RULES.items():
        words = judgement(before, after)
        if words:
            yield name, words


def looser_stage(before: Stage, after: Stage) -> Iterator[tuple[str, str]]:
    """The same of a stage, its rules left out."""
    for name, judgement in STAGE.items():
        words = judgement(before, after)
        if words:
            yield name, words
