"""Texts of licences, recognised by their words.

A text is compared with the licences of the `identify` package (choosealicense.com's) by stretches of `_STRETCH` words;
licences that model publishers wrote are recognised by their titles. Copyright lines, case, marks and line breaks do not
count.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from identify.vendor import licenses

MAX_CHARACTERS = 400_000
_STRETCH = 5
_LEAST = 0.9
_ALIKE = 0.6
_HEAD_WORDS = 400
_COPYRIGHT = re.compile(r"^[^\S\n]*(?:copyright|\(c\)|\u00a9)[^\n]*$", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r"[a-z0-9.+]+")

_TITLES: Final = (
    ("llama 2 community license agreement", "LicenseRef-Llama-2"),
    ("llama 3.1 community license agreement", "LicenseRef-Llama-3.1"),
    ("llama 3.2 community license agreement", "LicenseRef-Llama-3.2"),
    ("llama 3.3 community license agreement", "LicenseRef-Llama-3.3"),
    ("llama 4 community license agreement", "LicenseRef-Llama-4"),
    ("meta llama 3 community license agreement", "LicenseRef-Llama-3"),
    ("llama 3 community license agreement", "LicenseRef-Llama-3"),
    ("gemma terms of use", "LicenseRef-Gemma"),
    ("creativeml open rail++ m", "LicenseRef-CreativeML-OpenRAIL++-M"),
    ("creativeml open rail m", "LicenseRef-CreativeML-OpenRAIL-M"),
    ("creativeml openrail m", "LicenseRef-CreativeML-OpenRAIL-M"),
    ("bigscience rail license v1.0", "LicenseRef-BigScience-BLOOM-RAIL-1.0"),
    ("bigscience bloom rail", "LicenseRef-BigScience-BLOOM-RAIL-1.0"),
    ("bigscience open rail m", "LicenseRef-BigScience-OpenRAIL-M"),
    ("bigscience openrail m", "LicenseRef-BigScience-OpenRAIL-M"),
    ("bigcode open rail m", "LicenseRef-BigCode-OpenRAIL-M"),
    ("bigcode openrail m", "LicenseRef-BigCode-OpenRAIL-M"),
    ("qwen research license agreement", "LicenseRef-Qwen-Research"),
    ("tongyi qianwen research license agreement", "LicenseRef-Qwen-Research"),
    ("qwen license agreement", "LicenseRef-Qwen"),
    ("tongyi qianwen license agreement", "LicenseRef-Qwen"),
    ("deepseek license agreement", "LicenseRef-DeepSeek"),
    ("mistral ai research license", "LicenseRef-Mistral-Research"),
    ("mistral ai non production license", "LicenseRef-Mistral-Non-Production"),
    ("stability ai community license agreement", "LicenseRef-Stability-Community"),
    ("stability ai non commercial research community license", "LicenseRef-Stability-Noncommercial-Research"),
    ("nvidia open model license", "LicenseRef-NVIDIA-Open-Model"),
    ("flux.1 dev non commercial license", "LicenseRef-FLUX-1-dev-Noncommercial"),
    ("falcon llm license", "LicenseRef-Falcon"),
    ("deepfloyd if license agreement", "LicenseRef-DeepFloyd-IF"),
    ("health ai developer foundations terms of use", "LicenseRef-HAI-DEF"),
    ("grok 2 community license", "LicenseRef-Grok-2"),
    ("polyform noncommercial license 1.0.0", "PolyForm-Noncommercial-1.0.0"),
    ("modified mit license", "LicenseRef-Modified-MIT"),
    ("fair noncommercial research license", "LicenseRef-FAIR-Noncommercial-Research"),
    ("attribution noncommercial sharealike 4.0 international", "CC-BY-NC-SA-4.0"),
    ("attribution noncommercial noderivatives 4.0 international", "CC-BY-NC-ND-4.0"),
    ("attribution noncommercial 4.0 international", "CC-BY-NC-4.0"),
    ("attribution noderivatives 4.0 international", "CC-BY-ND-4.0"),
    ("attribution noncommercial sharealike 3.0", "CC-BY-NC-SA-3.0"),
    ("attribution noncommercial 3.0", "CC-BY-NC-3.0"),
)
"""How a licence's text begins, as plain words, the longer of two that begin alike first; and its name."""

_NOTICES: Final = (
    ("licensed under the apache license version 2.0", "Apache-2.0"),
    ("licensed under the mit license", "MIT"),
    ("licensed under the creative commons attribution 4.0 international license", "CC-BY-4.0"),
    ("licensed under a creative commons attribution 4.0 international license", "CC-BY-4.0"),
)
"""Notices that stand for a licence's text, looked for only where no text is found."""


def recognised(text: str) -> tuple[str, ...]:
    """The licences that a text holds, as SPDX names them; empty if none is known."""
    words = _words(text[:MAX_CHARACTERS])
    head = f" {' '.join(words[:_HEAD_WORDS])} "
    titled = next((name for title, name in _TITLES if f" {title} " in head), None)
    if titled is not None:
        return (titled,)
    own = _stretches(words)
    held = {name: each for name, each in _known().items() if each and len(each & own) >= _LEAST * len(each)}
    kept: list[str] = []
    for name in sorted(held, key=lambda each: (-_likeness(held[each], own), each)):
        if all(_likeness(held[name], held[other]) < _ALIKE and not held[name] < held[other] for other in kept):
            kept.append(name)
    return tuple(sorted(kept)) or tuple(name for notice, name in _NOTICES if f" {notice} " in head)


def _likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """Dice's coefficient of two sets of stretches: 1 if they are the same."""
    return 2 * len(one & other) / (len(one) + len(other))


def _words(text: str) -> list[str]:
    plain = _COPYRIGHT.sub("", text).lower().replace("licence", "license")
    return [word for word in (found.strip(".") for found in _WORD.findall(plain)) if word]


def _stretches(words: list[str]) -> frozenset[int]:
    return frozenset(hash(tuple(words[at : at + _STRETCH])) for at in range(max(0, len(words) - _STRETCH + 1)))


@functools.cache
def _known() -> dict[str, frozenset[int]]:
    return {_SPDX.get(name, name): _stretches(_words(text)) for name, text in licenses.LICENSES}


_SPDX: Final = {name: f"{name}-only" for name in ("AGPL-3.0", "GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0")}
"""Names that SPDX has since made more exact."""
