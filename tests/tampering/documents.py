"""Every change of a document by walking its leaves: JSON, TOML and YAML as plain values, written back as text."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HEX = re.compile(r"(sha256:)?[0-9a-f]{32,64}(\.dir)?")
_TWIN = "twin-of-"
ADDED = "added"

Path = tuple[str | int, ...]
Pool = dict[str, list[Any]]


@dataclass(frozen=True)
class Variation:
    """One change of a document.

    Args:
        kind: Such as ``leaf changed``.
        path: Where.
        value: The whole document after it; a key that begins with `_TWIN` is written as its twin.
    """

    kind: str
    path: Path
    value: Any

    @property
    def where(self) -> str:
        return ".".join(map(str, self.path)) or "top"

    @property
    def locus(self) -> str:
        return locus(self.path)


def locus(path: Path) -> str:
    """A path without the names and indices that depend on the world."""
    return ".".join("[]" if isinstance(part, int) else _nameless(part) for part in path)


def _nameless(part: str) -> str:
    return "*" if part in {"alpha", "beta", "gamma", "delta"} else part


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node with its path, the top first."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from walk(item, (*path, key))


def pool(documents: list[Any]) -> Pool:
    """The values that stand at each locus in several documents of one kind."""
    found: Pool = {}
    for document in documents:
        for path, value in walk(document):
            if not isinstance(value, dict | list) and value not in found.setdefault(locus(path), []):
                found[locus(path)].append(value)
    return found


def variations(document: Any, plausible: Pool) -> Iterator[Variation]:
    """Every change of one leaf, key or list.

    Args:
        document: Plain values.
        plausible: Values by locus that other documents of its kind have.
    """
    for path, value in walk(document):
        if isinstance(value, dict):
            yield from _of_keys(document, path, value)
        elif isinstance(value, list):
            yield from _of_items(document, path, value)
        else:
            for other in _others(value):
                yield Variation("leaf changed", path, _with(document, path, other))
            for other in plausible.get(locus(path), []):
                if other != value or type(other) is not type(value):
                    yield Variation("leaf swapped", path, _with(document, path, other))


def _others(value: Any) -> list[Any]:
    """Other values of the same type; of null, text."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if value else [1]
    return _other_texts(value) if isinstance(value, str) else ["x"]


def _other_texts(value: str) -> list[Any]:
    if _TIME.fullmatch(value):
        return ["2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"]
    if _DAY.fullmatch(value):
        return ["2001-01-01"]
    if _HEX.fullmatch(value):
        place = value.index(":") + 1 if ":" in value else 0
        return [value[:place] + ("1" if value[place] == "0" else "0") + value[place + 1 :]]
    return [value + "x"]


def _of_keys(document: Any, path: Path, value: dict[str, Any]) -> Iterator[Variation]:
    for key, item in value.items():
        yield Variation("key deleted", (*path, key), _without(document, path, key))
        twin = item if isinstance(item, dict | list) else _others(item)[0]
        yield Variation("key twice", (*path, key), _with(document, (*path, _TWIN + key), twin))
    yield Variation("key added", (*path, ADDED), _with(document, (*path, ADDED), "x"))


def _of_items(document: Any, path: Path, value: list[Any]) -> Iterator[Variation]:
    for index, item in enumerate(value):
        here = (*path, index)
        yield Variation("item dropped", here, _without(document, path, index))
        yield Variation("item twice", here, _with(document, path, [*value, item]))
    if value[::-1] != value:
        yield Variation("list reordered", path, _with(document, path, value[::-1]))


def _without(document: Any, path: Path, part: str | int) -> Any:
    return _edited(document, path, lambda node: node.pop(part))


def _edited(document: Any, path: Path, edit: Callable[[Any], object]) -> Any:
    made = copy.deepcopy(document)
    node = made
    for part in path:
        node = node[part]
    edit(node)
    return made


def _with(document: Any, path: Path, value: Any) -> Any:
    return _edited(document, path[:-1], lambda node: node.__setitem__(path[-1], value)) if path else value


def _untwinned(text: str) -> bytes:
    return text.replace(_TWIN, "").encode("utf-8")


def canonical_json(value: Any) -> bytes:
    return _untwinned(json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")))


def _sorted(value: Any) -> Any:
    """As canonical JSON sorts ASCII keys; twins stand beside each other."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (key.removeprefix(_TWIN), key))
        return {key: _sorted(value[key]) for key in keys}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def plain_json(value: Any) -> bytes:
    return _untwinned(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def toml(value: Any) -> bytes:
    return _untwinned(tomlkit.dumps(value))


def yaml_text(value: Any) -> bytes:
    return _untwinned(yaml.safe_dump(value, sort_keys=False))


READERS: Mapping[str, Callable[[bytes], Any]] = {
    "json": json.loads,
    "toml": lambda data: tomlkit.parse(data.decode("utf-8")).unwrap(),
    "yaml": yaml.safe_load,
}
WRITERS: Mapping[str, Callable[[Any], bytes]] = {"json": plain_json, "toml": toml, "yaml": yaml_text}
