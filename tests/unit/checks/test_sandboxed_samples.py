"""All samples at once through real workers: locking down changes nothing of what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.samples.all import WRITTEN
from tests.samples.look import look

from weighbridge.checks.inspector import ContentInspector
from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sandbox_hinders_no_examiner(tmp_path: Path) -> None:
    files = {f"{case}/{name}": data for case, sample in sorted(WRITTEN.items()) for name, data in sample.items()}
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    seen = ContentInspector().inspect(tmp_path, None, progress=Silent(), scanners=())
    ordered = {path: files[path] for path in sorted(files, key=str.encode)}
    assert list(seen.findings) == sorted(set(look(ordered)))
