"""Ids of models that vendors serve: how a file names the vendor, by a prefix, a key or the id itself.

Which ids are snapshots is `weighbridge.core.vendors`'s; here is only whose they are.
"""

from __future__ import annotations

from typing import Final

from weighbridge.core.vendors import Naming, bedrock_model, classify
from weighbridge.references.named import HOLE, Named, is_hub_name

PREFIXES: Final[tuple[tuple[str, str], ...]] = (
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("text-embedding-3-", "openai"),
    ("text-embedding-ada-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4-", "openai"),
    ("whisper-1", "openai"),
    ("dall-e-", "openai"),
    ("tts-1", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "google"),
    ("mistral-large", "mistral"),
    ("mistral-medium", "mistral"),
    ("mistral-small", "mistral"),
    ("mistral-embed", "mistral"),
    ("open-mistral-", "mistral"),
    ("open-mixtral-", "mistral"),
    ("codestral-", "mistral"),
    ("ministral-", "mistral"),
    ("pixtral-", "mistral"),
    ("magistral-", "mistral"),
    ("devstral-", "mistral"),
)
"""How ids begin, and whose they are, where no vendor is written beside them."""

PROVIDERS: Final[dict[str, str]] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "google": "google",
    "azure": "azure",
    "azure_ai": "azure",
    "bedrock": "bedrock",
    "vertex_ai": "vertex",
    "mistral": "mistral",
    "mistralai": "mistral",
    "groq": "groq",
    "cohere": "cohere",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "openrouter": "openrouter",
    "deepseek": "deepseek",
    "xai": "xai",
    "x-ai": "xai",
    "perplexity": "perplexity",
    "cerebras": "cerebras",
    "voyage": "voyage",
    "replicate": "replicate",
}
"""First parts of ``PROVIDER/MODEL`` as LiteLLM and OpenRouter write it, and the vendor.

https://docs.litellm.ai/docs/providers
"""
_ALSO_OWNERS: Final = frozenset({"openai", "google", "mistralai", "cohere", "replicate", "deepseek"})
"""Providers of that name also own repositories on the Hub: the rest has to look like an id of theirs."""
_OPEN_WEIGHTS: Final = ("gpt-oss", "gpt-2", "gpt-j", "gpt-neo", "gpt4all")
_BEDROCK: Final = (
    *("anthropic.", "amazon.", "meta.", "mistral.", "cohere."),
    *("ai21.", "stability.", "deepseek.", "openai."),
)
KEY_WORDS: Final[dict[str, str]] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "claude": "anthropic",
    "gemini": "google",
    "mistral": "mistral",
    "bedrock": "bedrock",
    "cohere": "cohere",
    "groq": "groq",
    "vertex": "vertex",
    "vertexai": "vertex",
    "perplexity": "perplexity",
    "voyage": "voyage",
    "xai": "xai",
}
"""Words in the name of a setting that say whose model it names."""


def vendor(text: str) -> Named | None:
    """A vendor's model by its id alone or as ``PROVIDER/MODEL``; None if it looks like neither.

    Args:
        text: What is written.
    """
    if HOLE in text:
        return None
    provider, slash, rest = text.partition("/")
    if slash:
        return _provided(provider, rest)
    return _by_id(text)


def _provided(provider: str, rest: str) -> Named | None:
    if provider == "huggingface" and is_hub_name(rest, with_owner=True):
        return Named("hf", rest)
    if provider in {"ollama", "ollama_chat"} and rest:
        name, _, tag = rest.partition(":")
        return Named("ollama", name, tag or None, can_pin=False)
    whose = PROVIDERS.get(provider)
    if whose is None or not rest:
        return None
    if provider in _ALSO_OWNERS:
        found = _by_id(rest)
        return found if found is not None and str(found.model).startswith(f"{whose}/") else None
    return api(whose, rest)


def _by_id(text: str) -> Named | None:
    if text.startswith(_OPEN_WEIGHTS):
        return None
    for start, whose in PREFIXES:
        if text.startswith(start) and classify(whose, text).naming is not Naming.UNKNOWN:
            return api(whose, text)
    name = bedrock_model(text)
    if name.startswith(_BEDROCK) and classify("bedrock", text).naming is not Naming.UNKNOWN:
        return api("bedrock", text)
    return None


def api(whose: str, model: str) -> Named | None:
    """A model of a vendor that is known; None if the text can't be an id.

    Args:
        whose: The vendor.
        model: The id.
    """
    if HOLE in model:
        return Named("api", None, can_pin=False)
    fits = model.isascii() and model[:1].isalnum() and all(mark.isalnum() or mark in "._:@/-+" for mark in model)
    return Named("api", f"{whose}/{model}", can_pin=False) if fits else None
