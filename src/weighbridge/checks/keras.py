"""Keras v3: the zip of a configuration, a little metadata and the weights.

Checks: `keras-structure`, `keras-code`. The loader makes whatever objects the configuration names, so it is code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import signals, zipped
from weighbridge.checks.numpy import examine_npz
from weighbridge.formats import hdf5, json_text, keras_config
from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

MAX_CONFIG_BYTES = 32 << 20
_CONFIG, _METADATA = "config.json", "metadata.json"
_H5, _NPZ = "model.weights.h5", "model.weights.npz"
_ASSETS = "assets/"
_KNOWN_METADATA: Final = frozenset({"keras_version", "date_saved"})


def examine_keras(subject: Subject, notes: Notes) -> None:
    """One `.keras` archive."""
    report = zipped.directory(subject, notes)
    names = {member.name for member in report.members}
    for name in (_CONFIG, _METADATA):
        if name not in names:
            notes.add("keras-structure", f"there is no {name}", inside=subject.inside)
    if len(names & {_H5, _NPZ}) != 1:
        notes.add("keras-structure", "there is not one file of weights", inside=subject.inside)
    for member in report.members:
        if member.folder:
            continue
        with zipped.opened(subject, member, notes) as inner:
            if inner is not None:
                _member(subject, member.name, inner, notes)


def _member(subject: Subject, name: str, inner: Subject, notes: Notes) -> None:
    if name == _CONFIG:
        _config(inner, notes)
    elif name == _METADATA:
        _metadata(inner, notes)
    elif name == _H5:
        _weights(inner, notes)
    elif name == _NPZ:
        examine_npz(inner, notes)
    else:
        if not name.startswith(_ASSETS):
            notes.add("keras-structure", "a member that Keras does not write", inside=inner.inside)
        subject.examine(inner, notes)


def _parsed(inner: Subject, notes: Notes) -> dict[str, object]:
    """A member that is one JSON object; empty, and a finding, if it is none."""
    data = inner.whole(MAX_CONFIG_BYTES)
    if data is None:
        notes.add("not-inspected", f"more than {MAX_CONFIG_BYTES} bytes", inside=inner.inside)
        return {}
    report = json_text.parse(data)
    notes.faults("keras-structure", report.faults, inside=inner.inside)
    if isinstance(report.value, dict):
        return report.value
    notes.add("keras-structure", "it is no JSON object", inside=inner.inside)
    return {}


def _config(inner: Subject, notes: Notes) -> None:
    document = _parsed(inner, notes)
    if document and "class_name" not in document:
        notes.add("keras-structure", "the configuration names no class", inside=inner.inside)
    for found in keras_config.look(document):
        notes.add("keras-code", found.message, inside=inner.inside)


def _metadata(inner: Subject, notes: Notes) -> None:
    document = _parsed(inner, notes)
    if not document.keys() <= _KNOWN_METADATA or not all(isinstance(value, str) for value in document.values()):
        notes.add("keras-structure", "the metadata has other entries than Keras writes", inside=inner.inside)


def _weights(inner: Subject, notes: Notes) -> None:
    for fault in hdf5.parse(inner.file, inner.size_bytes).faults:
        check = "format-unsupported" if fault.id == "unsupported" else "keras-structure"
        notes.add(check, f"weights: {fault.message} [{fault.id} at byte {fault.offset}]", inside=inner.inside)
    signals.look_bytes(inner, notes)


EXAMINERS: dict[Kind, Examiner] = {Kind.KERAS: examine_keras}
