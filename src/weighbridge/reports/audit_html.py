"""An audit as one page that stands alone: no script, no font, no picture and no address outside is used.

Every text is escaped, also those that evidence checks; should one ever slip through, the page's own policy (CSP level
3, https://www.w3.org/TR/CSP3/) forbids everything but its one style sheet, named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.digest import short
from weighbridge.core.errors import StoreError
from weighbridge.core.times import time_text
from weighbridge.reports.audit_rows import (
    checked_text,
    entry_rows,
    fault_text,
    pin_rows,
    registry_text,
    run_rows,
    run_text,
    trail_rows,
    verified_text,
)
from weighbridge.reports.audit_style import STYLE
from weighbridge.reports.findings import ORDER
from weighbridge.reports.text import verdict_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from weighbridge.core.audit import Audit
    from weighbridge.core.deployments import Deployed
    from weighbridge.core.divergence import Divergence
    from weighbridge.core.pin import Pin
    from weighbridge.core.trail_entry import Trail, TrailEntry

_EXACT = frozenset({"digest", "only", "evidence", "key", "revision", "rules", "ruleset", "approved", "asked"})
_TIMES = """\
<h2 id="times">What the times mean</h2>
<p>A <strong>claimed</strong> time is the word of whoever signed. A <strong>witnessed</strong> one has somebody else's
signed evidence behind it that could only be made after: the step happened no later than the time which that person
claims. Nothing here proves that a step did not happen earlier, save that it follows the steps it names as seen.</p>
"""


def write_html(path: Path, audit: Audit) -> None:
    """Write the page.

    Raises:
        StoreError: The disk failed; the file is as it was.
    """
    try:
        durable.replace(path, audit_html(audit).encode("utf-8"))
    except OSError as error:
        raise StoreError(f"the report can't be written: {error.strerror}", code="disk") from error


def audit_html(audit: Audit) -> str:
    """The page of all models."""
    names = ", ".join(trail.name for trail in audit.trails) or "no model"
    sealed = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{sealed}'; base-uri 'none'; form-action 'none'"
    models = [_model(number, trail, audit) for number, trail in enumerate(audit.trails, 1)]
    return "".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n',
            f"<title>Chain of custody of {_text(names)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
            f"<header>\n<h1>Chain of custody</h1>\n{_contents(audit.trails)}</header>\n<main>\n",
            _now(audit),
            *models,
            _runs(audit.deployments),
            f"</main>\n<footer>\n{_TIMES}</footer>\n</body>\n</html>\n",
        ]
    )


def _text(text: str) -> str:
    """Escaped text; what can't be printed, such as a mark that turns the reading direction, is shown as Python does."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
    return html.escape(shown, quote=True)


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    items = "".join(
        f"<dt>{_text(label)}</dt><dd{_class('exact' if label in _EXACT else '')}>{_text(value)}</dd>\n"
        for label, value in rows
    )
    return f"<dl>\n{items}</dl>\n"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], styles: Sequence[str] = ()) -> str:
    """A table whose first column names each row.

    A phone shows each cell on a line of its own: the roles keep it a table for those who hear it, and the labels name
    the columns for those who see it.

    Args:
        caption: What it is about.
        head: The columns.
        rows: Cells as plain text.
        styles: A class for each column, if any has one.
    """
    classes = [_class(style) for style in styles or [""] * len(head)]
    top = "".join(
        f'<th scope="col" role="columnheader"{kind}>{cell}</th>' for cell, kind in zip(head, classes, strict=True)
    )
    lines = []
    for first, *others in rows:
        cells = "".join(
            f'<td role="cell" data-label="{label}"{kind}>{_text(cell)}</td>'
            for cell, label, kind in zip(others, head[1:], classes[1:], strict=True)
        )
        lines.append(f'<tr role="row"><th scope="row" role="rowheader"{classes[0]}>{_text(first)}</th>{cells}</tr>\n')
    return (
        f'<table role="table">\n<caption>{_text(caption)}</caption>\n'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{"".join(lines)}</tbody>\n</table>\n'
    )


def _contents(trails: Sequence[Trail]) -> str:
    """Links to the models, if there are several."""
    if len(trails) < 2:  # noqa: PLR2004 - several
        return ""
    items = "".join(f'<li><a href="#model-{n}">{_text(trail.name)}</a></li>\n' for n, trail in enumerate(trails, 1))
    return f'<nav aria-label="Models">\n<ul>\n{items}</ul>\n</nav>\n'


def _now(audit: Audit) -> str:
    """What was verified when the page was made, and what the registry shows as a whole."""
    verified, registry = verified_text(audit), registry_text(audit)
    fine = audit.good and audit.view in {"same", "skipped"}
    items = "".join(_checked(checked_text(item), item.problems) for item in audit.checked or ())
    return "".join(
        [
            '<h2 id="verified">Verified now</h2>\n' if verified else "",
            f'<p class="{"good" if fine else "bad"}">{_text(verified)}.</p>\n' if verified else "",
            f"<ul>\n{items}</ul>\n" if items else "",
            f'<p class="{"good" if audit.view == "same" else "bad"}">{_text(registry)}.</p>\n' if registry else "",
            _divergences("Other registered models", audit.ungoverned),
        ]
    )


def _checked(text: str, problems: Sequence[str]) -> str:
    below = "".join(f"<li>{_text(problem)}</li>\n" for problem in problems)
    return f"<li>{_text(text)}{f'<ul>{below}</ul>' if below else ''}</li>\n"


def _divergences(caption: str, found: Sequence[Divergence]) -> str:
    rows = [(str(item.code), item.message, item.hint) for item in found]
    return _table(caption, ("code", "what", "next"), rows) if rows else ""


def _model(number: int, trail: Trail, audit: Audit) -> str:
    stages = [(item.stage, verdict_text(item)) for item in trail.verdicts]
    entries = "".join(f"<li{_class('void' if entry.fault else '')}>\n{_entry(entry)}</li>\n" for entry in trail.entries)
    happened = f'<ol class="steps">\n{entries}</ol>\n' if entries else "<p>There is no evidence at that time.</p>\n"
    return "".join(
        [
            f'<section aria-labelledby="model-{number}">\n<h2 id="model-{number}">{_text(trail.name)}</h2>\n',
            _rows(trail_rows(trail)),
            _table("What each stage says", ("stage", "verdict"), stages),
            _divergences("What the registry shows otherwise", audit.divergences(trail.name)),
            f"<h3>What happened</h3>\n{happened}",
            *(_pin(pin) for pin in trail.pins),
            "</section>\n",
        ]
    )


def _entry(entry: TrailEntry) -> str:
    at, fault = time_text(entry.at), fault_text(entry)
    waivers = [(item.check, item.path, item.reason, time_text(item.until)) for item in entry.told.waivers]
    found = sorted(entry.told.findings, key=lambda item: (ORDER.index(item.severity), item))
    rows = [(str(item.severity), item.check, item.path, item.message) for item in found]
    return "".join(
        [
            f'<p class="when"><time datetime="{at}">{at}</time> <span class="mark">{entry.time}</span></p>\n',
            f"<h4>{_text(entry.told.title)}</h4>\n",
            f'<p class="bad">{_text(fault)}</p>\n' if fault else "",
            _rows([row for row in entry_rows(entry) if row[0] != "when"]),
            _table("Waived findings", ("check", "path", "reason", "until"), waivers) if waivers else "",
            _table("Findings", ("severity", "check", "path", "message"), rows) if rows else "",
        ]
    )


def _runs(found: Sequence[Deployed]) -> str:
    items = "".join(f"<li>\n{_run(item)}</li>\n" for item in found)
    return f'<h2 id="runs">Runs on record</h2>\n<ol class="steps">\n{items}</ol>\n' if items else ""


def _run(item: Deployed) -> str:
    at, refused = time_text(item.run.started_at), [(each.what, each.reason) for each in item.run.refusals]
    return "".join(
        [
            f'<p class="when"><time datetime="{at}">{at}</time></p>\n<h3>{_text(run_text(item))}</h3>\n',
            *(f'<p class="bad">{_text(problem)}</p>\n' for problem in item.problems),
            _rows([row for row in run_rows(item) if row[0] != "problem"]),
            _table("Refused", ("what", "reason"), refused) if refused else "",
        ]
    )


def _pin(pin: Pin) -> str:
    files = [(file.entry.path, str(file.entry.size), file.entry.sha256) for file in pin.files]
    listed = _table("Files", ("path", "bytes", "SHA-256"), files, ("", "number", "exact"))
    return f"<h3>Bytes of {short(pin.digest)}</h3>\n{_rows(pin_rows(pin))}{listed}"
