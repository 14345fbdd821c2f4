"""A DVC configuration that strangers wrote, line by line, in time that grows with its length.

DVC's own parser takes time without end over some short lines. This reader knows what DVC writes: sections, keys and
values on one line; values stay text. Whatever else that parser would read is refused.
"""

from __future__ import annotations

import re
from typing import Final

from weighbridge.core.errors import ConfigError

MAX_BYTES: Final = 256 << 10
_SECTION: Final = re.compile(r"\[([^\[\]]*)\] *(?:#.*)?")
_QUOTES: Final = ("'''", '"""')


def parse(data: bytes) -> dict[tuple[str, str], str]:
    """Every value by its section and key, both in small letters; the section is empty above the first one.

    Raises:
        ConfigError: It is no such configuration, is too large, or has a section or key twice (code ``dvc-config``).
    """
    if len(data) > MAX_BYTES:
        raise _fail(f"over {MAX_BYTES} bytes")
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise _fail("not UTF-8") from error
    found: dict[tuple[str, str], str] = {}
    titles, title = {""}, ""
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\r").replace("\t", " ").strip(" ")
        if not text.isprintable():
            # Readers do not agree on what ends a line.
            raise _fail(f"line {number} holds what can't be printed")
        if not text or text.startswith("#"):
            continue
        section = _SECTION.fullmatch(text)
        if section is not None:
            title = _unquoted(section[1]).lower()
            if title in titles:
                raise _fail(f"line {number}: the section {title[:60]!r} stands twice")
            titles.add(title)
            continue
        key, equals, value = text.partition("=")
        name = _unquoted(key).lower()
        if not equals or not name or text.startswith("[") or any(mark in text for mark in _QUOTES):
            raise _fail(f"line {number} is no section, key or comment")
        if (title, name) in found:
            raise _fail(f"line {number}: the key {name[:60]!r} stands twice")
        found[title, name] = _unquoted(value)
    return found


def _unquoted(text: str) -> str:
    bare = text.strip()
    is_quoted = len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"" and bare[0] not in bare[1:-1]
    return bare[1:-1] if is_quoted else bare


def _fail(message: str) -> ConfigError:
    return ConfigError(
        f"no configuration of DVC: {message}", code="dvc-config", hint="write it with `dvc config` and `dvc remote`"
    )
