"""Templates within YAML, as Helm, Ansible and Jinja write them: masked, so that YAML can be read and places hold.

A line of nothing but template becomes blank; elsewhere each character of an action becomes a hole.
https://helm.sh/docs/chart_template_guide/
"""

from __future__ import annotations

from typing import Final

from weighbridge.references.named import HOLE

MAX_ACTION: Final = 4_000
_CLOSING: Final = {"{{": "}}", "{%": "%}"}


def mask(text: str) -> str:
    """A text without its template's actions, of the same length; GitHub's ``${{ … }}`` is no template.

    Args:
        text: The file.
    """
    if "{{" not in text and "{%" not in text:
        return text
    parts: list[str] = []
    at = begun = 0
    while (start := text.find("{", at)) >= 0:
        closing = _CLOSING.get(text[start : start + 2])
        end = text.find(closing, start + 2, start + MAX_ACTION) if closing and text[start - 1 : start] != "$" else -1
        if end < 0:
            at = start + (2 if closing else 1)
            continue
        parts.append(text[begun:start])
        parts.append("".join("\n" if mark == "\n" else HOLE for mark in text[start : end + 2]))
        at = begun = end + 2
    parts.append(text[begun:])
    lines = "".join(parts).split("\n")
    return "\n".join(" " * len(line) if HOLE in line and not line.replace(HOLE, "").strip() else line for line in lines)
