"""What people's words did, as lines for people: revocations, rejections, requests, heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from weighbridge.core.outcome import HeadsOutcome
    from weighbridge.core.word import RevocationOutcome, WordOutcome


def heads_lines(outcome: HeadsOutcome) -> list[str]:
    """The heads that a checkpoint names."""
    return [
        f"  {name} {stage}: {short(digest)}"
        for name, stages in sorted(outcome.said.heads.items())
        for stage, digest in stages.items()
    ]


def revocation_lines(outcome: RevocationOutcome) -> list[str]:
    """What a revocation did, and until when those who do not hear of it may still load."""
    did = "revoked" if outcome.changed else "was revoked already:"
    stage = outcome.stage or "every stage"
    lines = [f"{did} {item.name} {short(item.digest)} for {stage}" for item in outcome.subjects]
    if outcome.kept_out and outcome.by_trust_file:
        lines.append(f'the trust file must keep the publisher out: policy.denied_sources = ["{outcome.kept_out}"]')
    elif outcome.kept_out:
        lines.append(f"kept out from now on: {outcome.kept_out}, in policy.denied_sources; review it in Git")
    if outcome.published:
        lines.append("whoever reaches the ledger or the remote is denied from now on")
    else:
        lines.append("there is no remote: whoever reads this ledger is denied from now on")
    lines += [
        f"whoever reaches neither may load for {name} until {time_text(at)} at the latest"
        for name, at in outcome.until.items()
    ]
    return lines


def rejection_lines(outcome: WordOutcome) -> list[str]:
    """What a rejection did."""
    did = "rejected" if outcome.changed else "was taken back already:"
    return [f"{did} {pin.name} {short(pin.digest)} for {outcome.stage}" for pin in outcome.pins]


def request_lines(outcome: WordOutcome) -> list[str]:
    """What was asked for, and what others have to type."""
    did = "asked for" if outcome.changed else "was asked for, or approved, already:"
    lines = [f"{did} approval of {pin.name} {short(pin.digest)} for {outcome.stage}" for pin in outcome.pins]
    names = " ".join(pin.name for pin in outcome.pins)
    return [*lines, f"next, by an approver: weighbridge approve {names} --stage {outcome.stage}"]
