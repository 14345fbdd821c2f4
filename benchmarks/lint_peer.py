"""Bandit, in an environment of its own: its check B615 alone, as a command."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.unit.references import corpus

from benchmarks.process import run
from benchmarks.side import python_with

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.result import Bench

PACKAGE = "bandit==1.9.4"
Range = tuple[str, int, int]
_DATA = ("load_dataset", 'repo_type="dataset"')


@dataclass(slots=True)
class Bandit:
    """Its program, and what it found last.

    Args:
        program: The path of its command.
    """

    program: Path
    _found: list[Range] = field(default_factory=list)
    _texts: dict[Range, str] = field(default_factory=dict)

    @classmethod
    def installed(cls, bench: Bench) -> Bandit:
        """One that runs.

        Raises:
            PeerMissingError: It can't be installed.
        """
        return cls(python_with(bench.peers.with_name("venv-bandit"), "bandit", PACKAGE).with_name("bandit"))

    def over(self, folder: Path) -> float:
        """Seconds that it takes for a folder."""
        report = folder.with_name("bandit.json")
        line = f'"{self.program}" -q -t B615 -r . -f json -o "{report}" || test $? -eq 1'
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "LANG": "C.UTF-8"}
        cost = run(["bash", "-c", line], cwd=folder, env=environment)
        self._found = []
        for each in json.loads(report.read_text(encoding="utf-8"))["results"]:
            lines = each["line_range"]
            place = (each["filename"].removeprefix("./"), min(lines), max(lines))
            self._found.append(place)
            text = (folder / place[0]).read_text(encoding="utf-8", errors="replace").splitlines()
            self._texts[place] = " ".join(text[place[1] - 1 : place[2]])
        return cost.seconds

    def ranges(self) -> list[Range]:
        """Where it spoke, by first and last line."""
        return sorted(set(self._found))

    def is_data(self, place: Range) -> bool:
        """Whether what it spoke of is a data set by its own words."""
        return any(word in self._texts[place] for word in _DATA)


def found_by_bandit(bandit: Bandit, folder: Path) -> list[Range]:
    """What it finds in the labelled corpus, by paths within that."""
    shutil.rmtree(folder, ignore_errors=True)
    # Of its own accord it passes over folders of tests.
    shutil.copytree(corpus.CORPUS, folder / "corpus")
    try:
        bandit.over(folder / "corpus")
        return bandit.ranges()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
