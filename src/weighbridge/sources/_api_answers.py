"""What a vendor said of a model: read strictly, and kept as it came where it tells of nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from weighbridge.core import canonical, digest
from weighbridge.core.errors import NotFoundError, SourceError, UsageError
from weighbridge.core.vendors import Naming, classify
from weighbridge.sources._api_reference import is_model
from weighbridge.sources._api_vendors import at
from weighbridge.sources._plain_json import MAX_BYTES, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.sources._api_vendors import Question, Vendor

MAX_ANSWER_BYTES = 1 << 20
_MAX_TEXT = 512
# Shorter ones are the words that local servers are given for want of a key.
_SHORTEST_SECRET = 12
_ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)([T ].*)?")
_LAST_SECOND = 253_402_300_799
_UPGRADES, _NEVER = "properties.versionUpgradeOption", "NoAutoUpgrade"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer about one model.

    Args:
        data: The model's part of it.
        record: What is written down: the answer, the digest of all of it, and its date as the server gave it.
        host: Who said it.
    """

    data: Mapping[str, Any]
    record: Mapping[str, Json]
    host: str

    def fields(self, paths: tuple[str, ...]) -> dict[str, Json]:
        """The fields that it has, by dotted path.

        Raises:
            SourceError: One is no short text, number, true or false (code ``bad-answer``).
        """
        found: dict[str, Json] = {}
        for path in paths:
            value = plain(at(self.data, path))
            if isinstance(value, dict | list) or (isinstance(value, str) and len(value) > _MAX_TEXT):
                raise bad_answer(self.host, f"what stands as {path} is too long, or no plain value")
            if value is not None:
                found[path] = value
        return found

    def day(self, path: str) -> str:
        """The day, in UTC, that a field names: as ISO 8601, or in seconds since 1970; empty if it has none.

        Raises:
            SourceError: It is no date (code ``bad-answer``).
        """
        value = at(self.data, path) if path else None
        if value is None or value == "":
            return ""
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST_SECOND:
            return datetime.fromtimestamp(value, UTC).date().isoformat()
        found = _ISO_DAY.fullmatch(value) if isinstance(value, str) else None
        try:
            if found:
                return date.fromisoformat(found[1]).isoformat()
        except ValueError:
            pass
        raise bad_answer(self.host, f"what stands as {path} is no date")

    def text(self, path: str) -> str:
        """The text of a field; empty if it has none.

        Raises:
            SourceError: It is too long (code ``bad-answer``).
        """
        value = self.fields((path,)).get(path) if path else None
        return value if isinstance(value, str) else ""


def read(vendor: Vendor, sent: Question, body: bytes, day: str, wanted: frozenset[str] | None) -> Said:
    """What an answer says.

    Args:
        vendor: How it is read.
        sent: What was asked.
        body: The answer.
        day: Its ``Date`` header; empty if it has none.
        wanted: How the id asked for may be spelled; None where an alias was asked for.

    Raises:
        SourceError: It is no such answer (code ``bad-answer``), or about another model (code ``wrong-model``).
        NotFoundError: A list does not have the model (code ``repository-missing``).
    """
    host = urlsplit(sent.url).netloc
    text = _text(host, body)
    if any(secret in text for secret in sent.secrets if len(secret) >= _SHORTEST_SECRET):
        raise bad_answer(host, "it repeats the key that was sent, and would be written down")
    data = _parsed(host, text)
    found = at(data, vendor.inside) if vendor.inside else data
    listed = isinstance(found, list)
    if isinstance(found, list):
        found = _entry(host, found, vendor.id, wanted or frozenset())
    name = at(found, vendor.id)
    if not isinstance(found, dict) or not isinstance(name, str) or not name:
        raise bad_answer(host, f"there is no {vendor.id} in it")
    if wanted is not None and name not in wanted:
        raise wrong_model(host, f"asked about {min(wanted)}, it speaks of {name[:_MAX_TEXT]!r}")
    kept = text
    if vendor.kept:
        kept = canonical.dumps({path: plain(at(found, path)) for path in vendor.kept}).decode()
    elif listed:
        # The other entries are of the account.
        kept = canonical.dumps(plain(found)).decode()
    record: dict[str, Json] = {"sha256": digest.of_bytes(body)}
    if len(kept.encode()) <= MAX_BYTES:
        record["text"] = kept
    return Said(found, record | ({"date": day[:_MAX_TEXT]} if day else {}), host)


def snapshot_of(vendor_name: str, vendor: Vendor, alias: str, said: Said) -> str:
    """The one snapshot that an answer to an alias names.

    Raises:
        UsageError: It names none, or several (code ``vendor-alias``).
    """
    named: set[str] = set()
    for path in vendor.snapshots:
        value = at(said.data, path)
        named |= {item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)}
    found = sorted(
        item for item in named if is_model(vendor_name, item) and classify(vendor_name, item).naming is Naming.SNAPSHOT
    )
    if len(found) != 1:
        raise UsageError(
            f"{alias!r} is an alias, and {said.host} names {len(found) or 'no'} snapshots behind it",
            code="vendor-alias",
            hint="pin the snapshot by its own id" + (f": {', '.join(found)}" if found else ""),
        )
    return found[0]


def require_steady(said: Said) -> str:
    """The model and version of an Azure deployment that its owner alone moves, such as ``gpt-4o-2024-08-06``.

    Raises:
        SourceError: Its model is not told (code ``bad-answer``).
        UsageError: Azure may upgrade it (code ``vendor-upgrades``).
    """
    name, version = said.text("properties.model.name"), said.text("properties.model.version")
    if not name or not version:
        raise bad_answer(said.host, "it does not tell the deployment's model and version")
    option = said.text(_UPGRADES)
    if option != _NEVER:
        raise UsageError(
            f"Azure may upgrade this deployment of {name}: its versionUpgradeOption is {option or 'not set'}",
            code="vendor-upgrades",
            hint=f"set versionUpgradeOption of the deployment to {_NEVER}, then add it again",
        )
    return f"{name}-{version}"


def bad_answer(host: str, why: str) -> SourceError:
    """The answer is not what the vendor documents."""
    return SourceError(
        f"{host} did not answer as documented: {why}",
        code="bad-answer",
        hint="check the address, and that no login page or proxy is in the way",
    )


def wrong_model(host: str, what: str) -> SourceError:
    """The answer is about another model."""
    return SourceError(
        f"{host} answered about another model: {what}",
        code="wrong-model",
        hint="nothing was pinned; pin the id that the vendor uses itself, and check the address",
    )


def _text(host: str, body: bytes) -> str:
    if len(body) > MAX_ANSWER_BYTES:
        raise bad_answer(host, f"it is longer than {MAX_ANSWER_BYTES} bytes")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_answer(host, "it is not UTF-8") from None


def _parsed(host: str, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise bad_answer(host, "it is no JSON, or a key stands twice") from None
    if not isinstance(data, dict):
        raise bad_answer(host, "it is no JSON object")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _entry(host: str, entries: list[Any], key: str, wanted: frozenset[str]) -> Any:
    found = [item for item in entries if at(item, key) in wanted]
    if len(found) > 1:
        raise bad_answer(host, f"it lists {min(wanted)} {len(found)} times")
    if not found:
        raise NotFoundError(
            f"{host} does not list {min(wanted)}",
            code="repository-missing",
            hint="check the id; what was pinned may be retired",
        )
    return found[0]
