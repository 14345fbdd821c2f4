"""What licences ask of those who use a model: a reader's summary, no legal advice.

Sources: the licences' own texts; the conditions that choosealicense.com lists.
"""

from __future__ import annotations

from typing import Final

_NOTICE = "keep copyright and licence notices"
_CHANGES = "say what was changed"
_SHARE = "pass derived works on under the same licence"
_SOURCE = "offer the source"
_NETWORK = "offer the source to users over a network too"
_NONCOMMERCIAL = "no commercial use"
_NODERIVATIVES = "no derived works may be passed on"
_RESEARCH = "research only"
_USE = "keep to its list of forbidden uses, and pass that list on"
_NAMED = "show the name that it asks for, and name derived models after it"
_LARGE = "ask for a licence of your own above its number of users or its revenue"
_CREDIT = "credit the authors"

_TERMS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("CC-BY-NC-ND-", (_CREDIT, _NONCOMMERCIAL, _NODERIVATIVES)),
    ("CC-BY-NC-SA-", (_CREDIT, _NONCOMMERCIAL, _SHARE)),
    ("CC-BY-NC-", (_CREDIT, _NONCOMMERCIAL)),
    ("CC-BY-ND-", (_CREDIT, _NODERIVATIVES)),
    ("CC-BY-SA-", (_CREDIT, _CHANGES, _SHARE)),
    ("CC-BY-", (_CREDIT, _CHANGES)),
    ("Apache-", (_NOTICE, _CHANGES)),
    ("MIT", (_NOTICE,)),
    ("BSD-", (_NOTICE,)),
    ("ISC", (_NOTICE,)),
    ("AGPL-", (_NOTICE, _CHANGES, _SHARE, _SOURCE, _NETWORK)),
    ("LGPL", (_NOTICE, _CHANGES, _SHARE, _SOURCE)),
    ("GPL-", (_NOTICE, _CHANGES, _SHARE, _SOURCE)),
    ("MPL-", (_NOTICE, _SHARE, _SOURCE)),
    ("EPL-", (_NOTICE, _SHARE, _SOURCE)),
    ("EUPL-", (_NOTICE, _CHANGES, _SHARE, _SOURCE)),
    ("OSL-", (_NOTICE, _CHANGES, _SHARE, _SOURCE, _NETWORK)),
    ("ODbL-", (_CREDIT, _SHARE)),
    ("ODC-By-", (_CREDIT,)),
    ("CDLA-Sharing-", (_CREDIT, _SHARE)),
    ("OFL-", (_NOTICE, _SHARE)),
    ("etalab-", (_CREDIT,)),
    ("LicenseRef-Llama-", (_NOTICE, _USE, _NAMED, _LARGE)),
    ("LicenseRef-Gemma", (_NOTICE, _CHANGES, _USE)),
    ("LicenseRef-HAI-DEF", (_NOTICE, _CHANGES, _USE)),
    ("LicenseRef-CreativeML", (_NOTICE, _CHANGES, _USE)),
    ("LicenseRef-Big", (_NOTICE, _CHANGES, _USE)),
    ("LicenseRef-OpenRAIL", (_NOTICE, _CHANGES, _USE)),
    ("LicenseRef-Qwen-Research", (_NOTICE, _CHANGES, _NONCOMMERCIAL, _RESEARCH)),
    ("LicenseRef-Qwen", (_NOTICE, _CHANGES, _NAMED, _LARGE)),
    ("LicenseRef-DeepSeek", (_NOTICE, _CHANGES, _USE)),
    ("LicenseRef-Mistral-", (_NOTICE, _NONCOMMERCIAL, _RESEARCH)),
    ("LicenseRef-Stability-Community", (_NOTICE, _USE, _NAMED, _LARGE)),
    ("LicenseRef-Stability-", (_NOTICE, _NONCOMMERCIAL, _RESEARCH)),
    ("LicenseRef-NVIDIA-", (_NOTICE,)),
    ("LicenseRef-FLUX", (_NOTICE, _NONCOMMERCIAL, _USE)),
    ("LicenseRef-Falcon", (_NOTICE, _CHANGES, _NAMED)),
    ("LicenseRef-DeepFloyd", (_NOTICE, _NONCOMMERCIAL, _USE)),
    ("LicenseRef-FAIR-", (_NONCOMMERCIAL, _RESEARCH, _USE)),
    ("LicenseRef-Apple-AMLR", (_NONCOMMERCIAL, _RESEARCH)),
    ("LicenseRef-Apple-", (_NOTICE,)),
    ("LicenseRef-Intel-", (_NONCOMMERCIAL, _RESEARCH)),
    ("LicenseRef-H-Research", (_NONCOMMERCIAL, _RESEARCH)),
    ("LicenseRef-Grok-", (_USE, _NAMED, _LARGE)),
    ("LicenseRef-Modified-MIT", (_NOTICE, _NAMED)),
    ("LicenseRef-GPL", (_NOTICE, _CHANGES, _SHARE, _SOURCE)),
    ("LicenseRef-", ("read the text",)),
)
"""How a licence's name begins, the more exact first, and what it asks."""


def terms_of(licence: str) -> tuple[str, ...]:
    """What a single licence asks; nothing for one that asks nothing, or is not in the table."""
    return next((terms for start, terms in _TERMS if licence.startswith(start)), ())
