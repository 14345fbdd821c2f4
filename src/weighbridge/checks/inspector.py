"""Inspector: `weighbridge.core.ports.Inspector` on real files: workers, checks of the whole tree, other scanners.

What it can't look at is a finding. Nothing of the model is read in this process.
"""

from __future__ import annotations

import json
import os
import tempfile
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from weighbridge.checks import own_references, vulnerability_table
from weighbridge.checks.answer import TREE, Answer, Request, printable
from weighbridge.checks.limits import Limits
from weighbridge.checks.outside import settled
from weighbridge.checks.pool import Pool, Seen, Task
from weighbridge.checks.publisher import Publishers
from weighbridge.checks.ruleset import ruleset
from weighbridge.checks.scanners import NAMES, SCANNERS
from weighbridge.checks.scanners.picklescan import Picklescan
from weighbridge.checks.scanners.program import Program
from weighbridge.checks.scanners.scanner import Job, Scanner
from weighbridge.checks.tree import WHOLE, Tree, finding
from weighbridge.checks.walk import Walk, walk
from weighbridge.checks.worker_process import WORKER, Lost, Worker
from weighbridge.core.digest import of_value
from weighbridge.core.errors import UsageError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import BUNDLED, COMPLETE, INCOMPLETE, MAX_FINDINGS, Inspection, Tool
from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.ports import Progress

MAX_FACTS: Final = 2_000
_MAX_FACT: Final = 500
_MAX_TREE_BYTES: Final = 256 << 20
_UNKNOWN: Final = str(Kind.UNKNOWN)


class ContentInspector:
    """Looks at every byte, in processes that may do nothing else.

    Args:
        limits: Of each process.
        programs: Where scanners that are programs are, by name; others are looked for beside this Python.
        command: The workers' program.
        vulnerabilities: A table of loaders' vulnerabilities in place of the own one, see `vulnerability_table`.
        publishers: Who of them signed the model is the fact ``publisher``; none are looked for without any.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        programs: Mapping[str, Path] | None = None,
        command: Sequence[str] = WORKER,
        publishers: Publishers | None = None,
        vulnerabilities: Path | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._programs = dict(programs or {})
        self._table = vulnerability_table.read(vulnerabilities)
        self._command = (*command, self._table.text) if self._table.text else command
        self._publishers = publishers or Publishers()

    @property
    def ruleset(self) -> str:
        """The digest of all that decides what is found."""
        own = [value for value in (self._table.text, self._table.fault) if value]
        return of_value([ruleset(), *self._publishers.ids, *own]) if self._publishers.ids or own else ruleset()

    def inspect(
        self,
        folder: Path,
        files: Mapping[str, int] | None,
        *,
        source: str = "",
        metadata: Mapping[str, Json] | None = None,
        progress: Progress,
        scanners: Sequence[str] = (BUNDLED,),
        governed: Collection[str] = (),
    ) -> Inspection:
        """See the port."""
        asked = [self._scanner(name) for name in dict.fromkeys(scanners)]
        root, found = _listed(folder, files)
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if self._table.fault:
            message = f"the table of vulnerabilities that was named can't be used: {self._table.fault}"
            found.findings.append(finding("not-inspected", WHOLE, message))
        progress.begin("inspect", sum(found.files.values()))
        try:
            with Worker(self._limits, self._command) as judge:
                judge.begin()
                pool = Pool(descriptor, self._limits, progress, command=self._command, linked=files is not None)
                seen = pool.run(Task(path, size) for path, size in found.files.items())
                tree = Tree(found.files, seen.facts, source, metadata or {})
                whole = self._tree(tree, judge)
                seen.findings += whole.findings
            formats = {path: _format(seen, path) for path in found.files}
            job = Job(root, descriptor, found.files, formats, files is not None)
            reports = [scanner.scan(job) for scanner in asked]
        finally:
            progress.end()
            os.close(descriptor)
        own = own_references.softened(tree, settled(tree, [*found.findings, *seen.findings]), governed)
        complete = not any(item.severity is Severity.UNEXAMINED for item in own)
        tools = [
            Tool("weighbridge", version("weighbridge"), COMPLETE if complete else INCOMPLETE),
            Tool("sandbox", "without-network" if seen.alone else "with-network", COMPLETE),
            *(report.tool for report in reports),
        ]
        findings = [*own, *(item for report in reports for item in report.findings)]
        facts = _facts(tree, whole, findings)
        if self._publishers.ids:
            facts["publisher"] = self._publishers.signed(root, found.files)
        return Inspection(_capped(findings), formats, facts, tuple(sorted(tools)), self.ruleset)

    def _scanner(self, name: str) -> Scanner:
        if name == Picklescan.name:
            return Picklescan(self._limits)
        if name not in SCANNERS:
            hint = f"known are {', '.join(sorted(NAMES))}"
            raise UsageError(f"there is no scanner {name!r}", code="unknown-scanner", hint=hint)
        return Program(SCANNERS[name](), self._programs.get(name))

    def _tree(self, tree: Tree, judge: Worker) -> Answer:
        """What the checks of the whole tree say, in a worker of their own: facts are hostile too."""
        row = {"files": tree.files, "facts": tree.facts, "source": tree.source, "metadata": tree.metadata}
        data = json.dumps(row).encode("ascii")
        if len(data) > _MAX_TREE_BYTES:
            return _nothing("the files say more of each other than is compared")
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            request = Request(WHOLE, len(data), self._limits.seconds(len(data)), TREE)
            answer = judge.ask(request, file.fileno(), {WHOLE, *tree.files})
        if isinstance(answer, Lost):
            return _nothing(f"the files could not be compared: {answer.why}")
        return answer


def _nothing(why: str) -> Answer:
    return Answer([finding("not-inspected", WHOLE, why)])


def _listed(folder: Path, files: Mapping[str, int] | None) -> tuple[Path, Walk]:
    """The folder that paths are below, and what lies there."""
    root = folder.resolve()
    if files is None and root.is_file():
        return root.parent, Walk({root.name: root.stat().st_size})
    if not root.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r}", code="no-files", hint="name a folder or a file")
    return root, walk(root) if files is None else Walk(dict(files))


def _format(seen: Seen, path: str) -> str:
    for value in seen.facts.get(path, {}).get("format", ()):
        if isinstance(value, str) and value in set(Kind):
            return value
    return _UNKNOWN


def _facts(tree: Tree, whole: Answer, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    made = {
        "code": {path for path, _ in tree.each("code")},
        "licences": {_plain(value) for value in whole.facts.get("licences", ())},
        "references": {_plain(value) for _, value in tree.each("reference") if not own_references.is_own(tree, value)},
        "requirements": {_plain(value) for _, value in tree.each("requirement")},
    }
    for name, values in made.items():
        if len(values) > MAX_FACTS:
            findings.append(finding("not-inspected", WHOLE, f"more than {MAX_FACTS} {name}"))
    return {name: tuple(sorted(values)[:MAX_FACTS]) for name, values in made.items()}


def _plain(value: Json) -> str:
    return printable(str(value), _MAX_FACT)


def _capped(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sorted, the heaviest kept if there are too many."""
    unique = sorted(set(findings), key=lambda item: (-item.severity.weight, item))
    if len(unique) > MAX_FINDINGS:
        more = f"{len(unique) - MAX_FINDINGS + 1} findings more are not listed"
        unique = [*unique[: MAX_FINDINGS - 1], finding("not-inspected", WHOLE, more)]
    return tuple(sorted(unique))
