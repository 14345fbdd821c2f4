"""What ran: the record of one run of a program with approved models, as it stands in a deployment attestation.

A run is signed twice, when it starts and when it ends, so that one that was killed has left its first word. The
record says which bytes the program was given; whether the program read them is not for this module to know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.core import shape
from weighbridge.core.attestation import Statement, Subject
from weighbridge.core.errors import IntegrityError
from weighbridge.core.times import time_from, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from weighbridge.core.canonical import Json

STARTED, ENDED = "started", "ended"
MASK = "***"
MAX_REFUSALS = 1_000
"""More refusals of one run are counted, not listed."""

_TELLTALE = r"[a-z0-9_.-]*(?:token|secret|passw|api[-_]?key|credential)[a-z0-9_.-]*"
_SECRET_FLAG = re.compile(rf"(?is)(--?{_TELLTALE})(=.*)?")
_SECRET_SETTING = re.compile(rf"(?is)({_TELLTALE}=).*")
_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def masked(arguments: Sequence[str]) -> tuple[str, ...]:
    """A program's arguments without what looks like a secret: values of flags such as ``--token``, logins in URLs."""
    found: list[str] = []
    hide_next = False
    for argument in arguments:
        flag, setting = _SECRET_FLAG.fullmatch(argument), _SECRET_SETTING.fullmatch(argument)
        if hide_next:
            found.append(MASK)
            hide_next = False
        elif flag:
            found.append(f"{flag[1]}={MASK}" if flag[2] else flag[1])
            hide_next = not flag[2]
        elif setting:
            found.append(setting[1] + MASK)
        else:
            found.append(_IN_URL.sub(MASK, argument))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Given:
    """A model that a program was given.

    Args:
        name: The governed name.
        digest: The bytes, verified when the program started.
        source: Such as ``hf:org/name``.
        revision: The pinned revision.
        approvals: Ids of the approvals that let it run.
        leaves: Ids of the newest evidence of it that was seen.
    """

    name: str
    digest: str
    source: str
    revision: str
    approvals: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """Something that a program asked for and was not given; or, where a run only reports, would not have been given.

    Args:
        what: A model's reference or a host.
        reason: A reason code.
    """

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program.

    Args:
        id: 32 hexadecimal digits, new for each run.
        project: Whose approvals counted.
        stage: The stage.
        program: The command, secrets masked.
        host: The machine's name.
        user: Who ran it, as the system says.
        trust: ``local``, or the trust file's digest.
        enforced: Whether anything was refused; False where the run only reported.
        sandbox: Whether the program had no network but the loopback.
        models: What the program was given, by name; at least one.
        started_at: When it started, as the machine says.
        refusals: What it was not given.
        ended_at: When it ended; None while it runs.
        exit: Its exit code, 128 and the signal's number if a signal ended it.
    """

    id: str
    project: str
    stage: str
    program: tuple[str, ...]
    host: str
    user: str
    trust: str
    enforced: bool
    sandbox: bool
    models: tuple[Given, ...]
    started_at: datetime
    refusals: tuple[Refusal, ...] = ()
    ended_at: datetime | None = None
    exit: int | None = None

    def ended(self, at: datetime, code: int, refusals: Sequence[Refusal]) -> Run:
        """The run as it ended."""
        return replace(self, ended_at=at, exit=code, refusals=tuple(sorted(set(refusals)))[:MAX_REFUSALS])

    def begun(self) -> Run:
        """The run as it started."""
        return replace(self, ended_at=None, exit=None, refusals=())

    def to_json(self) -> dict[str, Json]:
        """The record as signed, without what the statement says beside it."""
        return {
            "run": self.id,
            "state": STARTED if self.ended_at is None else ENDED,
            "stage": self.stage,
            "program": list(self.program),
            "host": self.host,
            "user": self.user,
            "trust": self.trust,
            "enforced": self.enforced,
            "sandbox": self.sandbox,
            "models": {
                item.name: {"source": item.source, "revision": item.revision, "approvals": list(item.approvals)}
                for item in self.models
            },
            "started_at": time_text(self.started_at),
            "refusals": [{"what": item.what, "reason": item.reason} for item in self.refusals],
            "ended_at": None if self.ended_at is None else time_text(self.ended_at),
            "exit": self.exit,
        }

    def to_statement(self) -> Statement:
        """The statement to sign."""
        return Statement(
            type="deployment",
            project=self.project,
            subjects=tuple(Subject(item.name, item.digest) for item in self.models),
            issued_at=self.ended_at or self.started_at,
            parents={item.name: item.leaves for item in self.models},
            body=self.to_json(),
        )


_KEYS = frozenset(
    {"run", "state", "stage", "program", "host", "user", "trust", "enforced", "sandbox", "models"}
    | {"started_at", "refusals", "ended_at", "exit"}
)


def _flag(value: Json, where: str) -> bool:
    if not isinstance(value, bool):
        raise IntegrityError(f"{where} is neither true nor false", code="bad-statement")
    return value


def _given(subject: Subject, models: Mapping[str, Json], leaves: tuple[str, ...]) -> Given:
    row = shape.record(models.get(subject.name), "models", {"source", "revision", "approvals"})
    return Given(
        subject.name,
        subject.digest,
        shape.text(row["source"], "source"),
        shape.text(row["revision"], "revision"),
        shape.text_list(row["approvals"], "approvals"),
        leaves,
    )


def run_from(statement: Statement) -> Run:
    """Read a deployment.

    Raises:
        IntegrityError: The statement is none, or is malformed (code ``bad-statement`` or `weighbridge.core.shape`'s).
    """
    if statement.type != "deployment":
        raise IntegrityError(f"a deployment was expected, not a {statement.type}", code="bad-statement")
    row = shape.record(dict(statement.body), "deployment", set(_KEYS))
    models = shape.mapping(row["models"], "models")
    names = [item.name for item in statement.subjects]
    if sorted(models) != sorted(names) or len(set(names)) != len(names):
        raise IntegrityError("the models of a deployment are not its subjects", code="bad-statement")
    ended, code = row["ended_at"], row["exit"]
    if (ended is None) != (code is None) or row["state"] != (STARTED if ended is None else ENDED):
        raise IntegrityError("a deployment has either ended, with an exit code, or not", code="bad-statement")
    refusals = [shape.record(item, "refusals", {"what", "reason"}) for item in shape.array(row["refusals"], "refusals")]
    return Run(
        id=shape.text(row["run"], "run"),
        project=statement.project,
        stage=shape.text(row["stage"], "stage"),
        program=shape.text_list(row["program"], "program"),
        host=shape.text(row["host"], "host"),
        user=shape.text(row["user"], "user"),
        trust=shape.text(row["trust"], "trust"),
        enforced=_flag(row["enforced"], "enforced"),
        sandbox=_flag(row["sandbox"], "sandbox"),
        models=tuple(_given(item, models, statement.parents[item.name]) for item in statement.subjects),
        started_at=time_from(shape.text(row["started_at"], "started_at")),
        refusals=tuple(Refusal(shape.text(r["what"], "what"), shape.text(r["reason"], "reason")) for r in refusals),
        ended_at=None if ended is None else time_from(shape.text(ended, "ended_at")),
        exit=None if code is None else shape.integer(code, "exit"),
    )
