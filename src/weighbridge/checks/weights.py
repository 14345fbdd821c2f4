"""Weights: safetensors, GGUF and ONNX files, by the strict parsers of `weighbridge.formats`.

A file that breaks any rule of its format is a finding. What a file says in words is looked at for signals, its bytes
for payloads. Nothing is loaded.
"""

from __future__ import annotations

import itertools
import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from weighbridge.checks import signals, templates
from weighbridge.checks.onnx_operators import look_operators
from weighbridge.checks.outside import MAX_RANGES, merged
from weighbridge.core.finding import Severity
from weighbridge.formats import gguf, onnx, safetensors
from weighbridge.formats.fault import quoted
from weighbridge.formats.kinds import Kind
from weighbridge.formats.onnx_tensor import unsafe_location

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.core.canonical import Json
    from weighbridge.formats.onnx_tensor import ExternalData

MAX_LOCATIONS = 500
_APART = "\0"
_PROVENANCE = "general."


def examine_safetensors(subject: Subject, notes: Notes) -> None:
    """Header, metadata and bytes of a safetensors file."""
    report = safetensors.parse(subject.file, subject.size_bytes)
    notes.faults("safetensors-structure", report.faults, inside=subject.inside)
    _look_texts((text for pair in report.metadata for text in pair), subject, notes, prose=False)
    signals.look_bytes(subject, notes)


def examine_gguf(subject: Subject, notes: Notes) -> None:
    """Metadata, templates and bytes of a GGUF file."""
    report = gguf.parse(subject.file, subject.size_bytes)
    notes.faults("gguf-structure", report.faults, inside=subject.inside)
    for key, template in report.templates:
        templates.look(template, key, subject, notes)
    own = {key for key, _ in report.templates}
    texts = [(key, text) for key, text in report.texts if key not in own]
    about = (text for key, text in texts if key.startswith(_PROVENANCE))
    _look_texts(about, subject, notes, prose=True)
    _look_texts((text for key, text in texts if not key.startswith(_PROVENANCE)), subject, notes, prose=False)
    signals.look_bytes(subject, notes)


def examine_onnx(subject: Subject, notes: Notes) -> None:
    """Structure, operators, outside data, texts and bytes of an ONNX file."""
    report = onnx.parse(subject.file, subject.size_bytes)
    outside = [fault for fault in report.faults if fault.id.startswith("external-")]
    notes.faults("onnx-external-data", outside, inside=subject.inside)
    notes.faults("onnx-structure", (fault for fault in report.faults if fault not in outside), inside=subject.inside)
    look_operators(report, subject, notes)
    _look_outside(report.external, subject, notes)
    _look_texts([report.doc_string, *report.producer], subject, notes, prose=True)
    _look_texts((text for pair in report.metadata for text in pair), subject, notes, prose=False)
    signals.look_bytes(subject, notes)


def examine_unknown(subject: Subject, notes: Notes) -> None:
    """Bytes without a format: denied, unless an ONNX file of the tree accounts for each, see `outside`."""
    _examine_bare(Kind.UNKNOWN, subject, notes)


def examine_msgpack(subject: Subject, notes: Notes) -> None:
    """MessagePack, which has no mark: bare tensors may look like it, and pass like unknown bytes."""
    _examine_bare(Kind.MSGPACK, subject, notes)


def _examine_bare(kind: Kind, subject: Subject, notes: Notes) -> None:
    notes.add("format-unsupported", f"{kind} is not examined", inside=subject.inside)
    if not subject.inside:
        notes.fact("raw", value=True)
        signals.look_bytes(subject, notes)


def _look_texts(texts: Iterable[str], subject: Subject, notes: Notes, *, prose: bool) -> None:
    joined = _APART.join(texts)
    if joined:
        signals.look_text(joined, subject, notes, prose=prose)


def _look_outside(external: Iterable[ExternalData], subject: Subject, notes: Notes) -> None:
    """Keep which files hold tensors, and which of their bytes."""
    ranges = defaultdict(list)
    for tensor in external:
        begin = tensor.offset or 0
        length = tensor.needed if tensor.length is None else tensor.length
        ranges[tensor.location].append((begin, begin + (length or 0)))
    if ranges and subject.inside:
        notes.add("onnx-external-data", "a model in an archive has tensors outside of itself", inside=subject.inside)
        return
    if len(ranges) > MAX_LOCATIONS:
        notes.add("onnx-external-data", f"tensors lie in more than {MAX_LOCATIONS} files")
        return
    for location, pairs in ranges.items():
        if unsafe_location(location) is None:
            _claim(posixpath.normpath(posixpath.join(posixpath.dirname(subject.path), location)), pairs, notes)


def _claim(path: str, pairs: list[tuple[int, int]], notes: Notes) -> None:
    notes.fact("needs", {"path": path, "for": "onnx external data", "check": "onnx-external-data"})
    ordered = sorted(set(pairs))
    if any(after[0] < before[1] for before, after in itertools.pairwise(ordered)):
        notes.add("onnx-external-data", f"tensors overlap in {quoted(path)}", severity=Severity.WARN)
    joined: list[Json] = [[begin, end] for begin, end in merged(pairs)]
    if len(joined) <= MAX_RANGES:
        notes.fact("claims", {"path": path, "ranges": joined})


EXAMINERS: Final[dict[Kind, Examiner]] = {
    Kind.SAFETENSORS: examine_safetensors,
    Kind.GGUF: examine_gguf,
    Kind.ONNX: examine_onnx,
    Kind.MSGPACK: examine_msgpack,
    Kind.UNKNOWN: examine_unknown,
}
