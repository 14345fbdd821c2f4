"""Scripts: programs for a shell or for another interpreter, by name, and the words of note in them.

They are not parsed: any script is code for a person to review. The words only tell where to look first.
"""

from __future__ import annotations

import re
from typing import Final

MAX_LISTED = 100
_SUFFIXES: Final = """
sh bash zsh fish csh ksh bat cmd ps1 psm1 vbs vbe wsf hta js mjs cjs jsx ts tsx rb pl pm php lua r jl go rs c cc cpp cxx
h hh hpp cu cuh java scala kt swift m mm mk cmake awk sed tcl groovy gradle nix service desktop applescript pyx pxd pyi
ipy sage cs fs dart ex exs erl clj hs ml el vim asm s wat command
"""
_ENDINGS: Final = tuple(f".{suffix}" for suffix in _SUFFIXES.split())
_NAMED = re.compile(
    r"(?:gnu)?makefile(?:\..*)?|(?:docker|container|jenkins|vagrant|rake|gem|proc|just|task|snake|brew)file(?:\..*)?"
    r"|cmakelists\.txt|\.(?:bash|zsh)\w*|\.profile|\.envrc|configure"
)
_WORDS = re.compile(
    r"\b(?:curl|wget|eval|exec|sudo|base64|nc|ncat|ssh|scp|chmod|crontab|nohup|systemctl|powershell|pwsh|mshta|certutil"
    r"|bitsadmin|rundll32|regsvr32|iex|invoke-expression|invoke-webrequest|downloadstring|start-process|child_process"
    r"|xmlhttprequest|fetch|require|spawn|wscript|activexobject|pip3? install|npm install|apt-get|python3? -c"
    r"|bash -c|sh -c|/dev/tcp)\b",
    re.IGNORECASE,
)


def is_script(name: str) -> bool:
    """Whether a file's name, in lower case, is one that people run."""
    return name.endswith(_ENDINGS) or _NAMED.fullmatch(name) is not None


def words_of_note(text: str) -> tuple[str, ...]:
    """The words of note with their lines, such as ``curl (line 3)``, in the script's order."""
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for match in _WORDS.finditer(line):
            found[f"{match[0].lower()} (line {number})"] = None
        if len(found) >= MAX_LISTED:
            break
    return tuple(found)[:MAX_LISTED]
