"""Variables in texts of no shell: ``${NAME:-default}`` of Dockerfiles and Compose, ``$(NAME)`` of Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.references.named import HOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TEXT: Final = 20_000
_OPERATORS: Final = (":-", ":+", ":?", "-", "+", "?")


def dollars(text: str, known: Mapping[str, str], read: set[str] | None = None, depth: int = 0) -> str:
    """A text with its variables replaced; a hole for each that is not known.

    Sources: https://docs.docker.com/reference/dockerfile/#environment-replacement,
    https://docs.docker.com/reference/compose-file/interpolation/

    Args:
        text: The text.
        known: Values by name.
        read: Takes the names.
        depth: In how many defaults it stands.
    """
    if "$" not in text or len(text) > MAX_TEXT or depth > len(_OPERATORS):
        return text
    parts: list[str] = []
    at = 0
    while at < len(text):
        start = text.find("$", at)
        if start < 0:
            break
        parts.append(text[at:start])
        if text.startswith("$$", start):
            parts.append("$")
            at = start + 2
        elif text.startswith("${", start):
            end = _closing(text, start + 2)
            parts.append(_braced(text[start + 2 : end], known, read, depth))
            at = end + 1
        else:
            end = start + 1
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
            name = text[start + 1 : end]
            parts.append(_value(name, known, read) if name else "$")
            at = end
    parts.append(text[at:])
    return "".join(parts)


def _closing(text: str, at: int) -> int:
    depth = 1
    for index in range(at, len(text)):
        if text[index] == "}":
            depth -= 1
            if not depth:
                return index
        elif text.startswith("${", index):
            depth += 1
    return len(text)


def _value(name: str, known: Mapping[str, str], read: set[str] | None) -> str:
    if read is not None:
        read.add(name)
    return known.get(name, HOLE)


def _braced(inner: str, known: Mapping[str, str], read: set[str] | None, depth: int) -> str:
    end = 0
    while end < len(inner) and (inner[end].isalnum() or inner[end] == "_"):
        end += 1
    name, rest = inner[:end], inner[end:]
    value = _value(name, known, read)
    operator = next((each for each in _OPERATORS if rest.startswith(each)), "")
    other = rest[len(operator) :]
    if operator in {":-", "-"}:
        return dollars(other, known, read, depth + 1) if value in {HOLE, ""} else value
    if operator in {":+", "+"}:
        return HOLE if value == HOLE else dollars(other, known, read, depth + 1) if value else ""
    return HOLE if rest and operator not in {":?", "?"} else value


def parentheses(text: str, known: Mapping[str, str], read: set[str] | None = None) -> str:
    """A text with Kubernetes' ``$(NAME)`` replaced; what is not known stays.

    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/

    Args:
        text: The text.
        known: Values by name.
        read: Takes the names.
    """
    parts = text.split("$(")
    for index in range(1, len(parts)):
        name, mark, rest = parts[index].partition(")")
        is_name = bool(mark) and name.replace("-", "_").replace(".", "_").isidentifier()
        parts[index] = f"{_value(name, known, read)}{rest}" if is_name else f"$({parts[index]}"
    return "".join(parts)
