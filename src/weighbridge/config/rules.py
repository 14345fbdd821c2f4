"""The tables `[policy]` and `[stages.<name>.policy]`: read into Rules, the second on top of the first, key by key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.core.errors import ConfigError
from weighbridge.core.finding import Severity
from weighbridge.core.rules import ALLOW, DENY, OFF, PINNED, REQUIRED, Expression, Rules
from weighbridge.formats.kinds import UNSUPPORTED, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.config.tables import Table

_FORMATS = frozenset(str(kind) for kind in Kind if kind not in UNSUPPORTED)


def read_rules(table: Table, base: Rules, *, of_stage: bool = False) -> Rules:
    """The rules of one table.

    Args:
        table: The table; all of it is read.
        base: What holds where the table says nothing.
        of_stage: Whether it is a stage's: who may inspect is the same for all of them.

    Raises:
        ConfigError: A key is unknown or wrong, or the rules contradict themselves; the message names the key.
    """
    licences, publisher = table.table("licences"), table.table("publisher")
    inspectors = base.inspected_by if of_stage else frozenset(table.listed("inspected_by", tuple(base.inspected_by)))
    values: dict[str, Any] = {
        "inspection": table.choice("inspection", (REQUIRED, OFF), base.inspection),
        "sources": table.listed("sources", base.sources),
        # A stage can keep more out, and lets nothing in that the policy keeps out.
        "denied_sources": tuple(dict.fromkeys((*base.denied_sources, *table.texts("denied_sources")))),
        "formats": _formats(table, base),
        "licences_allow": licences.listed("allow", base.licences_allow),
        "licences_deny": licences.texts("deny", base.licences_deny),
        "licences_unknown": licences.choice("unknown", (ALLOW, DENY), base.licences_unknown),
        "max_model_bytes": table.limit("max_model_bytes", base.max_model_bytes),
        "max_file_bytes": table.limit("max_file_bytes", base.max_file_bytes),
        "remote_code": table.choice("remote_code", (DENY, PINNED), base.remote_code),
        "severities": {**base.severities, **_severities(table.table("checks"))},
        "scanners": table.texts("scanners", base.scanners),
        "max_inspection_age": table.span("max_inspection_age", base.max_inspection_age),
        "inspected_by": inspectors,
        "publishers": publisher.listed("keys", base.publishers),
        "expressions": _expressions(table.rows("expressions"), base),
    }
    for part in (licences, publisher, table):
        part.done()
    try:
        return replace(base, **values)
    except ConfigError as error:
        message = f"{table.where}: {error.message}"
        raise ConfigError(message, code=error.code, hint=error.hint, details=error.details) from error


def _formats(table: Table, base: Rules) -> tuple[str, ...]:
    formats = table.listed("formats", base.formats)
    unknown = sorted(set(formats) - _FORMATS)
    if unknown:
        raise ConfigError(
            f"{table.key('formats')} names {unknown[0]!r}, which is no format that is examined",
            code="unknown-format",
            hint=f"formats: {', '.join(sorted(_FORMATS))}",
        )
    return formats


def _severities(table: Table) -> Mapping[str, Severity]:
    allowed = tuple(str(item) for item in Severity if item is not Severity.UNEXAMINED)
    found = {check: Severity(table.choice(check, allowed, Severity.DENY)) for check in list(table.left)}
    table.done()
    return found


def _expressions(rows: list[Table], base: Rules) -> tuple[Expression, ...]:
    """The base's expressions and these; one of the same id takes the place of the base's."""
    found = [Expression(row.text("id"), row.text("expression"), row.text("message", "")) for row in rows]
    for row in rows:
        row.done()
    replaced = {item.id for item in found}
    return (*(item for item in base.expressions if item.id not in replaced), *found)
