"""What the rules say of a pin before anybody signs: candidates, explanations, and the refusal to approve blindly."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from weighbridge.core.change import changes, governed
from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.core.explanation import Explanation
from weighbridge.core.quorum import granted
from weighbridge.custody.keeping import Keeping

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.core.approval import Waiver
    from weighbridge.core.assess import Assessment
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Stage
    from weighbridge.core.record import Record

_SHOWN = 50


class Waiving(Keeping):
    """The verbs that weigh findings against waivers."""

    __slots__ = ()

    def explain(self, name: str, stage: str, digest: str | None = None) -> Explanation:
        """What each rule of a stage says of a pin, with the waivers that count now.

        Args:
            name: The governed name.
            stage: The stage.
            digest: All or the beginning of a digest; the newest pin for None.

        Raises:
            UsageError: No such stage, model or pin.
        """
        self.names([name])
        rules, pin = self.stage(stage), self.candidate(name, digest)
        record, now = self.record(name), self.clock()
        votes = record.stages[rules.name].all_votes(pin.digest)
        grants = granted(rules, votes, record.pins[pin.digest].adders, now)
        known = record.inspections.get(pin.digest)
        found = self.assessed(record, pin, self.policy.rules_of(rules), [item.waiver for item in grants])
        head_digest = record.stages[rules.name].head
        head = record.pins[head_digest].pin if head_digest else None
        differ = changes(governed(head), governed(pin)) if head else ()
        state = record.stages[rules.name]
        said = "rejected" if pin.digest in state.rejected else "revoked"
        taken_back = said if pin.digest in state.revoked else ""
        return Explanation(
            pin, rules.name, known.inspection if known else None, found, grants, head, differ, taken_back
        )

    def held(self, record: Record, pin: Pin, stage: Stage, person: str) -> tuple[Waiver, ...]:
        """The waivers in the approvals of a person that hold now; those from before it was superseded make no head."""
        votes = record.stages[stage.name].votes.get(pin.digest, [])
        mine = [vote for vote in votes if vote.person == person and vote.holds(self.clock())]
        return tuple(dict.fromkeys(item for vote in mine for item in vote.waivers if self.clock() < item.until))

    def require_findings(self, records: Iterable[tuple[Record, Pin]], waivers: Sequence[Waiver]) -> None:
        """Refuse a waiver of what nobody found.

        Raises:
            UsageError: No inspection of these pins has such a finding (code ``no-such-finding``), or the waiver has
                ended.
        """
        known = {
            (item.check, item.path)
            for record, pin in records
            if (seen := record.inspections.get(pin.digest))
            for item in seen.inspection.findings
        }
        for item in waivers:
            if item.until <= self.clock():
                raise UsageError("a waiver can't end in the past", code="past", hint="give a later day to --until")
            if not item.reason.strip():
                raise UsageError("a waiver needs a reason", code="no-reason", hint="say why: --reason TEXT")
            if (item.check, item.path) not in known:
                raise UsageError(
                    f"there is no finding {item.check}:{item.path} to waive",
                    code="no-such-finding",
                    hint="weighbridge inspect lists the findings; write CHECK:PATH as it shows them",
                    details={"findings": sorted(f"{check}:{path}" for check, path in known)[:_SHOWN]},
                )

    def require_passing(self, record: Record, pin: Pin, stage: Stage, waivers: Sequence[Waiver]) -> None:
        """Refuse to approve what the rules deny: nobody signs without an inspection, or past a finding.

        Args:
            record: The model's evidence.
            pin: The pin.
            stage: The stage.
            waivers: The approver's own.

        Raises:
            DeniedError: A rule fails, waivers of others that count and these set aside; ``details`` hold what was
                found, and the hint the very waivers that would do.
        """
        votes = record.stages[stage.name].votes.get(pin.digest, [])
        others = granted(stage, votes, record.pins[pin.digest].adders, self.clock())
        found = self.assessed(record, pin, self.policy.rules_of(stage), [*waivers, *[item.waiver for item in others]])
        if found.passes:
            return
        first = found.failures[0]
        hint = _waive_hint(pin.name, stage.name, found) if first.code == "findings" else first.hint
        more = ", ".join(item.rule for item in found.failures[1:])
        against = f"{first.why}; against it too: {more}" if more else first.why
        raise DeniedError(
            f"{pin.name} can't be approved for {stage.name}: {against}",
            reasons=tuple(item.code for item in found.failures),
            hint=hint,
            details={
                "findings": [item.to_json() for item in found.denying],
                "problems": [f"{item.path}: {item.message} [{item.check}]" for item in found.denying],
            },
        )


def _waive_hint(name: str, stage: str, found: Assessment) -> str:
    """The command that would waive all of it, for who has examined it."""
    pairs = sorted({f"{item.check}:{item.path}" for item in found.denying})
    waivers = " ".join(f"--waive {shlex.quote(pair)}" for pair in pairs[:_SHOWN])
    more = f" (and {len(pairs) - _SHOWN} more)" if len(pairs) > _SHOWN else ""
    return f"weighbridge approve {name} --stage {stage} {waivers} --reason TEXT --until YYYY-MM-DD{more}"
