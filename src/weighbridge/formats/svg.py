"""SVG: well-formed XML that draws and does no more.

Anything that runs, loads or declares is a fault: scripts, event handlers, foreign elements, references that leave the
file, style sheets that import, entities (CWE-776) and document types of its own. Links on `a` are for people to follow.
The document type of SVG itself, which drawing programs write, is passed over and never fetched.

Faults: `limit`, `syntax`, `root`, `doctype`, `entity`, `instruction`, `element`, `event`, `reference`, `style`,
`nesting`, `too-many-faults`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from weighbridge.formats.fault import Faults, StopError, quoted
from weighbridge.formats.media_report import MediaReport, gather

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 32 << 20
MAX_DEPTH = 500
_ELEMENTS: Final = frozenset(
    {"script", "foreignobject", "iframe", "embed", "object", "handler", "listener", "link", "meta", "base", "audio"}
    | {"video", "canvas", "form", "input", "html", "body", "include"}
)
_REFERENCES: Final = frozenset({"href", "src", "action", "formaction", "data", "xml:base"})
_INSIDE = re.compile(
    r"\s*(?:#.*|data:(?:image/(?:png|jpe?g|gif|webp)|font/\w+|application/(?:x-)?font-\w+)[;,].*|)", re.DOTALL
)
_LINK = re.compile(r"\s*(?:https?:|mailto:|#).*", re.DOTALL | re.IGNORECASE)
_URL = re.compile(
    r"url\s*+\(\s*+['\"]?+\s*+(?!#|data:(?:image/(?:png|jpe?g|gif|webp)|font/|application/(?:x-)?font-))", re.IGNORECASE
)
_ACTIVE = re.compile(r"@import|@\\|javascript\s*:|expression\s*\(|-moz-binding|behavior\s*:", re.IGNORECASE)


def parse(data: bytes) -> MediaReport:
    """Read an SVG image."""
    return gather("svg", lambda faults: _walk(data, faults))


def _walk(data: bytes, faults: Faults) -> None:
    if len(data) > MAX_BYTES:
        raise StopError("limit", f"an image of {len(data)} bytes is not read", MAX_BYTES)
    parser = expat.ParserCreate()
    drawing = _Drawing(faults, parser)
    parser.buffer_text = True
    parser.StartElementHandler = drawing.start
    parser.EndElementHandler = drawing.end
    parser.CharacterDataHandler = drawing.characters
    parser.StartDoctypeDeclHandler = drawing.doctype
    parser.EntityDeclHandler = drawing.entity
    parser.ProcessingInstructionHandler = drawing.instruction
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        message = f"not XML: {expat.ErrorString(error.code)} (line {error.lineno})"
        raise StopError("syntax", message, max(parser.ErrorByteIndex, 0)) from None
    except (LookupError, ValueError):
        raise StopError("syntax", "not XML: an encoding that is not known", 0) from None


class _Drawing:
    """What the XML parser calls."""

    def __init__(self, faults: Faults, parser: expat.XMLParserType) -> None:
        self._faults = faults
        self._parser = parser
        self._names: list[str] = []
        self._style: list[str] = []

    def _add(self, id: str, message: str) -> None:  # noqa: A002 - the fault's field
        self._faults.add(id, message, max(self._parser.CurrentByteIndex, 0))

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        local = name.rpartition(":")[2].lower()
        if not self._names and local != "svg":
            self._add("root", f"the outermost element is {quoted(name)}")
        self._names.append(local)
        if len(self._names) > MAX_DEPTH:
            raise StopError("nesting", f"elements are nested deeper than {MAX_DEPTH}", self._parser.CurrentByteIndex)
        if local in _ELEMENTS:
            self._add("element", f"the element {quoted(name)} does more than draw")
        for key, value in attributes.items():
            self._attribute(local, key.lower(), value)

    def _attribute(self, element: str, name: str, value: str) -> None:
        local = name.rpartition(":")[2]
        if local.startswith("on"):
            self._add("event", f"the attribute {quoted(name)} handles an event")
        elif local in _REFERENCES or name in _REFERENCES:
            allowed = _LINK if element == "a" else _INSIDE
            if not allowed.fullmatch(value):
                self._add("reference", f"{quoted(element)} refers to {quoted(value)}")
        elif local == "attributename" and value.rpartition(":")[2].lower() in {"href", "src"}:
            self._add("reference", "an animation changes a reference")
        elif _ACTIVE.search(value) or (not name.startswith("xmlns") and _URL.search(value)):
            self._add("style", f"the attribute {quoted(name)} loads or runs {quoted(value)}")

    def end(self, _: str) -> None:
        """An element ends."""
        if self._names.pop() == "style":
            text = "".join(self._style)
            self._style.clear()
            if _ACTIVE.search(text) or _URL.search(text):
                self._add("style", f"a style sheet loads or runs something: {quoted(text.strip())}")

    def characters(self, text: str) -> None:
        """Text, of which only style sheets matter."""
        if self._names[-1:] == ["style"]:
            self._style.append(text)

    def doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        """A document type."""
        known = name.lower() == "svg" and (system is None or (public or "").startswith("-//W3C//DTD SVG"))
        if internal or not known:
            self._add("doctype", f"a document type of its own: {quoted(public or system or name)}")

    def entity(self, name: str, *_: object) -> None:
        """An entity is declared; reading stops, as its use may grow without bound."""
        raise StopError("entity", f"the entity {quoted(name)} is declared", self._parser.CurrentByteIndex)

    def instruction(self, target: str, text: str) -> None:
        """A processing instruction."""
        self._add("instruction", f"an instruction to {quoted(target)}: {quoted(text)}")
