"""Torch: what `torch.save` writes, in its zip and its old format, and TorchScript, which is a program.

Checks: `torch-storage` for members, storages and tensors that don't fit together, `remote-code` for TorchScript, and
those of the pickles inside. Nothing is unpickled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.checks import signals, zipped
from weighbridge.checks.pickles import look, tell
from weighbridge.formats import torch_legacy, torch_storage
from weighbridge.formats.kinds import Kind
from weighbridge.formats.pickle_globals import Allowed
from weighbridge.formats.pickle_walk import walk
from weighbridge.formats.slice import Slice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.examine import Examiner
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject
    from weighbridge.formats.pickle_report import PickleReport
    from weighbridge.formats.zip_directory import Member, ZipReport

# Members that hold a word or number each, and what that may be.
_RECORDS: Final = {
    "version": re.compile(rb"[0-9]{1,4}\n?\Z"),
    "byteorder": re.compile(rb"(?:little|big)\Z"),
    ".format_version": re.compile(rb"[0-9]{1,4}\n?\Z"),
    ".storage_alignment": re.compile(rb"[0-9]{1,10}\n?\Z"),
    ".data/serialization_id": re.compile(rb"[0-9]{1,40}\Z"),
    "attributes.version": re.compile(rb"[0-9]{1,4}\n?\Z"),
}
_MAX_RECORD_BYTES = 64
# What TorchScript's own unpickler understands, and runs none of: its classes are code of the archive.
_SCRIPT_NAMES = "build_boollist build_doublelist build_intlist build_tensor_from_id build_tensorlist restore_type_tag"
_SCRIPT: Final[Mapping[tuple[str, str], Allowed]] = {
    ("torch.jit._pickle", name): Allowed("torch", "a list or tensor of TorchScript") for name in _SCRIPT_NAMES.split()
}
_SCRIPT_CLASSES = "__torch__"


def examine_zip(subject: Subject, notes: Notes) -> None:
    """Torch's zip format, with or without a program in it."""
    report = zipped.directory(subject, notes)
    archive = _Archive(subject, notes, report)
    archive.examine()


class _Archive:
    """One archive: its members by their name below the root folder, which all share."""

    def __init__(self, subject: Subject, notes: Notes, report: ZipReport) -> None:
        members = report.members
        self._subject = subject
        self._notes = notes
        self._members = members
        # Members that overlap could be read over and over.
        self._sound = not report.faults
        self._root = members[0].name.partition("/")[0] + "/" if members else "/"
        self._named = {member.name: member for member in members}
        self._script = any(self._below(member) == "constants.pkl" for member in members) or any(
            self._below(member).startswith("code/") for member in members
        )

    def _below(self, member: Member) -> str:
        return member.name.removeprefix(self._root) if member.name.startswith(self._root) else ""

    def _wrong(self, message: str) -> None:
        self._notes.add("torch-storage", message, inside=self._subject.inside)

    def examine(self) -> None:
        """Every member by what its place says it is."""
        if self._script:
            message = "TorchScript: the file is a program, which torch.jit.load prepares and the model runs"
            self._notes.add("remote-code", message, inside=self._subject.inside)
        if self._root + "data.pkl" not in self._named:
            self._wrong("there is no data.pkl below the folder of the first member")
        for member in self._members:
            if not member.folder:
                self._member(member, self._below(member))
        self._pickle("data.pkl", "data/")
        if self._script:
            self._pickle("constants.pkl", "constants/")

    def _member(self, member: Member, name: str) -> None:
        if not name:
            self._wrong(f"member {zipped.named(member)} lies outside the folder of the first")
        if name == "data.pkl" or (self._script and name == "constants.pkl"):
            return
        if name.startswith("data/") or (self._script and name.startswith("constants/")):
            if self._sound:
                self._numbers(member)
            return
        with zipped.opened(self._subject, member, self._notes) as inner:
            if inner is not None:
                self._contents(inner, member, name)

    def _numbers(self, member: Member) -> None:
        """A storage: anything but code may stand in it."""
        if member.method:
            with zipped.opened(self._subject, member, self._notes) as inner:
                if inner is not None:
                    signals.look_bytes(inner, self._notes)
            return
        zipped.check(self._subject, member, self._notes)
        part = Slice(self._subject.file, member.data_at, member.packed_bytes)
        signals.look_bytes(self._subject.member(member.name, part, member.packed_bytes), self._notes)

    def _contents(self, inner: Subject, member: Member, name: str) -> None:
        if name in _RECORDS:
            if not _RECORDS[name].match(inner.whole(_MAX_RECORD_BYTES) or b""):
                self._wrong(f"member {zipped.named(member)} is not what torch writes there")
        elif self._script and name.startswith("code/"):
            self._code(inner)
        else:
            self._subject.examine(inner, self._notes)

    def _code(self, inner: Subject) -> None:
        """Code is told of already; the notes of its origin beside it are pickles."""
        if inner.name.endswith(".debug_pkl"):
            self._walk(inner)

    def _pickle(self, name: str, folder: str) -> None:
        """One of the two pickles, and the storages that belong to it."""
        there: dict[str, int] = {}
        for member in self._members:
            below = self._below(member)
            if below.startswith(folder) and not member.folder:
                there[below.removeprefix(folder)] = member.size_bytes
        found = self._named.get(self._root + name)
        if found is None:
            return
        with zipped.opened(self._subject, found, self._notes) as inner:
            if inner is not None:
                self._held(inner, there)

    def _held(self, inner: Subject, there: Mapping[str, int]) -> None:
        """Hold a pickle against the storages that are there."""
        report = self._walk(inner)
        look(report, inner, self._notes)
        stored, faults = torch_storage.storages(report)
        if not report.faults:
            faults += torch_storage.views(report, stored) + torch_storage.against(stored, there)
        self._notes.faults("torch-storage", faults, inside=inner.inside)

    def _walk(self, inner: Subject) -> PickleReport:
        inner.file.seek(0)
        report = walk(inner.file)
        more = dict(_SCRIPT) if self._script else {}
        if self._script:
            own = Allowed("torch", "a class of the program in the archive, no module of Python's")
            pairs = ((use.module, use.name) for use in report.globals)
            more |= {pair: own for pair in pairs if pair[0].partition(".")[0] == _SCRIPT_CLASSES}
        tell(report, self._notes, inside=inner.inside, more=more)
        if len(report.streams) > 1:
            self._notes.add("pickle-structure", f"{len(report.streams)} pickles in place of one", inside=inner.inside)
        return report


def examine_legacy(subject: Subject, notes: Notes) -> None:
    """Torch's old format."""
    report = torch_legacy.parse(subject.file, subject.size_bytes)
    tell(report.pickles, notes, inside=subject.inside)
    look(report.pickles, subject, notes)
    notes.faults("torch-storage", report.faults, inside=subject.inside)
    signals.look_bytes(subject, notes, start=report.pickles.end)


EXAMINERS: dict[Kind, Examiner] = {
    Kind.TORCH_ZIP: examine_zip,
    Kind.TORCHSCRIPT: examine_zip,
    Kind.TORCH_LEGACY: examine_legacy,
}
