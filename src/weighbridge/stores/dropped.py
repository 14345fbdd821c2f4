"""Which files of a model DVC would drop: where ``.dvcignore`` matches one, stock `dvc status` never comes clean.

DVC itself is asked, but only where a ``.dvcignore`` above the model has a pattern at all.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.stores.layout import Layout

# Any digest: a pattern that names one version's folder alone is nobody's.
_VERSION = "0" * 12


def _has_patterns(folder: Path) -> bool:
    path = folder / ".dvcignore"
    if not path.is_file():
        return False
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.strip() and not line.strip().startswith("#") for line in lines)


class Dropped:
    """Answers for one project, as its ``.dvcignore`` files were when it was first asked.

    Args:
        layout: The project.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @cached_property
    def _filter(self) -> Any:
        from dvc.ignore import DvcIgnoreFilter  # noqa: PLC0415 - DVC takes long to import and few projects need it
        from dvc_objects.fs.local import LocalFileSystem  # noqa: PLC0415 - the same

        files: Any = LocalFileSystem
        return DvcIgnoreFilter(files(), str(self._layout.root))

    def __call__(self, name: str, path: str) -> bool:
        """Whether a file of a model would be dropped.

        Raises:
            StoreError: The disk failed.
        """
        layout = self._layout
        with disk("read .dvcignore"):
            folders = {layout.root, layout.models / name}
            folders |= {folder for folder in layout.models.parents if folder.is_relative_to(layout.root)} | {
                layout.models
            }
            if not any(_has_patterns(folder) for folder in folders):
                return False
            return bool(self._filter.is_ignored_file(str(layout.models / name / _VERSION / path)))
