"""Data sets: files of records that a model was trained or judged on, beside its configuration.

Prompts, answers and generated programs are data: nothing reads them as settings, and code in them is what they are
about. A record says so by its keys; a file that loaders read by its name is never one.
"""

from __future__ import annotations

from typing import Final

from weighbridge.checks.config_paths import LOADER_FILES

_KEYS: Final = frozenset(
    {"prompt", "prompts", "completion", "completions", "response", "responses", "instruction", "instructions", "input"}
    | {"output", "outputs", "question", "answer", "answers", "text", "messages", "conversation", "conversations"}
    | {"generation", "generations", "generated", "generated_text", "prediction", "predictions", "solution", "query"}
    | {"passage", "sentence", "label", "labels", "reference", "references", "target", "resps", "chosen", "rejected"}
    | {"canonical_solution", "code", "test", "doc", "document", "context", "source_code", "role", "content"}
)
_FEWEST_KEYS = 2
_LOOKED_AT = 50


def is_data_set(name: str, value: object) -> bool:
    """Whether a JSON value is a list of records, or holds one at its outermost level.

    Args:
        name: The last part of the file's name, in lower case.
        value: What the file holds.
    """
    if LOADER_FILES.fullmatch(name):
        return False
    lists = value.values() if isinstance(value, dict) else (value,)
    return any(isinstance(each, list) and _are_records(each[:_LOOKED_AT]) for each in lists)


def _are_records(items: list[object]) -> bool:
    return bool(items) and all(is_record(item) for item in items)


def is_record(item: object) -> bool:
    """Whether a mapping has the keys of a prompt and its answer, or the like."""
    return isinstance(item, dict) and len({str(key).lower() for key in item} & _KEYS) >= _FEWEST_KEYS
