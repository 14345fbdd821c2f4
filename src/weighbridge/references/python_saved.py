"""Texts that a Python file itself uses as folders: what it saves to, and loads from later, is no model of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.references.named import HOLE
from weighbridge.references.python_bound import last_of
from weighbridge.references.python_candidates import calls_on
from weighbridge.references.python_needles import Lines

if TYPE_CHECKING:
    import ast

    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_told import Reading

_SAVES: Final = frozenset({"save_pretrained", "save_model", "save_to_disk", "save_lora_weights", "makedirs", "mkdir"})
"""Functions whose first argument is a folder of the machine's own."""
_FOLDERS: Final = frozenset({"output_dir", "local_dir", "save_directory", "logging_dir"})
"""Keywords that name one."""


def saved(tree: ast.Module, frame: Frame, text: str, reading: Reading) -> dict[str, int]:
    """The texts that a file uses as folders, and the first line on which it does.

    Args:
        tree: The file's tree.
        frame: The module's scope.
        text: The file's text, its lines ended by line feeds.
        reading: Reads expressions.
    """
    lines = Lines(text).of(_SAVES | _FOLDERS)
    found: dict[str, int] = {}
    for call, where in calls_on(tree, frame, lines, reading) if lines else ():
        given = [word.value for word in call.keywords if word.arg in _FOLDERS]
        last = last_of(call.func)
        if last in _SAVES:
            given += call.args[:1]
        for told in (told for each in given for told in reading.told(each, where)):
            if isinstance(told, str) and HOLE not in told:
                found[told] = min(call.lineno, found.get(told, call.lineno))
    return found
