"""Python: the models that its calls name, by the tables of calls.

The compiler's own parser reads it; constants are followed across the repository's modules. Nothing is imported or run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.python_module import read
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.python_candidates import candidates, imported
from weighbridge.references.python_commands import commands, may_start
from weighbridge.references.python_handed import Handed
from weighbridge.references.python_match import Matcher
from weighbridge.references.python_mentions import File, mentions
from weighbridge.references.python_modules import ENCODINGS, Modules, module_frame
from weighbridge.references.python_needles import LIBRARIES, names, text_of
from weighbridge.references.python_saved import saved
from weighbridge.references.python_told import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.mention import Mention

_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 begins, which the compiler does not read."""
_TOO_DEEP: Final = "nested too deeply"


class PythonExtractor:
    """Reads the Python files of one repository; what one of them imports is read once for all.

    Args:
        repository: Gives the bytes of a file by its path from the repository's top, or None.
    """

    def __init__(self, repository: Callable[[str], bytes | None]) -> None:
        self._matcher = Matcher()
        self._reading = Reading(Modules(repository, LIBRARIES), self._matcher.loads)
        self._handed = Handed(self._reading)

    def extract(self, path: str, data: bytes) -> Extraction:
        """The models that a Python file names.

        Args:
            path: The file, relative to the repository.
            data: Its bytes.
        """
        if len(data) > MAX_BYTES:
            return Extraction((), "too large")
        if data.startswith(_WIDE):
            return Extraction((), "broken syntax or encoding")
        needles = names(data)
        may_hand = self._handed.may_hand(path, data)
        if not needles and not may_hand and not may_start(data):
            return Extraction()
        try:
            return self._extract(path, data, needles, may_hand=may_hand)
        except (RecursionError, MemoryError):
            return Extraction((), _TOO_DEEP)

    def _extract(self, path: str, data: bytes, needles: set[str], *, may_hand: bool) -> Extraction:
        source = read(data, ENCODINGS)
        if source is None:
            return Extraction((), "broken syntax or encoding")
        lines = source.text.replace("\r\n", "\n").replace("\r", "\n")
        plain = text_of(lines.encode("utf-8", "replace"))
        frame = module_frame(path, source)
        self._reading.begin()
        self._reading.callers.begin(source.tree, plain)
        self._matcher.libraries = imported(source.tree, plain)
        file = File(path, lines.split("\n"), saved(source.tree, frame, plain, self._reading))
        found: set[Mention] = set()
        fault = ""
        try:
            if may_start(data):
                found |= set(commands(file, source.tree, frame, plain, self._reading))
            if may_hand:
                found |= set(self._handed.mentions(file, source.tree, frame, plain))
        except RecursionError:
            fault = _TOO_DEEP
            self._reading.begin()
        for call, where in candidates(source.tree, frame, plain, needles, self._reading):
            try:
                found |= set(mentions(file, call, where, self._reading, self._matcher))
            except RecursionError:
                fault = _TOO_DEEP
                self._reading.begin()
        ordered = tuple(sorted(found, key=lambda each: (each.spot, each.model or "", each.rule)))
        return Extraction(ordered, fault or ("names lead too far" if self._reading.modules.is_spent else ""))


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that one Python file names; `PythonExtractor` is quicker for several.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    return PythonExtractor(repository).extract(path, data)
