"""Read a template as its loaders do, with Jinja's own parser; nothing is compiled or rendered.

The environment has the tags that transformers' has: loop controls and ``generation``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import nodes

MAX_CHARACTERS = 400_000
MAX_NODES = 100_000


class UnreadableError(Exception):
    """The template can't be read as Jinja; the message says why, in printable words."""


class _Generation(Extension):
    """The tag that marks what the assistant wrote; its body is ordinary template."""

    tags = {"generation"}  # noqa: RUF012 - as its base class declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Give the body alone."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


ENVIRONMENT = ImmutableSandboxedEnvironment(
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=[_Generation, LoopControlExtension],
    autoescape=False,
)


def parse(template: str) -> nodes.Template:
    """The template's tree.

    Raises:
        UnreadableError: It is too large, nested too deep, or no Jinja.
    """
    if len(template) > MAX_CHARACTERS:
        raise UnreadableError(f"has {len(template)} characters, more than {MAX_CHARACTERS}")
    try:
        # Not by the environment: it runs code to rewrite the traceback of a syntax error.
        return Parser(ENVIRONMENT, template).parse()
    except RecursionError:
        raise UnreadableError("is nested too deep") from None
    except (TemplateError, ValueError, OverflowError, ArithmeticError, LookupError, TypeError) as error:
        raise UnreadableError(f"is not valid Jinja ({type(error).__name__})") from None


def walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Every node, parents before children, in the template's order.

    Raises:
        UnreadableError: There are too many.
    """
    waiting = [tree]
    count = 0
    while waiting:
        node = waiting.pop()
        count += 1
        if count > MAX_NODES:
            raise UnreadableError(f"has more than {MAX_NODES} parts")
        yield node
        waiting.extend(reversed(list(node.iter_child_nodes())))
