"""Names of licences: whatever cards and hubs call them, in SPDX's words.

What SPDX does not list stands as ``LicenseRef-…``. The table follows the Hub's list of licences
(https://huggingface.co/docs/hub/repositories-licenses) and the texts that model publishers wrote themselves.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Final

import license_expression

_MAX_CHARACTERS = 300
_UNKNOWN: Final = frozenset({"unknown", "other", "none", "n/a", "na", "unlicensed", "proprietary", "custom", ""})

_HUB = """
openrail LicenseRef-OpenRAIL
creativeml-openrail-m LicenseRef-CreativeML-OpenRAIL-M
openrail++ LicenseRef-CreativeML-OpenRAIL++-M
bigscience-openrail-m LicenseRef-BigScience-OpenRAIL-M
bigscience-bloom-rail-1.0 LicenseRef-BigScience-BLOOM-RAIL-1.0
bigcode-openrail-m LicenseRef-BigCode-OpenRAIL-M
bsd LicenseRef-BSD
cc LicenseRef-CC
c-uda C-UDA-1.0
etalab-2.0 etalab-2.0
gfdl GFDL-1.3-or-later
gpl LicenseRef-GPL
lgpl LicenseRef-LGPL
lgpl-lr LGPLLR
agpl LicenseRef-AGPL
h-research LicenseRef-H-Research
intel-research LicenseRef-Intel-Research
apple-ascl LicenseRef-Apple-ASCL
apple-amlr LicenseRef-Apple-AMLR
odc-by ODC-By-1.0
odbl ODbL-1.0
pddl PDDL-1.0
openmdw-1.0 LicenseRef-OpenMDW-1.0
deepfloyd-if-license LicenseRef-DeepFloyd-IF
fair-noncommercial-research-license LicenseRef-FAIR-Noncommercial-Research
llama2 LicenseRef-Llama-2
llama3 LicenseRef-Llama-3
llama3.1 LicenseRef-Llama-3.1
llama3.2 LicenseRef-Llama-3.2
llama3.3 LicenseRef-Llama-3.3
llama4 LicenseRef-Llama-4
grok2-community LicenseRef-Grok-2
gemma LicenseRef-Gemma
apache Apache-2.0
apache-license-2.0 Apache-2.0
apache-2 Apache-2.0
apache2.0 Apache-2.0
apache-license-version-2.0 Apache-2.0
apache-2.0-license Apache-2.0
mit-license MIT
the-mit-license MIT
cc0 CC0-1.0
cc-zero CC0-1.0
gplv2 GPL-2.0-only
gplv3 GPL-3.0-only
lgplv3 LGPL-3.0-only
agplv3 AGPL-3.0-only
gpl-v3 GPL-3.0-only
bsd-3 BSD-3-Clause
3-clause-bsd BSD-3-Clause
bsd-2 BSD-2-Clause
llama-2 LicenseRef-Llama-2
llama-3 LicenseRef-Llama-3
llama-3.1 LicenseRef-Llama-3.1
llama-3.2 LicenseRef-Llama-3.2
llama-3.3 LicenseRef-Llama-3.3
qwen LicenseRef-Qwen
qwen-research LicenseRef-Qwen-Research
tongyi-qianwen LicenseRef-Qwen
tongyi-qianwen-research LicenseRef-Qwen-Research
deepseek LicenseRef-DeepSeek
deepseek-license LicenseRef-DeepSeek
mnpl LicenseRef-Mistral-Non-Production
mrl LicenseRef-Mistral-Research
stabilityai-ai-community LicenseRef-Stability-Community
stabilityai-nc-research-community LicenseRef-Stability-Noncommercial-Research
nvidia-open-model-license LicenseRef-NVIDIA-Open-Model
flux-1-dev-non-commercial-license LicenseRef-FLUX-1-dev-Noncommercial
falcon-llm-license LicenseRef-Falcon
modified-mit LicenseRef-Modified-MIT
health-ai-developer-foundations LicenseRef-HAI-DEF
"""
_TABLE: Final = {row.split()[0]: row.split()[1] for row in _HUB.strip().splitlines()}
_NOISE = re.compile(r"[\s_,]+")

# Clause 3 is written in many ways, so that a text of three clauses may only be known by the two that are fixed.
_BSD: Final = frozenset({"BSD-2-Clause", "BSD-3-Clause"})

# Licences with one list of forbidden uses, whose names and titles are mixed up by everybody.
_RAIL: Final = ("LicenseRef-CreativeML-OpenRAIL", "LicenseRef-Big", "LicenseRef-OpenRAIL")

FAMILIES: Final = {
    "LicenseRef-BSD": ("BSD-", "0BSD", "LicenseRef-BSD"),
    "LicenseRef-CC": ("CC-", "CC0-", "LicenseRef-CC"),
    "LicenseRef-GPL": ("GPL-", "LicenseRef-GPL"),
    "LicenseRef-LGPL": ("LGPL", "LicenseRef-LGPL"),
    "LicenseRef-AGPL": ("AGPL-", "LicenseRef-AGPL"),
}
"""Names that say only a family, and how its members' names begin."""


@functools.cache
def _spdx() -> Any:
    make: Any = license_expression.get_spdx_licensing
    return make()


def normalised(said: str) -> str | None:
    """A name or expression as SPDX writes it; None if it says nothing that is known."""
    plain = said.strip()
    if len(plain) > _MAX_CHARACTERS or plain.lower() in _UNKNOWN:
        return None
    slug = _NOISE.sub("-", plain.lower())
    if slug in _TABLE:
        return _TABLE[slug]
    for text in (plain, slug):
        found = _parsed(text)
        if found is not None:
            return found
    return None


def _parsed(text: str) -> str | None:
    try:
        found = _spdx().parse(text, validate=True, strict=True)
    except Exception:  # noqa: BLE001 - its parser fails on odd texts in many ways, AssertionError among them
        return None
    return None if found is None else str(found)


def members(expression: str) -> frozenset[str]:
    """The single licences of a normalised expression; of any other text, the text."""
    if expression.startswith("LicenseRef-") and " " not in expression:
        return frozenset({expression})
    if _parsed(expression) is None:
        return frozenset({expression})
    return frozenset(_spdx().license_keys(expression))


def base(name: str) -> str:
    """A licence's name without what tells ``only`` from ``or later``."""
    return name.removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def same(one: str, other: str) -> bool:
    """Whether two single licences are the same one, or one names the family of the other."""
    if base(one) == base(other) or {one, other} <= _BSD or (one.startswith(_RAIL) and other.startswith(_RAIL)):
        return True
    return any(
        family.startswith("LicenseRef-") and member.startswith(FAMILIES.get(family, ("\0",)))
        for family, member in ((one, other), (other, one))
    )
