"""What a text means that a call of Python takes as a model's name, by the kind of call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from weighbridge.references.named import HOLE, Named, is_hub_name, is_local
from weighbridge.references.python_vendors import CLIENTS, HOSTS
from weighbridge.references.readers import MAX_NAME, Kind, link, named, place
from weighbridge.references.vendor_names import api, vendor

if TYPE_CHECKING:
    from collections.abc import Callable

_SCHEMES: Final[dict[str, str]] = {
    Kind.HUB: "hf",
    "whisper": "hf",
    "inference": "hf",
    "file": "hf",
    "gradio": "hf",
    Kind.REGISTERED: "mlflow",
    "registry": "mlflow",
    Kind.LITELLM: "api",
    "client": "api",
    "anthropic": "api",
    "provided": "api",
    "torchhub": "torchhub",
    Kind.SPACY: "spacy",
    Kind.OLLAMA: "ollama",
    Kind.GOVERNED: "weighbridge",
}
_WHISPER: Final[dict[str, str]] = {
    "large": "Systran/faster-whisper-large-v3",
    "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
    "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
    "distil-small.en": "Systran/faster-distil-whisper-small.en",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
"""Short names of faster-whisper whose repository is not ``Systran/faster-whisper-NAME``."""
_ASSETS: Final = ("yolo", "yolov", "sam", "fastsam", "mobile_sam", "rtdetr")
"""How the files begin that Ultralytics publishes."""
_MADE_HERE: Final = ("best", "last", "model")
_PROVIDERS: Final[dict[str, str]] = {
    "google_genai": "google",
    "google-gla": "google",
    "google_vertexai": "vertex_ai",
    "google-vertex": "vertex_ai",
    "bedrock_converse": "bedrock",
    "mistralai": "mistral",
    "azure_openai": "azure",
    "together": "together_ai",
    "fireworks": "fireworks_ai",
}
"""Names of providers before a colon, as `weighbridge.references.vendor_names` knows them."""
_KEPT: Final = ("https://tfhub.dev/", "https://www.kaggle.com/models/", "https://kaggle.com/models/", "kaggle://")


def named_by(kind: str, text: str, whose: str = "") -> Named | None:
    """The model that an argument names; None if it names none.

    Args:
        kind: The kind of call.
        text: The argument, with holes for what can't be told.
        whose: The vendor that the call's client asks, or the provider that the call names; empty if not known.
    """
    if not text or len(text) > MAX_NAME or any(mark.isspace() for mark in text):
        return None
    if text == HOLE and kind not in {Kind.LINK, "uri"}:
        return unknown(kind)
    if kind == Kind.HUB and "/" not in text and text.isupper():
        # A constant's name, not a repository's: the Hub's names without an owner are written small.
        return None
    first, _, library = kind.partition(":")
    if first == "api":
        return api(library, text.removeprefix("models/") if library == "google" else text)
    if first == "https":
        return _of_library(library, text)
    reader = _READERS.get(kind)
    return reader(text, whose) if reader is not None else named(Kind(kind), text)


def unknown(kind: str) -> Named:
    """A model that only running the program would tell.

    Args:
        kind: The kind of call.
    """
    first = kind.partition(":")[0]
    return Named(_SCHEMES.get(kind, "api" if first == "api" else "https"), None)


def _of_library(  # noqa: PLR0911  one case for each form
    library: str, text: str
) -> Named | None:
    """A short name that a library maps to a file of its own."""
    for mark in ("hf-hub:", "hf_hub:", "hf://"):
        if text.startswith(mark):
            return named(Kind.HUB, text.removeprefix(mark))
    if HOLE in text:
        return None if is_local(text) else Named("https", None, can_pin=False)
    if text.startswith(("https://", "http://")):
        return link(text)
    if library == "ultralytics":
        stem, dot, ending = text.lower().partition(".pt")
        known = stem.startswith(_ASSETS) and dot and not ending and "/" not in text and "\\" not in text
        return Named("https", f"ultralytics/{text}", can_pin=False) if known else None
    if library == "flair" and "/" in text:
        return named(Kind.HUB, text)
    if is_local(text) or ("/" in text and library != "clip"):
        return None
    return Named("https", f"{library}/{text}", can_pin=False)


def _torchhub(text: str, _: str) -> Named | None:
    repo, _, revision = text.partition(":")
    if is_local(repo) or "/" not in repo:
        return Named("torchhub", None) if HOLE in repo and not is_local(repo) else None
    if HOLE in repo:
        return Named("torchhub", None)
    return Named("torchhub", repo, None if HOLE in revision else revision or None, is_open=HOLE in revision)


def _whisper(text: str, _: str) -> Named | None:
    if "/" in text or HOLE in text or is_local(text):
        return named(Kind.HUB, text)
    return named(Kind.HUB, _WHISPER.get(text, f"Systran/faster-whisper-{text}"))


def _inference(text: str, _: str) -> Named | None:
    found = named(Kind.HUB, text) if "://" not in text else None
    return replace(found, can_pin=False) if found is not None else None


def _uri(text: str, _: str) -> Named | None:
    return place(text)


def _place(text: str, _: str) -> Named | None:
    if text.startswith(_KEPT):
        return Named("https", None if HOLE in text else text, can_pin=False)
    return place(text)


def _preset(text: str, _: str) -> Named | None:
    if "://" in text:
        return _place(text, "")
    if is_local(text) or "/" in text:
        return None
    return Named("https", None if HOLE in text else f"keras/{text}", can_pin=False)


def _registry(text: str, _: str) -> Named | None:
    return Named("mlflow", None if HOLE in text else text)


def _client(text: str, whose: str) -> Named | None:
    """A model that a client asks for; of a client that is not known, the id itself has to say whose it is."""
    if whose and whose != "?":
        return vendor(f"openrouter/{text}") if whose == "openrouter" else api(whose, text)
    found = vendor(text)
    return found if found is not None and found.scheme == "api" else None


def _anthropic(text: str, whose: str) -> Named | None:
    return _client(text, whose)


def _provided(text: str, whose: str) -> Named | None:
    """``PROVIDER:MODEL``, or a model whose provider stands beside it."""
    provider, colon, rest = text.partition(":")
    if not colon:
        provider, rest = whose, text
    if HOLE in provider or not provider or provider == "?":
        return unknown("client") if HOLE in text else vendor(text)
    if HOLE in rest:
        return unknown("client")
    return vendor(f"{_PROVIDERS.get(provider, provider)}/{rest}") or vendor(rest)


def _gradio(text: str, _: str) -> Named | None:
    first, _, rest = text.partition("/")
    if first in {"models", "huggingface"} and rest:
        return replace(found, can_pin=False) if (found := named(Kind.HUB, rest)) is not None else None
    return None


def _file(text: str, _: str) -> Named | None:
    """A link, or ``owner/name/file`` as diffusers takes it."""
    if "://" in text:
        return link(text)
    parts = text.split("/")
    if len(parts) >= 3 and not is_local("/".join(parts[:2])) and is_hub_name("/".join(parts[:2])):  # noqa: PLR2004
        return Named("hf", "/".join(parts[:2]))
    return None if is_local(text) or HOLE not in text else Named("hf", None)


_READERS: Final[dict[str, Callable[[str, str], Named | None]]] = {
    "torchhub": _torchhub,
    "whisper": _whisper,
    "inference": _inference,
    "uri": _uri,
    Kind.PLACE: _place,
    "preset": _preset,
    "registry": _registry,
    "client": _client,
    "anthropic": _anthropic,
    "provided": _provided,
    "gradio": _gradio,
    "file": _file,
}


def asked(client: str, base: str | None) -> str:
    """Whose models a client asks; ``?`` if that can't be told.

    Args:
        client: The class of the client.
        base: The address that it is made with; None if there is none.
    """
    if base is not None:
        try:
            host = urlsplit(base).hostname or ""
        except ValueError:
            host = ""
        known = HOSTS.get(host, "azure" if host.endswith((".openai.azure.com", ".cognitiveservices.azure.com")) else "")
        return known or "?"
    return CLIENTS.get(client, "")
