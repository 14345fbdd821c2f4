"""Settings in trees: a table's keys, with what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Mention, Spot
from weighbridge.references.named import HOLE
from weighbridge.references.readers import Kind, named
from weighbridge.references.settings import RULE, mention, normal, within
from weighbridge.references.substitution import dollars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.references.arguments import Place
    from weighbridge.references.nodes import Node

MAX_DEPTH: Final = 100
OTHER_THINGS: Final = frozenset({"vehicle", "vehicles", "car", "cars", "device", "devices", "annotations", "labels"})
"""Words in the key of a table whose ``model`` is none of ours: a thing's, or what somebody noted."""
MAX_ITEMS: Final = 50
"""Longer lists are data, not settings."""


def resolved(text: str) -> str:
    """A value with its own defaults in place of variables; expressions of workflows are holes."""
    if "${{" in text:
        return HOLE
    return dollars(text, {}) if "${" in text else text


def of_table(node: Node, place: Place, rule: str = RULE, key: str = "") -> Iterator[Mention]:
    """The mentions of one table's own keys.

    Args:
        node: The table.
        place: The file.
        rule: The id of the rule.
        key: The key of the table itself: that of a vehicle holds no model of ours, in that of a model ``name`` is one.
    """
    if not OTHER_THINGS.isdisjoint(normal(key).split("_")):
        return
    scalars = {normal(key): value for key, value in node.pairs() if value.text is not None}
    beside = {name: value.text or "" for name, value in scalars.items()}
    places = {name: (value.line, value.column) for name, value in scalars.items()}
    own = within(key, scalars)
    for name, value in node.pairs():
        for each in value.each()[: MAX_ITEMS + 1] if value.entries is None else ():
            if each.text and each.is_text and len(value.each()) <= MAX_ITEMS:
                spot = Spot(place.path, each.line, each.column)
                asked = "model_name" if own and normal(name) == own else name
                found = mention(asked, resolved(each.text), spot, beside, rule, places=places)
                if found is not None:
                    yield replace(found, what=name)


def of_tree(root: Node, place: Place) -> Iterator[Mention]:
    """The mentions of a table and of all tables in it.

    Args:
        root: The table.
        place: The file.
    """
    todo, seen = [(root, "", 0)], set[int]()
    while todo:
        node, key, depth = todo.pop()
        if depth > MAX_DEPTH or id(node) in seen:
            continue
        seen.add(id(node))
        if node.entries is not None:
            yield from of_table(node, place, key=key)
            todo += [(value, name, depth + 1) for name, value in node.pairs()]
        elif node.items is not None and len(node.items) <= MAX_ITEMS:
            todo += [(item, key, depth + 1) for item in node.items]
            yield from wheels(node, place)


def pulled(node: Node, place: Place) -> Iterator[Mention]:
    """Models that a chart lets Ollama fetch: ``models.pull`` and ``models.run``.

    https://github.com/otwld/ollama-helm

    Args:
        node: The table of Ollama.
        place: The file.
    """
    models = node.get("models")
    for key in ("pull", "run"):
        value = models.get(key) if models is not None else None
        for each in value.each()[:MAX_ITEMS] if value is not None else ():
            found = named(Kind.OLLAMA, resolved(each.text)) if each.text else None
            if found is not None:
                spot = Spot(place.path, each.line, each.column)
                yield Mention(spot, "ollama", key, found.scheme, found.model, found.revision, can_pin=False)


def wheels(node: Node, place: Place) -> Iterator[Mention]:
    """Wheels with models in a list of requirements.

    Args:
        node: The list.
        place: The file.
    """
    for item in node.items or ():
        text = item.text or ""
        if "https://" in text:
            start = text.find("https://")
            found = named(Kind.PACKAGE, text[start:].partition(";")[0].strip())
            if found is not None:
                spot = Spot(place.path, item.line, item.column)
                yield Mention(
                    spot, "model-wheel", "requirement", found.scheme, found.model, found.revision, can_pin=False
                )
