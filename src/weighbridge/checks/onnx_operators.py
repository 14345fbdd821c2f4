"""Operators of ONNX models that the standard does not define: who provides them, and which run code or reach out.

Sources: ONNX Runtime's contrib operators (docs/ContribOperators.md) and onnxruntime-extensions' custom operators.
A domain that is not listed is provided by somebody's plug-in, which a loader must be told to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.finding import Severity
from weighbridge.formats.fault import quoted
from weighbridge.formats.onnx_schema import STANDARD_DOMAINS

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.formats.onnx import OnnxReport

BUILT_IN: Final = frozenset(
    {"com.microsoft", "com.microsoft.nchwc", "com.microsoft.experimental", "com.ms.internal.nhwc", "ai.onnx.ml"}
)
"""Domains that ONNX Runtime itself provides."""

EXTENSIONS: Final = {"ai.onnx.contrib": "onnxruntime-extensions", "com.microsoft.extensions": "onnxruntime-extensions"}
"""Domains of well-kept libraries that must be loaded first, and the library."""

RUN_CODE: Final = frozenset({"pyop", "pythonop", "pythonopgrad", "pycustomop", "pyfunc", "pyfuncstateless", "python"})
"""Operators that call Python, in lower case, whatever their domain."""

REACH_OUT: Final = {
    "epcontext": "reads a compiled program, from another file if it likes",
    "azureaudiototext": "sends its input to a server",
    "azuretexttotext": "sends its input to a server",
    "azuretritoninvoker": "sends its input to a server",
    "openaiaudiototext": "sends its input to a server",
    "readfile": "reads files",
    "writefile": "writes files",
    "loadlibrary": "loads a library",
}
"""Operators outside the standard that read files or reach a network, in lower case, and what they do."""

_LISTED = 10


def look_operators(report: OnnxReport, subject: Subject, notes: Notes) -> None:
    """Note every operator that neither the standard nor the model itself defines."""
    own = {(domain, name) for domain, name, _ in report.functions}
    foreign = [(domain, name) for domain, name, _ in report.operators if domain not in STANDARD_DOMAINS]
    unknown: dict[str, list[str]] = {}
    for domain, name in foreign:
        if (domain, name) in own:
            continue
        if not _denied(domain, name, subject, notes) and domain not in BUILT_IN:
            unknown.setdefault(domain, []).append(name)
    for domain, names in unknown.items():
        _note_domain(domain, names, subject, notes)
    _note_own(report, subject, notes)


def _denied(domain: str, name: str, subject: Subject, notes: Notes) -> bool:
    does = "runs Python" if name.lower() in RUN_CODE else REACH_OUT.get(name.lower(), "")
    if does:
        message = f"the operator {quoted(f'{domain}::{name}')} {does}"
        notes.add("onnx-custom-operator", message, inside=subject.inside, severity=Severity.DENY)
    return bool(does)


def _note_domain(domain: str, names: list[str], subject: Subject, notes: Notes) -> None:
    listed = ", ".join(map(quoted, names[:_LISTED]))
    library = EXTENSIONS.get(domain)
    if library:
        message, severity = f"{listed} need {library}", Severity.NOTE
    else:
        message, severity = f"{listed} of {quoted(domain)} need code from elsewhere", None
    notes.add("onnx-custom-operator", message, inside=subject.inside, severity=severity)


def _note_own(report: OnnxReport, subject: Subject, notes: Notes) -> None:
    """Functions and training information that the model brings along."""
    hidden = [name for domain, name, _ in report.functions if domain in STANDARD_DOMAINS]
    if hidden:
        message = f"functions of the model take the place of standard operators: {quoted(', '.join(hidden[:_LISTED]))}"
        notes.add("onnx-custom-operator", message, inside=subject.inside)
    if report.functions:
        message = f"the model defines {len(report.functions)} functions of its own"
        notes.add("onnx-custom-operator", message, inside=subject.inside, severity=Severity.NOTE)
    if report.trainings:
        message = "the model carries training information"
        notes.add("onnx-custom-operator", message, inside=subject.inside, severity=Severity.NOTE)
