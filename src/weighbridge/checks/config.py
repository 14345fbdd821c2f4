"""Configuration is code: what a parsed document or a text of settings would make a loader do.

It judges keys, wherever they stand and whatever the file is called. It opens, follows and fetches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import config_dangers, config_documents, config_paths, config_texts, requirements, templates
from weighbridge.checks.config_code import CODE
from weighbridge.checks.config_place import Place
from weighbridge.checks.config_references import REFERENCES
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

MAX_NODES = 5_000_000
_MAX_TEXT = 20_000
_MAX_WHERE = 160
_VOCABULARY_SIZE = 64
_TEMPLATES: Final = frozenset({"chat_template", "chat_templates", "tool_chat_template", "default_chat_template"})
_LIBRARIES: Final = (".so", ".dll", ".dylib", ".pyd")


def look(name: str, document: object, subject: Subject, notes: Notes) -> None:
    """Judge a parsed document.

    Args:
        name: The last part of the file's name, in lower case.
        document: What JSON, YAML or TOML holds: mappings, lists, texts, numbers.
        subject: The file that it was read from.
        notes: Where findings go.
    """
    place = Place(name, "", name, {}, subject, notes)
    if isinstance(document, dict):
        config_documents.pipeline(document, place)
        config_documents.routes(document, place)
        config_documents.mlmodel(document, place)
        requirements.look_document(name, document, subject, notes)
    elif isinstance(document, list) and len(document) <= _MAX_TEXT:
        config_documents.modules(document, place)
    _walk(name, document, subject, notes)


def look_text(name: str, text: str, subject: Subject, notes: Notes) -> None:
    """Judge a text of settings: requirements, a template, an ini file.

    Args:
        name: The last part of the file's name, in lower case.
        text: All of it.
        subject: The file that it was read from.
        notes: Where findings go.
    """
    if name.endswith((".jinja", ".jinja2", ".j2")):
        templates.look(text, name, subject, notes)
    requirements.look_text(name, text, subject, notes)
    config_texts.look(name, text, subject, notes)


def _walk(name: str, document: object, subject: Subject, notes: Notes) -> None:
    """Every mapping of the document, each once, however often it is referred to."""
    waiting: list[tuple[object, str]] = [(document, "")]
    seen: set[int] = set()
    count = 0
    while waiting:
        node, where = waiting.pop()
        if id(node) in seen or not isinstance(node, dict | list):
            continue
        seen.add(id(node))
        count += len(node) + 1
        if count > MAX_NODES:
            notes.add("not-inspected", f"a document of more than {MAX_NODES} values", inside=subject.inside)
            return
        if isinstance(node, dict):
            if not _is_vocabulary(node):
                _mapping(name, node, where, subject, notes)
            waiting += [(item, _below(where, key)) for key, item in node.items() if isinstance(item, dict | list)]
        else:
            _arguments(name, node, where, subject, notes)
            waiting += [(item, where) for item in node if isinstance(item, dict | list)]


def _below(where: str, key: object) -> str:
    """The keys that lead further down; the outermost are kept, for they say what a command is."""
    return where if len(where) > _MAX_WHERE else f"{where}.{str(key)[:60]}".lstrip(".")


def _is_vocabulary(node: Mapping[object, object]) -> bool:
    """Words and their numbers: its keys are no settings."""
    return len(node) > _VOCABULARY_SIZE and all(type(value) in {int, float} for value in node.values())


def _mapping(name: str, node: Mapping[object, object], where: str, subject: Subject, notes: Notes) -> None:
    own = Place(name, where, "", node, subject, notes)
    config_documents.serialised(node, own)
    config_documents.tensors(node, own)
    for key, value in node.items():
        if isinstance(key, str) and value is not None:
            _setting(Place(name, where, key, node, subject, notes), value)


def _setting(place: Place, value: object) -> None:
    key = place.key.strip().lower().replace("-", "_")
    for rules in (CODE, REFERENCES):
        if key in rules:
            rules[key](value, place)
    config_dangers.judge(key, value, place)
    if key == "weight_map":
        config_paths.weight_map(value, place)
    elif key in _TEMPLATES or key.endswith("chat_template"):
        _templates(value, place)
    elif isinstance(value, str):
        _text(value, key, place)


def _text(value: str, key: str, place: Place) -> None:
    config_paths.setting(value, key, place)
    if ("{{" in value or "{%" in value) and not place.where.startswith("model.vocab"):
        templates.look_perhaps(value, place.key[:60], place.subject, place.notes)
    if len(value) > _MAX_TEXT:
        return
    if value.lower().endswith(_LIBRARIES) and ("lib" in key or "plugin" in key or "ops" in key):
        place.add("remote-code", f"makes the loader open the native library {quoted(value)}")
    _argument(value, place)


def _templates(value: object, place: Place) -> None:
    """One template, templates by name, or a list of ``{"name", "template"}``."""
    if isinstance(value, str):
        templates.look(value, place.key, place.subject, place.notes)
        return
    items = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    for number, item in list(items)[:100]:
        if isinstance(item, dict) and isinstance(item.get("template"), str):
            where = f"{place.key}[{str(item.get('name'))[:40]!r}]"
            templates.look(item["template"], where, place.subject, place.notes)
        elif isinstance(item, str):
            templates.look(item, f"{place.key}[{str(number)[:40]!r}]", place.subject, place.notes)


def _arguments(name: str, node: list[object], where: str, subject: Subject, notes: Notes) -> None:
    place = Place(name, where, where.rpartition(".")[2] or name, {}, subject, notes)
    for item in node:
        if isinstance(item, str) and len(item) <= _MAX_TEXT:
            _argument(item, place)


def _argument(text: str, place: Place) -> None:
    """A command line's argument that asks to run a repository's code, or opens the machine to a container."""
    if "trust" in text and "--trust-remote-code" in text.replace("_", "-"):
        place.add("remote-code", f"passes {quoted(text)}")
    if "!!python/" in text:
        place.add("remote-code", f"holds a tag of Python objects, {quoted(text)}")
    if ":" in text and text.startswith("/"):
        config_dangers.mount(text, place)
