"""References to vendors' models, read strictly: ``api:VENDOR/MODEL[#NAME=VALUE&…]``, and the file that stands for one.

The fragment holds governed parameters: JSON scalars, text without quotes. An OpenAI-compatible server is named by its
address, which ends in the first part like ``v1``; the rest is the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from weighbridge.core import canonical
from weighbridge.core.errors import UsageError
from weighbridge.core.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

COMPATIBLE = "openai-compatible"
MODEL_FILE = "model.json"
_MAX_PARAMETERS = 64
_MODELS = {
    "vertex": re.compile(r"[a-z0-9-]+/[A-Za-z0-9][A-Za-z0-9._-]{0,127}(@[A-Za-z0-9._-]{1,63})?"),
    "bedrock": re.compile(
        r"(arn:aws(-[a-z-]+)?:bedrock:[a-z0-9-]{1,20}::foundation-model/)?[A-Za-z0-9][A-Za-z0-9.:_-]{0,254}"
    ),
    COMPATIBLE: re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,254}"),
}
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}")
# One spelling alone: rules about a server compare text (RFC 3986 §6.2).
_SERVER = re.compile(
    r"(https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?P<port>:[1-9]\d{0,4})?"
    r"(?:/(?!\.{1,2}/)[A-Za-z0-9._~-]+)*?/v\d+[a-z0-9]*(?=/)"
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")
_SECRET = re.compile(r"key$|token$|secret|password|authorization", re.IGNORECASE)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_MAX_DIGITS = 15
_HINT = "write api:VENDOR/MODEL, such as api:openai/gpt-4o-2024-08-06"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reference asks for.

    Args:
        vendor: One of `weighbridge.core.vendors.VENDORS`.
        model: The vendor's id; for Azure the name of a deployment.
        parameters: Canonical JSON text of each governed parameter, by name.
        server: Of an OpenAI-compatible server, its address up to the version, without a slash at the end.
    """

    vendor: str
    model: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    server: str = ""


def asked(ref: Ref) -> Asked:
    """What a reference asks for.

    Raises:
        UsageError: It is malformed (code ``bad-ref``).
    """
    vendor, slash, rest = ref.name.partition("/")
    model = rest if ref.revision is None else f"{rest}@{ref.revision}"
    if vendor not in VENDORS or not slash:
        raise _bad(f"{vendor!r} is no vendor", f"{_HINT}; vendors: {', '.join(VENDORS)}")
    server = ""
    if vendor == COMPATIBLE:
        server = _server(model)
        model = model[len(server) + 1 :]
    if not is_model(vendor, model):
        raise _bad(f"{model!r} can't be a model of {vendor}", _HINT)
    return Asked(vendor, model, _parameters(ref.part), server)


def is_model(vendor: str, model: str) -> bool:
    """Whether a text is spelled as the vendor spells ids of models."""
    return bool(_MODELS.get(vendor, _MODEL).fullmatch(model)) and {"", ".", ".."}.isdisjoint(model.split("/"))


def _server(text: str) -> str:
    found = _SERVER.match(text)
    host = found["host"] if found else ""
    if found is None or ".." in host or ".-" in host or found["port"] == _DEFAULT_PORTS[found[1]]:
        raise _bad(
            "the address of a server is missing, or has more than one spelling",
            f"write api:{COMPATIBLE}/https://HOST/v1/MODEL: host in small letters, no port that the scheme has anyway",
        )
    return found[0]


def _parameters(part: str | None) -> dict[str, str]:
    if part is None:
        return {}
    found: dict[str, str] = {}
    for pair in part.split("&"):
        key, equals, value = pair.partition("=")
        if not equals or not _KEY.fullmatch(key) or key in found or len(found) >= _MAX_PARAMETERS:
            raise _bad(f"{key!r} is no parameter, or stands twice", "write #temperature=0&top_p=1")
        if _SECRET.search(key):
            raise _bad(f"{key!r} may be a secret, and a reference is written down", "leave it out")
        found[key] = _scalar(key, value)
    return dict(sorted(found.items()))


def _scalar(key: str, value: str) -> str:
    """The canonical JSON (RFC 8785) of true, false, null, a decimal number that a double holds exactly, or a word."""
    if value in {"true", "false", "null"}:
        return value
    if _NUMBER.fullmatch(value):
        number = Decimal(value)
        if len(number.as_tuple().digits) <= _MAX_DIGITS:
            text = f"{number:f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return "0" if text == "-0" else text
    elif _WORD.fullmatch(value):
        return canonical.dumps(value).decode()
    raise _bad(
        f"the value of {key} can't be governed",
        "write a number of at most 15 digits and 6 decimals, true, false, null, or a word",
    )


def document(what: Asked, *, model: str, endpoint: str, host: str, identity: Mapping[str, Json]) -> bytes:
    """The canonical JSON (RFC 8785) that stands for a vendor's model.

    Args:
        what: Vendor and parameters.
        model: The snapshot; for Azure the deployment.
        endpoint: Where it is called, without a slash at the end.
        host: Host and port of that.
        identity: What the vendor says of the model that does not change while it stays the same.
    """
    encoded = {
        key: canonical.dumps(value).decode()
        for key, value in {
            "endpoint": endpoint,
            "host": host,
            "identity": dict(identity),
            "model": model,
            "type": "weighbridge.api-model/1",
            "vendor": what.vendor,
        }.items()
    }
    # Numbers with decimals stand here as text already: canonical JSON of evidence knows none.
    return _object(encoded | {"parameters": _object(what.parameters)}).encode()


def _object(encoded: Mapping[str, str]) -> str:
    """The canonical JSON of an object whose keys are plain ASCII and whose values are canonical JSON already."""
    return "{" + ",".join(f'"{key}":{encoded[key]}' for key in sorted(encoded)) + "}"


def _bad(message: str, hint: str) -> UsageError:
    return UsageError(message, code="bad-ref", hint=hint)
