"""Settings in formats of their own: Triton's config.pbtxt, TorchServe's properties, spaCy's config.cfg, Modelfiles.

Only lines that start something or reach elsewhere are looked for; nothing else of these formats is judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.checks import config_callables, config_dangers, config_spacy
from weighbridge.checks.config_place import Place
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

_MAX_LINES = 100_000
_ASSIGNED: Final = re.compile(r"\s{0,40}([@\w.-]{1,80})\s{0,20}[=:]\s{0,20}(.{0,500})")
_INLINE: Final = re.compile(r'"(@[a-z_]{1,20})"\s{0,9}:\s{0,9}"([^"]{1,200})"')
_COMPONENT: Final = re.compile(r"\[components\.[^.\]]{1,100}\]")
_MODULE_INFO: Final = frozenset({"mlflow.pytorch.pickle_module", "pickle", "cloudpickle"})


def look(name: str, text: str, subject: Subject, notes: Notes) -> None:
    """Judge a text of settings by its name.

    Args:
        name: The last part of the file's name, in lower case.
        text: All of it.
        subject: The file that it was read from.
        notes: Where findings go.
    """
    place = Place(name, "", name, {}, subject, notes)
    if name == "keras_module.txt":
        config_callables.module(text.strip(), Place(name, "", "keras_module", {}, subject, notes))
    elif name == "pickle_module_info.txt" and text.strip() not in _MODULE_INFO:
        place.add("remote-code", f"makes MLflow import the module {quoted(text.strip())}")
    elif name in {"modelfile", "modelfile.txt"}:
        _modelfile(text, place)
    elif name.endswith((".cfg", ".ini", ".properties", ".pbtxt", ".env", ".conf")):
        _assignments(name, text, subject, notes)


def _assignments(name: str, text: str, subject: Subject, notes: Notes) -> None:
    section = ""
    for line in text.splitlines()[:_MAX_LINES]:
        found = _ASSIGNED.match(line)
        if not found:
            section = line.strip() if line.lstrip().startswith("[") else section
            continue
        key, value = found[1], found[2].strip().strip("\"'")
        place = Place(name, "", key, {}, subject, notes)
        plain = key.lower().replace("-", "_").rpartition(".")[2]
        config_spacy.registered(value, place)
        for registry, function in _INLINE.findall(value):
            config_spacy.registered(function, Place(name, "", registry, {}, subject, notes))
        if key == "source" and value and _COMPONENT.fullmatch(section):
            place.refer(value, f"takes the component from {quoted(value)}")
        if key == "factory" and _COMPONENT.fullmatch(section):
            config_spacy.component(value, place)
        config_dangers.judge(plain, value, place)
        if plain == "backend" and value == "python" and name.endswith(".pbtxt"):
            place.add("remote-code", "makes Triton run the model's own Python")
        if plain == "trust_remote_code" and value.lower() in {"true", "1", "yes"}:
            place.add("remote-code", "asks the loader to run code of the repository")


def _modelfile(text: str, place: Place) -> None:
    """Ollama's Modelfile: `FROM` and `ADAPTER` name files of the folder, or models of a registry."""
    for line in text.splitlines()[:_MAX_LINES]:
        word, _, rest = line.strip().partition(" ")
        source = rest.strip().strip("\"'")
        if word.upper() in {"FROM", "ADAPTER"} and source:
            inside = source.startswith("./") or source.endswith((".gguf", ".safetensors", ".bin"))
            if not inside and source != ".":
                place.refer(source, f"fetches {quoted(source)}")
