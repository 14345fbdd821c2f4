"""Rules: what a model and its inspection must be like, as data.

A policy has one set, and each stage may narrow or widen it key by key. Read by `weighbridge.config`, evaluated by
`weighbridge.core.assess`. Nothing here looks at a model.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from weighbridge.core import digest as digests
from weighbridge.core import spdx
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.errors import ConfigError
from weighbridge.core.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

REQUIRED, OFF = "required", "off"
DENY, PINNED, ALLOW = "deny", "pinned", "allow"
MAX_EXPRESSION_BYTES = 4 << 10
INSPECTORS: Final = frozenset({"adder", "approver", "machine"})
_EXPRESSION_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PEM = re.compile(r"-----BEGIN (PUBLIC KEY|CERTIFICATE)-----\n([A-Za-z0-9+/=\s]+)-----END \1-----")


@dataclass(frozen=True, slots=True)
class Expression:
    """A rule of the team's own, in the Common Expression Language over the facts document.

    Args:
        id: Kebab case, at most 63 characters.
        expression: Must come to true.
        message: What it means if it does not.
    """

    id: str
    expression: str
    message: str


def _contradiction(message: str) -> ConfigError:
    return ConfigError(message, code="contradiction", hint="keep one of the two; docs/policy.md says what each means")


def _pem_id(text: str) -> str:
    """The digest of the one block of a PEM text (RFC 7468)."""
    found = _PEM.fullmatch(text.strip())
    try:
        der = binascii.a2b_base64("".join(found[2].split()), strict_mode=True) if found else b""
    except binascii.Error:
        der = b""
    if not der:
        raise ConfigError(
            "publisher.keys: each needs one PEM block: a public key or a certificate",
            code="bad-publisher",
            hint="paste all of it, from -----BEGIN to the last dash",
        )
    return digests.of_bytes(der)


def _repeated(names: Iterable[str]) -> list[str]:
    found = list(names)
    return sorted({name for name in found if found.count(name) > 1})


@dataclass(frozen=True)
class Rules:
    """What must hold before a model may run.

    Args:
        inspection: ``required``, or ``off``: then findings deny nothing.
        sources: Patterns of allowed sources, such as ``hf:meta-llama/*``; none for any.
        denied_sources: Patterns of sources that are kept out, whatever else allows them.
        formats: Allowed formats; none for every one that the checks pass.
        licences_allow: Allowed SPDX ids; none for any.
        licences_deny: Denied SPDX ids.
        licences_unknown: ``allow`` or ``deny`` what has no known licence; empty to deny it exactly where there is
            a list of allowed ones.
        max_model_bytes: The largest model; None for any.
        max_file_bytes: The largest file; None for any.
        remote_code: ``deny``, or ``pinned``: program code inside the pin may pass.
        severities: What the findings of a check weigh here, by check id.
        scanners: Scanners that must have looked at all of it.
        max_inspection_age: How old the newest inspection may be; None for any age.
        inspected_by: Roles whose inspections count; the same for all stages.
        publishers: PEM public keys or certificates of which one must have signed the model; none for no signature.
        expressions: The team's own rules.

    Raises:
        ConfigError: They contradict themselves, or name a check that does not exist.
    """

    inspection: str = REQUIRED
    sources: tuple[str, ...] = ()
    denied_sources: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    licences_allow: tuple[str, ...] = ()
    licences_deny: tuple[str, ...] = ()
    licences_unknown: str = ""
    max_model_bytes: int | None = None
    max_file_bytes: int | None = None
    remote_code: str = DENY
    severities: Mapping[str, Severity] = field(default_factory=dict)
    scanners: tuple[str, ...] = ()
    max_inspection_age: timedelta | None = None
    inspected_by: frozenset[str] = INSPECTORS
    publishers: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        """Refuse rules that contradict themselves."""
        both = sorted(self.allowed_licences & self.denied_licences)
        if both:
            raise _contradiction(f"the licence {both[0]!r} is both allowed and denied")
        if self.inspection == OFF and (self.formats or self.scanners or self.publishers or self.max_inspection_age):
            raise _contradiction("rules about an inspection stand beside inspection = 'off'")
        if self.max_file_bytes and self.max_model_bytes and self.max_file_bytes > self.max_model_bytes:
            raise _contradiction("max_file_bytes is more than max_model_bytes")
        if len(self.publisher_ids) != len(self.publishers):
            raise ConfigError("a publisher stands twice", code="duplicate", details={"kind": "publisher"})
        for check, severity in self.severities.items():
            _check_severity(check, severity)
        for twice in _repeated(item.id for item in self.expressions):
            raise ConfigError(
                f"the expression {twice!r} stands twice", code="duplicate", details={"kind": "expression"}
            )
        for item in self.expressions:
            _check_expression(item)

    @cached_property
    def allowed_licences(self) -> frozenset[str]:
        """Allowed ids as they are compared."""
        return frozenset(map(spdx.normal, self.licences_allow))

    @cached_property
    def denied_licences(self) -> frozenset[str]:
        """Denied ids as they are compared."""
        return frozenset(map(spdx.normal, self.licences_deny))

    @cached_property
    def publisher_ids(self) -> frozenset[str]:
        """``sha256:`` and the SHA-256 of each publisher's key or certificate in DER, as inspections name it."""
        return frozenset(map(_pem_id, self.publishers))

    @property
    def allows_unknown_licences(self) -> bool:
        """Whether a model without a known licence may pass."""
        return (self.licences_unknown or (DENY if self.licences_allow else ALLOW)) == ALLOW

    def weighs(self, check: str, severity: Severity) -> Severity:
        """What a finding weighs under these rules; what could not be examined stays so."""
        if severity is Severity.UNEXAMINED:
            return severity
        return self.severities.get(check, severity)

    def to_json(self) -> dict[str, object]:
        """The rules as they go into the policy's digest."""
        age = self.max_inspection_age
        return {
            "inspection": self.inspection,
            "sources": list(self.sources),
            "denied_sources": sorted(self.denied_sources),
            "formats": sorted(self.formats),
            "licences_allow": sorted(self.allowed_licences),
            "licences_deny": sorted(self.denied_licences),
            "licences_unknown": ALLOW if self.allows_unknown_licences else DENY,
            "max_model_bytes": self.max_model_bytes,
            "max_file_bytes": self.max_file_bytes,
            "remote_code": self.remote_code,
            "severities": {check: str(severity) for check, severity in sorted(self.severities.items())},
            "scanners": sorted(self.scanners),
            "max_inspection_age_seconds": None if age is None else int(age.total_seconds()),
            "inspected_by": sorted(self.inspected_by),
            "publishers": list(self.publishers),
            "expressions": [
                {"id": item.id, "expression": item.expression, "message": item.message} for item in self.expressions
            ],
        }


def _check_severity(check: str, severity: Severity) -> None:
    """Refuse to weigh a check that does not exist, or less than it may weigh."""
    known = CATALOGUE.get(check)
    if known is None:
        raise ConfigError(
            f"checks.{check}: there is no such check",
            code="unknown-check",
            hint="docs/checks.md lists them; a newer check needs a newer Weighbridge",
        )
    if known.lowest is Severity.UNEXAMINED or severity is Severity.UNEXAMINED:
        raise ConfigError(
            f"checks.{check}: what could not be examined keeps its weight",
            code="bad-severity",
            hint="waive the one finding when approving: --waive",
        )
    if severity.weight < known.lowest.weight:
        raise ConfigError(
            f"checks.{check} can't be less than {known.lowest}",
            code="bad-severity",
            hint=f"waive the one finding when approving: --waive {check}:PATH",
        )


def _check_expression(item: Expression) -> None:
    if not _EXPRESSION_ID.fullmatch(item.id):
        raise ConfigError(
            f"{item.id!r} can't be the id of an expression",
            code="bad-value",
            hint="use lower-case letters, digits and '-', at most 63, a letter first",
        )
    if not 0 < len(item.expression.encode("utf-8", "surrogatepass")) <= MAX_EXPRESSION_BYTES:
        raise ConfigError(
            f"the expression {item.id!r} is empty or longer than {MAX_EXPRESSION_BYTES} bytes",
            code="bad-value",
            hint="split it into several expressions",
        )
