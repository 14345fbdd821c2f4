"""YAML that strangers wrote, as plain text, lists and tables: by the events of DVC's own parser, and bounded.

Scalars stay text, so that no reader's idea of a number matters. Aliases, anchors, tags, merge keys and repeated keys
are refused: DVC's own files need none, and what they mean differs between readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"

MAX_BYTES: Final = 512 << 10
MAX_NODES: Final = 50_000
MAX_DEPTH: Final = 50


def _fail(message: str) -> ConfigError:
    return ConfigError(message, code="bad-yaml", hint="write it as DVC does: plain tables, lists and text")


def parse(data: bytes) -> Plain:
    """The only document of a text; an empty table if there is none.

    Raises:
        ConfigError: It is no YAML, of several documents, over a bound, or uses what is refused (code ``bad-yaml``).
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - takes a tenth of a second
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - the same

    if len(data) > MAX_BYTES:
        raise _fail(f"a YAML file of {len(data)} bytes is not read")
    try:
        # Published without types for events.
        events: Any = YAML(typ="safe", pure=True).parse(data.decode("utf-8"))
        return _built(events)
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _fail(f"not YAML: {str(error).splitlines()[0] if str(error) else 'broken'}") from error


class _Builder:
    """What the events have said so far."""

    def __init__(self) -> None:
        self.roots: list[Plain] = []
        self.stack: list[tuple[list[Plain] | dict[str, Plain], list[str]]] = []

    def give(self, value: Plain) -> None:
        """Put a value where it belongs."""
        if not self.stack:
            self.roots.append(value)
            return
        top, key = self.stack[-1]
        if isinstance(top, list):
            top.append(value)
        elif key:
            top[key.pop()] = value
        elif not isinstance(value, str) or value in top or value == "<<":
            raise _fail(f"the key {str(value)[:60]!r} stands twice, or is no text")
        else:
            key.append(value)

    def open(self, value: list[Plain] | dict[str, Plain]) -> None:
        """Begin a list or a table."""
        if self.stack and isinstance(self.stack[-1][0], dict) and not self.stack[-1][1]:
            raise _fail("a key is no text")
        self.give(value)
        self.stack.append((value, []))
        if len(self.stack) > MAX_DEPTH:
            raise _fail(f"nested deeper than {MAX_DEPTH}")


def _built(events: Iterable[Any]) -> Plain:
    builder = _Builder()
    for count, event in enumerate(events):
        if count > MAX_NODES:
            raise _fail(f"more than {MAX_NODES} values")
        kind = type(event).__name__
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            raise _fail("anchors and aliases are not read")
        if _has_tag(event):
            raise _fail("tags are not read")
        if kind == "ScalarEvent":
            builder.give(event.value)
        elif kind == "MappingStartEvent":
            builder.open({})
        elif kind == "SequenceStartEvent":
            builder.open([])
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            builder.stack.pop()
    if len(builder.roots) > 1:
        raise _fail("it has several documents")
    return builder.roots[0] if builder.roots else {}


def _has_tag(event: Any) -> bool:
    tag = getattr(event, "tag", None)
    return tag is not None and str(tag) != "None"
