"""What a merge does to DVC's own configuration and folder: where bytes come from and go to.

Every change is told. What can send a command to another remote or another cache is refused, and so is any file in a
``.dvc`` folder that DVC itself does not put into Git.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.merge import MergeFinding, Tree, note, refused, shown
from weighbridge.stores.plain_ini import MAX_BYTES, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.core.merge import Sides

_OWNERS: Final = "let the project's owners overrule this check for this merge alone, or take it out of the merge"
_FOLDER: Final = re.compile(r"((?:.*/)?\.dvc)/(.+)")
_HARMLESS: Final = re.compile(r"\.gitignore|plots/.*")
_REMOTE: Final = re.compile(r"""'?remote "(.*)"'?""", re.DOTALL)
# What else is in these sections decides which bytes are read or written.
_FREE: Final = frozenset(
    {
        ("core", "autostage"),
        ("core", "analytics"),
        ("core", "checksum_jobs"),
        ("core", "check_update"),
        ("core", "hardlink_lock"),
        ("core", "interactive"),
        ("cache", "type"),
        ("cache", "slow_link_warning"),
        ("remote", "jobs"),
        ("remote", "timeout"),
        ("remote", "connect_timeout"),
        ("remote", "read_timeout"),
    }
)
_TRUE: Final = frozenset({"1", "t", "true", "y", "yes", "on"})


def settings_findings(sides: Sides, named: Iterable[str]) -> Iterator[MergeFinding]:
    """What the merge does below ``.dvc``, in the project and elsewhere.

    Args:
        sides: The two sides.
        named: The remotes that the base's weighbridge.toml names.
    """
    ours = f"{sides.home}.dvc"
    for path in sides.paths:
        found = _FOLDER.fullmatch(path)
        if found is None:
            continue
        folder, rest = found[1], found[2]
        if folder != ours:
            message = "another DVC project begins there, with a configuration of its own"
            yield refused("dvc-folder", path, message, _OWNERS)
        elif rest == "config":
            yield from _config(sides, path, frozenset(named))
        elif rest == "config.local":
            yield refused("dvc-local-config", path, "the configuration of one machine is in the merge", "git rm it")
        elif not _HARMLESS.fullmatch(rest):
            yield refused("dvc-file", path, "DVC does not put such a file into Git", "take it out of the merge")
        else:
            yield note("dvc-changed", path, "a file of DVC changed")


def _config(sides: Sides, path: str, named: frozenset[str]) -> Iterator[MergeFinding]:
    try:
        after = _read(sides.merge, path)
    except WeighbridgeError as error:
        yield refused("dvc-config", path, error.message, "restore the file from the base")
        return
    try:
        before = _read(sides.base, path)
    except WeighbridgeError:
        before = {}
    default = before.get(("core", "remote"))
    # Where the project names no default, another level of DVC's configuration may: then any name may be in use.
    used = None if default is None else {name.lower() for name in (default, *named)}
    titles = {title for title, _ in before}
    for section, key in sorted({*before, *after}):
        old, new = before.get((section, key)), after.get((section, key))
        if old != new:
            remote = _REMOTE.fullmatch(section)
            is_spare = remote is not None and section not in titles and used is not None and remote[1] not in used
            yield _judged((section, key), old, new, path, is_spare=is_spare)


def _judged(setting: tuple[str, str], old: str | None, new: str | None, path: str, *, is_spare: bool) -> MergeFinding:
    section, key = setting
    is_remote = _REMOTE.fullmatch(section) is not None
    place = f"{path}:{shown(section)}.{shown(key)}"
    said = f"{shown(section)}.{shown(key)} was {_text(old)} and is {_text(new)}"
    is_safe = key == "verify" and is_remote and (new or "").lower() in _TRUE
    if is_spare or is_safe or ("remote" if is_remote else section, key) in _FREE:
        return note("dvc-config-changed", place, said)
    if section == "cache":
        return refused("cache-changed", place, said, _OWNERS)
    rule = "remote-changed" if is_remote or setting == ("core", "remote") else "dvc-config-changed"
    return refused(rule, place, said, _OWNERS)


def _text(value: str | None) -> str:
    return "not set" if value is None else repr(shown(value))


def _read(tree: Tree, path: str) -> dict[tuple[str, str], str]:
    """Every setting by its section and key.

    Raises:
        WeighbridgeError: It can't be read.
    """
    if not tree.has(path):
        return {}
    return parse(tree.content(path) if tree.entries[path].size_bytes <= MAX_BYTES else bytes(MAX_BYTES + 1))
