"""Which Hub is asked, and as whom: from arguments, else from the environment of the moment.

The token is found by the Hub library's own rules. Nothing is asked of any Hub here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.core.errors import AccessError, ConfigError, SourceError
from weighbridge.sources import _environment, _hub_library

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_ENDPOINT = "https://huggingface.co"
# What may stand in a header (RFC 6750 §2.1 allows less, but the Hub decides what a token is).
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


@dataclass(frozen=True, slots=True)
class Hub:
    """Whom to ask, as whom.

    Args:
        endpoint: URL without a slash at the end.
        token: For the endpoint's own origin alone; never shown.
        headers: To send with every request.
    """

    endpoint: str
    token: str | None = field(repr=False)
    headers: Mapping[str, str]

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.endpoint).netloc


def hub_of(endpoint: str | None, token: str | bool | None) -> Hub:  # noqa: FBT001 - the library's own three-way token
    """Whom to ask now.

    Args:
        endpoint: The Hub's URL; None for ``HF_ENDPOINT``, else the public Hub.
        token: None for ``HF_TOKEN``, else what `hf auth login` stored; False for none.

    Raises:
        ConfigError: ``HF_ENDPOINT`` is not a URL, or the token can't be one.
        AccessError: The stored token can't be used.
        SourceError: ``HF_HUB_OFFLINE`` is set.
    """
    if _environment.says_yes("HF_HUB_OFFLINE") or _environment.says_yes("TRANSFORMERS_OFFLINE"):
        raise SourceError(
            "the environment forbids to ask the Hub",
            code="offline",
            hint="unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE; what is pinned loads without the Hub",
        )
    url = (endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ConfigError(
            "HF_ENDPOINT is not the URL of a Hub", code="bad-endpoint", hint="write it like https://hub.example.org"
        )
    agent = f"weighbridge/{version('weighbridge')}; hf_hub/{version('huggingface_hub')}"
    return Hub(url, _token_to_send(token), {"User-Agent": agent})


def _token_to_send(given: str | bool | None) -> str | None:  # noqa: FBT001 - as above
    """The token, if there is one: by the Hub library's rules when none is given.

    Raises:
        ConfigError: It can't be a token; its text is not shown.
    """
    utils, errors = _hub_library.part("utils"), _hub_library.part("errors")
    try:
        header: str = utils.build_hf_headers(token=given).get("authorization", "")
    except (errors.OIDCError, errors.DeviceCodeError, utils.httpx.HTTPError, OSError, ValueError):
        raise AccessError(
            "the stored token can't be used", code="bad-token", hint="log in again with `hf auth login` or set HF_TOKEN"
        ) from None
    token = header.removeprefix("Bearer ").strip()
    if token and not _TOKEN.fullmatch(token):
        raise ConfigError(
            "the token holds characters that no token has",
            code="bad-token",
            hint="copy it again from the Hub's settings; a line break is a frequent guest",
        )
    return token or None
