"""What a model's files say of each other: files that are missing, code that is run, templates that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.checks.tree import Tree, finding
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.finding import Finding

_DEFAULT = frozenset({"chat_template", "tokenizer.chat_template", "chat_template.jinja", "chat_template['default']"})


def missing(tree: Tree) -> Iterator[Finding]:
    """Files and folders that something reads and that are not here."""
    folders = {""}
    for path in tree.files:
        parts = path.split("/")
        folders.update("/".join(parts[:end]) for end in range(1, len(parts)))
    told = set()
    for path, value in tree.each("needs"):
        wanted = str(value.get("path", "")) if isinstance(value, dict) else ""
        plain = "/".join(part for part in wanted.split("/") if part not in {"", "."})
        if not isinstance(value, dict) or plain in tree.files or (path, plain) in told:
            continue
        check = value.get("check")
        known = check if isinstance(check, str) and check in CATALOGUE else "missing-file"
        if plain in folders and known == "missing-file":
            continue
        told.add((path, plain))
        where = "is a folder" if plain in folders else "is not here"
        yield finding(known, path, f"names {quoted(plain)} ({quoted(str(value.get('for', '')))}), which {where}")


def generation(tree: Tree) -> Iterator[Finding]:
    """A folder of code that transformers runs in place of its own generation."""
    for path in tree.files:
        if f"/{path}".lower().endswith("/custom_generate/generate.py"):
            yield finding("remote-code", path, "is run in place of the library's own generation")


def templates(tree: Tree) -> Iterator[Finding]:
    """The main chat template must be the same wherever a model holds it; runtimes read it from different files.

    Templates are compared within a folder, those of GGUF files in folders with the root's.
    """
    held: dict[str, dict[str, str]] = {}
    for path, value in tree.each("template"):
        if isinstance(value, dict) and value.get("where") in _DEFAULT:
            held.setdefault(path.rpartition("/")[0], {}).setdefault(path, str(value.get("sha256")))
    root = _first(held.get("", {}))
    for folder, texts in held.items():
        own = _first(texts)
        for path, text in texts.items():
            against = root if folder and root and _is_gguf(path) else own
            if text != texts.get(against, held.get("", {}).get(against)):
                yield finding("template-differs", path, f"holds another chat template than {quoted(against)}")


def _first(texts: dict[str, str]) -> str:
    """The file whose template the others are compared with: the tokenizer's, if there is one."""
    return min(texts, key=lambda path: (_is_gguf(path), path), default="")


def _is_gguf(path: str) -> bool:
    return path.lower().endswith(".gguf")
