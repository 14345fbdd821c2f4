"""Keras: what a saved model's configuration would have its loader make, import or read.

Each object is a class or function by name and module; the loader imports what stands there and calls it. Only what
`keras_builtins` lists is a model's part. The walk does not recurse, and looks at every value wherever it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import quoted
from weighbridge.formats.keras_builtins import FUNCTIONS, HOLDING_CODE, is_class, is_module

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FOUND = 100
# Values that stand for plain data, by the loader itself.
_DATA: Final = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"})
_NAMING: Final = frozenset({"module", "fn_module", "registered_name"})
# Keys whose text a preprocessing layer opens as a file (CVE-2025-12058).
_FILES: Final = frozenset({"vocabulary", "idf_weights", "filepath"})
_SWITCHES: Final = frozenset({"safe_mode", "enable_unsafe_deserialization"})


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is no part of a plain model, in one sentence, printable ASCII."""

    message: str


def look(document: object) -> list[Found]:
    """Everything in a parsed configuration that is not of Keras' own plain parts, at most `MAX_FOUND`."""
    found: list[Found] = []
    waiting = [document]
    while waiting and len(found) < MAX_FOUND:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            found += map(Found, _dict(value))
    return found


def _dict(value: dict[str, object]) -> Iterator[str]:
    for key in _FILES & value.keys():
        if isinstance(value[key], str) and value[key]:
            yield f"{key} names a file: {quoted(str(value[key]))}"
    for key in _SWITCHES & value.keys():
        yield f"{key} would change what the loader refuses"
    if "class_name" in value:
        yield from _object(value)
    elif any(isinstance(value[key], str) for key in _NAMING & value.keys()):
        yield "a module is named outside of any object"


def _object(value: dict[str, object]) -> Iterator[str]:
    """One object: is it Keras' own, and under its own name?"""
    name, module, registered = value["class_name"], value.get("module"), value.get("registered_name")
    if not isinstance(name, str):
        yield "a class is named by something that is no text"
    elif name in HOLDING_CODE:
        yield f"{quoted(name)} holds code, or loads it"
    elif name in _DATA:
        if module is not None:
            yield f"{quoted(name)} with a module: {quoted(str(module))}"
    elif name == "function":
        yield from _function(value)
    elif not isinstance(module, str | None) or not is_class(name, module):
        yield f"{quoted(f'{module}.{name}')} is no plain part of Keras"
    elif not _own_name(registered, name):
        yield f"{quoted(name)} is registered as {quoted(str(registered))}"


def _function(value: dict[str, object]) -> Iterator[str]:
    name, module, registered = value.get("config"), value.get("module"), value.get("registered_name")
    known = isinstance(name, str) and name in FUNCTIONS
    place = module is None or (isinstance(module, str) and (module == "builtins" or is_module(module)))
    if not known or not place:
        yield f"function {quoted(f'{module}.{name}')} is no plain part of Keras"
    elif not _own_name(registered, "function", str(name)):
        yield f"function {quoted(str(name))} is registered as {quoted(str(registered))}"


def _own_name(registered: object, *names: str) -> bool:
    """Whether an object is registered under no other name: a custom one is code that the model does not bring."""
    return not registered or registered in names
