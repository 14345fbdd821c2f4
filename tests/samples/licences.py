"""Cards and licence texts that agree, contradict each other, or say nothing."""

from __future__ import annotations

from identify.vendor import licenses

_TEXTS = dict(licenses.LICENSES)


def card(licence: str, *more: str) -> bytes:
    lines = ["---", f"license: {licence}", *more, "---", "# Tiny", ""]
    return "\n".join(lines).encode()


def text(name: str) -> bytes:
    """A licence's text with an owner."""
    return ("Copyright (c) 2026 Somebody\n\n" + _TEXTS[name]).encode()


_LLAMA = b"LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\nLlama 3.1 Version Release Date: July 23, 2024\n"

SAMPLES: dict[str, dict[str, bytes]] = {
    "licence-mismatch/bad/apache-and-mit": {"README.md": card("apache-2.0"), "LICENSE": text("MIT")},
    "licence-mismatch/bad/mit-and-gpl": {"README.md": card("mit"), "COPYING": text("GPL-3.0")},
    "licence-mismatch/bad/mit-and-noncommercial": {
        "README.md": card("mit"),
        "LICENSE.md": b"# Attribution-NonCommercial 4.0 International\n\nBy exercising the Licensed Rights\n",
    },
    "licence-mismatch/bad/apache-and-llama": {"README.md": card("apache-2.0"), "LICENSE.txt": _LLAMA},
    "licence-mismatch/good/apache": {"README.md": card("apache-2.0"), "LICENSE": text("Apache-2.0")},
    "licence-mismatch/good/later": {"README.md": card("gpl-3.0-or-later"), "COPYING": text("GPL-3.0")},
    "licence-mismatch/good/choice": {"README.md": card("apache-2.0 OR mit"), "LICENSE": text("MIT")},
    "licence-mismatch/good/family": {"README.md": card("bsd"), "LICENSE": text("BSD-3-Clause")},
    "licence-mismatch/good/own": {"README.md": card("llama3.1"), "LICENSE": _LLAMA},
    "licence-mismatch/good/part": {"README.md": card("apache-2.0"), "third_party/LICENSE": text("MIT")},
    "licence-unknown/bad/none": {"notes.txt": b"hello\n"},
    "licence-unknown/bad/other": {"README.md": card("other")},
    "licence-unknown/bad/own-words": {"README.md": card("mit"), "LICENSE": b"Do as you please, but ask first.\n"},
    "licence-unknown/good/card": {"README.md": card("mit")},
    "licence-unknown/good/text": {"LICENSE": text("Apache-2.0")},
    "licence-unknown/good/named": {"README.md": card("other", "license_name: llama3.1")},
    "licence-obligations/bad/notice": {"README.md": card("apache-2.0")},
    "licence-obligations/bad/noncommercial": {"README.md": card("cc-by-nc-4.0")},
    "licence-obligations/bad/uses": {"README.md": card("creativeml-openrail-m")},
    "licence-obligations/good/none": {"README.md": card("cc0-1.0")},
    "licence-obligations/good/free": {"LICENSE": text("0BSD")},
}
