"""Vendors as data: where each is asked about a model, with which key, and which fields of its answer say what.

Fields are dotted paths into the answer. Every address, key and place comes from the mapping that is handed in: the
environment of the moment. Nothing is asked here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from weighbridge.core.errors import AccessError, ConfigError
from weighbridge.core.vendors import bedrock_model
from weighbridge.sources._api_aws import Credentials, signed
from weighbridge.sources._api_reference import COMPATIBLE, Asked
from weighbridge.sources._http import origin_of

if TYPE_CHECKING:
    from datetime import datetime

_KEY = re.compile(r"[\x21-\x7e]{1,16384}")
_PLACE = re.compile(r"[A-Za-z0-9_.()-]{1,90}")


@dataclass(frozen=True, slots=True)
class Vendor:
    """How one vendor is asked, and how its answer is read.

    Args:
        base: Its address; ``{NAME}`` stands for a place that the environment names.
        base_variable: The variable with which the vendor's own client is sent elsewhere; empty if there is none.
        path: Behind the base; ``{model}`` is the model, percent-encoded.
        keys: Variables that may hold the key, the first that is set counts.
        key_header: The header that carries it.
        key_prefix: What stands before it there.
        headers: More to send.
        places: For each place, the variables that may name it; a last item without capitals is the default.
        inside: Where in the answer the model is; of a list, the entry with the id asked for.
        id: Field of the id.
        identity: Fields that stay while the model is the same.
        kept: Fields to write down where an answer also tells of the account; none for the answer as it came.
        snapshots: Fields that name the snapshot where an alias was asked for.
        retires: Field of the day from which it is not served.
        deprecated: Field of the day from which it should not be used.
        successor: Field of the model to use then.
    """

    base: str
    base_variable: str
    path: str
    keys: tuple[str, ...]
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    headers: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inside: str = ""
    id: str = "id"
    identity: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    retires: str = ""
    deprecated: str = ""
    successor: str = ""


_AWS_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_AZURE_ENDPOINT: Final = "AZURE_OPENAI_ENDPOINT"
_AZURE_IDENTITY = ("properties.model.format", "properties.model.name", "properties.model.version")
TABLE: Final[dict[str, Vendor]] = {
    "openai": Vendor(
        base="https://api.openai.com/v1",
        base_variable="OPENAI_BASE_URL",
        path="/models/{model}",
        keys=("OPENAI_API_KEY",),
        identity=("created", "owned_by"),
    ),
    COMPATIBLE: Vendor(
        # OPENAI_API_KEY goes to the origin of OPENAI_BASE_URL alone. vLLM's `created` is the time of the answer.
        base="",
        base_variable="",
        path="/models",
        keys=(),
        inside="data",
        identity=("owned_by", "parent", "root"),
    ),
    "anthropic": Vendor(
        base="https://api.anthropic.com",
        base_variable="ANTHROPIC_BASE_URL",
        path="/v1/models/{model}",
        keys=("ANTHROPIC_API_KEY",),
        key_header="x-api-key",
        key_prefix="",
        headers={"anthropic-version": "2023-06-01"},
        identity=("created_at",),
        snapshots=("id",),
    ),
    "google": Vendor(
        base="https://generativelanguage.googleapis.com",
        base_variable="GOOGLE_GEMINI_BASE_URL",
        path="/v1beta/models/{model}",
        keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        key_header="x-goog-api-key",
        key_prefix="",
        id="name",
        identity=("baseModelId", "version"),
    ),
    "vertex": Vendor(
        base="https://{LOCATION}aiplatform.googleapis.com",
        base_variable="GOOGLE_VERTEX_BASE_URL",
        path="/v1/publishers/{publisher}/models/{model}",
        keys=("GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"),
        places={"LOCATION": ("GOOGLE_CLOUD_LOCATION", "global")},
        id="name",
        identity=("versionId",),
    ),
    "bedrock": Vendor(
        base="https://bedrock.{REGION}.amazonaws.com",
        base_variable="AWS_ENDPOINT_URL_BEDROCK",
        path="/foundation-models/{model}",
        keys=("AWS_ACCESS_KEY_ID",),
        places={"REGION": ("AWS_REGION", "AWS_DEFAULT_REGION")},
        inside="modelDetails",
        id="modelId",
        identity=("modelArn", "modelLifecycle.startOfLifeTime", "providerName"),
        retires="modelLifecycle.endOfLifeTime",
        deprecated="modelLifecycle.legacyTime",
    ),
    "azure": Vendor(
        # The resource manager knows what a deployment runs; the resource itself does not tell.
        base="https://management.azure.com",
        base_variable="",
        path="/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.CognitiveServices/accounts/{ACCOUNT}"
        "/deployments/{model}?api-version=2024-10-01",
        keys=("AZURE_MANAGEMENT_TOKEN",),
        places={"SUBSCRIPTION": ("AZURE_SUBSCRIPTION_ID",), "GROUP": ("AZURE_RESOURCE_GROUP",)},
        id="name",
        identity=_AZURE_IDENTITY,
        kept=("name", *_AZURE_IDENTITY, "properties.versionUpgradeOption"),
    ),
    "mistral": Vendor(
        # `created` is the time of the answer.
        base="https://api.mistral.ai",
        base_variable="",
        path="/v1/models/{model}",
        keys=("MISTRAL_API_KEY",),
        identity=("name", "owned_by"),
        snapshots=("name", "aliases"),
        retires="deprecation",
        successor="deprecation_replacement_model",
    ),
}
# What the resource of an Azure deployment says of the model's life.
AZURE_LIFE: Final = Vendor(
    base="",
    base_variable=_AZURE_ENDPOINT,
    path="/openai/models/{model}?api-version=2024-10-21",
    keys=("AZURE_OPENAI_API_KEY",),
    key_header="api-key",
    key_prefix="",
    retires="deprecation.inference",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent.

    Args:
        url: With its path percent-encoded.
        headers: With the key.
        secrets: What must never come back in an answer that is kept.
        endpoint: Where the model is called, without a slash at the end.
        keys: Variables that may hold the key, for messages.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    endpoint: str
    keys: tuple[str, ...]


def question(
    what: Asked, model: str, environment: Mapping[str, str], bases: Mapping[str, str], now: datetime
) -> Question:
    """What to send about a model.

    Args:
        what: What the reference asks for.
        model: The id to ask about: that of the reference, or the snapshot behind it.
        environment: Keys, addresses and places.
        bases: Addresses by vendor, instead of the usual ones.
        now: For a signature.

    Raises:
        ConfigError: A variable is not an address, a place or a key (codes ``bad-endpoint``, ``bad-token``).
        AccessError: There is no key (code ``no-api-key``).
    """
    vendor = TABLE[what.vendor]
    places = {name: _place(variables, environment) for name, variables in vendor.places.items()}
    base = bases.get(what.vendor) or what.server or _base(vendor, environment, places)
    endpoint = base
    if what.vendor == "azure":
        endpoint = address(environment.get(_AZURE_ENDPOINT, ""), _AZURE_ENDPOINT)
        places["ACCOUNT"] = (urlsplit(endpoint).hostname or "").partition(".")[0]
    publisher, _, last = model.rpartition("/") if what.vendor == "vertex" else ("", "", model)
    last = bedrock_model(last) if what.vendor == "bedrock" else last
    path = vendor.path.format(model=quote(last, safe="@"), publisher=publisher, **places)
    if what.vendor == "bedrock":
        return _to_bedrock(vendor, f"{base}{path}", endpoint, environment, places["REGION"], now)
    if what.vendor == COMPATIBLE:
        return _compatible(f"{base}{path}", endpoint, environment)
    key = _key(vendor.keys, environment)
    headers = {**vendor.headers, vendor.key_header: f"{vendor.key_prefix}{key}"}
    return Question(f"{base}{path}", headers, (key,), endpoint, vendor.keys)


def of_azure_life(model: str, environment: Mapping[str, str]) -> Question | None:
    """What to send about the life of a deployed model; None without a key for the resource."""
    if not environment.get(AZURE_LIFE.keys[0]):
        return None
    base, key = address(environment.get(_AZURE_ENDPOINT, ""), _AZURE_ENDPOINT), _key(AZURE_LIFE.keys, environment)
    path = AZURE_LIFE.path.format(model=quote(model, safe=""))
    return Question(f"{base}{path}", {AZURE_LIFE.key_header: key}, (key,), base, AZURE_LIFE.keys)


def own_id(vendor: str, model: str) -> frozenset[str]:
    """How the vendor spells the id of a model in its answer."""
    if vendor == "google":
        return frozenset({f"models/{model}"})
    if vendor == "vertex":
        publisher, _, name = model.partition("/")
        full = f"publishers/{publisher}/models/{name}"
        return frozenset({full, full.partition("@")[0]})
    return frozenset({bedrock_model(model) if vendor == "bedrock" else model})


def at(data: Any, path: str) -> Any:
    """The value at a dotted path; None if there is none."""
    for step in path.split("."):
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def address(text: str, variable: str) -> str:
    """The base address that a variable names, without a slash at the end.

    Raises:
        ConfigError: It is no plain web address (code ``bad-endpoint``).
    """
    base = text.rstrip("/")
    try:
        parts = urlsplit(base)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not base.isprintable() or " " in base or set("@?#") & set(base):
        raise ConfigError(
            f"{variable} is not the address of a vendor", code="bad-endpoint", hint="write it like https://HOST/v1"
        )
    return base


def _base(vendor: Vendor, environment: Mapping[str, str], places: Mapping[str, str]) -> str:
    elsewhere = environment.get(vendor.base_variable, "") if vendor.base_variable else ""
    if elsewhere:
        return address(elsewhere, vendor.base_variable)
    location = places.get("LOCATION", "")
    shown = {**places, "LOCATION": "" if location == "global" else f"{location}-"}
    return vendor.base.format(**shown)


def _place(variables: tuple[str, ...], environment: Mapping[str, str]) -> str:
    named = next((environment[name] for name in variables if environment.get(name)), "")
    default = variables[-1] if variables[-1].islower() else ""
    if not _PLACE.fullmatch(named or default):
        raise ConfigError(
            f"{' or '.join(name for name in variables if name.isupper())} must name where the model is",
            code="bad-endpoint",
            hint="set it as the vendor's own client needs it",
        )
    return named or default


def _key(variables: tuple[str, ...], environment: Mapping[str, str]) -> str:
    key = next((environment[name] for name in variables if environment.get(name)), "")
    if not key:
        raise AccessError(
            f"a key is needed to ask about this model: {' or '.join(variables)}",
            code="no-api-key",
            hint=f"set {variables[0]}; it is sent to the vendor alone, and written nowhere",
        )
    if not _KEY.fullmatch(key):
        raise ConfigError(
            f"{' or '.join(variables)} holds characters that no key has",
            code="bad-token",
            hint="copy it again; a line break is a frequent guest",
        )
    return key


def _to_bedrock(
    vendor: Vendor, url: str, endpoint: str, environment: Mapping[str, str], region: str, now: datetime
) -> Question:
    key_id, secret = (_key((name,), environment) for name in _AWS_KEYS[:2])
    session = _key(_AWS_KEYS[2:], environment) if environment.get(_AWS_KEYS[2]) else ""
    headers = signed(
        url, vendor.headers, Credentials(key_id, secret, session), region=region, service="bedrock", now=now
    )
    return Question(url, headers, tuple(filter(None, (key_id, secret, session))), endpoint, _AWS_KEYS)


def _compatible(url: str, endpoint: str, environment: Mapping[str, str]) -> Question:
    openai = TABLE["openai"]
    named = environment.get(openai.base_variable, "")
    if (
        not named
        or not environment.get(openai.keys[0])
        or origin_of(address(named, openai.base_variable)) != origin_of(url)
    ):
        return Question(url, {}, (), endpoint, openai.keys)
    key = _key(openai.keys, environment)
    return Question(url, {openai.key_header: f"{openai.key_prefix}{key}"}, (key,), endpoint, openai.keys)
