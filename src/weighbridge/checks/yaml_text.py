"""YAML: documents as plain values, composed from the parser's events without a constructor that could run anything.

No tag but YAML's own plain ones is accepted (`!!python/...` and every other names code in some loader), repeated keys
are faults, aliases are counted as if they were written out. PyYAML reads the events; nothing here recurses.

Faults: `limit`, `utf-8`, `syntax`, `tag`, `nesting`, `duplicate-key`, `key`, `alias`, `merge`, `value`,
`too-many-faults`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import yaml

from weighbridge.formats.fault import Fault, Faults, StopError, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 2 << 20
MAX_DEPTH = 100
MAX_NODES = 200_000
_MAX_SCALAR = 100  # characters of a number, date or truth value
_CORE: Final = "tag:yaml.org,2002:"
_PLAIN_TAGS: Final = frozenset(
    {"!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge"))}
)
_SCALARS: Final = frozenset(_CORE + name for name in ("int", "float", "bool", "null"))
_MERGE: Final = object()
_READER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(frozen=True, slots=True)
class YamlReport:
    """What a YAML stream says, and which rules it breaks.

    Args:
        value: The document; a list of them if there are several, None if there is none or it could not be read.
        faults: The broken rules.
        complete: Whether the whole stream was read; if not, `value` means nothing.
    """

    value: object
    faults: tuple[Fault, ...]
    complete: bool = True


@dataclass(slots=True)
class _Node:
    """A mapping or sequence while it is read.

    Args:
        value: What it holds so far.
        anchor: Its name for aliases, empty if it has none.
        key: The key that waits for its value.
        waits: Whether a key waits.
        merged: What merge keys bring in.
        size: Nodes in it, aliases written out.
    """

    value: dict[object, object] | list[object]
    anchor: str
    key: object = None
    waits: bool = False
    merged: list[object] = field(default_factory=list)
    size: int = 1


def parse(data: bytes) -> YamlReport:
    """Read a YAML stream."""
    faults = Faults()
    builder = _Builder(faults)
    try:
        for event in _events(data):
            builder.take(event)
    except StopError as error:
        faults.stop(error)
        return YamlReport(None, faults.all(), complete=False)
    found = builder.documents
    return YamlReport(found if len(found) > 1 else found[0] if found else None, faults.all())


def _events(data: bytes) -> Iterator[yaml.Event]:
    if len(data) > MAX_BYTES:
        raise StopError("limit", f"a YAML text of {len(data)} bytes is not read", MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StopError("utf-8", "the text is not UTF-8", error.start) from None
    try:
        yield from yaml.parse(text, Loader=_READER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = quoted(str(getattr(error, "problem", None) or error))
        where = f" in line {mark.line + 1}" if mark else ""
        raise StopError("syntax", f"not YAML: {problem}{where}", 0) from None
    except (RecursionError, ValueError) as error:
        raise StopError("syntax", f"not YAML: {quoted(str(error))}", 0) from None


class _Builder:
    """Values of events, with a stack of its own."""

    def __init__(self, faults: Faults) -> None:
        self.documents: list[object] = []
        self._faults = faults
        self._stack: list[_Node] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self._events = 0
        self._scalars = yaml.SafeLoader("")

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        self._events += 1
        if self._events > MAX_NODES:
            raise StopError("limit", f"there are more than {MAX_NODES} nodes", _offset(event))
        if isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()
        elif isinstance(event, yaml.ScalarEvent):
            self._tag(event.tag, event)
            self._give(self._scalar(event), 1, event.anchor or "", event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._tag(event.tag, event)
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            node = self._stack.pop()
            self._merge(node, event)
            self._give(node.value, node.size, node.anchor, event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _tag(self, tag: str | None, event: yaml.Event) -> None:
        if tag is not None and tag not in _PLAIN_TAGS:
            self._faults.add("tag", f"the tag {quoted(tag)} is not plain data{_line(event)}", _offset(event))

    def _open(self, value: dict[object, object] | list[object], event: yaml.NodeEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise StopError("nesting", f"values are nested deeper than {MAX_DEPTH}", _offset(event))
        anchor = event.anchor or ""
        if anchor:
            self._anchors.pop(anchor, None)
        self._stack.append(_Node(value, anchor))

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        known = self._anchors.get(name)
        if known is None:
            raise StopError("alias", f"the alias {quoted(name)} names nothing before it", _offset(event))
        self._give(known[0], known[1], "", event)

    def _give(self, value: object, size: int, anchor: str, event: yaml.Event) -> None:
        """Put a whole value where it belongs."""
        if anchor:
            self._anchors[anchor] = (value, size)
        if not self._stack:
            self.documents.append(value)
            return
        top = self._stack[-1]
        top.size += size
        self._put(top, value, event)
        if top.size > MAX_NODES:
            message = f"an alias makes more than {MAX_NODES} nodes of these"
            raise StopError("alias", message, _offset(event))

    def _put(self, top: _Node, value: object, event: yaml.Event) -> None:
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.waits:
            top.waits = False
            if top.key is _MERGE:
                top.merged.append(value)
                return
            if top.key in top.value:
                message = f"the key {quoted(str(top.key))} stands twice in one mapping{_line(event)}"
                self._faults.add("duplicate-key", message, _offset(event))
            top.value[top.key] = value
        else:
            top.waits = True
            top.key = value
            if isinstance(value, dict | list):
                self._faults.add("key", f"a key is a collection{_line(event)}", _offset(event))
                top.key = f"collection {_offset(event)}"

    def _merge(self, node: _Node, event: yaml.Event) -> None:
        """What `<<` brings in stands behind what the mapping says itself (https://yaml.org/type/merge.html)."""
        if isinstance(node.value, list):
            return
        for merged in node.merged:
            for each in merged if isinstance(merged, list) else [merged]:
                if isinstance(each, dict):
                    node.value.update((key, value) for key, value in each.items() if key not in node.value)
                else:
                    self._faults.add("merge", f"a merge key names no mapping{_line(event)}", _offset(event))

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        text: str = event.value
        tag = event.tag
        if tag in {None, "!"} or tag not in _PLAIN_TAGS:
            tag = self._scalars.resolve(yaml.ScalarNode, text, event.implicit)  # type: ignore[no-untyped-call]
        if tag == _CORE + "merge" and self._stack:
            top = self._stack[-1]
            return text if isinstance(top.value, list) or top.waits else _MERGE
        if tag not in _SCALARS or len(text) > _MAX_SCALAR:
            return text
        try:
            value: object = self._scalars.construct_object(yaml.ScalarNode(tag, text))
        except (ValueError, KeyError, OverflowError, AttributeError, IndexError, yaml.YAMLError):
            self._faults.add("value", f"{quoted(text)} is not what its tag says{_line(event)}", _offset(event))
            return text
        return value


def _offset(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _line(event: yaml.Event) -> str:
    return f" (line {event.start_mark.line + 1})" if event.start_mark else ""
