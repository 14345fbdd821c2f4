"""AWS Signature Version 4 for a GET: which headers prove who asks.

By "Create a signed AWS API request" of the IAM user guide. The clock is handed in; no secret is kept or shown.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_ALGORITHM = "AWS4-HMAC-SHA256"
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks.

    Args:
        key_id: Of the access key.
        secret: Of the access key; never sent.
        session: Token of temporary credentials; empty for others.
    """

    key_id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)


def signed(
    url: str, headers: Mapping[str, str], who: Credentials, *, region: str, service: str, now: datetime
) -> dict[str, str]:
    """The headers to send with a GET: the given ones, date, session token and signature.

    Args:
        url: With its path percent-encoded once, as it is sent.
        headers: That are to be signed too.
        who: Who asks.
        region: Of the service.
        service: Its signing name, such as ``bedrock``.
        now: In UTC.
    """
    parts = urlsplit(url)
    moment = f"{now:%Y%m%dT%H%M%SZ}"
    sent = {**headers, "X-Amz-Date": moment} | ({"X-Amz-Security-Token": who.session} if who.session else {})
    told = {name.lower(): " ".join(value.split()) for name, value in {**sent, "Host": parts.netloc}.items()}
    names = ";".join(sorted(told))
    query = sorted(
        (quote(key, safe="~"), quote(value, safe="~")) for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    request = "\n".join(
        [
            "GET",
            quote(parts.path or "/", safe="/~"),
            "&".join(f"{key}={value}" for key, value in query),
            *(f"{name}:{told[name]}" for name in sorted(told)),
            "",
            names,
            _NOTHING,
        ]
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    message = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{who.secret}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    signature = _mac(key, message).hex()
    return {
        **sent,
        "Authorization": f"{_ALGORITHM} Credential={who.key_id}/{scope}, SignedHeaders={names}, Signature={signature}",
    }


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
