"""What a vendor's model id says: one snapshot for good, an alias that the vendor moves, or neither.

Each vendor has its own rule; "has a date" is none of them. Rules are those of the vendors' pages on model versions, as
of November 2026. Nobody is asked here, and no id is completed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


class Naming(StrEnum):
    """What an id names."""

    SNAPSHOT = "snapshot"
    ALIAS = "alias"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Classified:
    """What an id names, and why.

    Args:
        naming: Snapshot, alias or unknown.
        reason: In words that end a sentence "… is a snapshot: …".
    """

    naming: Naming
    reason: str


_ID = re.compile(r"[A-Za-z0-9][\x21-\x7e]{0,1023}")
_LATEST = re.compile(r"[-:@](latest|default)")
# OpenAI: -2024-08-06; before 2024 -0613 and -0125-preview.
_DAY = re.compile(r".+-20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_SHORT_DAY = re.compile(r".+-(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(-preview)?")
_OPENAI_SINGLE = frozenset(
    {
        "babbage-002",
        "dall-e-2",
        "dall-e-3",
        "davinci-002",
        "gpt-image-1",
        "text-embedding-3-large",
        "text-embedding-3-small",
        "text-embedding-ada-002",
        "tts-1",
        "tts-1-hd",
        "whisper-1",
    }
)
_OPENAI_FAMILY = re.compile(r"(gpt|chatgpt|codex|computer-use|omni-moderation|text-moderation|sora|o[1-9])(-.*)?")
_COMPACT_DAY = re.compile(r".+-20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_CLAUDE = re.compile(r"claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?")
_CLAUDE_OLD = re.compile(r"claude-(?:instant-)?\d(\.\d)?")
_DATELESS_SINCE: Final = (4, 6)
# Google: -001; a preview or experiment of a day: -preview-05-06, -preview-09-2025, -exp-1206.
_NUMBERED = re.compile(r".+-\d{3}")
_TRIAL = re.compile(r".+-(preview|exp|experimental)(-.*)?")
_TRIAL_OF_A_DAY = re.compile(r".+-(?:preview|exp|experimental)(?:-[a-z]+)*-(\d\d-?\d\d|\d\d-20\d\d)")
_GEMINI = re.compile(r"gemini-(\d{1,2})(?:\.(\d{1,2}))?-[a-z0-9-]+")
_STABLE_SINCE: Final = (2, 5)
_VERTEX_VERSION = re.compile(r"\d{3}|20\d{6}")
# Mistral: -2411 is November 2024.
_MONTH = re.compile(r".+-(2[3-9]|[3-9]\d)(0[1-9]|1[0-2])")
_MISTRAL_FAMILY = re.compile(r"(open-)?(mistral|mixtral|ministral|codestral|pixtral|magistral|devstral|voxtral)(-.*)?")
_BEDROCK_ARN = re.compile(r"arn:aws(?:-[a-z-]+)?:bedrock:[a-z0-9-]{1,20}::foundation-model/(.+)")
_BEDROCK_PROFILE = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|sa|me|af|global)\.(?=[a-z0-9-]+\.)")
_BEDROCK_VERSION = re.compile(r"[a-z0-9-]+\..+-(v\d+(:\d+k?){0,2}|\d+:\d+)")


def _snapshot(reason: str) -> Classified:
    return Classified(Naming.SNAPSHOT, reason)


def _alias(reason: str) -> Classified:
    return Classified(Naming.ALIAS, reason)


def _unknown(reason: str) -> Classified:
    return Classified(Naming.UNKNOWN, reason)


def _openai(model: str) -> Classified:
    if model.startswith("ft:"):
        return _unknown("a fine-tuned model is the account's own, and its name tells of the account")
    if _DAY.fullmatch(model) or _SHORT_DAY.fullmatch(model):
        return _snapshot("it ends in its date")
    if model in _OPENAI_SINGLE:
        return _snapshot("it is the one version of its name")
    if _OPENAI_FAMILY.fullmatch(model):
        return _alias("OpenAI lets a name without a date follow its newest snapshot, and no API tells which that is")
    return _unknown("it is of no family that is known here")


def _anthropic(model: str) -> Classified:
    if _COMPACT_DAY.fullmatch(model):
        return _snapshot("it ends in its date")
    named = _CLAUDE.fullmatch(model)
    if named:
        if (int(named[1]), int(named[2] or 0)) >= _DATELESS_SINCE:
            return _snapshot("from the generation 4.6 on an id without a date is one snapshot")
        return _alias("before the generation 4.6 an id without a date follows the newest snapshot")
    old = _CLAUDE_OLD.fullmatch(model)
    if old:
        return _snapshot("it ends in its version") if old[1] else _alias("it lacks the second part of its version")
    return _unknown("it is of no generation that is known here")


def _google(model: str) -> Classified:
    if _TRIAL_OF_A_DAY.fullmatch(model):
        return _snapshot("it is the preview or experiment of one day")
    if _TRIAL.fullmatch(model):
        return _alias("a preview or experiment without a date is replaced by the next one")
    if _NUMBERED.fullmatch(model):
        return _snapshot("it ends in the number of its version")
    named = _GEMINI.fullmatch(model)
    if named is None:
        return _unknown("it has no number of a version")
    if (int(named[1]), int(named[2] or 0)) >= _STABLE_SINCE:
        return _snapshot("from Gemini 2.5 on the plain name is the stable version, and the answer tells which")
    return _alias("before Gemini 2.5 a name without a number follows the newest stable version")


def _vertex(model: str) -> Classified:
    name, at, version = model.rpartition("/")[2].partition("@")
    if at:
        known = _VERTEX_VERSION.fullmatch(version)
        return _snapshot("it names its version") if known else _unknown("what follows the @ is no version")
    if name.startswith("claude-"):
        found = _anthropic(name)
        if found.naming is Naming.SNAPSHOT and _COMPACT_DAY.fullmatch(name):
            return _unknown("Vertex writes the date of a model after an @")
        return found
    return _mistral(name) if _MISTRAL_FAMILY.fullmatch(name) else _google(name)


def _bedrock(model: str) -> Classified:
    arn = _BEDROCK_ARN.fullmatch(model)
    if model.startswith("arn:") and arn is None:
        return _unknown("this ARN hides the model behind it")
    name = bedrock_model(model)
    if _BEDROCK_VERSION.fullmatch(name):
        return _snapshot("it ends in its version")
    provider, _, rest = name.partition(".")
    if provider == "anthropic" and _anthropic(rest).naming is Naming.SNAPSHOT:
        return _snapshot("from the generation 4.6 on an id without a version is one snapshot")
    return _unknown("it does not end in a version such as -v1:0")


def _mistral(model: str) -> Classified:
    if model.startswith("labs-"):
        return _alias("models of Labs are updated silently")
    if _MONTH.fullmatch(model):
        return _snapshot("it ends in year and month")
    if _MISTRAL_FAMILY.fullmatch(model):
        return _alias("a name without year and month follows the newest model")
    return _unknown("it is of no family that is known here")


def _azure(_: str) -> Classified:
    return _unknown("a deployment's name says nothing of its model: the management API does")


def _compatible(_: str) -> Classified:
    return _unknown("whoever runs the server chooses the name")


_RULES: Final[dict[str, Callable[[str], Classified]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
    "vertex": _vertex,
    "bedrock": _bedrock,
    "azure": _azure,
    "mistral": _mistral,
    "openai-compatible": _compatible,
}
VENDORS: Final = tuple(_RULES)


def bedrock_model(model: str) -> str:
    """The foundation model of a Bedrock id: of its ARN, or of a cross-region inference profile such as ``us.…``."""
    arn = _BEDROCK_ARN.fullmatch(model)
    return _BEDROCK_PROFILE.sub("", arn[1] if arn else model, count=1)


def classify(vendor: str, model: str) -> Classified:
    """Whether a model id is one snapshot for good, or an alias that moves.

    Args:
        vendor: One of `VENDORS`; any other makes everything unknown.
        model: The id as the vendor's API takes it, for Vertex with its ``@version``.
    """
    rule = _RULES.get(vendor)
    if rule is None:
        return _unknown("no rule is known for this vendor")
    if not _ID.fullmatch(model):
        return _unknown("it can't be the id of a model")
    latest = _LATEST.search(model)
    if latest and latest.end() == len(model):
        return _alias(f"{latest[0]!r} at the end follows the newest one")
    return rule(model)
