"""What a repository has after a merge, path by path: what only the base changed since they parted stays the base's.

Lines are not merged. Where both sides changed one governing file, nobody can say yet what comes of it: that is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.merge import MergeFinding, Tree, refused

if TYPE_CHECKING:
    from collections.abc import Sequence


def merged(base: Tree, head: Tree, ancestors: Sequence[Tree]) -> tuple[Tree, tuple[MergeFinding, ...]]:
    """The tree after the merge, and the paths that both sides changed.

    Args:
        base: What the team has.
        head: What shall be merged.
        ancestors: Where they parted; none to take the merge's side as it is.
    """
    entries, ours, both = {}, set(), []
    for path in sorted(base.entries.keys() | head.entries.keys()):
        old = {tree.entries.get(path) for tree in ancestors}
        was, now = base.entries.get(path), head.entries.get(path)
        if was == now or old == {now}:
            ours.add(path)
            chosen = was
        else:
            chosen = now
            if old and old != {was}:
                both.append(_both(path))
        if chosen is not None:
            entries[path] = chosen

    def content(path: str) -> bytes:
        return base.content(path) if path in ours else head.content(path)

    return Tree(entries, content), tuple(both)


def _both(path: str) -> MergeFinding:
    message = "the base has changed it too since the merge left it, so that the result can't be judged"
    return refused("not-up-to-date", path, message, "merge the base into the branch, then check again")
