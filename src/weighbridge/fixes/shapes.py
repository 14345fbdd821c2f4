"""Whether an edit left a file of settings as it was but for one value or pair: keys and values are counted."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Final

from weighbridge.references import json_nodes, templates, yaml_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.references.nodes import Node

    Leaf = tuple[tuple[str, ...], str]

_MAX_ADDED: Final = 2
"""An option and its value, or the two parts of a variable."""
_MAX_DEPTH: Final = 100


def is_little(path: str, before: str, after: str, edits: int = 1) -> bool:
    """Whether a file still parses as well as it did, with at most one value changed and one pair added for each edit.

    Files in other languages than JSON, TOML and YAML are not looked at.

    Args:
        path: The file.
        before: Its text.
        after: The changed text.
        edits: How many places were edited.
    """
    name = path.lower()
    if name.endswith((".json", ".jsonc", ".ipynb")):
        one, other = _json(before), _json(after)
    elif name.endswith(".toml"):
        one, other = _toml(before), _toml(after)
    elif ".yml" in name or ".yaml" in name:
        one, other = _yaml(before), _yaml(after)
    else:
        return True
    if one is None or other is None:
        return False
    return (one - other).total() <= edits and 0 < (other - one).total() <= edits * _MAX_ADDED


def _json(text: str) -> Counter[Leaf] | None:
    root = json_nodes.parse(text)
    return None if root is None else Counter(_leaves([root]))


def _yaml(text: str) -> Counter[Leaf] | None:
    documents = yaml_nodes.parse(templates.mask(text))
    return Counter([((), documents.problem), *_leaves(documents.roots)])


def _toml(text: str) -> Counter[Leaf] | None:
    try:
        todo: list[tuple[tuple[str, ...], object]] = [((), tomllib.loads(text.replace("\r\n", "\n")))]
    except (ValueError, RecursionError):
        return None
    found: Counter[Leaf] = Counter()
    while todo:
        keys, value = todo.pop()
        if isinstance(value, dict):
            todo += [((*keys, str(key)), each) for key, each in value.items()]
        elif isinstance(value, list):
            todo += [(keys, each) for each in value]
        else:
            found[keys, str(value)] += 1
    return found


def _leaves(roots: Iterable[Node]) -> list[Leaf]:
    """The scalars of trees with the keys above them; what an alias repeats is counted once."""
    todo: list[tuple[tuple[str, ...], Node]] = [((), root) for root in roots]
    found: list[Leaf] = []
    seen: set[int] = set()
    while todo:
        keys, node = todo.pop()
        if id(node) in seen or len(keys) > _MAX_DEPTH:
            continue
        seen.add(id(node))
        if node.text is not None:
            found.append((keys, node.text))
        todo += [((*keys, key.text or ""), value) for key, value in node.entries or ()]
        todo += [(keys, item) for item in node.items or ()]
    return found
