"""The shell's syntax trees, by tree-sitter's grammar of Bash; text that is broken gives a tree with errors in it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import tree_sitter
import tree_sitter_bash

from weighbridge.references.shell_words import Evaluator, Places, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tree_sitter import Node

    from weighbridge.references.arguments import Word


@cache
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_bash.language())


def parse(source: bytes) -> Node:
    """The root of a text's tree.

    Args:
        source: The text, in UTF-8.
    """
    return tree_sitter.Parser(_language()).parse(source).root_node


def split(text: str, word: Word, env: Mapping[str, Sequence[str]]) -> list[Word]:
    """The words of a command that is written as one text, as Compose splits it.

    Args:
        text: The text.
        word: Where it stands.
        env: What is known of variables.
    """
    source = text.encode("utf-8", "replace")
    todo = [parse(source)]
    while todo and todo[0].type not in {"command", "test_command"}:
        todo = todo[0].named_children[:1]
    if not todo:
        return []
    evaluator = Evaluator(source, Places(source, word.line, word.column, word.indent), lambda _: None)
    scope = Scope({name: tuple(texts) for name, texts in env.items()})
    words: list[Word] = []
    for child in todo[0].named_children:
        inner = child.named_children[0] if child.type == "command_name" and child.named_child_count == 1 else child
        words += evaluator.words(inner, scope)
    return words
