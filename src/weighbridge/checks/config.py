"""Configuration is code: what a parsed document or a text of settings would make a loader do.

It judges keys, wherever they stand and whatever the file is called. It opens, follows and fetches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks import (
    config_callables,
    config_dangers,
    config_documents,
    config_paths,
    config_texts,
    requirements,
    templates,
)
from weighbridge.checks.config_code import CODE
from weighbridge.checks.config_place import Place
from weighbridge.checks.config_references import REFERENCES
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

MAX_NODES = 5_000_000
MAX_PROMPTS = 5_000
_MAX_TEXT = 20_000
_MAX_WHERE = 160
_VOCABULARY_SIZE = 64
_HUBS: Final = ("hf-hub:", "hf_hub:", "hf://")
_MAX_TEMPLATES = 100
_SWITCHES: Final = frozenset({*config_dangers.SWITCHED_ON, *config_dangers.SWITCHED_OFF, "trust_remote_code"})
_TEMPLATES: Final = frozenset({"chat_template", "chat_templates", "tool_chat_template", "default_chat_template"})
_RULED: Final = frozenset({*CODE, *REFERENCES, *config_dangers.KEYS, *_TEMPLATES, "weight_map"})
# Without one of these a template reaches nothing but its data.
_HINTS: Final = ("_", "\\", "attr", "[")
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
    elif isinstance(document, list):
        config_documents.modules(document, place)
    _Reading(name, subject, notes).walk(document)


def look_text(name: str, text: str, subject: Subject, notes: Notes) -> None:
    """Judge a text of settings: requirements, a template, an ini file.

    Args:
        name: The last part of the file's name, in lower case.
        text: All of it.
        subject: The file that it was read from.
        notes: Where findings go.
    """
    if name.endswith((".jinja", ".jinja2", ".j2")) or (name.startswith("chat_template") and not name.endswith(".md")):
        templates.look(text, name, subject, notes)
    elif name.endswith((".txt", ".tmpl", ".template", ".prompt")) and ("{{" in text or "{%" in text):
        templates.look_perhaps(text, name, subject, notes)
    requirements.look_text(name, text, subject, notes)
    config_texts.look(name, text, subject, notes)


class _Reading:
    """One document while it is walked.

    Args:
        name: The last part of the file's name, in lower case.
        subject: The file.
        notes: Where findings go.
    """

    def __init__(self, name: str, subject: Subject, notes: Notes) -> None:
        self._name = name
        self._subject = subject
        self._notes = notes
        self._prompts = MAX_PROMPTS

    def walk(self, document: object) -> None:
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
                message = f"a document of more than {MAX_NODES} values"
                self._notes.add("not-inspected", message, inside=self._subject.inside)
                return
            if isinstance(node, dict):
                if _is_vocabulary(node):
                    if "vocab" not in self._name:
                        self._switches(node, where)
                    continue
                self._mapping(node, where)
                waiting += [(item, _below(where, key)) for key, item in node.items() if isinstance(item, dict | list)]
            else:
                config_callables.row(node, Place(self._name, where, where, {}, self._subject, self._notes))
                self._arguments(node, where)
                waiting += [(item, where) for item in node if isinstance(item, dict | list)]

    def _mapping(self, node: dict[object, object], where: str) -> None:
        own = Place(self._name, where, "", node, self._subject, self._notes)
        config_documents.serialised(node, own)
        config_documents.tensors(node, own)
        config_callables.called(node, own)
        for key, value in node.items():
            if not isinstance(key, str) or value is None:
                continue
            plain = key.strip().lower().replace("-", "_")
            if isinstance(value, str) or plain in _RULED or plain.endswith("chat_template"):
                place = Place(self._name, where, key, node, self._subject, self._notes)
                self._setting(plain, value, place)

    def _switches(self, node: dict[object, object], where: str) -> None:
        """Of words and their numbers in a loader's settings, those that it would read as yes or no."""
        if not config_paths.LOADER_FILES.fullmatch(self._name) or self._name == "added_tokens.json":
            return
        for key, value in node.items():
            plain = key.strip().lower().replace("-", "_") if isinstance(key, str) and value in {0, 1} else ""
            if plain in _SWITCHES:
                self._setting(plain, value, Place(self._name, where, str(key), node, self._subject, self._notes))

    def _setting(self, key: str, value: object, place: Place) -> None:
        for rules in (CODE, REFERENCES):
            if key in rules:
                rules[key](value, place)
        config_dangers.judge(key, value, place)
        if key == "weight_map":
            config_paths.weight_map(value, place)
        elif key in _TEMPLATES or key.endswith("chat_template"):
            _templates(value, place)
        elif isinstance(value, str):
            self._text(value, key, place)

    def _text(self, value: str, key: str, place: Place) -> None:
        config_paths.setting(value, key, place)
        if ("{{" in value or "{%" in value) and any(hint in value for hint in _HINTS):
            self._prompt(value, place)
        if len(value) > _MAX_TEXT:
            return
        if value.lower().endswith(_LIBRARIES) and ("lib" in key or "plugin" in key or "ops" in key):
            place.add("remote-code", f"makes the loader open the native library {quoted(value)}")
        if value.startswith(_HUBS) and config_paths.LOADER_FILES.fullmatch(self._name):
            place.refer(value.partition(":")[2].lstrip("/"), f"makes the loader fetch {quoted(value)}")
        _argument(value, place)

    def _prompt(self, value: str, place: Place) -> None:
        """A text that may be a template; a file has so many of them at most."""
        self._prompts -= 1
        if self._prompts >= 0:
            templates.look_perhaps(value, place.key[:60], self._subject, self._notes)
        elif self._prompts == -1:
            place.add("not-inspected", f"is one of more than {MAX_PROMPTS} texts that may be templates")

    def _arguments(self, node: list[object], where: str) -> None:
        for item in node:
            if isinstance(item, str) and ("-" in item or "/" in item) and len(item) <= _MAX_TEXT:
                key = where.rpartition(".")[2] or self._name
                _argument(item, Place(self._name, where, key, {}, self._subject, self._notes))


def _below(where: str, key: object) -> str:
    """The keys that lead further down; the outermost are kept, for they say what a command is."""
    return where if len(where) > _MAX_WHERE else f"{where}.{str(key)[:60]}".lstrip(".")


def _is_vocabulary(node: Mapping[object, object]) -> bool:
    """Words and their numbers: its keys are no settings."""
    return len(node) > _VOCABULARY_SIZE and all(type(value) in {int, float} for value in node.values())


def _templates(value: object, place: Place) -> None:
    """One template, templates by name, or a list of ``{"name", "template"}``."""
    if isinstance(value, str):
        templates.look(value, place.key, place.subject, place.notes)
        return
    items = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    if isinstance(value, list | dict) and len(value) > _MAX_TEMPLATES:
        place.add("not-inspected", f"holds {len(value)} templates; {_MAX_TEMPLATES} were looked at")
    for number, item in list(items)[:_MAX_TEMPLATES]:
        if isinstance(item, dict) and isinstance(item.get("template"), str):
            where = f"{place.key}[{str(item.get('name'))[:40]!r}]"
            templates.look(item["template"], where, place.subject, place.notes)
        elif isinstance(item, str):
            templates.look(item, f"{place.key}[{str(number)[:40]!r}]", place.subject, place.notes)


def _argument(text: str, place: Place) -> None:
    """A command line's argument that asks to run a repository's code, or opens the machine to a container."""
    if "trust" in text and "--trust-remote-code" in text.replace("_", "-"):
        place.add("remote-code", f"passes {quoted(text)}")
    if "!!python/" in text:
        place.add("remote-code", f"holds a tag of Python objects, {quoted(text)}")
    if ":" in text and text.startswith("/"):
        config_dangers.mount(text, place)
