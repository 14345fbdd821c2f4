"""However a call is laid out, mending it changes nothing but the revision."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.fixes.mending import HEAD, SHA, done

SPACE = st.sampled_from(["", " ", "  ", "\t"])
BREAK = st.sampled_from(["", " ", "\n", "\n    ", "\n\t", "  # c\n    ", "\n\n    ", " \\\n  ", "\n    # c\n    "])
VALUES = st.sampled_from(["1", "x", "[1, 2]", "{'a': 1}", "f(2)", '"é😀"', "(\n 3)", "lambda: 0", "not y", "'''\n'''"])
NEWLINES = st.sampled_from(["\n", "\r\n"])


@st.composite
def _calls(draw: st.DrawFn) -> str:
    """A call of ``from_pretrained`` in any layout."""
    model = draw(st.sampled_from(['"org/m"', "'org/m'", '("org/m")', 'r"org/m"', '"org/" "m"', "N"]))
    keyword = draw(st.sampled_from(["", "pretrained_model_name_or_path"]))
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=3))
    values = [draw(VALUES) for _ in names]
    arguments = [
        f"{draw(SPACE)}{name}{draw(SPACE)}={draw(SPACE)}{value}" for name, value in zip(names, values, strict=True)
    ]
    named = f"{keyword}{draw(SPACE)}={draw(SPACE)}{model}" if keyword else model
    arguments.insert(draw(st.integers(0, len(arguments))) if keyword else 0, named)
    if draw(st.booleans()):
        arguments.append("*args" if not keyword and not names else "**kwargs")
    commas = [f"{draw(BREAK)},{draw(BREAK)}" for _ in arguments[1:]]
    inner = "".join(part for pair in zip(arguments, [*commas, ""], strict=True) for part in pair)
    last = draw(st.sampled_from(["", ",", " ,"]))
    before = draw(st.sampled_from(["", "z = ", "z = 1; ", "await ", "if 1: z = ", "z = [0, ", "@"]))
    after = {"z = [0, ": "]", "@": "\ndef g(): pass"}.get(before, draw(st.sampled_from(["", "  # d", "; f()"])))
    return f"{before}AutoModel.from_pretrained({draw(BREAK)}{inner}{last}{draw(BREAK)}){after}"


@given(_calls(), NEWLINES, st.booleans())
def test_only_a_keyword_is_added(call: str, newline: str, ends: bool) -> None:  # noqa: FBT001  hypothesis gives it
    text = f'{HEAD}N = "org/m"\nkwargs = {{"e": 1}}\n{call}{"" if not ends else newline}'.replace(
        "\n", newline
    ).replace("\r\r", "\r")
    found = done("a.py", text.encode())
    mended = found.data.decode()
    assert len(found.mended) == 1, found.left
    assert mended.count(SHA) == 1
    tree = ast.parse(mended)
    (keyword,) = (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "revision")
    assert isinstance(keyword.value, ast.Constant)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and keyword in node.keywords:
            node.keywords.remove(keyword)
    assert ast.dump(tree) == ast.dump(ast.parse(text))
    # What is left without the keyword is what stood there: comments, blanks and line ends too.
    assert _is_within(text, mended)
    assert set(mended) - set(text) <= set(f', revision="{SHA}"')
    assert done("a.py", found.data).mended == ()


def _is_within(part: str, whole: str) -> bool:
    """Whether a text can be had from another by leaving characters out."""
    rest = iter(whole)
    return all(mark in rest for mark in part)
