"""Models behind vendors' APIs: ``api:VENDOR/MODEL[#NAME=VALUE&…]``.

There are no bytes of such a model. One small file stands for it, `model.json`: vendor, endpoint, snapshot, governed
parameters, and what the vendor says of the model that does not change while it stays the same. The revision is the
digest of that file, so that it moves when the vendor's word does. The vendor's answer and its dates are metadata.

A key goes to the vendor's own origin alone: a redirect elsewhere is an error.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from weighbridge.core import digest
from weighbridge.core.errors import (
    AccessError,
    IntegrityError,
    NotFoundError,
    SourceError,
    UsageError,
    WeighbridgeError,
)
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.origin import matches
from weighbridge.core.vendors import Classified, Naming, classify
from weighbridge.sources._api_answers import (
    MAX_ANSWER_BYTES,
    Said,
    bad_answer,
    read,
    require_steady,
    snapshot_of,
    wrong_model,
)
from weighbridge.sources._api_reference import COMPATIBLE, MODEL_FILE, Asked, asked, document
from weighbridge.sources._api_vendors import AZURE_LIFE, TABLE, Question, Vendor, of_azure_life, own_id, question
from weighbridge.sources._http import Reply, Web
from weighbridge.sources._plain_http import is_loopback, without_tls
from weighbridge.sources._retry import UNREACHABLE, Patience
from weighbridge.sources._transfer import TOO_MANY, answer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

_UNKNOWN_KEY, _FORBIDDEN, _GONE = 401, 403, frozenset({404, 410})
_SERVER_ERROR = 500
# Google answers a wrong key with 400.
_BAD_REQUEST, _GOOGLE_KEY = 400, b"API_KEY_INVALID"


class ApiSource:
    """Models behind vendors' APIs; may be used by several threads at once.

    Args:
        clock: The time in UTC, for the signatures that AWS asks for.
        allowed: Patterns of sources that the policy allows: an OpenAI-compatible server without TLS that is not on this
            machine has to fit one that names it with ``http:``.
        environment: Keys, addresses and places; None for the environment of the moment.
        bases: Addresses by vendor, instead of the usual ones.
        max_tries: Tries in a row.
        timeout_seconds: For connecting, and between two pieces of an answer.
        sleep: Waits between tries.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        allowed: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        bases: Mapping[str, str] | None = None,
        max_tries: int = 5,
        timeout_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._allowed = tuple(pattern for pattern in allowed if pattern.startswith(f"api:{COMPATIBLE}/http:"))
        self._environment = environment
        self._bases = dict(bases or {})
        self._patience = Patience(max_tries, sleep)
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._web = Web(timeout_seconds, self._hosts)
        self._clock = clock

    @property
    def scheme(self) -> str:
        """The scheme of its references."""
        return "api"

    def resolve(self, ref: Ref) -> Listing:
        """What the vendor says of a model now: one file, that stands for it.

        Raises:
            UsageError: The reference is malformed (code ``bad-ref``), names an alias that the vendor does not resolve
                (``vendor-alias``), may name anything (``vendor-unknown``), a deployment that moves by itself
                (``vendor-upgrades``), or a host without TLS (``plain-http``).
            ConfigError: The environment names no address, place or key (codes ``bad-endpoint``, ``bad-token``).
            NotFoundError: The vendor has no such model, or no longer (code ``repository-missing``).
            AccessError: There is no key (``no-api-key``), or it is not good for this (``bad-token``, ``private``).
            SourceError: The vendor failed, or did not answer as documented (codes ``bad-answer``, ``wrong-model``).
        """
        what = asked(ref)
        named, vendor = classify(what.vendor, what.model), TABLE[what.vendor]
        _require_pinnable(what, named)
        model = what.model
        if named.naming is Naming.ALIAS:
            model = snapshot_of(what.vendor, vendor, model, self._ask(ref, what, model, wanted=None)[0])
        said, endpoint = self._ask(ref, what, model, wanted=own_id(what.vendor, model))
        metadata: dict[str, Json] = {
            "vendor": what.vendor,
            "model": model,
            "endpoint": endpoint,
            "identity": dict(said.fields(vendor.identity)),
            "naming": {"asked": what.model, "kind": str(named.naming), "reason": named.reason},
            "answer": dict(said.record),
        }
        metadata |= self._life(ref, what, said, model)
        data = _document(what, metadata)
        file = RemoteFile(MODEL_FILE, len(data), digest.of_bytes(data))
        identity = {"host": urlsplit(endpoint).netloc, "vendor": what.vendor}
        return Listing(ref, digest.of_bytes(data), (file,), identity, metadata)

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of the file from ``offset`` on; nobody is asked again.

        Raises:
            NotFoundError: It is no part of the listing (code ``file-missing``).
            IntegrityError: Another size is promised (code ``size-mismatch``).
        """
        if file.path != MODEL_FILE:
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
        data = _document(asked(listing.ref), listing.metadata)
        if len(data) != file.size:
            raise IntegrityError(
                f"{MODEL_FILE} is {len(data)} bytes, not the promised {file.size}",
                code="size-mismatch",
                hint="resolve the reference again",
            )
        if offset < len(data):
            yield data[offset:]

    def _life(self, ref: Ref, what: Asked, said: Said, model: str) -> dict[str, Json]:
        """What the vendor says of the model's days."""
        vendor = TABLE[what.vendor]
        found: dict[str, Json] = {}
        if what.vendor == "vertex":
            _require_version(model, said)
        if what.vendor == "azure":
            found["deployed"] = deployed = require_steady(said)
            life = self._azure_life(ref, deployed)
            if life is not None:
                vendor, said = AZURE_LIFE, life
                found["life_answer"] = dict(life.record)
        days = {"retires": said.day(vendor.retires), "deprecated": said.day(vendor.deprecated)}
        successor = said.text(vendor.successor)
        return found | {key: value for key, value in {**days, "successor": successor}.items() if value}

    def _azure_life(self, ref: Ref, deployed: str) -> Said | None:
        sent = of_azure_life(deployed, self._here)
        try:
            return None if sent is None else self._answer(ref, AZURE_LIFE, sent, frozenset({deployed}))
        except NotFoundError:
            # The deployment is there: what is missing is a word about its days.
            return None

    @property
    def _here(self) -> Mapping[str, str]:
        return os.environ if self._environment is None else self._environment

    def _ask(self, ref: Ref, what: Asked, model: str, *, wanted: frozenset[str] | None) -> tuple[Said, str]:
        """What the vendor says of a model, and where that is called."""
        sent = question(what, model, self._here, self._bases, self._clock())
        self._require_tls(ref, sent.endpoint)
        return self._answer(ref, TABLE[what.vendor], sent, wanted), sent.endpoint

    def _answer(self, ref: Ref, vendor: Vendor, sent: Question, wanted: frozenset[str] | None) -> Said:
        self._require_tls(ref, sent.url)
        # No other origin is a known file host: a redirect there is refused, and no key follows it.
        self._hosts[urlsplit(sent.url).hostname or ""] = ()

        def ask() -> Said:
            with self._web.get(sent.url, {**sent.headers, "Accept-Encoding": "identity"}) as reply:
                answer_of(reply, lambda reply, body: _refused(sent, reply, body))
                reply.require_plain()
                # The second read finds out whether the answer was cut short.
                body = reply.read_start(MAX_ANSWER_BYTES) + reply.read_start(1)
                return read(vendor, sent, body, reply.headers.get("date", ""), wanted)

        return self._patience.keep_trying(ask, hopeless=UNREACHABLE)

    def _require_tls(self, ref: Ref, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            return
        if not any(matches(ref.source, pattern) for pattern in self._allowed):
            hint = f"use https:, or let policy.sources name it: api:{COMPATIBLE}/http://HOST/**"
            raise without_tls(parts.netloc, hint)


def _require_pinnable(what: Asked, named: Classified) -> None:
    if named.naming is Naming.ALIAS and not TABLE[what.vendor].snapshots:
        raise UsageError(
            f"{what.model!r} is an alias: {named.reason}",
            code="vendor-alias",
            hint="pin the snapshot by its own id; the vendor lists them, and a response names its model",
        )
    if named.naming is Naming.UNKNOWN and what.vendor not in {"azure", COMPATIBLE}:
        raise UsageError(
            f"{what.model!r} may name anything: {named.reason}",
            code="vendor-unknown",
            hint="pin an id with a date or version; docs/sources.md has the rule of each vendor",
        )


def _require_version(model: str, said: Said) -> None:
    """Refuse another version than the one that stands after the @."""
    _, is_named, version = model.partition("@")
    if is_named and said.text("versionId") != version:
        raise wrong_model(said.host, f"asked about version {version}, it speaks of {said.text('versionId')!r}")


def _document(what: Asked, metadata: Mapping[str, Json]) -> bytes:
    endpoint = str(metadata["endpoint"])
    return document(
        what,
        model=str(metadata["model"]),
        endpoint=endpoint,
        host=urlsplit(endpoint).netloc,
        identity=cast("Mapping[str, Json]", metadata["identity"]),
    )


def _refused(sent: Question, reply: Reply, body: bytes) -> WeighbridgeError:
    host, keys = urlsplit(reply.url).netloc, " or ".join(sent.keys)
    if reply.status in _GONE:
        return NotFoundError(
            f"{host} has no such model", code="repository-missing", hint="check the id; what was pinned may be retired"
        )
    if reply.status == _UNKNOWN_KEY or (reply.status == _BAD_REQUEST and _GOOGLE_KEY in body):
        return AccessError(f"{host} does not take the key", code="bad-token", hint=f"set {keys} to a good one")
    if reply.status == _FORBIDDEN:
        return AccessError(
            f"{host} does not tell this key about the model",
            code="private",
            hint=f"ask for the right to read models, or set {keys} to another key",
        )
    if reply.status == TOO_MANY:
        return SourceError(f"{host} has had too many requests", code="rate-limited", hint="try again later")
    if reply.status >= _SERVER_ERROR:
        return SourceError(f"{host} failed with the HTTP status {reply.status}", code="server-failed")
    return bad_answer(host, f"its HTTP status is {reply.status}")
