"""JSON, TOML, ``.env`` and INI files: the settings in them that name a model.

The tables of keys are `weighbridge.references.settings`'s. Files that only a machine writes are passed over.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Final

from weighbridge.references import json_nodes
from weighbridge.references.arguments import Place
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.nodes import Node
from weighbridge.references.setting_tables import of_tree, wheels
from weighbridge.references.settings import may_name, normal, within
from weighbridge.references.trees import HOOKS, TreeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weighbridge.core.mention import Mention

MAX_DEPTH: Final = 100
MAX_TOML_DOTS: Final = 2_000_000
NEEDLES: Final = (
    *(b"model", b"hf_", b"hf-", b"hf:", b"huggingface", b"repo", b"llm", b"tokenizer", b"checkpoint", b"pretrained"),
    *(
        b"reranker",
        b"embedd",
        b"storageuri",
        b"storage_uri",
        b"name_or_path",
        b"deployment",
        b"nvcr.io/nim",
        b"hf ",
        b"ollama",
    ),
)
"""A file in small letters without any of these has no such key."""
_SHAPES: Final = frozenset({"image", "Image", "command", "args", *HOOKS})
_PLACES: Final = ("models:/", "hf://", "ollama://")
MACHINE_FILES: Final = frozenset(
    {
        *("package.json", "package-lock.json", "npm-shrinkwrap.json", "composer.json", "composer.lock", "deno.json"),
        *("tokenizer.json", "vocab.json", "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json"),
        *("poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock", "cargo.lock", "cargo.toml", "flake.lock", "bun.lock"),
        *("pnpm-lock.yaml", "conda-lock.yml", "dvc.lock", "weighbridge.toml", "weighbridge.lock", "chart.lock"),
        *("config_sentence_transformers.json", "modules.json", "model_index.json", "generation_config.json"),
    }
)
"""Files that say nothing of what a program loads: locks, and parts of a model itself."""


def is_machine_file(path: str) -> bool:
    """Whether a file is passed over by its name."""
    name = path.rpartition("/")[2].lower()
    return name in MACHINE_FILES or name.endswith((".index.json", ".lock", ".lock.json", ".schema.json", ".map"))


def has_needle(data: bytes) -> bool:
    """Whether a file is worth reading."""
    lowered = data.lower()
    return any(needle in lowered for needle in NEEDLES)


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a file of settings names; its name says in which language it is written.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    if is_machine_file(path) or not has_needle(data):
        return Extraction()
    if len(data) > MAX_BYTES:
        return Extraction((), f"a file of {len(data)} bytes is not read")
    text = data.decode("utf-8-sig", "replace")
    name = path.rpartition("/")[2].lower()
    if name.endswith((".json", ".jsonc", ".json5")):
        return _json(path, text, repository)
    if name.endswith(".toml") or name == "pipfile":
        return _toml(path, text)
    if name.endswith(".txt"):
        return _ordered(wheels(requirements(text), Place(path)))
    is_ini = name.endswith((".ini", ".cfg", ".conf", ".properties"))
    return _ordered(of_tree(ini(text) if is_ini else env_file(text), Place(path)))


def _ordered(found: Iterable[Mention]) -> Extraction:
    return Extraction(tuple(sorted(dict.fromkeys(found), key=lambda each: each.spot)))


def _json(path: str, text: str, repository: Callable[[str], bytes | None]) -> Extraction:
    if not _is_worth_reading(text):
        return Extraction()
    root = json_nodes.parse(text)
    if root is None:
        return Extraction((), "it is not JSON, or nested too deep")
    reader = TreeReader(Place(path), repository, has_scripts=False)
    reader.read(root)
    return Extraction(reader.mentions(), reader.problem)


def _is_worth_reading(text: str) -> bool:
    """Whether some key or value calls for the reader that keeps places, which is much slower than Python's own."""
    found = "spacy-models" in text

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal found
        for key, value in pairs:
            found = found or key in _SHAPES or (isinstance(value, str | list) and may_name(key))
            found = found or (isinstance(value, str) and value.startswith(_PLACES))
            found = found or (isinstance(value, dict) and bool(within(key, map(normal, value))))
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return True
    return found


def _toml(path: str, text: str) -> Extraction:
    # The reader's time grows with the square of the length of a dotted key.
    if sum(line.count(".") ** 2 for line in text.split("\n")) > MAX_TOML_DOTS:
        return Extraction((), "it has lines of too many dots")
    try:
        value = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return Extraction((), "it is not TOML, or nested too deep")
    return _ordered(of_tree(_Toml(text).node(value, "", 0), Place(path)))


class _Toml:
    """Gives values of TOML, whose reader keeps no places, the places that they have in the text.

    A value stands on the first line, not yet taken, that has its key and its text; the same value of the same key
    means the same wherever it stands.
    """

    def __init__(self, text: str) -> None:
        self._lines = [line if not line.lstrip().startswith("#") else "" for line in text.split("\n")]
        self._taken: dict[tuple[str, str], int] = {}

    def node(self, value: object, key: str, depth: int) -> Node:
        """A value as a tree.

        Args:
            value: What the reader gave.
            key: The key that it stands under.
            depth: How deep it stands.
        """
        if isinstance(value, dict) and depth < MAX_DEPTH:
            entries = [
                (Node(1, 1, text=str(name)), self.node(each, str(name), depth + 1)) for name, each in value.items()
            ]
            return Node(1, 1, entries=entries)
        if isinstance(value, list) and depth < MAX_DEPTH:
            return Node(1, 1, items=[self.node(each, key, depth + 1) for each in value])
        if not isinstance(value, str):
            return Node(1, 1, text=str(value).lower() if isinstance(value, bool) else "", is_text=False)
        line, column = self._place(key, value)
        return Node(line, column, text=value)

    def _place(self, key: str, text: str) -> tuple[int, int]:
        start = self._taken.get((key, text), 0)
        anywhere = (1, 1)
        for index in range(start, len(self._lines)):
            line = self._lines[index]
            column = line.find(text) if text else -1
            if column < 0:
                continue
            if key in line[:column]:
                self._taken[key, text] = index + 1
                return index + 1, line.find(text, line.find(key) + len(key)) + 1
            anywhere = (index + 1, column + 1) if anywhere == (1, 1) else anywhere
        return anywhere


def requirements(text: str) -> Node:
    """A file for ``pip install -r``, as a list of its lines without comments.

    Args:
        text: The file.
    """
    lines = enumerate(text.split("\n"))
    return Node(
        1, 1, items=[Node(index + 1, 1, text=line.partition(" #")[0]) for index, line in lines if line[:1] != "#"]
    )


def env_file(text: str) -> Node:
    """A ``.env`` file: ``NAME=VALUE`` lines, perhaps with ``export`` and quotes.

    https://github.com/theskumar/python-dotenv#file-format

    Args:
        text: The file.
    """
    root = Node(1, 1, entries=[])
    for index, line in enumerate(text.split("\n")):
        bare = line.strip().removeprefix("export ").lstrip()
        name, mark, value = bare.partition("=")
        if mark and not bare.startswith("#") and name.strip():
            _entry(root, name.strip(), value, index + 1, line, comments=("#",))
    return root


def ini(text: str) -> Node:
    """An INI file: sections of ``name = value`` or ``name: value`` (Python's configparser).

    Args:
        text: The file.
    """
    root = Node(1, 1, entries=[])
    section = root
    for index, line in enumerate(text.split("\n")):
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if bare.startswith("[") and bare.endswith("]"):
            section = Node(index + 1, 1, entries=[])
            root.put(Node(index + 1, 1, text=bare[1:-1]), section)
            continue
        ends = [at for mark in "=:" if (at := bare.find(mark)) > 0]
        if ends:
            _entry(section, bare[: min(ends)].strip(), bare[min(ends) + 1 :], index + 1, line, comments=(" #", " ;"))
    return root


def _entry(table: Node, name: str, value: str, number: int, line: str, comments: tuple[str, ...]) -> None:
    text = value.strip()
    if text[:1] in {'"', "'"}:
        text = text[1:].partition(text[0])[0]
    else:
        for mark in comments:
            text = text.partition(f" {mark}" if mark == "#" else mark)[0]
        text = text.strip()
    column = line.find(text, line.find(name) + len(name)) + 1 if text else 1
    table.put(Node(number, 1, text=name), Node(number, max(column, 1), text=text))
